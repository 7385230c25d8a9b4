"""On simulated campaigns every figure of the report is the one that plain counting gives."""

from __future__ import annotations

import datetime as dt
import json
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


SOME_ZONES = {zone for zone, _ in ZONES.values()} | {
    "Africa/Monrovia",
    "America/Caracas",
    "America/Noronha",
    "Asia/Amman",
    "Asia/Beirut",
    "Asia/Pyongyang",
    "Asia/Tehran",
    "Asia/Tokyo",
    "Atlantic/Azores",
    "Australia/Eucla",
    "Europe/Dublin",
    "Europe/Moscow",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Pacific/Kwajalein",
    "Pacific/Marquesas",
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


@given(
    zone=st.sampled_from(sorted(SOME_ZONES)),
    times=st.lists(
        st.datetimes(dt.datetime(1930, 1, 1), dt.datetime(2037, 1, 1), timezones=st.just(dt.UTC)),  # noqa: DTZ001 -- Hypothesis takes bounds without a zone
        max_size=10,
    ),
    every=st.sampled_from(list(STEPS.values())),
)
def test_time_series_of_any_time(zone: str, times: list[dt.datetime], every: dt.timedelta) -> None:
    """Any time of the last hundred years lies in the step that plain counting finds."""
    rows = [{"channel": "push", "kind": "sent", "timestamp": time} for time in times]
    report = cm.report(cm.reduce(records_of(rows)))

    expected = oracle.over_time(rows, "push", every, zone)
    found = report.push.over_time(every=every, zone=zone)
    assert [(start, part["sent"]) for start, part in expected.items()] == [
        (row.start.astimezone(dt.UTC), row.sent) for row in found
    ]


def test_the_day_of_an_event_does_not_depend_on_other_events() -> None:
    """In St. John's the clock once went back from one minute past midnight to the day before.

    What happened in that minute, and in the hour that was lived again, are of two days.
    """
    zone = "America/St_Johns"
    minute, again = at(2010, 11, 7, 2, 30), at(2010, 11, 7, 2, 45)
    rows: list[Row] = [
        {"channel": "email", "kind": "sent", "timestamp": time} for time in (minute, again)
    ]

    for part in (rows[:1], rows[1:], rows):
        expected = oracle.over_time(part, "email", DAY, zone)
        found = cm.report(cm.reduce(records_of(part))).email.over_time(every=DAY, zone=zone)
        assert list(expected) == [row.start.astimezone(dt.UTC) for row in found]


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata", "Europe/Berlin", "UTC"])
@pytest.mark.parametrize("every", STEPS.values(), ids=list(STEPS))
def test_times_at_the_ends_of_the_calendar(zone: str, every: dt.timedelta) -> None:
    """The first and the last day are counted, or refused where the zone's clock has no such day."""
    ends = [at(1, 1, 1), dt.datetime.max.replace(tzinfo=dt.UTC)]
    for time in ends:
        tally = cm.reduce(records_of([{"channel": "email", "kind": "sent", "timestamp": time}]))
        try:
            rows = cm.report(tally).email.over_time(every=every, zone=zone)
        except cm.CampaignMetricsError:
            assert zone != "UTC"
        else:
            assert [1] == [row.sent for row in rows]


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "", "../UTC", "UTC\0"])
def test_a_zone_that_is_none(zone: str) -> None:
    """The refusal is the library's own error."""
    for tally in (cm.Tally(), cm.reduce(records_of(campaign(at(2026, 2, 26))[:1]))):
        with pytest.raises(cm.CampaignMetricsError):
            cm.report(tally).push.over_time(every=DAY, zone=zone)


@pytest.mark.parametrize("seconds", [0, -3600, 7 * 3600, 36 * 3600, 30])
def test_a_step_that_does_not_fit_days_or_buckets(seconds: int) -> None:
    """A step divides a day or is whole days, and is a multiple of the resolution."""
    tally = cm.reduce(records_of(campaign(at(2026, 2, 26))[:9]))

    with pytest.raises(cm.ResolutionError):
        cm.report(tally).email.over_time(every=dt.timedelta(seconds=seconds))
    with pytest.raises(cm.ResolutionError):
        cm.report(tally).to_dict(every=dt.timedelta(seconds=seconds))


@pytest.mark.parametrize("by", ["", "unique_opens", "open_ratio", "engagements", "total"])
def test_domains_by_what_is_no_count_of_theirs(by: str) -> None:
    """Domains are ordered by additive counts of email alone."""
    with pytest.raises(cm.CampaignMetricsError):
        cm.report(cm.Tally()).email.top_recipient_domains(3, by=by)


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
        sent | {"channel": "email", "message_id": "b", "recipient": "b@b.example"},
        sent | {"channel": "push", "message_id": "b"},
    ]
    report = cm.report(cm.reduce(records_of(rows)))

    assert {"a": 1, "b": 0} == {
        name: part.targeted for name, part in report.email.by_message.items()
    }
    top = report.email.top_recipient_domains(5, by="targeted")
    assert ((), 1) == (top.domains, top.unknown)
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
