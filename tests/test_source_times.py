"""Times of providers: exact, in the unit that is documented, cut and not rounded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from campaignmetrics.sources.times import iso, microseconds, milliseconds, seconds

NINE = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)  # 1,795,165,200 seconds after 1970
PARIS = dt.timezone(dt.timedelta(hours=1))


@pytest.mark.parametrize(
    ("read", "value", "micros"),
    [
        (seconds, 1795165200, 0),
        (seconds, "1795165200", 0),
        (seconds, 1795165200.25, 250_000),
        (seconds, 1795165200.873496, 873_496),  # which no float holds exactly
        (seconds, "1795165200.0000019", 1),
        (seconds, "1795165200.9999999", 999_999),
        (milliseconds, 1795165200001, 1_000),
        (milliseconds, "1795165200000.0019", 1),
        (microseconds, 1795165200000007, 7),
        (microseconds, "1795165200000000.9", 0),
        (iso, "2026-11-20T09:00:00.123Z", 123_000),
        (iso, "2026-11-20T10:00:00.1234569+01:00", 123_456),
        (iso, "2026-11-20 09:00:00.5 UTC", 500_000),
    ],
)
def test_a_time_is_read_exactly(
    read: Callable[[object], dt.datetime | None], value: object, micros: int
) -> None:
    """To the microsecond; what is finer is cut."""
    assert read(value) == NINE + dt.timedelta(microseconds=micros)


def test_before_1970_a_time_is_cut_towards_the_past() -> None:
    """As the times of the event schema are."""
    assert seconds("-0.0000001") == dt.datetime(1969, 12, 31, 23, 59, 59, 999_999, dt.UTC)


def test_a_time_without_a_zone_is_read_in_the_documented_one_alone() -> None:
    """It is nobody's time else."""
    assert iso("2026-11-20T10:00:00") is None
    assert iso("2026-11-20T10:00:00", PARIS) == NINE


@pytest.mark.parametrize("value", [None, True, "", "soon", "1_0", "nan", "inf", "1e99", 10**30, []])
def test_what_is_no_time_is_none(value: object) -> None:
    """No value makes it raise."""
    assert seconds(value) is None
