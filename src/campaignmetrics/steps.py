"""Steps of a time series: from UTC buckets to hours and days as a person in some zone lives them.

Source: ``docs/definitions.md``, *Time*.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from campaignmetrics.errors import ResolutionError, ZoneError
from campaignmetrics.times import DAY, EPOCH, MICROSECOND

_COARSE = dt.timedelta(minutes=1)


def zone_of(name: str) -> ZoneInfo:
    """Look up an IANA time zone.

    Raises:
        ZoneError: there is no zone of this name.
    """
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise ZoneError(f"{name!r} is not a time zone such as Europe/Berlin or UTC") from None


def check_step(every: dt.timedelta, resolution: dt.timedelta | None) -> None:
    """Refuse a step that is no multiple of the resolution, or does not fit into days.

    Raises:
        ResolutionError: saying which.
    """
    if every <= dt.timedelta(0) or (DAY % every and every % DAY):
        raise ResolutionError(f"a step divides a day or is whole days; {every} is neither")
    if resolution and every % resolution:
        raise ResolutionError(f"a step of {every} is no multiple of the resolution, {resolution}")


def step_starts(
    starts: Iterable[int], every: dt.timedelta, zone: ZoneInfo, resolution: dt.timedelta
) -> Iterator[tuple[int, int]]:
    """Say in which step each bucket lies.

    Steps are counted from local midnight in time that really passes, so a day of 25 hours has one
    hour more, and one of 23 hours one less. Steps of several days are counted from Monday, 1
    January of the year 1, so that 7 days are weeks that begin on Monday. Long ago zones were
    minutes and seconds away from UTC; a bucket of a minute or less then counts where it begins.

    Args:
        starts: of the buckets, in microseconds since 1970 (UTC).
        every: the length of a step.
        zone: whose days are meant.
        resolution: the length of a bucket.

    Yields:
        The start of each bucket, and that of its step, in microseconds since 1970 (UTC).

    Raises:
        ResolutionError: days of the zone begin in the middle of a bucket.
        ZoneError: the time lies outside the years 1 to 9999 of the zone.
    """
    length = every // MICROSECOND
    days = max(every // DAY, 1)
    midnights: dict[int, int] = {}
    for start in starts:
        # Each bucket is asked for its own day: where the clock goes back over midnight, a day is
        # interrupted by the end of the one before.
        day = (local_time(start, zone).toordinal() - 1) // days * days + 1
        if day not in midnights:
            midnights[day] = _midnight(day, zone, resolution)
        midnight = midnights[day]
        yield start, midnight + ((start - midnight) // length * length if every < DAY else 0)


def _midnight(day: int, zone: ZoneInfo, resolution: dt.timedelta) -> int:
    local = dt.datetime.combine(dt.date.fromordinal(day), dt.time(), zone)
    midnight = (local - EPOCH) // MICROSECOND
    if resolution > _COARSE and midnight % (resolution // MICROSECOND):
        raise ResolutionError(
            f"days of {zone} begin in the middle of a bucket of {resolution}: "
            "count with a finer resolution"
        )
    return midnight


def local_time(micros: int, zone: ZoneInfo) -> dt.datetime:
    """Give a moment, in microseconds since 1970 (UTC), as the clocks of a zone show it.

    Raises:
        ZoneError: the time lies outside the years 1 to 9999 of the zone.
    """
    try:
        return (EPOCH + dt.timedelta(microseconds=micros)).astimezone(zone)
    except OverflowError:
        raise ZoneError(
            f"{micros} microseconds since 1970 are not within the years 1 to 9999 of {zone}"
        ) from None
