"""The figures of an ``expected.json`` and those of a report, laid flat under the same paths."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

Figures = dict[str, object]
ABSENT = "absent"


def differences(expected: Figures, actual: Figures) -> list[str]:
    """Say each figure that differs in a line of its own; a figure of 0 may be left out."""
    return [
        f"{path}: expected {expected.get(path, 0)}, reported {actual.get(path, 0)}"
        for path in sorted(expected.keys() | actual.keys())
        if expected.get(path, 0) != actual.get(path, 0)
    ]


def expected_figures(expected: Mapping[str, Any]) -> Figures:
    """Lay the figures of an ``expected.json`` flat."""
    figures: Figures = {"campaign.entered_profiles": expected["campaign"]["entered_profiles"]}
    for channel in ("email", "push"):
        tab = expected[channel]
        figures |= _cells(f"{channel}.total", {"": tab["total"]})
        figures |= _cells(f"{channel}.by_message", tab["by_message"])
        figures |= _cells(f"{channel}.over_time", _by_instant(tab["over_time_by_hour"]))
        figures |= _cells(f"{channel}.by_platform", tab.get("by_platform", {}))
        for name in ("unique_opens", "unique_clicks"):
            if name in tab:
                figures[f"{channel}.total.{name}"] = tab[name]
        for category in ("hard", "soft", "ignored"):
            count = tab["total"][f"{category}_bounces"]
            figures[f"{channel}.bounce_categories.{category}"] = count
        for reason, category, count in tab["bounce_reasons"]:
            figures[f"{channel}.bounce_reasons[{reason}, {category}]"] = count
        for widget in ("error_reasons", "exclude_reasons"):
            for reason, count in tab[widget].items():
                figures[f"{channel}.{widget}[{reason}]"] = count
        for name, ratio in tab.get("ratios", {}).items():
            figures[f"{channel}.{name}"] = _ratio(ratio)
    return figures | _expected_domains(expected["email"])


def reported_figures(report: Mapping[str, Any], expected: Mapping[str, Any]) -> Figures:
    """Lay the figures of a report flat, as far as the expected ones name the metric."""
    figures: Figures = {"campaign.entered_profiles": report["campaign"]["entered_profiles"]}
    for channel in ("email", "push"):
        tab, wanted = report[channel], expected[channel]
        total = [*_names({"": wanted["total"]}), *(n for n in wanted if n.startswith("unique_"))]
        rows = {row["start"]: row for row in tab["over_time"]}
        hours, messages = wanted["over_time_by_hour"], wanted["by_message"]
        figures |= _cells(f"{channel}.total", {"": tab["total"]}, total)
        figures |= _cells(f"{channel}.by_message", tab["by_message"], _names(messages))
        figures |= _cells(f"{channel}.over_time", _by_instant(rows), _names(hours))
        if "by_platform" in wanted:
            platforms = _names(wanted["by_platform"])
            figures |= _cells(f"{channel}.by_platform", tab["by_platform"], platforms)
        for category, count in tab["bounce_categories"].items():
            figures[f"{channel}.bounce_categories.{category}"] = count
        for row in tab["bounce_reasons"]:
            path = f"{channel}.bounce_reasons[{row['reason']}, {row['category']}]"
            figures[path] = row["count"]
        for widget in ("error_reasons", "exclude_reasons"):
            for row in tab[widget]:
                figures[f"{channel}.{widget}[{row['reason']}]"] = row["count"]
        for name in wanted.get("ratios", {}):
            figures[f"{channel}.{name}"] = _ratio(tab["total"].get(name, {}))
    return figures | _reported_domains(report["email"]["top_recipient_domains"])


def _cells(
    path: str, cells: Mapping[str, Mapping[str, Any]], metrics: Iterable[str] | None = None
) -> Figures:
    return {
        f"{path}[{key}].{metric}".replace("[]", ""): cell.get(metric, ABSENT)
        for key, cell in cells.items()
        for metric in (cell if metrics is None else metrics)
    }


def _names(cells: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return sorted({metric for cell in cells.values() for metric in cell})


def _by_instant(cells: Mapping[str, Any]) -> dict[str, Any]:
    return {str(dt.datetime.fromisoformat(start)): cell for start, cell in cells.items()}


def _ratio(ratio: Mapping[str, Any]) -> str:
    return f"{ratio.get('numerator', ABSENT)} / {ratio.get('denominator', ABSENT)}"


def _expected_domains(email: Mapping[str, Any]) -> Figures:
    counts = dict(email["opens_by_recipient_domain"])
    figures: Figures = {f"email.domains[{domain}]": count for domain, count in counts.items()}
    figures["email.domains.unknown"] = email["total"]["opens"] - sum(counts.values())
    return figures


def _reported_domains(widget: Mapping[str, Any]) -> Figures:
    figures: Figures = {
        f"email.domains[{row['domain']}]": row["count"] for row in widget["domains"]
    }
    return figures | {f"email.domains.{name}": widget[name] for name in ("other", "unknown")}
