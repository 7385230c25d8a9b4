"""Notifications of a provider that come by mail: JSON of Amazon SES, bare or wrapped by SNS.

Source: Amazon SES developer guide, "Amazon SNS notification contents for Amazon SES".
"""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

from campaignmetrics._bounce.evidence import find_codes
from campaignmetrics._bounce.mail.kinds import Kind
from campaignmetrics._bounce.mail.record import BounceRecord

_KINDS = {
    "Bounce": ("bounce", "bouncedRecipients", Kind.FAILED),
    "Complaint": ("complaint", "complainedRecipients", Kind.COMPLAINT),
    "Delivery": ("delivery", "recipients", Kind.DELIVERED),
    "DeliveryDelay": ("deliveryDelay", "delayedRecipients", Kind.DELAYED),
}
_OPENING = 3_000
_WRAPPED = re.compile(r"!\n[ \t]?")


def is_notification(text: str) -> bool:
    """Say whether a text looks like such a notification."""
    opening = text[:_OPENING]
    return opening.lstrip().startswith("{") and (
        "notificationType" in opening or "eventType" in opening
    )


def notification_records(text: str) -> list[BounceRecord]:
    """Read a notification; one that is no JSON, or states nothing known, gives no record."""
    notification = _object(text)
    if "Message" in notification:
        notification = _object(str(notification["Message"]))
    said = notification.get("notificationType", notification.get("eventType"))
    if not isinstance(said, str) or said not in _KINDS:
        return []
    key, recipients, kind = _KINDS[said]
    body = _mapping(notification.get(key))
    message_id = _mapping(notification.get("mail")).get("messageId")
    records = []
    for recipient in _list(body.get(recipients)):
        fields = {"emailAddress": recipient} if isinstance(recipient, str) else _mapping(recipient)
        records.append(_record(kind, fields, body, str(message_id or "")))
    return records


def _record(
    kind: Kind, fields: dict[str, Any], body: dict[str, Any], message_id: str
) -> BounceRecord:
    text = str(fields.get("diagnosticCode") or body.get("smtpResponse") or "")
    replies, statuses = find_codes(text)
    status = find_codes(str(fields.get("status") or ""))[1] or statuses
    return BounceRecord(
        kind=kind,
        recipient=str(fields["emailAddress"]) if fields.get("emailAddress") else None,
        status=status[0] if status else "",
        reply=replies[-1] if replies else "",
        text=text,
        context=(f"{body.get('bounceType', '')} {body.get('bounceSubType', '')}".strip(),),
        remote_host=str(body.get("remoteMtaIp") or ""),
        time=_time(str(body.get("timestamp") or "")),
        original_message_id=message_id,
        feedback_type=str(body.get("complaintFeedbackType") or ""),
    )


def _time(value: str) -> dt.datetime | None:
    try:
        time = dt.datetime.fromisoformat(value)
    except ValueError:
        return None
    return time.astimezone(dt.UTC) if time.tzinfo is not None else None


def _object(text: str) -> dict[str, Any]:
    # Old servers break lines of more than 990 letters with a "!", here in the midst of a string.
    unwrapped = _WRAPPED.sub("", text.replace("\r", ""))
    start, end = unwrapped.find("{"), unwrapped.rfind("}") + 1
    try:
        return _mapping(json.loads(unwrapped[start:end], strict=False))
    except (ValueError, RecursionError):
        return {}


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
