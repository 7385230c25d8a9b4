"""From the bytes of a mail to its records: which kind of mail it is decides who reads it."""

from __future__ import annotations

from campaignmetrics._bounce.mail.answers import complaint_records, receipt_record, reply_record
from campaignmetrics._bounce.mail.kinds import is_automatic_reply, is_bounce, is_complaint
from campaignmetrics._bounce.mail.message import Mail, read_mail
from campaignmetrics._bounce.mail.notification import is_notification, notification_records
from campaignmetrics._bounce.mail.original import split_original
from campaignmetrics._bounce.mail.plain import notice_records
from campaignmetrics._bounce.mail.record import BounceRecord
from campaignmetrics._bounce.mail.reports import report_records, status_groups


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
        return complaint_records(mail)
    for part in mail.reports:
        if part.content_type.endswith("disposition-notification"):
            return [receipt_record(mail, part.text)]
    for text in mail.texts:
        if is_notification(text):
            return notification_records(text)
    return _of_delivery(mail)


def _of_delivery(mail: Mail) -> list[BounceRecord]:
    groups = status_groups(mail)
    notice, quoted = split_original("\n".join(mail.texts))
    original = mail.original or quoted
    if groups:
        return report_records(mail, groups, notice, original)
    if is_bounce(mail, notice, original):
        return notice_records(mail, notice, original)
    return [reply_record(mail, notice)] if is_automatic_reply(mail) else []
