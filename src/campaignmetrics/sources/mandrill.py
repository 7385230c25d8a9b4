"""Mailchimp Transactional (Mandrill): records of webhooks. Source: ``docs/sources/mandrill.md``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from campaignmetrics.sources.shape import NOT_OURS, Fact, Source, derived_id, first, inner, text
from campaignmetrics.sources.times import seconds
from campaignmetrics.sources.words import Said, deciding, not_counted, states

WORDS = {
    "send": states("sent"),
    "deferral": states("delayed"),
    "delivered": states("delivered"),
    "hard_bounce": states("bounced", category="hard"),
    "soft_bounce": states("bounced", category="soft"),
    "reject": states("excluded"),
    "open": states("opened"),
    "click": states("clicked"),
    "spam": states("complained"),
    "unsub": states("unsubscribed"),
    "inbound": not_counted("event:inbound"),
    "blacklist": not_counted("event:blacklist"),
    "whitelist": not_counted("event:whitelist"),
}

_IDS = ("_id", "ts")
_MACHINE = "robot"


def _facts(record: Any) -> Iterable[Fact]:  # noqa: ANN401 -- any decoded value
    word = _word(record) if type(record) is dict else None
    if word is None:
        return NOT_OURS
    msg, at = inner(record, "msg"), seconds(record.get("ts"))
    send, recipient = text(record.get("_id")) or text(msg.get("_id")), text(msg.get("email"))
    link = text(record.get("url"))
    who = (
        derived_id("mandrill", word, send, recipient, str(at), link),
        None,
        text(msg.get("template")) or text(first(msg.get("tags"))),
        send,
        None,
        recipient,
        None,
    )
    agent = text(inner(record, "user_agent_parsed").get("type"))
    said = Said(
        word,
        machine=agent is not None and agent.lower() == _MACHINE,
        link=link,
        reason=text(inner(msg, "reject").get("reason")),
        text=_answer(msg),
        source_class=text(msg.get("bounce_description")) or text(msg.get("bgtools_code")),
    )
    return ((at, who, said),)


def _word(record: dict[str, Any]) -> str | None:
    """Tell what happened, of a message or to one of the lists of addresses."""
    is_known = all(record.get(name) is not None for name in _IDS)
    if is_known or type(record.get("msg")) is dict:
        return text(record.get("event"))
    if text(record.get("action")) and (inner(record, "reject") or inner(record, "entry")):
        return text(record.get("type"))
    return None


def _answer(msg: dict[str, Any]) -> str | None:
    """Take the last that the server said."""
    tried = msg.get("smtp_events")
    last = tried[-1] if type(tried) is list and tried else None
    return text(msg.get("diag")) or (text(last.get("diag")) if type(last) is dict else None)


SOURCE = Source(
    "mandrill",
    _facts,
    deciding(WORDS, classes="mandrill"),
    title="Mailchimp Transactional (Mandrill): webhooks",
    needs="event, msg or _id, ts",
    words=WORDS,
)
events, interpret = SOURCE.events, SOURCE.interpret
