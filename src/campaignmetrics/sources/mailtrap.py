"""Mailtrap: records of its webhooks. Source: ``docs/sources/mailtrap.md``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from campaignmetrics.sources.shape import NOT_OURS, Fact, Source, derived_id, text
from campaignmetrics.sources.times import seconds
from campaignmetrics.sources.words import Said, deciding, not_counted, outcome, states

WORDS = {
    "delivery": states("sent", "delivered"),
    "bounce": states("sent", "bounced", category="hard"),
    "soft bounce": states("sent", "bounced", category="soft"),
    "suspension": states("excluded"),
    "reject": states("excluded"),
    "open": states("opened"),
    "click": states("clicked"),
    "unsubscribe": states("unsubscribed"),
    "spam": states("complained"),
    "inbound.message_received": not_counted("event:inbound.message_received"),
}

_IDS = ("event_id", "message_id")


def _facts(record: Any) -> Iterable[Fact]:  # noqa: ANN401 -- any decoded value
    several = record.get("events") if type(record) is dict else None
    if type(several) is not list:
        return _facts_of(record)
    facts = [fact for each in several for fact in _facts_of(each)]
    return facts if any(fact not in NOT_OURS for fact in facts) else NOT_OURS


def _facts_of(record: Any) -> Iterable[Fact]:  # noqa: ANN401 -- any decoded value
    word = text(record.get("event")) if type(record) is dict else None
    if word is None or not _is_ours(record):
        return NOT_OURS
    at, link = seconds(record.get("timestamp")), text(record.get("url"))
    send, recipient = text(record.get("message_id")), text(record.get("email"))
    who = (
        text(record.get("event_id"))
        or derived_id("mailtrap", word, send, recipient, str(at), link),
        None,
        text(record.get("category")),
        send,
        None,
        recipient,
        None,
    )
    said = Said(
        word,
        link=link,
        reason=text(record.get("reason")),
        text=text(record.get("response")) or text(record.get("bounce_category")),
        reply=text(record.get("response_code")),
    )
    return outcome("mailtrap", WORDS, at, who, said)


def _is_ours(record: dict[str, Any]) -> bool:
    has_ids = all(record.get(name) is not None for name in _IDS)
    return has_ids or record.get("sending_stream") is not None


SOURCE = Source(
    "mailtrap",
    _facts,
    deciding(WORDS),
    title="Mailtrap: webhooks",
    needs="event, timestamp, event_id and message_id or sending_stream; alone or in events",
    words=WORDS,
)
events, interpret = SOURCE.events, SOURCE.interpret
