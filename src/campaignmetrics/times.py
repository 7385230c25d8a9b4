"""What is the same about time everywhere: where counting begins, its unit, its limits.

Source: ``docs/definitions.md``, *Time*.
"""

from __future__ import annotations

import datetime as dt

from campaignmetrics.errors import ResolutionError

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
"""The moment from which times are counted as numbers."""

MICROSECOND = dt.timedelta(microseconds=1)
"""The unit in which they are counted; what is finer is cut."""

DAY = dt.timedelta(days=1)

FIRST_TIME = (dt.datetime.min.replace(tzinfo=dt.UTC) - EPOCH) // MICROSECOND
LAST_TIME = (dt.datetime.max.replace(tzinfo=dt.UTC) - EPOCH) // MICROSECOND
"""The first and the last time there is, in microseconds: the years 1 to 9999 of UTC."""


def check_resolution(resolution: dt.timedelta) -> None:
    """Refuse a resolution that does not divide a day.

    Raises:
        ResolutionError: saying so.
    """
    if resolution <= dt.timedelta(0) or DAY % resolution:
        raise ResolutionError(f"a resolution divides a day; {resolution} does not")
