"""One flat form of all figures of a report, in which any two engines can be compared."""
# ruff: noqa: INP001 -- scripts side by side are no package

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

Table: TypeAlias = tuple[list[str], list[tuple[Any, ...]]]
"""Names of columns, and rows."""

Figures: TypeAlias = dict[str, int]
"""Counts by a path such as ``email/over_time/490809/opens``; what is absent is 0."""

LABELS = ("channel", "breakdown", "category", "name")
"""The columns that say what a row is about; all others hold figures."""


def of_tables(tables: Iterable[Table]) -> Figures:
    """Flatten the tables of a peer."""
    figures: Figures = {}
    for names, rows in tables:
        for values in rows:
            row = dict(zip(names, values, strict=True))
            path = [str(row.pop(label)) for label in LABELS if row.get(label)]
            _add(figures, path, row)
    return figures


def of_report(report: Mapping[str, Any]) -> Figures:
    """Flatten the report as campaignmetrics gives it, in steps of an hour."""
    figures: Figures = {}
    _add(figures, [], report["campaign"])
    for channel in ("email", "push"):
        tab = report[channel]
        _add(figures, [channel, "total"], tab["total"])
        for breakdown in ("by_message", "by_platform"):
            for name, metrics in tab.get(breakdown, {}).items():
                _add(figures, [channel, breakdown, name], metrics)
        for row in tab["over_time"]:
            _add(figures, [channel, "over_time", row["start"]], row)
        for breakdown in ("bounce_reasons", "error_reasons", "exclude_reasons"):
            for row in tab[breakdown]:
                labels = [row[label] for label in ("category", "reason") if row.get(label)]
                _add(figures, [channel, breakdown, *labels], {"count": row["count"]})
    for top in (report["email"]["top_recipient_domains"], *report.get("more_domains", ())):
        _add_domains(figures, top)
    return figures


def _add_domains(figures: Figures, top: Mapping[str, Any]) -> None:
    by = top["by"]
    for row in top["domains"]:
        _add(figures, ["top", by, row["domain"]], {"count": row["count"]})
    for rest in ("other", "unknown"):
        _add(figures, [rest, by], {"count": top[rest]})


def _add(figures: Figures, path: list[str], row: Mapping[str, Any]) -> None:
    """Add what is a count in a row: ratios follow from counts, and labels are in the path."""
    for name, value in row.items():
        if isinstance(value, int) and value:
            figures["/".join([*path, name])] = value


def differences(first: Figures, second: Figures) -> list[str]:
    """Say where two sets of figures differ."""
    return [
        f"{path}: {first.get(path, 0)} and {second.get(path, 0)}"
        for path in sorted(first.keys() | second.keys())
        if first.get(path, 0) != second.get(path, 0)
    ]
