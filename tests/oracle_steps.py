"""Steps of a time series, found the slow way: halve to the local midnight, then walk.

The oracle's notion of time. A step is counted in elapsed time from the first instant of the local
day, so that a day of 23 or 25 hours has a short or a further last step.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from zoneinfo import ZoneInfo

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
_SECOND = dt.timedelta(seconds=1)


def cut(time: dt.datetime, resolution: dt.timedelta) -> dt.datetime:
    """Cut a time to the tally's resolution, which divides a day of UTC."""
    time = time.astimezone(dt.UTC)
    midnight = time.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (time - midnight) // resolution * resolution


@cache
def first_instant(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """Find when a local day begins, by halving: the first second whose local date is not earlier.

    Midnight may be skipped or the whole day may be; then it is the first second after the gap.
    """
    if zone.key == "UTC":
        return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
    noon = dt.datetime(day.year, day.month, day.day, 12, tzinfo=dt.UTC)
    before, after = noon - 2 * DAY, noon + DAY
    while after - before > _SECOND:
        middle = before + (after - before) // (2 * _SECOND) * _SECOND
        if middle.astimezone(zone).date() >= day:
            after = middle
        else:
            before = middle
    # Where the clock went back over midnight, the day begins twice: the first time counts.
    earlier = [after - minutes * MINUTE for minutes in range(180)]
    return min(time for time in earlier if time.astimezone(zone).date() >= day)


def step_start(time: dt.datetime, every: dt.timedelta, zone: ZoneInfo) -> dt.datetime:
    """Find the start (in UTC) of the step in which an instant lies."""
    day = time.astimezone(zone).date()
    # Steps of several days are counted from Monday 0001-01-01: seven days are ISO weeks.
    while (day - dt.date(1, 1, 1)) % max(every, DAY) != dt.timedelta(0):
        day -= DAY
    start = first_instant(day, zone)
    if every >= DAY:
        return start
    while time - start >= every:
        start += every
    return start
