"""What a notice says to people: whom it is about, and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice

from campaignmetrics._bounce.folding import lowered
from campaignmetrics._bounce.library import wording
from campaignmetrics._bounce.mail.fields import ADDRESS
from campaignmetrics._bounce.mail.original import HEADER, MOST_LINES

_MOST_RECIPIENTS = 500
_MOST_MENTIONS = 4_000
_LONGEST_LINE = 600
_WORDS_BEFORE = 60

_ALONE = re.compile(
    r"""[ \t>*\d.)-]{0,12}["'<\[(]{0,9}\S{1,250}@[^\s>"')\]]{1,250}[>"'\])]{0,9}[ \t]*[:;,.]*"""
    r"(?:[ \t]+\S.{0,300})?\Z"
)
_OPENING = r"""[ \t]*[:=]?[ \t]*(?:is[ ])?[<"'(\[]{0,3}\Z"""
# X.400 gateways and Exchange write an address as one of several: SMTP=ann@shop.example
_TYPE_BEFORE = re.compile(r"(?:smtp|rfc822|internet)=", re.IGNORECASE)


def recipients_in(notice: str, own: frozenset[str]) -> list[str]:
    """Find whom a notice is about, in order; those behind a line that leads to them come first.

    Args:
        notice: without the returned original.
        own: addresses, in lower case, that are those of the sender or of the reporting server.
    """
    lead = wording("recipients_follow").search(lowered(notice))
    behind = _addresses(notice[lead.start() :], own) if lead is not None else []
    return behind or _addresses(notice, own)


def _addresses(notice: str, own: frozenset[str]) -> list[str]:
    """Collect addresses: those that surely are recipients, else others, else the sender's own."""
    sure: dict[str, str] = {}
    others: dict[str, str] = {}
    sender: dict[str, str] = {}
    for address, before, alone in islice(_mentions(notice), _MOST_MENTIONS):
        if _is_no_recipient(address, before):
            continue
        if address.lower() in own:
            kept = sender if alone else {}
        else:
            kept = sure if alone or _names_recipient(before) else others
        kept.setdefault(address.lower(), address)
    return list((sure or others or sender).values())[:_MOST_RECIPIENTS]


def _mentions(notice: str) -> Iterator[tuple[str, str, bool]]:
    """Give each address, the words right before it, and whether its line holds little else."""
    for full in notice.split("\n")[:MOST_LINES]:
        if "@" not in full:
            continue
        line = full[:_LONGEST_LINE]
        alone = _ALONE.match(line) is not None
        for found in ADDRESS.finditer(line):
            address = _TYPE_BEFORE.sub("", found[0].strip("'."))
            yield address, line[max(0, found.start() - _WORDS_BEFORE) : found.start()], alone


def _is_no_recipient(address: str, before: str) -> bool:
    return (
        "://" in before
        or wording("before_other", "", _OPENING).search(before.lower()) is not None
        or wording("role", "", r"\Z").match(address.partition("@")[0].lower()) is not None
    )


def _names_recipient(before: str) -> bool:
    return wording("before_recipient", "", _OPENING).search(before.lower()) is not None


def sections(notice: str, recipients: Iterable[str]) -> dict[str, str]:
    """Part a notice by the several recipients that it is about.

    What is about one goes from a line that names it to the next line that names another.

    Returns:
        The lines of each recipient that is named, by its address in lower case.
    """
    wanted = {recipient.lower() for recipient in recipients}
    lines: dict[str, list[str]] = {}
    inside: set[str] = set()
    for line in notice.split("\n")[:MOST_LINES]:
        if "@" in line:
            found = ADDRESS.finditer(line[:_LONGEST_LINE])
            inside = {address[0].lower() for address in found} & wanted or inside
        for recipient in inside:
            lines.setdefault(recipient, []).append(line)
    return {recipient: "\n".join(about) for recipient, about in lines.items()}


def without_headers(notice: str) -> str:
    """Leave out the lines that are headers: what they are about is not why a mail came back.

    A header goes on in the lines below it that are indented deeper.
    """
    kept: list[str] = []
    header: int | None = None
    for line, lower in zip(notice.split("\n"), lowered(notice).split("\n"), strict=True):
        indent = len(line) - len(line.lstrip())
        if ":" in lower and HEADER.match(lower) is not None:
            header = indent
        elif header is None or indent <= header or line.isspace():
            header = None
            kept.append(line)
    return "\n".join(kept)


@lru_cache(maxsize=4)
def coded_lines(notice: str) -> str:
    """Give the lines that carry a code or say that a reason follows, each with its neighbours."""
    lines = notice.split("\n")[:MOST_LINES]
    says_why = wording("reason_in_line")
    wanted = {
        near
        for number, line in enumerate(lowered(notice).split("\n")[:MOST_LINES])
        if says_why.search(line[:_LONGEST_LINE]) is not None
        for near in (number - 1, number, number + 1)
    }
    return "\n".join(line for number, line in enumerate(lines) if number in wanted)
