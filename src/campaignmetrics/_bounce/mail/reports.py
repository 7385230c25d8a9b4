"""Delivery reports: fields for machines about each recipient (RFC 3464)."""

from __future__ import annotations

import re

from campaignmetrics._bounce.evidence import find_codes
from campaignmetrics._bounce.mail.facts import (
    LONGEST_CONTEXT,
    addressees_of,
    host_of,
    message_id_of,
    own_addresses,
    time_of,
)
from campaignmetrics._bounce.mail.fields import (
    Fields,
    address_in,
    first,
    groups_of,
    typed,
    words_in,
)
from campaignmetrics._bounce.mail.kinds import Kind, is_delay
from campaignmetrics._bounce.mail.message import Mail
from campaignmetrics._bounce.mail.notice import (
    coded_lines,
    recipients_in,
    sections,
    without_headers,
)
from campaignmetrics._bounce.mail.record import BounceRecord

_ACTIONS = {
    "failed": Kind.FAILED,
    "failure": Kind.FAILED,
    "delayed": Kind.DELAYED,
    "delivered": Kind.DELIVERED,
    "relayed": Kind.DELIVERED,
    "expanded": Kind.DELIVERED,
    "deliverable": Kind.DELIVERED,
}
_QUOTED = re.compile(r"^>[> ]{0,8}", re.MULTILINE)


def status_groups(mail: Mail) -> list[Fields]:
    """Give the groups of fields about recipients, of a status part or of what looks like one."""
    texts = [part.text for part in mail.reports if part.content_type.endswith("delivery-status")]
    if not texts:
        texts = [_QUOTED.sub("", text) for text in mail.texts if "final-recipient" in text.lower()]
    groups = [group for text in texts for group in groups_of(text)]
    return [
        group
        for group in groups
        if "final-recipient" in group or "original-recipient" in group or "action" in group
    ]


def report_records(
    mail: Mail, groups: list[Fields], notice: str, original: str
) -> list[BounceRecord]:
    """Make a record of each group of fields, with what the notice says about its recipient."""
    recipients = [_recipient_of(group) for group in groups]
    if len(groups) == 1:
        recipient = recipients[0] or _only_recipient(mail, notice, original)
        return [_of_group(mail, groups[0], recipient, notice, original)]
    parts = sections(notice, (recipient for recipient in recipients if recipient))
    return [
        _of_group(mail, group, recipient, parts.get((recipient or "").lower(), ""), original)
        for group, recipient in zip(groups, recipients, strict=True)
    ]


def _of_group(
    mail: Mail, group: Fields, recipient: str | None, notice: str, original: str
) -> BounceRecord:
    text = words_in(" ".join(typed(value) for value in group.get("diagnostic-code", ())))
    text = text or _comment(first(group, "status"))
    status = find_codes(first(group, "status"))[1]
    kind = _ACTIONS.get(first(group, "action").split(" ")[0].strip("()").lower())
    if kind is None:
        only_warns = status and status[0].startswith("4") and is_delay(mail, notice)
        kind = Kind.DELAYED if only_warns else Kind.FAILED
    replies, statuses = find_codes(text)
    return BounceRecord(
        kind=kind,
        recipient=recipient,
        original_recipient=_declared(group),
        status=(statuses or status or ("",))[0],
        reply=replies[-1] if replies else "",
        text=text,
        context=_context(notice, first(group, "x-powermta-bouncecategory")),
        remote_host=host_of(first(group, "remote-mta"), text),
        time=time_of(mail, group),
        original_message_id=message_id_of(mail, original),
    )


def _comment(status: str) -> str:
    """Give what stands in parentheses behind a status: old servers say the cause there."""
    return status.partition("(")[2].rpartition(")")[0]


def _recipient_of(group: Fields) -> str | None:
    final = address_in(first(group, "final-recipient"))
    if final is not None and "." in final.rpartition("@")[2] and "@" in final:
        return final
    return _declared(group) or final


def _declared(group: Fields) -> str | None:
    given = address_in(first(group, "original-recipient", "x-actual-recipient"))
    return given if given is not None and "@" in given else None


def _only_recipient(mail: Mail, notice: str, original: str) -> str | None:
    found = recipients_in(notice, own_addresses(mail)) or addressees_of(original)
    return found[0] if found else None


def _context(notice: str, category: str) -> tuple[str, ...]:
    """Collect what else is said about a recipient.

    Lines of the notice with codes, all of it, and the words of PowerMTA's own category.
    """
    notice = without_headers(notice)
    coded = coded_lines(notice)[:LONGEST_CONTEXT]
    texts = (coded, notice[:LONGEST_CONTEXT], category)
    return tuple(dict.fromkeys(text for text in texts if text.strip()))
