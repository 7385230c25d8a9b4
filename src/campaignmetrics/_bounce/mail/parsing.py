"""From the bytes of a mail to its records."""

from __future__ import annotations

import datetime as dt
import re

from campaignmetrics._bounce.evidence import find_codes
from campaignmetrics._bounce.mail.fields import (
    ADDRESS,
    Fields,
    address_in,
    first,
    groups_of,
    time_in,
    typed,
    words_in,
)
from campaignmetrics._bounce.mail.kinds import (
    Kind,
    is_automatic_reply,
    is_bounce,
    is_complaint,
    is_delay,
    subject_of,
)
from campaignmetrics._bounce.mail.message import Mail, read_mail
from campaignmetrics._bounce.mail.notice import about, coded_lines, recipients_in, split_original
from campaignmetrics._bounce.mail.notification import is_notification, notification_records
from campaignmetrics._bounce.mail.record import BounceRecord

_LONGEST_CONTEXT = 4_000
_ACTIONS = {
    "failed": Kind.FAILED,
    "failure": Kind.FAILED,
    "delayed": Kind.DELAYED,
    "delivered": Kind.DELIVERED,
    "relayed": Kind.DELIVERED,
    "expanded": Kind.DELIVERED,
}
_MESSAGE_ID = re.compile(r"^[ \t>]{0,8}message-id[ \t]?:\s{0,8}(<[^<>\s]{1,500}>)", re.IGNORECASE | re.MULTILINE)
_QUOTED = re.compile(r"^>[> ]{0,8}", re.MULTILINE)
_ORIGINAL_TO = re.compile(
    r"^[ \t>]{0,8}(?:to|x-hmxmroriginalrecipient|x-original-to|delivered-to|x-rcpt-to|rcpt to)[ \t]?:[ \t]{0,8}([^\n]{1,500})",
    re.IGNORECASE | re.MULTILINE,
)
_REMOTE = re.compile(
    r"(?:^|\s)(?:host|server|while talking to|connected to|talking to|mta|from|by|at)\s+<?([A-Za-z0-9][\w.-]{1,200}\.[A-Za-z]{2,24})\.?[>:]?\s?(?:\[[\d.:a-fA-F]{3,45}\]|\([\d.:]{3,45}\))?",
    re.IGNORECASE,
)


def parse_mail(data: bytes) -> list[BounceRecord]:
    """Read the records of a mail; see ``bounce.parse``."""
    mail = read_mail(data)
    if not mail.reports and "delivery-status" in mail.original:
        # A report that someone, or a filter on the way, wrapped once more.
        records = _records(read_mail(mail.original.encode("utf-8", "replace")))
        if records:
            return records
    return _records(mail)


def _records(mail: Mail) -> list[BounceRecord]:
    if is_complaint(mail):
        return _complaints(mail)
    for part in mail.reports:
        if part.content_type.endswith("disposition-notification"):
            return [_receipt(mail, part.text)]
    for text in mail.texts:
        if is_notification(text):
            return notification_records(text)
    groups = _status_groups(mail)
    notice, quoted = split_original("\n".join(mail.texts))
    original = mail.original or quoted
    if groups:
        return [_of_group(mail, group, groups, notice, original) for group in groups]
    if is_bounce(mail, notice):
        return _of_notice(mail, notice, original)
    if is_automatic_reply(mail):
        return [_reply(mail, notice)]
    return []


def _status_groups(mail: Mail) -> list[Fields]:
    """Give the groups of fields about recipients, of a status part or of what looks like one."""
    texts = [part.text for part in mail.reports if part.content_type.endswith("delivery-status")]
    if not texts:
        texts = [
            _QUOTED.sub("", text) for text in mail.texts if "final-recipient" in text.lower()
        ]
    groups = [group for text in texts for group in groups_of(text)]
    return [
        group
        for group in groups
        if "final-recipient" in group or "original-recipient" in group or "action" in group
    ]


def _of_group(
    mail: Mail, group: Fields, groups: list[Fields], notice: str, original: str
) -> BounceRecord:
    recipient = _recipient_of(group) or _only_recipient(mail, notice, original)
    text = words_in(" ".join(typed(value) for value in group.get("diagnostic-code", ())))
    text = text or _comment(first(group, "status"))
    status = find_codes(first(group, "status"))[1]
    kind = _ACTIONS.get(first(group, "action").split(" ")[0].strip("()").lower())
    if kind is None:
        kind = Kind.DELAYED if status and status[0].startswith("4") and is_delay(mail, notice) else Kind.FAILED
    replies, statuses = find_codes(text)
    return BounceRecord(
        kind=kind,
        recipient=recipient,
        status=(statuses or status or ("",))[0],
        reply=replies[-1] if replies else "",
        text=text,
        context=_context(notice, recipient, groups),
        remote_host=_host(first(group, "remote-mta"), text),
        time=_time(mail, group),
        original_message_id=_message_id(mail, original),
    )


def _comment(status: str) -> str:
    """Give what stands in parentheses behind a status: old servers say the cause there."""
    return status.partition("(")[2].rpartition(")")[0]


def _recipient_of(group: Fields) -> str | None:
    final = address_in(first(group, "final-recipient"))
    if final is not None and "." in final.rpartition("@")[2] and "@" in final:
        return final
    given = address_in(first(group, "original-recipient", "x-actual-recipient"))
    return given if given is not None and "@" in given else final


def _only_recipient(mail: Mail, notice: str, original: str) -> str | None:
    found = recipients_in(notice, _own_addresses(mail)) or _addressees(original)
    return found[0] if found else None


def _context(notice: str, recipient: str | None, groups: list[Fields]) -> tuple[str, ...]:
    """Collect what a notice says about one recipient: the lines with codes first, then all of them."""
    if len(groups) > 1 and recipient is not None:
        others = frozenset(
            other.lower() for group in groups if (other := _recipient_of(group)) is not None
        ) - {recipient.lower()}
        notice = about(notice, recipient, others)
    coded = coded_lines(notice)[:_LONGEST_CONTEXT]
    return tuple(dict.fromkeys(text for text in (coded, notice[:_LONGEST_CONTEXT]) if text.strip()))


def _of_notice(mail: Mail, notice: str, original: str) -> list[BounceRecord]:
    """Read a bounce that has no fields for machines."""
    kind = Kind.DELAYED if is_delay(mail, notice) else Kind.FAILED
    found: list[str | None] = list(_named_recipients(mail, notice, original))
    several = len(found) > 1
    records = []
    for recipient in found or [None]:
        part = notice
        if several and recipient is not None:
            others = frozenset(other.lower() for other in found if other) - {recipient.lower()}
            part = about(notice, recipient, others) or notice
        coded = coded_lines(part)[:_LONGEST_CONTEXT]
        replies, statuses = find_codes(coded)
        records.append(
            BounceRecord(
                kind=kind,
                recipient=recipient,
                status=statuses[0] if statuses else "",
                reply=replies[0] if replies else "",
                text=coded or part[:_LONGEST_CONTEXT],
                context=(part[:_LONGEST_CONTEXT],) if part.strip() else (subject_of(mail),),
                remote_host=_host("", coded),
                time=_time(mail, {}),
                original_message_id=_message_id(mail, original),
            )
        )
    return records


def _named_recipients(mail: Mail, notice: str, original: str) -> list[str]:
    declared = ADDRESS.findall(mail.headers.get("x-failed-recipients", "")[:8_000])
    if declared:
        return list(dict.fromkeys(declared))
    return recipients_in(notice, _own_addresses(mail)) or _addressees(original)[:1]


def _own_addresses(mail: Mail) -> frozenset[str]:
    names = ("from", "to", "reply-to", "delivered-to", "x-original-to", "return-path", "sender")
    return frozenset(
        address.lower()
        for name in names
        for address in ADDRESS.findall(mail.headers.get(name, "")[:2_000])
    )


def _addressees(original: str) -> list[str]:
    return [
        address
        for value in _ORIGINAL_TO.findall(original[:20_000])
        for address in ADDRESS.findall(value)
    ]


def _message_id(mail: Mail, original: str) -> str:
    found = _MESSAGE_ID.search(original[:20_000])
    if found is not None:
        return found[1]
    answered = re.search(r"<[^<>\s]{1,500}>", mail.headers.get("in-reply-to", "")[:600])
    return answered[0] if answered is not None else ""


def _host(field: str, text: str) -> str:
    if field:
        return typed(field).split(" ")[0].strip("[]()").rstrip(".").lower()
    found = _REMOTE.search(text[:_LONGEST_CONTEXT])
    return found[1].rstrip(".").lower() if found is not None else ""


def _time(mail: Mail, group: Fields) -> dt.datetime | None:
    return time_in(first(group, "last-attempt-date") or mail.headers.get("date", ""))


def _complaints(mail: Mail) -> list[BounceRecord]:
    fields: Fields = {}
    for part in mail.reports:
        for group in groups_of(part.text):
            for name, values in group.items():
                fields.setdefault(name, []).extend(values)
    given = [address_in(value) for value in fields.get("original-rcpt-to", []) + fields.get("removal-recipient", [])]
    given.append(address_in(mail.headers.get("x-hmxmroriginalrecipient", "")))
    recipients = list(dict.fromkeys(found for found in given if found)) or (
        _addressees(mail.original or "\n".join(mail.texts))[:1]
    )
    text = " ".join("\n".join(mail.texts)[:1_000].split())
    return [
        BounceRecord(
            kind=Kind.COMPLAINT,
            recipient=recipient,
            text=text,
            time=time_in(first(fields, "arrival-date", "received-date") or mail.headers.get("date", "")),
            original_message_id=_message_id(mail, mail.original),
            feedback_type=first(fields, "feedback-type").lower(),
        )
        for recipient in recipients or [None]
    ]


def _receipt(mail: Mail, text: str) -> BounceRecord:
    fields: Fields = {}
    for group in groups_of(text):
        fields |= group
    return BounceRecord(
        kind=Kind.READ_RECEIPT,
        recipient=address_in(first(fields, "final-recipient", "original-recipient")),
        text=first(fields, "disposition"),
        time=_time(mail, {}),
        original_message_id=first(fields, "original-message-id") or _message_id(mail, mail.original),
    )


def _reply(mail: Mail, notice: str) -> BounceRecord:
    sender = ADDRESS.search(mail.headers.get("from", "")[:2_000])
    subject = subject_of(mail)
    said = "\n".join(line for line in notice.split("\n") if not line.startswith(">"))
    vacation = "vacation" if "vacation" in mail.headers.get("x-apple-action", "").lower() else ""
    return BounceRecord(
        kind=Kind.AUTO_REPLY,
        recipient=sender[0] if sender is not None else None,
        text=f"{subject}\n{said[:_LONGEST_CONTEXT]}".strip(),
        context=("I am on vacation",) if vacation else (),
        time=_time(mail, {}),
        original_message_id=_message_id(mail, ""),
    )
