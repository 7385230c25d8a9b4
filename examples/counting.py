"""The right figures of a simulated campaign, counted from what it did.

No log is read here, and no part of the library is used: that is what makes ``expected.json`` worth
comparing with.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from logs import PLATFORMS
from simulation import Fact

SENDING = ("exclusions", "errors", "sent", "delays", "delivered", "bounces")
CATEGORIES = ("hard_bounces", "soft_bounces", "ignored_bounces")
METRICS = {
    "email": (
        *SENDING,
        *CATEGORIES,
        "opens",
        "machine_opens",
        "clicks",
        "machine_clicks",
        "unsubscribes",
        "spam_complaints",
    ),
    "push": (*SENDING, *CATEGORIES, "opens", "actions", "dismissals", "engagements"),
}
RATIOS = {
    "email": {
        "delivered": ("delivered", "sent"),
        "bounce": ("bounces", "sent"),
        "hard_bounce": ("hard_bounces", "sent"),
        "soft_bounce": ("soft_bounces", "sent"),
        "ignored_bounce": ("ignored_bounces", "sent"),
        "error": ("errors", "targeted"),
        "exclusion": ("exclusions", "targeted"),
        "open": ("opens", "delivered"),
        "unique_open": ("unique_opens", "delivered"),
        "click_through": ("clicks", "delivered"),
        "unique_click_through": ("unique_clicks", "delivered"),
        "click_to_open": ("unique_clicks", "unique_opens"),
        "unsubscribe": ("unsubscribes", "delivered"),
        "complaint": ("spam_complaints", "delivered"),
    },
    "push": {
        "delivered": ("delivered", "sent"),
        "bounce": ("bounces", "sent"),
        "hard_bounce": ("hard_bounces", "sent"),
        "soft_bounce": ("soft_bounces", "sent"),
        "ignored_bounce": ("ignored_bounces", "sent"),
        "error": ("errors", "targeted"),
        "exclusion": ("exclusions", "targeted"),
        "open": ("opens", "delivered"),
        "unique_open": ("unique_opens", "delivered"),
        "engagement": ("engagements", "delivered"),
    },
}
DOMAINS_IN_ASCII = {"bücher.example": "xn--bcher-kva.example"}

Cell = Counter[str]


def contribution(fact: Fact) -> dict[str, int]:
    """Say what one fact adds to which metrics."""
    machine = "machine_" if fact.machine else ""
    category = {f"{fact.category}_bounces": 1}
    return {
        "excluded": {"exclusions": 1},
        "errored": {"errors": 1},
        "delayed": {"delays": 1},
        "accepted": {"sent": 1, "delivered": 1},
        "refused": {"sent": 1, "bounces": 1} | category,
        "returned": {"delivered": -1, "bounces": 1} | category,
        "opened": {f"{machine}opens": 1} | ({"engagements": 1} if fact.channel == "push" else {}),
        "clicked": {f"{machine}clicks": 1},
        "unsubscribed": {"unsubscribes": 1},
        "complained": {"spam_complaints": 1},
        "acted": {"actions": 1, "engagements": 1, "dismissals": int(fact.action == "Dismiss")},
    }[fact.what]


def figures(facts: Iterable[Fact]) -> dict[str, Any]:
    """Count the figures of all three tabs; tests of a message are in none of them."""
    counted = [fact for fact in facts if not fact.test]
    entered = {fact.profile for fact in counted if fact.what == "entered"}
    return {
        "campaign": {"entered_profiles": len(entered)},
        "email": _tab("email", counted) | _domains(counted),
        "push": _tab("push", counted) | {"by_platform": _by_platform(counted)},
    }


def _tab(channel: str, counted: list[Fact]) -> dict[str, Any]:
    facts = [fact for fact in counted if fact.channel == channel]
    total = _with_uniques(channel, facts)
    by_message, by_hour = defaultdict(list), defaultdict(list)
    for fact in facts:
        by_message[str(fact.message)].append(fact)
        by_hour[f"{fact.at:%Y-%m-%dT%H}:00:00.000Z"].append(fact)
    return {
        "total": total,
        "by_message": {m: _with_uniques(channel, by_message[m]) for m in sorted(by_message)},
        "over_time_by_hour": {hour: _cell(channel, by_hour[hour]) for hour in sorted(by_hour)},
        "bounce_reasons": _bounce_reasons(facts),
        "bounce_categories": {name[:-8]: total[name] for name in CATEGORIES},
        "error_reasons": _reasons(facts, "errored"),
        "exclude_reasons": _reasons(facts, "excluded"),
        "ratios": {
            f"{name}_ratio": {"numerator": total[above], "denominator": total[below]}
            for name, (above, below) in RATIOS[channel].items()
        },
    }


def _cell(channel: str, facts: Iterable[Fact]) -> dict[str, int]:
    sums: Cell = Counter()
    for fact in facts:
        for metric, count in contribution(fact).items():
            sums[metric] += count
    cell = {metric: sums[metric] for metric in METRICS[channel]}
    cell["targeted"] = sums["sent"] + sums["errors"] + sums["exclusions"]
    cell["pending"] = sums["sent"] - sums["delivered"] - sums["bounces"]
    return cell


def _with_uniques(channel: str, facts: list[Fact]) -> dict[str, int]:
    cell = _cell(channel, facts)
    cell["unique_opens"] = _unique(facts, "opened")
    if channel == "email":
        cell["unique_clicks"] = _unique(facts, "clicked")
    return cell


def _unique(facts: list[Fact], what: str) -> int:
    """Count recipients by message: by their send, else by their address, else not at all."""
    people = [fact for fact in facts if fact.what == what and not fact.machine]
    sends = {(fact.message, fact.send) for fact in people if fact.send}
    addresses = {(fact.message, fact.address) for fact in people if fact.address and not fact.send}
    return len(sends) + len(addresses)


def _bounce_reasons(facts: list[Fact]) -> list[tuple[str, str, int]]:
    counts = Counter(
        (str(fact.reason), str(fact.category))
        for fact in facts
        if fact.what in {"refused", "returned"}
    )
    rows = [(reason, category, count) for (reason, category), count in counts.items()]
    return sorted(rows, key=lambda row: (-row[2], row[0], row[1]))


def _reasons(facts: list[Fact], what: str) -> dict[str, int]:
    counts = Counter(str(fact.reason) for fact in facts if fact.what == what)
    return {reason: counts[reason] for reason in sorted(counts)}


def _domains(counted: list[Fact]) -> dict[str, Any]:
    opens = [f for f in counted if f.channel == "email" and f.what == "opened" and not f.machine]
    counts: Counter[str] = Counter()
    for fact in opens:
        if fact.address:
            domain = fact.address.split("@")[1].lower()
            counts[DOMAINS_IN_ASCII.get(domain, domain)] += 1
    return {
        "opens_by_recipient_domain": sorted(counts.items(), key=lambda row: (-row[1], row[0])),
        "opens_without_domain": len(opens) - counts.total(),
    }


def _by_platform(counted: list[Fact]) -> dict[str, dict[str, int]]:
    platforms = defaultdict(list)
    for fact in counted:
        if fact.channel == "push":
            platform = PLATFORMS[fact.device] if fact.device else "unknown"
            platforms[platform].append(fact)
    return {platform: _cell("push", platforms[platform]) for platform in sorted(platforms)}
