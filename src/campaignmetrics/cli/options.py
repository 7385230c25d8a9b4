"""What stands behind options: durations, times, zones, metrics."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

import click

from campaignmetrics.errors import ZoneError
from campaignmetrics.reading.mixed_rows import EVENTS
from campaignmetrics.sources import NAMES
from campaignmetrics.steps import zone_of
from campaignmetrics.times import DAY

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"(\d{1,6})([smhdw])")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


source_option = click.option(
    "--source",
    type=click.Choice(sorted([EVENTS, *NAMES])),
    metavar="SOURCE",
    help="Whose records these are, as campaignmetrics sources lists; else they are recognised.",
)


def duration(text: str) -> dt.timedelta:
    """Read a number and a unit, such as 15m, 1h or 7d."""
    match = _DURATION.fullmatch(text)
    if not match or not int(match[1]):
        raise click.BadParameter(f"{text!r} is not a duration such as 15m, 1h, 1d or 7d")
    return dt.timedelta(**{_UNITS[match[2]]: int(match[1])})


def written(length: dt.timedelta) -> str:
    """Write a duration as one might give it: 90m, 24h, 7d."""
    units = "dhms" if length > DAY else "hms"
    unit = next(unit for unit in units if not length % dt.timedelta(**{_UNITS[unit]: 1}))
    return f"{length // dt.timedelta(**{_UNITS[unit]: 1})}{unit}"


def zone(name: str) -> ZoneInfo:
    """Look up an IANA time zone."""
    try:
        return zone_of(name)
    except ZoneError as error:
        raise click.BadParameter(str(error)) from None


def moment(text: str | None, local: ZoneInfo, option: str) -> dt.datetime | None:
    """Read a time with a zone, or a date, whose midnight in ``local`` is meant."""
    if text is None:
        return None
    try:
        time = dt.datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(
            f"{option} {text!r} is no date such as 2026-11-20 and no time such as "
            "2026-11-20T09:00:00+01:00"
        ) from None
    if _DATE.fullmatch(text):
        return time.replace(tzinfo=local)
    if time.tzinfo is None:
        raise click.UsageError(
            f"{option} {text!r} has no zone: write it as {text}Z or {text}+01:00"
        )
    return time
