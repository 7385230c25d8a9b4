"""Parts made of fields: delivery status (RFC 3464), disposition (RFC 8098), feedback (RFC 5965)."""

from __future__ import annotations

import datetime as dt
import re
from email.errors import HeaderParseError
from email.header import decode_header
from email.utils import parsedate_to_datetime
from typing import TypeAlias

Fields: TypeAlias = dict[str, list[str]]
"""Fields by name in lower case, with the values in order."""

# Latin, Greek, Cyrillic, Hebrew and Arabic letters beside ASCII. A word in a script without spaces
# ends where an address in these begins, and the other way round.
_LETTERS = r"A-Za-z0-9_\u00c0-\u024f\u0370-\u06ff\u1e00-\u1fff"
_IDEOGRAPHS = rf"[^\W{_LETTERS}]"
_SIGNS = r"!#$%&'*+/=?^`{|}~.-"
_LABEL = rf"(?:[{_LETTERS}-]{{1,63}}|{_IDEOGRAPHS}{{1,63}})"
ADDRESS = re.compile(
    rf"""(?:"[^"\n@]{{1,64}}"|(?<![{_LETTERS}{_SIGNS}])[{_LETTERS}{_SIGNS}]{{1,200}}"""
    rf"""|(?<!{_IDEOGRAPHS}){_IDEOGRAPHS}{{1,200}})@{_LABEL}(?:\.{_LABEL}){{0,10}}"""
)
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,60})[ \t]*:[ \t]*(.*)\Z", re.DOTALL)
_LONGEST_WORDS = 8_000
_STARTS_GROUP = ("final-recipient", "original-recipient", "recipient-address")
_ENCODED = re.compile(r"=\?[\w-]{1,40}\?[BbQq]\?[^?\s]{0,2000}\?=")
_LOCAL_USER = re.compile(r"[^\s@=;/]{1,64}\Z")
_MOST_GROUPS = 500


def groups_of(text: str) -> list[Fields]:
    """Read groups of fields, which blank lines part.

    Careless writers leave the blank line out, or write a long value's next line without the
    indent that marks it: a second recipient begins a group, and a line that is no field goes on
    with the value.
    """
    groups: list[Fields] = [{}]
    last: list[str] | None = None
    for line in text.split("\n"):
        if not line.strip():
            last = None
            if groups[-1]:
                groups.append({})
            continue
        field = None if line[0] in " \t" else _FIELD.match(line)
        if field is None:
            if last is not None and len(last[-1]) < _LONGEST_WORDS:
                last[-1] += f" {line.strip()}"
            continue
        name = field[1].lower()
        if name in _STARTS_GROUP and name in groups[-1]:
            groups.append({})
        last = groups[-1].setdefault(name, [])
        last.append(field[2].strip())
        if len(groups) > _MOST_GROUPS:
            break
    return [group for group in groups if group]


def first(fields: Fields, *names: str) -> str:
    """Give the first value of the first name that has one; empty if none has."""
    for name in names:
        for value in fields.get(name, ()):
            if value:
                return value
    return ""


def typed(value: str) -> str:
    """Take the type off a typed value: ``rfc822; ann@shop.example`` is the address alone."""
    kind, separator, rest = value.partition(";")
    return rest.strip() if separator and len(kind.split()) == 1 else value.strip()


def address_in(value: str) -> str | None:
    """Find the address in a value; a bare name of a local user counts, a sentence does not."""
    value = typed(value)
    found = ADDRESS.search(value)
    if found is not None:
        return found[0].rstrip(".")
    bare = value.strip("<> ")
    return bare if _LOCAL_USER.match(bare) else None


def words_in(value: str) -> str:
    """Decode the encoded words (RFC 2047) of a value."""
    if "=?" not in value:
        return value
    return _ENCODED.sub(_decoded, value)


def _decoded(match: re.Match[str]) -> str:
    try:
        ((content, charset),) = decode_header(match[0])
        decoded: str = content.decode(charset or "ascii", "replace")
    except (HeaderParseError, ValueError, LookupError):
        return match[0]
    return decoded


def time_in(value: str) -> dt.datetime | None:
    """Read a time of RFC 5322 in UTC; one that cannot be read is none."""
    try:
        time = parsedate_to_datetime(value[:100])
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # "-0000" says that the zone is not known (RFC 5322, section 3.3); the time itself is in UTC.
    aware = time.replace(tzinfo=dt.UTC) if time.tzinfo is None else time
    try:
        return aware.astimezone(dt.UTC)
    except (OverflowError, ValueError):
        return None
