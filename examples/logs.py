"""Facts of a campaign as two kinds of log: Journey Optimizer's records, and rows of events.

The same thing is spelled in several ways on purpose, as in real logs: categories in any case of
letters, or missing so that the code or the label decides, both ways to mark a machine, both ways
to write a return after acceptance.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from simulation import CAMPAIGN, START, Fact

FEEDBACK = {
    "accepted": "sent",
    "refused": "bounce",
    "returned": "bounce",
    "delayed": "delay",
    "errored": "error",
    "excluded": "exclude",
}
INTERACTIONS = {
    "opened": "open",
    "clicked": "click",
    "unsubscribed": "unsubscribe",
    "complained": "spam_complaint",
}
PLATFORMS = {"apns": "ios", "apnsSandbox": "ios", "fcm": "android"}


def line(record: dict[str, Any]) -> str:
    """Write a record as a line of NDJSON; letters beyond ASCII stay as they are."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"


# -- Journey Optimizer ---------------------------------------------------------------------------


def dataset(fact: Fact) -> str:
    """Name the dataset that a fact is logged in."""
    if fact.channel == "campaign":
        return "journey-steps"
    return "feedback" if fact.what in FEEDBACK else f"{fact.channel}-tracking"


def journey_optimizer_record(fact: Fact) -> dict[str, Any]:
    """Write a fact as Journey Optimizer logs it."""
    record: dict[str, Any] = {"_id": fact.id} if fact.id else {}
    record["timestamp"] = _time(fact)
    if fact.channel == "campaign":
        record["_experience"] = {"journeyOrchestration": {"stepEvents": _step(fact)}}
        return record
    if fact.what in FEEDBACK:
        about = {"messageDeliveryfeedback": _feedback(fact)}
    elif fact.channel == "email":
        about = {"messageInteraction": _interaction(fact)}
    else:
        about = {}
        record |= _push_tracking(fact)
    record["_experience"] = {"customerJourneyManagement": _message(fact) | about}
    return record


def noise() -> dict[str, dict[str, Any]]:
    """Return records of a feedback dataset that state no email or push event, with their cause."""
    about = Fact(what="accepted", at=START, id="noise-1", channel="sms", message="sms-reminder")
    sms = journey_optimizer_record(about)
    read = journey_optimizer_record(
        Fact(what="accepted", at=START, id="noise-2", channel="email", message="email-last-day")
    )
    management = read["_experience"]["customerJourneyManagement"]
    management["messageDeliveryfeedback"]["feedbackStatus"] = "read"
    return {"channel:sms": sms, "status:read": read}


def _time(fact: Fact) -> str:
    """Write most times in UTC, some in the zone of the server that wrote them."""
    zone = dt.timezone(dt.timedelta(hours=2)) if fact.spelling % 16 == 1 else dt.UTC
    text = fact.at.astimezone(zone).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _step(fact: Fact) -> dict[str, Any]:
    step: dict[str, Any] = {"profileID": fact.profile, "journeyVersionID": CAMPAIGN}
    if fact.spelling % 4:
        step["instanceType"] = "unitary"
    if fact.what == "step":
        return step | {"nodeType": "action", "entrance": False}
    return step | ({"nodeType": "start"} if fact.spelling % 3 else {"entrance": True})


def _message(fact: Fact) -> dict[str, Any]:
    profile: dict[str, Any] = {"messageProfileID": fact.send} if fact.send else {}
    if fact.channel != "push" or fact.what in FEEDBACK or fact.spelling % 4:
        key = "@id" if fact.spelling % 8 == 0 else "_id"
        profile["channel"] = {key: f"https://ns.adobe.com/xdm/channels/{fact.channel}"}
    if fact.test:
        profile["isTestExecution"] = True
    execution = {"messageID": fact.message, "campaignID": CAMPAIGN}
    parts = {"messageExecution": execution, "messageProfile": profile}
    if fact.address:
        parts["emailChannelContext"] = _email_context(fact.address)
    if fact.device and (fact.what in FEEDBACK or fact.spelling % 3):
        parts["pushChannelContext"] = {"platform": fact.device}
    return parts


def _email_context(address: str) -> dict[str, Any]:
    context = {"address": address, "namespace": "Email"}
    if address.endswith("@Example.NET"):
        context["domain"] = "Example.NET."
    return context


def _feedback(fact: Fact) -> dict[str, Any]:
    feedback: dict[str, Any] = {"feedbackStatus": FEEDBACK[fact.what]}
    if fact.what == "returned" and fact.spelling % 3 == 0:
        feedback["feedbackStatus"] = "out_of_band"
    if fact.reason in {"duplicate", "denylist"}:  # the status says all
        feedback["feedbackStatus"] = fact.reason
    elif fact.what == "excluded":
        feedback["messageExclusion"] = {"reason": fact.reason}
    elif fact.what != "accepted":
        feedback["messageFailure"] = _failure(fact)
    return feedback


def _failure(fact: Fact) -> dict[str, Any]:
    failure = {"reason": fact.reason, "code": fact.code, "type": fact.category}
    failure["category"] = {"refused": "sync", "returned": "async"}.get(fact.what)
    if fact.category:
        cases = (str.title, str.lower, str.upper)
        failure["type"] = cases[fact.spelling % 3](fact.category)
    if fact.category and fact.code:  # where it has a code, the category need not be spelled out
        if fact.spelling % 5 == 1:
            failure["type"] = "Admin" if fact.code == "25" else None
        if fact.spelling % 10 == 1:
            failure["code"] = None
    return {key: value for key, value in failure.items() if value is not None}


def _interaction(fact: Fact) -> dict[str, Any]:
    interaction: dict[str, Any] = {"interactionType": INTERACTIONS[fact.what]}
    if fact.machine and fact.spelling % 2:
        interaction["interactionType"] = f"bot_{INTERACTIONS[fact.what]}"
    elif fact.machine:
        interaction["isBot"] = True
    if fact.link:
        interaction["urlID"] = fact.link
    return interaction


def _push_tracking(fact: Fact) -> dict[str, Any]:
    tracking: dict[str, Any] = {"pushProvider": fact.device}
    if fact.what == "opened":
        event_type = "pushTracking.applicationOpened"
    else:
        event_type = "pushTracking.customAction"
        tracking["customAction"] = {"actionID": fact.action}
    return {"eventType": event_type, "pushNotificationTracking": tracking}


# -- the event schema ----------------------------------------------------------------------------


def event_rows(fact: Fact) -> list[dict[str, Any]]:
    """Write a fact as rows of the event schema; a step that is no entry, or a test, has none."""
    if fact.test or fact.what == "step":
        return []
    if fact.what == "accepted":
        return [_row(fact, "sent"), _row(fact, "delivered")]
    if fact.what == "refused":
        return [_row(fact, "sent"), _row(fact, "bounced") | _bounce(fact)]
    if fact.what == "returned":
        return [_row(fact, "bounced") | _bounce(fact) | {"asynchronous": True}]
    own = {
        "reason": fact.reason,
        "machine": fact.machine or None,
        "action": fact.action,
        "link": fact.link,
    }
    return [_row(fact, fact.what) | {key: value for key, value in own.items() if value}]


def _row(fact: Fact, kind: str) -> dict[str, Any]:
    row = {
        "event_id": fact.id,
        "timestamp": fact.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "channel": fact.channel,
        "kind": kind,
        "campaign_id": CAMPAIGN,
        "message_id": fact.message,
        "send_id": fact.send,
        "profile_id": fact.profile,
        "recipient": fact.address,
        "platform": PLATFORMS[fact.device] if fact.device else None,
    }
    return {key: value for key, value in row.items() if value is not None}


def _bounce(fact: Fact) -> dict[str, Any]:
    return {"category": fact.category, "reason": fact.reason}
