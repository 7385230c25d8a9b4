"""A deliberately naive counter, written from docs/definitions.md alone.

It shares no code with the library: plain loops over plain dicts (one row of the event schema each,
Python values, aware times), so that it is an independent word on what every figure is. It is slow
on purpose. Where the definitions leave a choice, the choice is said beside the line that makes it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from oracle_steps import HOUR, MINUTE, cut, step_start

Row: TypeAlias = dict[str, Any]
Counts: TypeAlias = dict[str, int]
Ratio: TypeAlias = tuple[int, int, float | None]
Figures: TypeAlias = dict[str, Any]

RATIOS = {
    "delivered_ratio": ("delivered", "sent"),
    "bounce_ratio": ("bounces", "sent"),
    "hard_bounce_ratio": ("hard_bounces", "sent"),
    "soft_bounce_ratio": ("soft_bounces", "sent"),
    "ignored_bounce_ratio": ("ignored_bounces", "sent"),
    "error_ratio": ("errors", "targeted"),
    "exclusion_ratio": ("exclusions", "targeted"),
    "open_ratio": ("opens", "delivered"),
}
EMAIL_RATIOS = {
    "click_through_ratio": ("clicks", "delivered"),
    "unsubscribe_ratio": ("unsubscribes", "delivered"),
    "complaint_ratio": ("spam_complaints", "delivered"),
}
PUSH_RATIOS = {"engagement_ratio": ("engagements", "delivered")}
UNIQUE_RATIOS = {"unique_open_ratio": ("unique_opens", "delivered")}
EMAIL_UNIQUE_RATIOS = {
    "unique_click_through_ratio": ("unique_clicks", "delivered"),
    "click_to_open_ratio": ("unique_clicks", "unique_opens"),
}

_DOTS = (".", "。", "．", "｡")  # noqa: RUF001 -- all that the idna codec takes for a dot


def text(row: Row, column: str) -> str | None:
    """Give the column's text; an empty one is an absent one."""
    value = row.get(column)
    return None if value is None or value == "" else str(value)


def of_channel(rows: Sequence[Row], channel: str) -> list[Row]:
    """Keep the rows of one channel."""
    return [row for row in rows if row["channel"] == channel]


def entered_profiles(rows: Sequence[Row]) -> int:
    """Count the distinct profiles that entered; an entry without a profile is nobody."""
    seen = []
    for row in rows:
        profile = text(row, "profile_id")
        if row["kind"] == "entered" and profile is not None and profile not in seen:
            seen.append(profile)
    return len(seen)


def counts(  # noqa: C901, PLR0912 -- one plain branch for each kind reads like the definitions
    rows: Sequence[Row], channel: str, *, targeted_is_told: bool
) -> Counts:
    """Count the additive metrics of rows of one channel."""
    told = errored = excluded = sent = delays = accepted = returned = 0
    bounces = {"hard": 0, "soft": 0, "ignored": 0}
    opens = machine_opens = clicks = machine_clicks = 0
    unsubscribes = complaints = actions = dismissals = 0
    for row in rows:
        match row["kind"]:
            case "targeted":
                told += 1
            case "errored":
                errored += 1
            case "excluded":
                excluded += 1
            case "sent":
                sent += 1
            case "delayed":
                delays += 1
            case "delivered":
                accepted += 1
            case "bounced":
                bounces[text(row, "category") or "ignored"] += 1
                if row.get("asynchronous") is True:
                    returned += 1
            case "opened" if row.get("machine") is True:
                machine_opens += 1
            case "opened":
                opens += 1
            case "clicked" if row.get("machine") is True:
                machine_clicks += 1
            case "clicked":
                clicks += 1
            case "unsubscribed":
                unsubscribes += 1
            case "complained":
                complaints += 1
            case _:  # acted, the only kind that is left
                actions += 1
                if text(row, "action") == "Dismiss":
                    dismissals += 1
    delivered = accepted - returned
    all_bounces = len([row for row in rows if row["kind"] == "bounced"])
    found = {
        "targeted": told if targeted_is_told else sent + errored + excluded,
        "exclusions": excluded,
        "errors": errored,
        "sent": sent,
        "delays": delays,
        "delivered": delivered,
        "bounces": all_bounces,
        "hard_bounces": bounces["hard"],
        "soft_bounces": bounces["soft"],
        "ignored_bounces": bounces["ignored"],
        "pending": sent - delivered - all_bounces,
        "opens": opens,
        "machine_opens": machine_opens,
    }
    if channel == "email":
        return found | {
            "clicks": clicks,
            "machine_clicks": machine_clicks,
            "unsubscribes": unsubscribes,
            "spam_complaints": complaints,
        }
    return found | {
        "actions": actions,
        "dismissals": dismissals,
        "engagements": opens + actions,
    }


def unique(rows: Sequence[Row], kind: str) -> int:
    """Count distinct (message, recipient key) among the non-machine events of one kind."""
    seen = set()
    for row in rows:
        if row["kind"] != kind or row.get("machine") is True:
            continue
        for name_space in ("send_id", "profile_id", "recipient"):
            key = text(row, name_space)
            if key is not None:
                seen.add((text(row, "message_id"), name_space, key))
                break
    return len(seen)


def ratio(numerator: int, denominator: int) -> Ratio:
    """Keep both parts; without a positive denominator there is no value."""
    return numerator, denominator, numerator / denominator if denominator > 0 else None


def additive(rows: Sequence[Row], channel: str, *, targeted_is_told: bool) -> Figures:
    """Give the additive metrics of rows of one channel, and their ratios."""
    found: Figures = dict(counts(rows, channel, targeted_is_told=targeted_is_told))
    formulas = RATIOS | (EMAIL_RATIOS if channel == "email" else PUSH_RATIOS)
    for name, (numerator, denominator) in formulas.items():
        found[name] = ratio(found[numerator], found[denominator])
    return found


def with_unique(rows: Sequence[Row], channel: str, *, targeted_is_told: bool) -> Figures:
    """Give all metrics of rows of one channel, the distinct ones too."""
    found = additive(rows, channel, targeted_is_told=targeted_is_told)
    found["unique_opens"] = unique(rows, "opened")
    formulas = dict(UNIQUE_RATIOS)
    if channel == "email":
        found["unique_clicks"] = unique(rows, "clicked")
        formulas |= EMAIL_UNIQUE_RATIOS
    for name, (numerator, denominator) in formulas.items():
        found[name] = ratio(found[numerator], found[denominator])
    return found


def reasons(rows: Sequence[Row], kind: str) -> list[tuple[str, int]]:
    """Count the reasons of one kind, most frequent first, then by name; absent is empty."""
    found: Counts = {}
    for row in rows:
        if row["kind"] == kind:
            name = text(row, "reason") or ""
            found[name] = found.get(name, 0) + 1
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))


def bounce_reasons(rows: Sequence[Row]) -> list[tuple[str, str, int]]:
    """Count bounces by reason and category, most frequent first, then by name."""
    found: dict[tuple[str, str], int] = {}
    for row in rows:
        if row["kind"] == "bounced":
            name = (text(row, "reason") or "", text(row, "category") or "ignored")
            found[name] = found.get(name, 0) + 1
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return [(reason, category, count) for (reason, category), count in ordered]


def domain(row: Row) -> str | None:
    """Give the recipient's domain in its one written form, or None where there is no usable one."""
    given = text(row, "recipient_domain")
    if given is None:
        address = text(row, "recipient")
        if address is None or "@" not in address:
            return None
        given = address
    name = given.split("@")[-1].lower()
    if name.endswith(_DOTS):
        name = name[:-1]
    if not _usable(name):
        return None
    try:
        name = name.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    # The codec can make ASCII brackets and spaces of their wide forms.
    return name if _usable(name) else None


def _usable(name: str) -> bool:
    # Behind a second final dot stands an empty name.
    if name == "" or name.endswith(_DOTS):
        return False
    return not any(letter in "()[]{}<>" or letter.isspace() for letter in name)


def domains(rows: Sequence[Row], by: str) -> tuple[dict[str, int], int]:
    """Count one metric by recipient domain; second, what has no usable domain."""
    told = any(row["kind"] == "targeted" for row in rows)
    groups: dict[str | None, list[Row]] = {}
    for row in rows:
        groups.setdefault(domain(row), []).append(row)
    found = {
        name: counts(group, "email", targeted_is_told=told)[by] for name, group in groups.items()
    }
    unknown = found.pop(None, 0)
    return {name: count for name, count in found.items() if name is not None and count}, unknown


def top_domains(rows: Sequence[Row], size: int, by: str) -> tuple[list[tuple[str, int]], int, int]:
    """Give the first domains by count, then what the other domains and no domain have."""
    found, unknown = domains(rows, by)
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return ordered[:size], sum(count for _, count in ordered[size:]), unknown


def over_time(
    rows: Sequence[Row],
    channel: str,
    every: dt.timedelta,
    zone: str,
    resolution: dt.timedelta = MINUTE,
) -> dict[dt.datetime, Figures]:
    """Give the additive metrics for each step that has events, by its start in UTC."""
    told = any(row["kind"] == "targeted" for row in rows)
    known: dict[dt.datetime, dt.datetime] = {}
    groups: dict[dt.datetime, list[Row]] = {}
    for row in rows:
        bucket = cut(row["timestamp"], resolution)
        if bucket not in known:
            known[bucket] = step_start(bucket, every, ZoneInfo(zone))
        groups.setdefault(known[bucket], []).append(row)
    return {
        start: additive(groups[start], channel, targeted_is_told=told) for start in sorted(groups)
    }


def tab(all_rows: Sequence[Row], channel: str, every: dt.timedelta, zone: str) -> Figures:
    """Give everything that the email or the push tab shows."""
    rows = of_channel(all_rows, channel)
    told = any(row["kind"] == "targeted" for row in rows)
    messages = sorted({text(row, "message_id") or "" for row in rows})
    platforms = sorted({text(row, "platform") or "unknown" for row in rows})
    total = with_unique(rows, channel, targeted_is_told=told)
    found: Figures = {
        "total": total,
        "by_message": {
            message: with_unique(
                [row for row in rows if (text(row, "message_id") or "") == message],
                channel,
                targeted_is_told=told,
            )
            for message in messages
        },
        "over_time": over_time(rows, channel, every, zone),
        "bounce_reasons": bounce_reasons(rows),
        "bounce_categories": {
            category: total[f"{category}_bounces"] for category in ("hard", "soft", "ignored")
        },
        "error_reasons": reasons(rows, "errored"),
        "exclude_reasons": reasons(rows, "excluded"),
    }
    if channel == "email":
        found["top_recipient_domains"] = top_domains(rows, 10, "opens")
    else:
        found["by_platform"] = {
            platform: additive(
                [row for row in rows if (text(row, "platform") or "unknown") == platform],
                channel,
                targeted_is_told=told,
            )
            for platform in platforms
        }
    return found


def report(rows: Sequence[Row], every: dt.timedelta = HOUR, zone: str = "UTC") -> Figures:
    """Give every figure of the report."""
    return {
        "campaign": {"entered_profiles": entered_profiles(rows)},
        "email": tab(rows, "email", every, zone),
        "push": tab(rows, "push", every, zone),
    }
