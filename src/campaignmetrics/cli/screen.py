"""The live report on one screen: totals with their rates, and the messages with most events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from rich.console import Console, Group, RenderableType
from rich.text import Text

from campaignmetrics.cli.tables import Row, number, percentage, tables
from campaignmetrics.cli.text import (
    BY_EMAIL,
    BY_PUSH,
    EMAIL_TRACKING,
    NONE,
    PUSH_TRACKING,
    SENDING,
    reading,
)
from campaignmetrics.email import EmailTab
from campaignmetrics.push import PushTab
from campaignmetrics.reports import Report

RATE_MINUTES = 5
"""Rates are means over so many whole minutes before the current one."""

_Labels: TypeAlias = Sequence[tuple[str, str, str]]
_MESSAGES = 5
_MINUTE = dt.timedelta(minutes=1)


def screen(  # noqa: PLR0913, PLR0917 -- all that is on it
    console: Console,
    title: str,
    notes: Iterable[str],
    report: Report,
    now: dt.datetime,
    newest: dt.datetime | None,
) -> RenderableType:
    """Lay out what fits one screen, the most important first.

    Args:
        console: for which it is.
        title: what is shown, in one line.
        notes: what is to be known about the reading.
        report: of the window.
        now: the time at which the window ends, before it is rounded up.
        newest: the time of the newest event.
    """
    state = "no event yet" if newest is None else f"newest event: {newest:%Y-%m-%d %H:%M:%S} UTC"
    if newest is not None and not (report.email.by_message or report.push.by_message):
        state += "; to see the window that ends there: --now newest"
    above: list[RenderableType]
    above = [Text(title, style="bold"), Text(state), *(Text(note, "yellow") for note in notes), ""]
    return Group(*above, *_parts(console, report, now))


def _parts(console: Console, report: Report, now: dt.datetime) -> Iterator[RenderableType]:
    tabs: tuple[tuple[str, EmailTab | PushTab, _Labels, Mapping[str, str]], ...] = (
        ("Email", report.email, (*SENDING, *EMAIL_TRACKING), BY_EMAIL),
        ("Push", report.push, (*SENDING, *PUSH_TRACKING), BY_PUSH),
    )
    for name, tab, labels, _ in tabs:
        if tab.by_message:
            yield from _totals(console, name, tab, labels, now)
    yield from (Text(line) for line in reading(report.diagnostics))
    yield ""
    for name, tab, _, columns in tabs:
        by_sent = sorted(tab.by_message.items(), key=lambda each: -each[1].sent)
        rows = [
            Row(message or NONE, [number(getattr(metrics, each)) for each in columns.values()])
            for message, metrics in by_sent[:_MESSAGES]
        ]
        if rows:
            yield from tables(console, f"{name}: most sent", "Message", list(columns), rows)


def _totals(
    console: Console,
    name: str,
    tab: EmailTab | PushTab,
    labels: _Labels,
    now: dt.datetime,
) -> Iterator[RenderableType]:
    """List the counts above 0, with their rates."""
    rates = _rates(tab, now)
    rows = []
    for label, count, ratio in labels:
        value = getattr(tab.total, count)
        if value:
            share = percentage(getattr(tab.total, ratio)) if ratio else ""
            rate = "" if count not in rates else f"{rates[count]:,.1f}"
            rows.append(Row(label, (number(value), share, rate)))
    yield from tables(console, name, "", ("Events", "Ratio", "Per minute"), rows)


def _rates(tab: EmailTab | PushTab, now: dt.datetime) -> dict[str, float]:
    """Give the mean per minute of each count that adds up over time."""
    end = now.replace(second=0, microsecond=0)
    start = end - RATE_MINUTES * _MINUTE
    recent = [step for step in tab.over_time(_MINUTE, "UTC") if start <= step.start < end]
    names = [field for _, field, _ in (*SENDING, *EMAIL_TRACKING, *PUSH_TRACKING)]
    return {
        name: sum(getattr(step, name) for step in recent) / RATE_MINUTES
        for name in names
        if hasattr(tab.total, name) and not name.startswith("unique_")
    }
