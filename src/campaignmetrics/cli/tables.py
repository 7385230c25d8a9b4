"""Tables for a terminal: numbers aligned, nothing cut off, as narrow as the terminal asks for."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

import attrs
from rich import box
from rich.bar import Bar
from rich.console import Console, RenderableType
from rich.table import Table

from campaignmetrics.ratio import Ratio

_BAR_WIDTH = 20

WIDE = 1000
"""More than any table needs."""


def output() -> Console:
    """Give standard output: as wide as the terminal; in a file, lines are as long as they are."""
    width = None if sys.stdout.isatty() else WIDE
    return Console(highlight=False, emoji=False, width=width)


@attrs.frozen
class Row:
    """One row: its label, its numbers as text, and how full its bar is, if it has one."""

    label: str
    numbers: Sequence[str]
    share: Ratio | None = None


def tables(
    console: Console, title: str, label: str, numbers: Sequence[str], rows: Sequence[Row]
) -> Iterator[RenderableType]:
    """Lay rows out as a table; where the terminal is too narrow for it, as several."""
    with_bars = any(row.share for row in rows)
    for bars in {with_bars: None, False: None}:
        table = _table(title, label, numbers, rows, bars=bars)
        width = console.measure(table, options=console.options.update(max_width=WIDE)).maximum
        if width <= console.width or (not bars and len(numbers) == 1):
            yield table
            yield ""
            return
    half = (len(numbers) + 1) // 2
    for part in (slice(0, half), slice(half, None)):
        some = [Row(row.label, row.numbers[part]) for row in rows]
        yield from tables(console, title, label, numbers[part], some)


def _table(
    title: str, label: str, numbers: Sequence[str], rows: Sequence[Row], *, bars: bool
) -> Table:
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold cyan",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
    )
    table.add_column(label, overflow="fold")
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    if bars:
        table.add_column("")
    for row in rows:
        table.add_row(row.label, *row.numbers, *([_bar(row.share)] if bars else []))
    return table


def number(count: int) -> str:
    """Write a count with its thousands apart."""
    return f"{count:,}"


def percentage(ratio: Ratio | None) -> str:
    """Write a ratio as a percentage, and one without a value as a dash."""
    if ratio is None:
        return ""
    return "-" if ratio.value is None else f"{ratio.value:.1%}"


def _bar(ratio: Ratio | None) -> RenderableType:
    if ratio is None or ratio.value is None:
        return ""
    return Bar(1, 0, min(max(ratio.value, 0), 1), width=_BAR_WIDTH)
