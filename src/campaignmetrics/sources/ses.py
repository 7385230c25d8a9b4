"""Amazon SES: published events and feedback notifications. Source: ``docs/sources/ses.md``."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable
from typing import Any, TypeAlias

from campaignmetrics.sources.shape import (
    NOBODY,
    NOT_OURS,
    Fact,
    Source,
    address,
    first,
    inner,
    moment,
    text,
)
from campaignmetrics.sources.words import Said, deciding, not_counted, states

WORDS = {
    "Send": states("sent"),
    "Delivery": states("delivered"),
    "DeliveryDelay": states("delayed"),
    "Bounce": states("bounced"),
    "Bounce/Suppressed": states("excluded", reason="Suppressed"),
    "Bounce/OnAccountSuppressionList": states("excluded", reason="OnAccountSuppressionList"),
    "Bounce/OnTenantSuppressionList": states("excluded", reason="OnTenantSuppressionList"),
    "Bounce/EmailValidationSuppressed": states("excluded", reason="EmailValidationSuppressed"),
    "Reject": states("excluded"),
    "Rendering Failure": states("errored"),
    "Open": states("opened"),
    "Click": states("clicked"),
    "Complaint": states("complained"),
    "Complaint/not-spam": not_counted("event:Complaint/not-spam"),
    "Complaint/auth-failure": not_counted("event:Complaint/auth-failure"),
    "Complaint/virus": not_counted("event:Complaint/virus"),
    "Complaint/OnAccountSuppressionList": not_counted("event:Complaint/OnAccountSuppressionList"),
    "Complaint/OnTenantSuppressionList": not_counted("event:Complaint/OnTenantSuppressionList"),
    "Subscription/OptOut": states("unsubscribed"),
    "Subscription": not_counted("event:Subscription"),
    "Received": not_counted("event:Received"),
    "AmazonSnsSubscriptionSucceeded": not_counted("event:AmazonSnsSubscriptionSucceeded"),
    "SubscriptionConfirmation": not_counted("event:SubscriptionConfirmation"),
    "UnsubscribeConfirmation": not_counted("event:UnsubscribeConfirmation"),
    "Notification": not_counted("event:Notification"),
}

_read_time = dt.datetime.fromisoformat

Record: TypeAlias = dict[str, Any]

_NAMING_TAGS = ("message", "template", "campaign", "ses:configuration-set")
_USUAL = {"Send": "mail", "Delivery": "delivery", "Open": "open", "Click": "click"}
_ENVELOPES = {"Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"}
_SAYS_NOTHING = {None, "General", "Undetermined"}
_HOST_OF_SES = re.compile(r"(?:^|[\s;.])amazonses\.", re.IGNORECASE)


def _facts(record: Any) -> Iterable[Fact]:  # noqa: ANN401 -- any decoded value
    usual = _usual_fact(record)
    if usual is not None:
        return (usual,)
    if type(record) is not dict:
        return NOT_OURS
    several = record.get("Records")
    if type(several) is not list or _word(record) is not None:
        return _in_envelope(record)
    facts = [fact for each in several for fact in _in_envelope(_handed_over(each))]
    return facts if any(signals for _, _, signals in facts) else NOT_OURS


def _usual_fact(record: Any) -> Fact | None:  # noqa: ANN401 -- any decoded value
    """Take the usual event apart, most often met by far: a shorter ``_of_event``.

    Returns:
        What ``_of_event`` returns for it; None if it is not so simple.
    """
    campaigns = [None]
    try:
        word, mail = record["eventType"], record["mail"]
        detail, send, tags = record[_USUAL[word]], mail["messageId"], mail["tags"]
        recipients = detail["recipients"] if word == "Delivery" else mail["destination"]
        for name in _NAMING_TAGS:
            if name in tags:
                break
        named = tags[name]
        if "campaign" in tags:
            campaigns = tags["campaign"]
        (recipient,), (message,), (campaign,) = recipients, named, campaigns
        at = _read_time(detail["timestamp"])
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    if (
        not (str is type(recipient) is type(send) is type(message))
        or not (list is type(recipients) is type(named) is type(campaigns))
        or not (campaign is None or type(campaign) is str)
        or not (recipient and send and message)
        or "<" in recipient
        or at.tzinfo is not dt.UTC
        or record.get("notificationType") is not None
    ):
        return None
    event_id = _event_id(send, recipient, word, at, detail)
    signals = (word,) if word != "Click" else (word, "email", False, text(detail.get("link")))
    return at, (event_id, campaign or None, message, send, None, recipient, None), signals


def _handed_over(record: Any) -> Record:  # noqa: ANN401 -- any decoded value
    """Give what Lambda was handed: the notification of SNS, or the body of a message of SQS."""
    if type(record) is not dict:
        return {}
    return inner(record, "Sns") or _decoded(record.get("body"))


def _in_envelope(record: Record) -> Iterable[Fact]:
    """Find the event in what SNS or EventBridge put around it, if one of them did."""
    word = _word(record)
    if word is not None:
        return _of_event(word, record)
    if "Message" in record and text(record.get("Type")) in _ENVELOPES:
        envelope, event = record["Type"], _decoded(record["Message"])
    elif record.get("source") == "aws.ses":
        envelope, event = text(record.get("detail-type")) or "", inner(record, "detail")
    else:
        return NOT_OURS
    word = _word(event)
    return ((None, NOBODY, Said(envelope)),) if word is None else _of_event(word, event)


def _decoded(message: object) -> Record:
    try:
        value = json.loads(message) if isinstance(message, str) else None
    except (ValueError, RecursionError):
        value = None
    return value if type(value) is dict else {}


def _word(record: Record) -> str | None:
    """Say what an event is called; None of what is no event of SES."""
    if record.get("eventType") is not None and type(record.get("mail")) is dict:
        return text(record["eventType"])
    return text(record.get("notificationType"))


def _of_event(word: str, record: Record) -> Iterable[Fact]:
    mail = inner(record, "mail")
    name, recipients, said_of = _PARTS.get(word, _UNKNOWN)
    detail = inner(record, name)
    handed_over = moment(mail.get("timestamp"))
    at = handed_over if recipients is _ALL else moment(detail.get("timestamp"))
    send, tags = text(mail.get("messageId")), inner(mail, "tags")
    about = (_tag(tags, "campaign"), _message(tags), send, None)
    facts: list[Fact] = []
    for recipient, evidence in _recipients(mail, detail, recipients):
        said = said_of(word, detail, evidence)
        if record.get("notificationType") is not None and _implies_sending(said):
            sent = _event_id(send, recipient, "Send", None, {})
            facts.append((handed_over or at, (sent, *about, recipient, None), Said("Send")))
        event_id = _event_id(send, recipient, word, at, detail)
        facts.append((at, (event_id, *about, recipient, None), said))
    return facts


def _event_id(
    send: str | None, recipient: str | None, word: str, at: dt.datetime | None, detail: Record
) -> tuple[object, ...]:
    """Give what an id is derived from: what makes the event one of its kind."""
    if word == "Send":  # at most once; an outcome that states it must give the same id
        return "ses", send, recipient, word
    if word in {"Open", "Click"}:
        ip, agent, link = detail.get("ipAddress"), detail.get("userAgent"), detail.get("link")
        return "ses", send, recipient, word, at, text(ip), text(agent), text(link)
    return "ses", send, recipient, word, at


def _tag(tags: Record, name: str) -> str | None:
    value = tags.get(name)
    return text(first(value)) or text(value)


def _message(tags: Record) -> str | None:
    """Name the email by what its sender tagged it with, else by its configuration set."""
    for name in _NAMING_TAGS:
        if name in tags and (value := _tag(tags, name)) is not None:
            return value
    return None


def _recipients(mail: Record, detail: Record, name: str) -> list[tuple[str | None, Record]]:
    """Give each address that an event is about, and what is said of it alone.

    An event that names none is about the only address of the mail, if it has but one.
    """
    named = detail.get(name)
    if type(named) is not list or not named:
        every = mail.get("destination")
        named = every if type(every) is list and (len(every) == 1 or name is _ALL) else []
    found: list[tuple[str | None, Record]] = [
        (address(each.get("emailAddress")), each) if type(each) is dict else (address(each), {})
        for each in named
    ]
    return found or [(None, {})]


def _implies_sending(said: Said) -> bool:
    """Tell whether an outcome also states that the mail was sent, which no notification does."""
    return said.word == "Delivery" or (said.word == "Bounce" and not said.asynchronous)


def _simply(word: str, _: Record, __: Record) -> Said:
    return Said(word)


def _delayed(word: str, delay: Record, recipient: Record) -> Said:
    answer, status = text(recipient.get("diagnosticCode")), text(recipient.get("status"))
    kind = text(delay.get("delayType"))
    # What is general would come before what the server said.
    source_class = None if kind in _SAYS_NOTHING else f"{word}/{kind}"
    return Said(word, text=answer, status=status, source_class=source_class)


def _bounced(word: str, bounce: Record, recipient: Record) -> Said:
    kind, subtype = text(bounce.get("bounceType")), text(bounce.get("bounceSubType"))
    if f"{word}/{subtype}" in WORDS:
        return Said(f"{word}/{subtype}")
    reporter = text(bounce.get("reportingMTA"))
    return Said(
        word,
        text=text(recipient.get("diagnosticCode")),
        status=text(recipient.get("status")),
        source_class="/".join(filter(None, (kind, subtype))) or None,
        # Another server than those of SES reports only what it has accepted.
        asynchronous=reporter is not None and not _HOST_OF_SES.search(reporter),
    )


def _rejected(word: str, reject: Record, _: Record) -> Said:
    return Said(word, reason=text(reject.get("reason")))


def _not_rendered(word: str, failure: Record, _: Record) -> Said:
    return Said(word, reason=text(failure.get("errorMessage")))


def _clicked(word: str, click: Record, _: Record) -> Said:
    return Said(word, link=text(click.get("link")))


def _complained(word: str, complaint: Record, _: Record) -> Said:
    subtype = text(complaint.get("complaintSubType"))
    kind = text(complaint.get("complaintFeedbackType"))
    if subtype is not None:
        return Said(f"{word}/{subtype}")
    return Said(f"{word}/{kind}" if f"{word}/{kind}" in WORDS else word)


def _subscribed(word: str, subscription: Record, _: Record) -> Said:
    before = _not_wanted(inner(subscription, "oldTopicPreferences"))
    after = _not_wanted(inner(subscription, "newTopicPreferences"))
    return Said(f"{word}/OptOut" if after - before else word)


def _not_wanted(preferences: Record) -> set[str | None]:
    """Give the names of the topics that are not wanted; None stands for all of them."""
    topics = preferences.get("topicSubscriptionStatus")
    out = {
        text(topic.get("topicName"))
        for topic in (topics if type(topics) is list else [])
        if type(topic) is dict and topic.get("subscriptionStatus") == "OptOut"
    }
    return out | {None} if preferences.get("unsubscribeAll") is True else out - {None}


_ALL = "all of them"
_UNKNOWN = ("", "", _simply)
_PARTS = {
    "Send": ("send", _ALL, _simply),
    "Delivery": ("delivery", "recipients", _simply),
    "DeliveryDelay": ("deliveryDelay", "delayedRecipients", _delayed),
    "Bounce": ("bounce", "bouncedRecipients", _bounced),
    "Reject": ("reject", _ALL, _rejected),
    "Rendering Failure": ("failure", _ALL, _not_rendered),
    "Open": ("open", "", _simply),
    "Click": ("click", "", _clicked),
    "Complaint": ("complaint", "complainedRecipients", _complained),
    "Subscription": ("subscription", "", _subscribed),
}
"""Where the details of each event stand, where its recipients stand in them, and what it says."""

SOURCE = Source(
    "ses",
    _facts,
    deciding(WORDS, classes="ses"),
    title="Amazon SES: event publishing (SNS, Firehose, EventBridge) and feedback notifications",
    needs="eventType or notificationType with mail, and the time of the event",
    words=WORDS,
)
events, interpret = SOURCE.events, SOURCE.interpret
