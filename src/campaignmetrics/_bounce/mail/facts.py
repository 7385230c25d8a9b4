"""What the several kinds of mails have in common: times, hosts, addressees, ids."""

from __future__ import annotations

import datetime as dt
import re

from campaignmetrics._bounce.mail.fields import ADDRESS, Fields, first, time_in, typed
from campaignmetrics._bounce.mail.message import Mail

LONGEST_CONTEXT = 4_000
"""How many letters of a notice are kept for one recipient."""

_LONGEST_ORIGINAL = 20_000
_MESSAGE_ID = re.compile(
    r"^[ \t>]{0,8}message-id[ \t]?:\s{0,8}(<[^<>\s]{1,500}>)", re.IGNORECASE | re.MULTILINE
)
_ANY_ID = re.compile(r"<[^<>\s]{1,500}>")
_TO = re.compile(
    r"^[ \t>]{0,8}(?:to|x-hmxmroriginalrecipient|x-original-to|delivered-to|x-rcpt-to|rcpt to)"
    r"[ \t]?:[ \t]{0,8}([^\n]{1,500})",
    re.IGNORECASE | re.MULTILINE,
)
_REMOTE = re.compile(
    r"(?:^|\s)(?:host|server|talking to|connected to|mta|from|by|at)\s+<?"
    r"([A-Za-z0-9][\w.-]{1,200}\.[A-Za-z]{2,24})(?![\w@])",
    re.IGNORECASE,
)


def addressees_of(original: str) -> list[str]:
    return [
        address
        for value in _TO.findall(original[:_LONGEST_ORIGINAL])
        for address in ADDRESS.findall(value)
    ]


def own_addresses(mail: Mail) -> frozenset[str]:
    names = ("from", "to", "reply-to", "delivered-to", "x-original-to", "return-path", "sender")
    return frozenset(
        address.lower()
        for name in names
        for address in ADDRESS.findall(mail.headers.get(name, "")[:2_000])
    )


def message_id_of(mail: Mail, original: str) -> str:
    found = _MESSAGE_ID.search(original[:_LONGEST_ORIGINAL])
    if found is not None:
        return found[1]
    answered = _ANY_ID.search(mail.headers.get("in-reply-to", "")[:600])
    return answered[0] if answered is not None else ""


def host_of(field: str, text: str) -> str:
    if field:
        return typed(field).split(" ")[0].strip("[]()").rstrip(".").lower()
    found = _REMOTE.search(text[:LONGEST_CONTEXT])
    return found[1].rstrip(".").lower() if found is not None else ""


def time_of(mail: Mail, group: Fields) -> dt.datetime | None:
    return time_in(first(group, "last-attempt-date") or mail.headers.get("date", ""))
