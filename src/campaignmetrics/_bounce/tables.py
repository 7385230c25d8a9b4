"""Tables: enhanced codes, reply codes, and the single providers' own classes."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import attrs

from campaignmetrics._bounce.folding import fold
from campaignmetrics._bounce.library import data
from campaignmetrics._bounce.vocabulary import CATEGORIES, BounceError, Reason
from campaignmetrics.events import BounceCategory

_WORD = re.compile(r"[^\W_]+")


@attrs.frozen
class Row:
    """What a code or class means.

    Attributes:
        reason: the reason.
        sub_reason: a finer word within it.
        category: hard, soft or ignored.
        vague: it names no cause; anything else that does comes first.
        definite: it comes before text and codes.
        adobe: the category under Adobe's table, where it differs.
    """

    reason: Reason
    sub_reason: str
    category: BounceCategory
    vague: bool = False
    definite: bool = False
    adobe: BounceCategory | None = None


def _row(table: dict[str, Any], category: str | None) -> Row:
    reason = Reason(table["reason"])
    return Row(
        reason,
        table.get("sub_reason", ""),
        BounceCategory(category) if category else CATEGORIES[reason],
        vague=table.get("vague", False),
        definite=table.get("definite", False),
        adobe=BounceCategory(table["adobe"]) if "adobe" in table else None,
    )


@cache
def status_row(status: str) -> Row | None:
    """Look an enhanced code up, as ``5.1.1``; a detail that is not listed has its subject's row."""
    digit, subject, detail = status.split(".")
    table = data("codes")["enhanced"]
    row = table.get(f"{subject}.{detail}", table.get(f"{subject}.*"))
    if row is None:
        return None
    if digit == "2":
        return Row(Reason.DELIVERED, "", BounceCategory.IGNORED, vague=row.get("vague", False))
    if digit == "5":
        return _row(row, row.get("permanent"))
    harmless = row.get("permanent") == "ignored"
    return _row(row, row.get("temporary", "ignored" if harmless else "soft"))


@cache
def reply_row(reply: str) -> Row | None:
    """Look an SMTP reply code up."""
    table = data("codes")["reply"].get(reply)
    return None if table is None else _row(table, table.get("category"))


@cache
def _classes(source: str) -> dict[str, Row]:
    try:
        provider = data("providers")[source]
    except KeyError:
        known = ", ".join(sorted(data("providers")))
        raise BounceError(f"source {source!r} is not one of {known}") from None
    return {
        _key(written): _row(table, table.get("category"))
        for table in provider["class"]
        for written in table["classes"]
    }


def _key(written: str) -> str:
    return " ".join(_WORD.findall(fold(written)))


@cache
def check_source(source: str) -> None:
    """Refuse a source that no table is there for."""
    _classes(source)


def class_row(source: str, source_class: str) -> Row | None:
    """Look a provider's class up; the longest beginning that is listed decides.

    Raises:
        BounceError: the source is not known.
    """
    classes = _classes(source)
    words = _key(source_class[:200]).split()
    for length in range(len(words), 0, -1):
        row = classes.get(" ".join(words[:length]))
        if row is not None:
            return row
    return None
