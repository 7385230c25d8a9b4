"""Mailjet: records of the Event API, its webhook. Source: ``docs/sources/mailjet.md``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from campaignmetrics.sources.shape import NOT_OURS, Fact, Source, derived_id, holds_any, text
from campaignmetrics.sources.times import seconds
from campaignmetrics.sources.words import Said, deciding, outcome, states

WORDS = {
    "sent": states("sent", "delivered"),
    "bounce": states("sent", "bounced"),
    "bounce/mailjet": states("excluded"),
    "bounce/greylisted": states("delayed"),
    "blocked": states("excluded"),
    "blocked/bad or empty template": states("errored"),
    "blocked/error in template language": states("errored"),
    "open": states("opened"),
    "click": states("clicked"),
    "spam": states("complained"),
    "unsub": states("unsubscribed"),
}

_SENDS = ("MessageID", "mj_message_id", "Message_GUID")
_OURS = (*_SENDS, "mj_campaign_id", "mj_contact_id")
_CATEGORIES = {True: "hard", False: "soft"}


def _facts(record: Any) -> Iterable[Fact]:  # noqa: ANN401 -- any decoded value
    if type(record) is not dict or not holds_any(record, _OURS):
        return NOT_OURS
    event = text(record.get("event"))
    if event is None:
        return NOT_OURS
    at, recipient = seconds(record.get("time")), text(record.get("email"))
    link = text(record.get("url"))
    send = next(filter(None, [_number(record, name) for name in _SENDS]), None)
    who = (
        derived_id("mailjet", event, send, recipient, str(at), link),
        _number(record, "mj_campaign_id"),
        text(record.get("customcampaign")),
        send,
        _number(record, "mj_contact_id"),
        recipient,
        None,
    )
    return outcome("mailjet", WORDS, at, who, _said(event, record))


def _number(record: dict[str, Any], name: str) -> str | None:
    """Read a number of Mailjet's, which is 0 where there is none."""
    number = text(record.get(name))
    return None if number == "0" else number


def _said(event: str, record: dict[str, Any]) -> Said:
    related, error = text(record.get("error_related_to")), text(record.get("error"))
    is_hard = record.get("hard_bounce")
    return Said(
        _word(event, related, error),
        link=text(record.get("url")),
        reason=error or related,
        category=_CATEGORIES[is_hard] if type(is_hard) is bool else None,
        text=text(record.get("comment")),
        source_class="/".join(filter(None, [related, error])) or None,
    )


def _word(event: str, related: str | None, error: str | None) -> str:
    """Find the finer word, where whose error it was, or which, makes a difference."""
    words = [f"{event}/{detail}" for detail in (error, related)]
    return next((word for word in words if word in WORDS), event)


SOURCE = Source(
    "mailjet",
    _facts,
    deciding(WORDS, classes="mailjet"),
    title="Mailjet: Event API (webhook)",
    needs="event, MessageID (or another id of Mailjet's), time",
    words=WORDS,
)
events, interpret = SOURCE.events, SOURCE.interpret
