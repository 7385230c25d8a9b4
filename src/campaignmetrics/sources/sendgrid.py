"""Twilio SendGrid: records of the Event Webhook. Source: ``docs/sources/sendgrid.md``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from campaignmetrics.sources.shape import NOT_OURS, Fact, Source, text
from campaignmetrics.sources.times import seconds
from campaignmetrics.sources.words import Said, deciding, not_counted, states

WORDS = {
    "processed": states("sent"),
    "deferred": states("delayed"),
    "delivered": states("delivered"),
    "bounce": states("bounced"),
    "dropped": states("excluded"),
    "open": states("opened"),
    "click": states("clicked"),
    "spamreport": states("complained"),
    "unsubscribe": states("unsubscribed"),
    "group_unsubscribe": states("unsubscribed"),
    "group_resubscribe": not_counted("event:group_resubscribe"),
}


def _facts(record: Any) -> Iterable[Fact]:  # noqa: ANN401 -- any decoded value
    if type(record) is not dict or not ("sg_event_id" in record or "sg_message_id" in record):
        return NOT_OURS
    word = text(record.get("event"))
    if word is None:
        return NOT_OURS
    who = (
        text(record.get("sg_event_id")),
        _campaign(record),
        _message(record),
        _send(record),
        None,
        text(record.get("email")),
        None,
    )
    return ((seconds(record.get("timestamp")), who, _said(word, record)),)


def _campaign(record: dict[str, Any]) -> str | None:
    return text(record.get("marketing_campaign_id")) or text(record.get("singlesend_id"))


def _message(record: dict[str, Any]) -> str | None:
    """Name the email: that of a single send or automation, else its first category."""
    category = record.get("category")
    name = category[0] if type(category) is list and category else category
    return text(record.get("singlesend_name")) or text(record.get("mc_auto_name")) or text(name)


def _send(record: dict[str, Any]) -> str | None:
    """Take the message id as it was when the message was handed over.

    Later events have the names of the machines that handled it behind the first dot.
    """
    message_id = text(record.get("sg_message_id"))
    return message_id.partition(".")[0] if message_id else None


def _said(word: str, record: dict[str, Any]) -> Said:
    if word in {"bounce", "deferred"}:
        classification = text(record.get("bounce_classification"))
        kind = text(record.get("type")) or word
        return Said(
            word,
            text=text(record.get("reason")) or text(record.get("response")),
            status=text(record.get("status")),
            source_class=f"{kind}/{classification}" if classification else None,
        )
    return Said(
        word,
        machine=record.get("sg_machine_open") is True,
        link=text(record.get("url")),
        reason=text(record.get("reason")),
    )


SOURCE = Source(
    "sendgrid",
    _facts,
    deciding(WORDS, classes="sendgrid"),
    title="Twilio SendGrid: Event Webhook",
    needs="event, sg_event_id or sg_message_id, timestamp",
    words=WORDS,
)
events, interpret = SOURCE.events, SOURCE.interpret
