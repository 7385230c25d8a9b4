"""Bounces without fields for machines: many servers write for people alone."""

from __future__ import annotations

from campaignmetrics._bounce.evidence import find_codes
from campaignmetrics._bounce.mail.facts import (
    LONGEST_CONTEXT,
    addressees_of,
    host_of,
    message_id_of,
    own_addresses,
    time_of,
)
from campaignmetrics._bounce.mail.fields import ADDRESS
from campaignmetrics._bounce.mail.kinds import Kind, is_delay, subject_of
from campaignmetrics._bounce.mail.message import Mail
from campaignmetrics._bounce.mail.notice import (
    coded_lines,
    recipients_in,
    sections,
    without_headers,
)
from campaignmetrics._bounce.mail.record import BounceRecord

_MOST_RECIPIENTS = 500
_NOBODY: tuple[str | None, ...] = (None,)


def notice_records(mail: Mail, notice: str, original: str) -> list[BounceRecord]:
    """Read a bounce that has no fields for machines."""
    kind = Kind.DELAYED if is_delay(mail, notice) else Kind.FAILED
    found = _named_recipients(mail, notice, original)
    parts = sections(notice, found) if len(found) > 1 else {}
    return [
        _of_part(mail, kind, recipient, parts.get((recipient or "").lower(), notice), original)
        for recipient in found or _NOBODY
    ]


def _of_part(
    mail: Mail, kind: Kind, recipient: str | None, part: str, original: str
) -> BounceRecord:
    part = without_headers(part)
    coded = coded_lines(part)[:LONGEST_CONTEXT]
    replies, statuses = find_codes(coded)
    return BounceRecord(
        kind=kind,
        recipient=recipient,
        status=statuses[0] if statuses else "",
        reply=replies[0] if replies else "",
        text=coded or part[:LONGEST_CONTEXT],
        context=(part[:LONGEST_CONTEXT],) if part.strip() else (subject_of(mail),),
        remote_host=host_of("", coded),
        time=time_of(mail, {}),
        original_message_id=message_id_of(mail, original),
    )


def _named_recipients(mail: Mail, notice: str, original: str) -> list[str]:
    declared = ADDRESS.findall(mail.headers.get("x-failed-recipients", "")[:8_000])
    if declared:
        return list(dict.fromkeys(declared))[:_MOST_RECIPIENTS]
    return recipients_in(notice, own_addresses(mail)) or addressees_of(original)[:1]
