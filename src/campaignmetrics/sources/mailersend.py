"""MailerSend: records of its webhooks. Source: ``docs/sources/mailersend.md``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from campaignmetrics.sources.shape import (
    NOT_OURS,
    Fact,
    Source,
    derived_id,
    first,
    holds_any,
    inner,
    text,
)
from campaignmetrics.sources.times import iso
from campaignmetrics.sources.words import Said, deciding, not_counted, states

_ACTIVITY = "activity."
_ENVELOPE = ("webhook_id", "inbound_id")

WORDS = {
    "activity.sent": states("sent"),
    "activity.deferred": states("delayed"),
    "activity.delivered": states("delivered"),
    "activity.hard_bounced": states("bounced", category="hard"),
    "activity.soft_bounced": states("bounced", category="soft"),
    "activity.opened": states("opened"),
    "activity.opened_unique": not_counted("event:activity.opened_unique"),
    "activity.clicked": states("clicked"),
    "activity.clicked_unique": not_counted("event:activity.clicked_unique"),
    "activity.unsubscribed": states("unsubscribed"),
    "activity.spam_complaint": states("complained"),
    "activity.survey_opened": not_counted("event:activity.survey_opened"),
    "activity.survey_submitted": not_counted("event:activity.survey_submitted"),
    "inbound.message": not_counted("event:inbound.message"),
}


def _facts(record: Any) -> Iterable[Fact]:  # noqa: ANN401 -- any decoded value
    word = text(record.get("type")) if type(record) is dict else None
    if word is None or not _is_ours(word, record):
        return NOT_OURS
    data = inner(record, "data")
    email, more = inner(data, "email"), inner(data, "morph")
    reader = inner(email, "recipient")
    at = iso(data.get("created_at")) or iso(record.get("created_at"))
    send = text(email.get("id")) or text(inner(email, "message").get("id"))
    recipient, link = text(reader.get("email")), text(more.get("url"))
    who = (
        text(data.get("id")) or derived_id("mailersend", word, send, recipient, str(at), link),
        None,
        text(data.get("template_id")) or text(first(email.get("tags"))),
        send,
        text(reader.get("id")),
        recipient,
        None,
    )
    return ((at, who, Said(word, link=link, text=text(more.get("reason")))),)


def _is_ours(word: str, record: dict[str, Any]) -> bool:
    is_activity = word.startswith(_ACTIVITY) and type(record.get("data")) is dict
    return is_activity or holds_any(record, _ENVELOPE)


SOURCE = Source(
    "mailersend",
    _facts,
    deciding(WORDS),
    title="MailerSend: webhooks",
    needs="type and webhook_id, or type activity.… and data; created_at",
    words=WORDS,
)
events, interpret = SOURCE.events, SOURCE.interpret
