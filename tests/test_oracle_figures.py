"""On simulated campaigns every figure of the report is the one that plain counting gives."""

from __future__ import annotations

import datetime as dt
import json
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

import campaignmetrics as cm
import oracle
from figures import COUNTS, figures_of, json_of, records_of, top_domains_of
from oracle import Row
from oracle_steps import DAY, HOUR, first_instant
from simulated import Campaign

STEPS = {
    "15 minutes": HOUR / 4,
    "1 hour": HOUR,
    "6 hours": 6 * HOUR,
    "1 day": DAY,
    "3 days": 3 * DAY,
    "7 days": 7 * DAY,
}


def at(*parts: int) -> dt.datetime:
    """Give a time in UTC."""
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[misc,arg-type] # year to minute


# Zone, and where a span of some days begins that holds what is hard about the zone.
ZONES = {
    "UTC": ("UTC", at(2026, 2, 26)),
    "Berlin, a day of 23 hours": ("Europe/Berlin", at(2026, 3, 27)),
    "Berlin, a day of 25 hours": ("Europe/Berlin", at(2026, 10, 23)),
    "New York, a day of 23 hours": ("America/New_York", at(2026, 3, 6)),
    "New York, a day of 25 hours": ("America/New_York", at(2026, 10, 30)),
    "Kolkata, half an hour off": ("Asia/Kolkata", at(2026, 12, 30)),
    "Kathmandu, a quarter off": ("Asia/Kathmandu", at(2026, 2, 26)),
    "Lord Howe, half an hour of summer time": ("Australia/Lord_Howe", at(2026, 4, 3)),
    "Sao Paulo, midnight skipped": ("America/Sao_Paulo", at(2017, 10, 13)),
    "Sao Paulo, the hour before midnight twice": ("America/Sao_Paulo", at(2018, 2, 16)),
    "Havana, midnight twice": ("America/Havana", at(2025, 10, 31)),
    "Apia, a day skipped": ("Pacific/Apia", at(2011, 12, 28)),
    "before 1970": ("Europe/London", at(1968, 2, 16)),
}


def campaign(first: dt.datetime, *, seed: int = 1, says_targeted: bool = False) -> list[Row]:
    """Simulate a few hundred profiles over five days."""
    return Campaign(seed, first, 5, profiles=200, says_targeted=says_targeted).rows


@pytest.mark.parametrize("says_targeted", [False, True])
@pytest.mark.parametrize("seed", [2, 3])
def test_the_whole_report(seed: int, *, says_targeted: bool) -> None:
    """Records, Arrow data and halves of both merged give the oracle's report."""
    rows = campaign(at(2026, 2, 26), seed=seed, says_targeted=says_targeted)
    expected = oracle.report(rows)
    half = len(rows) // 2
    tallies = {
        "records": cm.reduce(records_of(rows)),
        "Arrow": cm.reduce_arrow(pa.Table.from_pylist(rows, cm.EVENT_SCHEMA)),
        "both": cm.reduce(records_of(rows[half:]))
        + cm.reduce_arrow(cm.to_arrow(records_of(rows[:half]))),
    }

    for way, tally in tallies.items():
        assert expected == figures_of(cm.report(tally), HOUR, "UTC"), way


def test_the_shares_are_those_of_a_campaign() -> None:
    """The simulation reaches every metric, so that agreement says something.

    Each of its sends ends, so nothing is pending.
    """
    figures = oracle.report(campaign(at(2026, 2, 26)))

    for channel, names in COUNTS.items():
        total = figures[channel]["total"]
        assert ["pending"] == [name for name in names if total[name] == 0]
    assert figures["email"]["total"]["sent"] > 300
    assert figures["campaign"]["entered_profiles"] > 150


@pytest.mark.parametrize("place", ZONES)
def test_time_series(place: str) -> None:
    """Steps are those of local days, across changes of the clock, in each step and zone."""
    zone, first = ZONES[place]
    rows = campaign(first)
    report = cm.report(cm.reduce(records_of(rows)))

    for length, every in STEPS.items():
        for tab, channel in ((report.email, "email"), (report.push, "push")):
            expected = oracle.over_time(oracle.of_channel(rows, channel), channel, every, zone)
            found = tab.over_time(every=every, zone=zone)
            starts = [row.start.astimezone(dt.UTC) for row in found]
            assert list(expected) == starts, (channel, length)
            for name in COUNTS[channel]:
                counts = [part[name] for part in expected.values()]
                assert counts == [getattr(row, name) for row in found], (channel, length, name)


@pytest.mark.parametrize("place", ZONES)
def test_starts_are_told_in_the_zone(place: str) -> None:
    """A start has the offset that the zone had at that moment, in the report and in its JSON."""
    zone, first = ZONES[place]
    report = cm.report(cm.reduce(records_of(campaign(first))))

    starts = [row.start for row in report.email.over_time(every=DAY, zone=zone)]
    for start in starts:
        there = ZoneInfo(zone)
        assert start.astimezone(dt.UTC).astimezone(there).isoformat() == start.isoformat()
        assert first_instant(start.date(), there) == start.astimezone(dt.UTC)
    found = report.to_dict(every=DAY, zone=zone)["email"]
    assert isinstance(found, dict)
    written = [dt.datetime.fromisoformat(row["start"]) for row in found["over_time"]]
    assert [start.isoformat() for start in starts] == [start.isoformat() for start in written]


@pytest.mark.parametrize("by", COUNTS["email"])
@pytest.mark.parametrize("size", [0, 1, 3, 100])
def test_top_recipient_domains(by: str, size: int) -> None:
    """Domains are ordered by any additive count; the rest and the unusable ones are figures too."""
    rows = campaign(at(2026, 2, 26))
    report = cm.report(cm.reduce(records_of(rows)))
    emails = oracle.of_channel(rows, "email")

    assert oracle.top_domains(emails, size, by) == top_domains_of(report.email, size, by)


@pytest.mark.parametrize("says_targeted", [False, True])
def test_json(*, says_targeted: bool) -> None:
    """The dict and the JSON text hold the oracle's figures under the names of the interface."""
    rows = campaign(at(2026, 2, 26), says_targeted=says_targeted)
    report = cm.report(cm.reduce(records_of(rows)))
    expected = json_of(oracle.report(rows, HOUR, "UTC"))

    found = report.to_dict(every=HOUR)
    del found["diagnostics"]
    assert expected == found
    text = json.loads(report.to_json(every=HOUR))
    del text["diagnostics"]
    assert expected == text


def test_maps_are_ordered_by_key() -> None:
    """So that two reports of equal tallies are written alike."""
    report = cm.report(cm.reduce(records_of(campaign(at(2026, 2, 26)))))

    for groups in (report.email.by_message, report.push.by_message, report.push.by_platform):
        assert sorted(groups) == list(groups)


def test_an_empty_report() -> None:
    """Without events every count is 0, every ratio has no value, and every breakdown is empty."""
    report = cm.report(cm.Tally())

    assert oracle.report([]) == figures_of(report, HOUR, "UTC")
    assert report.email.total.open_ratio.value is None


def test_targeted_is_decided_once_for_every_breakdown() -> None:
    """One targeted event of a channel decides for its other messages too, but not for push."""
    sent: Row = {"kind": "sent", "timestamp": at(2026, 2, 26), "platform": None}
    rows = [
        sent | {"channel": "email", "message_id": "a", "kind": "targeted"},
        sent | {"channel": "email", "message_id": "b"},
        sent | {"channel": "push", "message_id": "b"},
    ]
    report = cm.report(cm.reduce(records_of(rows)))

    assert {"a": 1, "b": 0} == {
        name: part.targeted for name, part in report.email.by_message.items()
    }
    assert report.push.by_message["b"].targeted == 1
    assert report.push.by_platform["unknown"].targeted == 1
    assert oracle.report(rows) == figures_of(report, HOUR, "UTC")


def test_a_negative_denominator_has_no_value() -> None:
    """A window that holds only the late bounce has delivered -1, shown as it is."""
    bounce: Row = {"channel": "email", "kind": "bounced", "timestamp": at(2026, 2, 26)}
    rows = [
        bounce | {"asynchronous": True, "category": "soft"},
        bounce | {"kind": "opened", "send_id": "a"},
    ]
    total = cm.report(cm.reduce(records_of(rows))).email.total

    assert total.delivered == -1
    assert (1, -1, None) == (
        total.open_ratio.numerator,
        total.open_ratio.denominator,
        total.open_ratio.value,
    )
    assert total.pending == 0
