"""What a record of a returned mail states, as an event in the library's schema."""

from __future__ import annotations

import datetime as dt
import hashlib

from campaignmetrics import bounce
from campaignmetrics.events import EmailEvent, EmailKind

_KINDS = {
    bounce.Kind.FAILED: EmailKind.BOUNCED,
    bounce.Kind.DELAYED: EmailKind.DELAYED,
    bounce.Kind.COMPLAINT: EmailKind.COMPLAINED,
}


def event_of(
    record: bounce.BounceRecord, answer: bounce.Classification
) -> dict[str, str | bool] | str:
    """Write a record as a row of the event schema.

    A failure that comes back by mail follows an acceptance, so it is an asynchronous bounce. An
    automatic reply or a receipt is no event: its message was delivered, and stays so.

    Returns:
        The columns by name, absent ones left out; or the cause for which there is no event.
    """
    kind = _KINDS.get(record.kind)
    if kind is None:
        return str(record.kind)
    if kind is EmailKind.COMPLAINED and answer.reason is not bounce.Reason.COMPLAINT:
        return f"complaint:{record.feedback_type}"
    if record.time is None:
        return "timestamp"
    bounced = kind is EmailKind.BOUNCED
    event = EmailEvent(
        kind=kind,
        timestamp=record.time,
        event_id=_event_id(record),
        recipient=_writable(record.original_recipient or record.recipient),
        category=answer.category if bounced else None,
        asynchronous=bounced,
        reason=None if kind is EmailKind.COMPLAINED else str(answer.reason),
    )
    return _row(event)


def _row(event: EmailEvent) -> dict[str, str | bool]:
    row: dict[str, str | bool | None] = {
        "event_id": event.event_id,
        "timestamp": event.timestamp.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"),
        "channel": "email",
        "kind": str(event.kind),
        "recipient": event.recipient,
        "category": None if event.category is None else str(event.category),
        "asynchronous": event.asynchronous or None,
        "reason": event.reason,
    }
    return {name: value for name, value in row.items() if value is not None}


def _event_id(record: bounce.BounceRecord) -> str:
    """Make an id that is the same whenever the same mail is read again."""
    told = "\x1f".join(
        [
            str(record.kind),
            record.recipient or "",
            record.original_message_id,
            str(record.time),
            record.text,
        ]
    )
    digest = hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
    return f"mail-{digest[:32]}"


def _writable(address: str | None) -> str | None:
    return None if address is None else address.encode("utf-8", "replace").decode("utf-8")
