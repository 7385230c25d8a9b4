"""SparkPost: webhooks. Source: ``docs/sources/sparkpost.md``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from campaignmetrics.sources.shape import NOBODY, NOT_OURS, Fact, Source, address, inner, text
from campaignmetrics.sources.times import iso, seconds
from campaignmetrics.sources.words import Said, deciding, not_counted, states

_NO_BOUNCE = ("bounce_class/60", "bounce_class/80", "bounce_class/100")
_NO_COMPLAINT = (
    "spam_complaint/not-spam",
    "spam_complaint/auth-failure",
    "spam_complaint/virus",
)
_NOT_COUNTED = (
    *_NO_BOUNCE,
    *_NO_COMPLAINT,
    "initial_open",
    "amp_initial_open",
    "relay_injection",
    "relay_rejection",
    "relay_delivery",
    "relay_tempfail",
    "relay_permfail",
    "ab_test_completed",
    "ab_test_cancelled",
    "sms_status",
    "success",
    "error",
)

WORDS = {
    "injection": states("sent"),
    "delivery": states("delivered"),
    "delay": states("delayed"),
    "bounce": states("bounced"),
    "out_of_band": states("bounced", asynchronous=True),
    "bounce_class/25": states("excluded", reason="Admin Failure"),
    "bounce_class/26": states("excluded", reason="Smart Send Suppression"),
    "bounce_class/90": states("unsubscribed"),
    "policy_rejection": states("excluded"),
    "generation_rejection": states("excluded"),
    "generation_failure": states("errored"),
    "open": states("opened"),
    "amp_open": states("opened"),
    "click": states("clicked"),
    "amp_click": states("clicked"),
    "list_unsubscribe": states("unsubscribed"),
    "link_unsubscribe": states("unsubscribed"),
    "spam_complaint": states("complained"),
    **{word: not_counted(f"event:{word}") for word in _NOT_COUNTED},
    "msys": not_counted("event:ping"),
}

Record: TypeAlias = dict[str, Any]

_NEVER_SENT = ("bounce_class/25", "bounce_class/26")


def _facts(record: Any) -> Iterable[Fact]:  # noqa: ANN401 -- any decoded value
    if type(record) is not dict or type(record.get("msys")) is not dict:
        return NOT_OURS
    events = [event for event in record["msys"].values() if type(event) is dict]
    return [_of_event(event) for event in events] or ((None, NOBODY, Said("msys")),)


def _of_event(event: Record) -> Fact:
    when, word = event.get("timestamp"), text(event.get("type")) or ""
    at = seconds(when) or iso(when)
    send, campaign = text(event.get("message_id")), text(event.get("campaign_id"))
    recipient = address(event.get("rcpt_to")) or address(event.get("raw_rcpt_to"))
    own_id, link = text(event.get("event_id")), text(event.get("target_link_url"))
    who = (
        f"sparkpost:{own_id}" if own_id else ("sparkpost", word, send, recipient, at, link),
        campaign,
        _template(event) or campaign,
        send,
        None,
        recipient,
        text(event.get("recipient_domain")),
    )
    return at, who, _said(word, event)


def _template(event: Record) -> str | None:
    """Give the template, unless SparkPost has made it for this one transmission."""
    template, transmission = text(event.get("template_id")), text(event.get("transmission_id"))
    return template if template != f"template_{transmission}" else None


def _said(word: str, event: Record) -> Said:
    if word in {"bounce", "out_of_band", "delay"}:
        return _refused(word, event)
    if word == "spam_complaint":
        kind = f"{word}/{text(event.get('fbtype'))}"
        return Said(kind if kind in _NO_COMPLAINT else word)
    browser = inner(event, "user_agent_parsed")
    return Said(
        word,
        machine=any(
            _is_true(group.get(flag))
            for group in (event, browser)
            for flag in ("is_prefetched", "is_proxied")
        ),
        link=text(event.get("target_link_url")),
        reason=text(event.get("reason")) or text(event.get("raw_reason")),
    )


def _refused(word: str, event: Record) -> Said:
    bounce_class = text(event.get("bounce_class"))
    by_class = f"bounce_class/{bounce_class}"
    if by_class in WORDS and word != "delay" and (word == "bounce" or by_class not in _NEVER_SENT):
        return Said(by_class)
    return Said(
        word,
        text=text(event.get("raw_reason")) or text(event.get("reason")),
        reply=text(event.get("error_code")),
        source_class=bounce_class,
    )


def _is_true(value: object) -> bool:
    return value is True or value == "true"


SOURCE = Source(
    "sparkpost",
    _facts,
    deciding(WORDS, classes="sparkpost"),
    title="SparkPost: webhooks",
    needs="msys with an event in it: type, timestamp",
    words=WORDS,
)
events, interpret = SOURCE.events, SOURCE.interpret
