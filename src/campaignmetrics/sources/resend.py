"""Resend: records of its webhooks. Source: ``docs/sources/resend.md``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from campaignmetrics.sources.shape import (
    NOT_OURS,
    Fact,
    Source,
    address,
    derived_id,
    first,
    holds_any,
    inner,
    text,
)
from campaignmetrics.sources.times import iso
from campaignmetrics.sources.words import Said, deciding, not_counted, states

_SUPPRESSED = "email.bounced/Suppressed"
_ON_OWN_LIST = "email.bounced/OnAccountSuppressionList"

WORDS = {
    "email.sent": states("sent"),
    "email.delivery_delayed": states("delayed"),
    "email.delivered": states("delivered"),
    "email.bounced": states("bounced"),
    _SUPPRESSED: states("excluded", reason="Suppressed"),
    _ON_OWN_LIST: states("excluded", reason="OnAccountSuppressionList"),
    "email.suppressed": states("excluded"),
    "email.failed": states("errored"),
    "email.opened": states("opened"),
    "email.clicked": states("clicked"),
    "email.complained": states("complained"),
    "email.scheduled": not_counted("event:email.scheduled"),
    "email.received": not_counted("event:email.received"),
}

Record: TypeAlias = dict[str, Any]

_EMAIL = "email."
_OTHERS = ("contact.", "domain.", "suppression.", "topic.", "inbox.")
_OF_ONE_READER = ("email.opened", "email.clicked", "email.complained")
_AGAIN_AND_AGAIN = ("email.delivery_delayed", *_OF_ONE_READER)
_NOT_SENT = {
    "account-level suppression list": _ON_OWN_LIST,
    "suppressed sending": _SUPPRESSED,
    "suppression list": _SUPPRESSED,
}
_HARD = "hard bounce"


def _facts(record: Any) -> Iterable[Fact]:  # noqa: ANN401 -- any decoded value
    if type(record) is not dict or not _is_ours(record):
        return NOT_OURS
    word, data, at = record["type"], record["data"], iso(record.get("created_at"))
    said = _said(word, data)
    send, campaign = text(data.get("email_id")), text(data.get("broadcast_id"))
    which = (str(at), said.link) if word in _AGAIN_AND_AGAIN or send is None else ()
    return [
        (
            at,
            (
                derived_id("resend", word, send, recipient, *which),
                campaign,
                _message(data),
                send,
                None,
                recipient,
                None,
            ),
            said,
        )
        for recipient in _recipients(word, data)
    ]


def _is_ours(record: Record) -> bool:
    word, data = record.get("type"), record.get("data")
    if not isinstance(word, str) or type(data) is not dict:
        return False
    if word.startswith(_EMAIL):
        return holds_any(data, ("email_id", "to"))
    return word.startswith(_OTHERS) and record.get("created_at") is not None


def _recipients(word: str, data: Record) -> list[str | None]:
    """Give the readers of an email; of several, one opened it, and it is not said which."""
    to = data.get("to")
    readers = [address(each) for each in to] if type(to) is list else [address(to)]
    return readers if len(readers) == 1 or (readers and word not in _OF_ONE_READER) else [None]


def _message(data: Record) -> str | None:
    """Name the email: by its template, else by the value of its first tag."""
    tags = data.get("tags")
    values = list(tags.values()) if type(tags) is dict else tags
    tag = first(values)
    return text(data.get("template_id")) or text(tag.get("value") if type(tag) is dict else tag)


def _said(word: str, data: Record) -> Said:
    if word == "email.bounced":
        return _bounced(word, inner(data, "bounce"))
    suppressed = inner(data, "suppressed")
    return Said(
        word,
        link=text(inner(data, "click").get("link")),
        reason=text(inner(data, "failed").get("reason"))
        or text(suppressed.get("type"))
        or text(suppressed.get("message")),
    )


def _bounced(word: str, bounce: Record) -> Said:
    """Take a bounce apart, whose types are those of SES; older records have its message alone."""
    kind, subtype = text(bounce.get("type")), text(bounce.get("subType"))
    message = text(bounce.get("message")) or ""
    if f"{word}/{subtype}" in WORDS:
        return Said(f"{word}/{subtype}")
    not_sent = next((finer for phrase, finer in _NOT_SENT.items() if phrase in message), None)
    if not_sent is not None:
        return Said(not_sent)
    answer = bounce.get("diagnosticCode")
    is_hard = _HARD in message  # what follows it is advice, and no evidence
    return Said(
        word,
        text=text(first(answer)) or text(answer) or (None if is_hard else message or None),
        source_class="/".join(filter(None, (kind, subtype))) or ("Permanent" if is_hard else None),
    )


SOURCE = Source(
    "resend",
    _facts,
    deciding(WORDS, classes="ses"),
    title="Resend: webhooks",
    needs="type, created_at, data.email_id or data.to",
    words=WORDS,
)
events, interpret = SOURCE.events, SOURCE.interpret
