"""Where a text stops to be a notice and begins to be the returned original."""

from __future__ import annotations

import re

from campaignmetrics._bounce.folding import lowered
from campaignmetrics._bounce.library import wording

MOST_LINES = 1_500
"""How many lines of a text count."""

HEADER = re.compile(
    r"[ \t>]{0,8}(?:return-path|received|delivered-to|message-id|mime-version|date|from|to|subject"
    r"|content-[\w-]{1,40}|reply-to|x-[\w-]{1,40}|sender|dkim-signature|cc|errors-to)"
    r"[ \t]?:[ \t]?\S"
)
"""A line that is a header of a mail, in lower case."""

_HEADERS_IN_A_ROW = 3
_SIGNS = r"^[ \t>*=#_-]{0,80}"
_FEWEST_WORDS = 3
_LINES_AHEAD = 40


def split_original(text: str) -> tuple[str, str]:
    """Part a text at the returned original: the notice, and the original (empty if none).

    The original begins behind a line that says so, or with three headers in a row. Headers in front
    of the list of recipients are quoted by the notice itself; and what begins with the original has
    no notice, so that all of it may say something.
    """
    lines = text.split("\n")[:MOST_LINES]
    mark = wording("original_begins", _SIGNS)
    headers, indented = 0, False
    for number, line in enumerate(lowered(text).split("\n")[:MOST_LINES]):
        if mark.match(line) and _is_notice(lines[:number]):
            return "\n".join(lines[:number]), "\n".join(lines[number + 1 :])
        if ":" in line and HEADER.match(line):
            headers += 1
            indented = line[:1].isspace()
            start = number - _HEADERS_IN_A_ROW + 1
            if headers == _HEADERS_IN_A_ROW and _is_original(lines, start):
                return "\n".join(lines[:start]), "\n".join(lines[start:])
        elif indented or not line[:1].isspace():
            headers = 0
    return "\n".join(lines), ""


def _is_notice(lines: list[str]) -> bool:
    words = 0
    for line in lines:
        words += len(line.split())
        if words >= _FEWEST_WORDS:
            return True
    return False


def _is_original(lines: list[str], start: int) -> bool:
    ahead = "\n".join(lines[start : start + _LINES_AHEAD]).lower()
    return _is_notice(lines[:start]) and not wording("recipients_follow").search(ahead)
