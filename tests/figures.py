"""A report of the library in the oracle's form, so that the two compare with ``==``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import campaignmetrics as cm
from campaignmetrics.events import Event
from campaignmetrics.schema import event_of
from oracle import (
    EMAIL_RATIOS,
    EMAIL_UNIQUE_RATIOS,
    PUSH_RATIOS,
    RATIOS,
    UNIQUE_RATIOS,
    Figures,
    Row,
)

SENDING = [
    "targeted",
    "exclusions",
    "errors",
    "sent",
    "delays",
    "delivered",
    "bounces",
    "hard_bounces",
    "soft_bounces",
    "ignored_bounces",
    "pending",
    "opens",
    "machine_opens",
]
COUNTS = {
    "email": [*SENDING, "clicks", "machine_clicks", "unsubscribes", "spam_complaints"],
    "push": [*SENDING, "actions", "dismissals", "engagements"],
}
RATIO_NAMES = {"email": [*RATIOS, *EMAIL_RATIOS], "push": [*RATIOS, *PUSH_RATIOS]}
UNIQUE_NAMES = {
    "email": ["unique_opens", "unique_clicks", *UNIQUE_RATIOS, *EMAIL_UNIQUE_RATIOS],
    "push": ["unique_opens", *UNIQUE_RATIOS],
}


def records_of(rows: Sequence[Row]) -> list[Event]:
    """Give rows as records."""
    return [event_of(row) for row in rows]


def figures_of(report: cm.Report, every: dt.timedelta, zone: str) -> Figures:
    """Read every figure of a report through its attributes."""
    return {
        "campaign": {"entered_profiles": report.campaign.entered_profiles},
        "email": _tab(report.email, "email", every, zone),
        "push": _tab(report.push, "push", every, zone),
    }


def _tab(tab: Any, channel: str, every: dt.timedelta, zone: str) -> Figures:  # noqa: ANN401 -- either tab
    names = COUNTS[channel] + RATIO_NAMES[channel]
    found: Figures = {
        "total": _metrics(tab.total, names + UNIQUE_NAMES[channel]),
        "by_message": {
            message: _metrics(metrics, names + UNIQUE_NAMES[channel])
            for message, metrics in tab.by_message.items()
        },
        "over_time": {
            # Aware times of one zone compare by the clock on the wall, so compare them in UTC.
            row.start.astimezone(dt.UTC): _metrics(row, names)
            for row in tab.over_time(every=every, zone=zone)
        },
        "bounce_reasons": [(row.reason, row.category, row.count) for row in tab.bounce_reasons],
        "bounce_categories": {
            category: getattr(tab.bounce_categories, category)
            for category in ("hard", "soft", "ignored")
        },
        "error_reasons": [(row.reason, row.count) for row in tab.error_reasons],
        "exclude_reasons": [(row.reason, row.count) for row in tab.exclude_reasons],
    }
    if channel == "email":
        found["top_recipient_domains"] = top_domains_of(tab, 10, "opens")
    else:
        found["by_platform"] = {
            platform: _metrics(metrics, names) for platform, metrics in tab.by_platform.items()
        }
    return found


def top_domains_of(tab: Any, size: int, by: str) -> tuple[list[tuple[str, int]], int, int]:  # noqa: ANN401 -- the email tab
    """Read the top recipient domains; those without a count may be left out, and are."""
    top = tab.top_recipient_domains(size, by=by)
    return [(row.domain, row.count) for row in top.domains if row.count], top.other, top.unknown


def _metrics(metrics: object, names: Sequence[str]) -> Figures:
    found = {}
    for name in names:
        value = getattr(metrics, name)
        is_ratio = name.endswith("_ratio")
        found[name] = (value.numerator, value.denominator, value.value) if is_ratio else value
    return found


def json_of(figures: Figures) -> Figures:
    """Write the oracle's figures as the report's JSON does, over_time and all."""
    return {
        "campaign": figures["campaign"],
        "email": _json_tab(figures["email"]),
        "push": _json_tab(figures["push"]),
    }


def _json_tab(tab: Figures) -> Figures:
    found: Figures = {
        "total": _json_metrics(tab["total"]),
        "by_message": {name: _json_metrics(part) for name, part in tab["by_message"].items()},
        "over_time": [
            {"start": start.isoformat().replace("+00:00", "Z")} | _json_metrics(part)
            for start, part in tab["over_time"].items()
        ],
        "bounce_reasons": [
            {"reason": reason, "category": category, "count": count}
            for reason, category, count in tab["bounce_reasons"]
        ],
        "bounce_categories": tab["bounce_categories"],
    }
    for name in ("error_reasons", "exclude_reasons"):
        found[name] = [{"reason": reason, "count": count} for reason, count in tab[name]]
    if "by_platform" in tab:
        platforms = tab["by_platform"]
        found["by_platform"] = {name: _json_metrics(part) for name, part in platforms.items()}
    else:
        domains, other, unknown = tab["top_recipient_domains"]
        found["top_recipient_domains"] = {
            "by": "opens",
            "domains": [{"domain": name, "count": count} for name, count in domains],
            "other": other,
            "unknown": unknown,
        }
    return found


def _json_metrics(metrics: Figures) -> Figures:
    parts = ("numerator", "denominator", "value")
    return {
        name: dict(zip(parts, value, strict=True)) if isinstance(value, tuple) else value
        for name, value in metrics.items()
    }
