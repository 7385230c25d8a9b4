"""Mails that are no bounces.

Complaints (RFC 5965), read receipts (RFC 8098), automatic replies (RFC 3834).
"""

from __future__ import annotations

from campaignmetrics._bounce.mail.facts import (
    LONGEST_CONTEXT,
    addressees_of,
    message_id_of,
    time_of,
)
from campaignmetrics._bounce.mail.fields import (
    ADDRESS,
    Fields,
    address_in,
    first,
    groups_of,
    time_in,
)
from campaignmetrics._bounce.mail.kinds import Kind, subject_of
from campaignmetrics._bounce.mail.message import Mail
from campaignmetrics._bounce.mail.record import BounceRecord

_NOBODY: tuple[str | None, ...] = (None,)


def complaint_records(mail: Mail) -> list[BounceRecord]:
    """Make a record of each recipient that complained."""
    fields: Fields = {}
    for part in mail.reports:
        for group in groups_of(part.text):
            for name, values in group.items():
                fields.setdefault(name, []).extend(values)
    given = [
        address_in(value)
        for value in fields.get("original-rcpt-to", []) + fields.get("removal-recipient", [])
    ]
    given.append(address_in(mail.headers.get("x-hmxmroriginalrecipient", "")))
    recipients = (
        list(dict.fromkeys(found for found in given if found))
        or (addressees_of(mail.original or "\n".join(mail.texts))[:1])
    )
    text = " ".join("\n".join(mail.texts)[:1_000].split())
    return [
        BounceRecord(
            kind=Kind.COMPLAINT,
            recipient=recipient,
            text=text,
            time=time_in(
                first(fields, "arrival-date", "received-date") or mail.headers.get("date", "")
            ),
            original_message_id=message_id_of(mail, mail.original),
            feedback_type=first(fields, "feedback-type").lower(),
        )
        for recipient in recipients or _NOBODY
    ]


def receipt_record(mail: Mail, text: str) -> BounceRecord:
    """Make the record of a read receipt."""
    fields: Fields = {}
    for group in groups_of(text):
        fields |= group
    return BounceRecord(
        kind=Kind.READ_RECEIPT,
        recipient=address_in(first(fields, "final-recipient", "original-recipient")),
        text=first(fields, "disposition"),
        time=time_of(mail, {}),
        original_message_id=first(fields, "original-message-id")
        or message_id_of(mail, mail.original),
    )


def reply_record(mail: Mail, notice: str) -> BounceRecord:
    """Make the record of an automatic reply, whose recipient is who sent it."""
    sender = ADDRESS.search(mail.headers.get("from", "")[:2_000])
    subject = subject_of(mail)
    said = "\n".join(line for line in notice.split("\n") if not line.startswith(">"))
    vacation = "vacation" if "vacation" in mail.headers.get("x-apple-action", "").lower() else ""
    return BounceRecord(
        kind=Kind.AUTO_REPLY,
        recipient=sender[0] if sender is not None else None,
        text=f"{subject}\n{said[:LONGEST_CONTEXT]}".strip(),
        context=("I am on vacation",) if vacation else (),
        time=time_of(mail, {}),
        original_message_id=message_id_of(mail, ""),
    )
