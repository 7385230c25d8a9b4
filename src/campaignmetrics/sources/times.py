"""The times that providers write: numbers of a known unit, and ISO 8601 with and without a zone.

Each function reads exactly, without a float in between, and gives a time in UTC; None where the
value cannot be read. What is finer than a microsecond is cut. Which unit, or which zone where none
is written, is the provider's to document: nothing is guessed from how large a number is.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation

from campaignmetrics.sources.shape import moment
from campaignmetrics.times import EPOCH, FIRST_TIME, LAST_TIME, MICROSECOND

_LONGEST = 40
_UTC_AT_END = " UTC"


def seconds(value: object) -> dt.datetime | None:
    """Read seconds since 1970, whole or not: a number, or its digits as text."""
    return _since_1970(value, 1_000_000)


def milliseconds(value: object) -> dt.datetime | None:
    """Read milliseconds since 1970."""
    return _since_1970(value, 1_000)


def microseconds(value: object) -> dt.datetime | None:
    """Read microseconds since 1970."""
    return _since_1970(value, 1)


def iso(value: object, zone: dt.tzinfo | None = None) -> dt.datetime | None:
    """Read ISO 8601, also with `` UTC`` at its end.

    Args:
        value: text, or a datetime.
        zone: the zone that the provider documents for times without one; None: they are not read.
    """
    if isinstance(value, str):
        text = value.strip()
        if text.endswith(_UTC_AT_END):
            text = text.removesuffix(_UTC_AT_END) + "Z"
        try:
            value = dt.datetime.fromisoformat(text)
        except ValueError:
            return None
    if zone is not None and isinstance(value, dt.datetime) and value.tzinfo is None:
        value = value.replace(tzinfo=zone)
    return moment(value)


def _since_1970(value: object, unit: int) -> dt.datetime | None:
    if type(value) is int:
        micros = value * unit
    else:
        exact = _exactly(value)
        if exact is None:
            return None
        micros = int((exact * unit).to_integral_value("ROUND_FLOOR"))
    if not FIRST_TIME <= micros <= LAST_TIME:
        return None
    return EPOCH + micros * MICROSECOND


def _exactly(value: object) -> Decimal | None:
    """Read a number as it was written; of a float, its shortest digits are what was written."""
    written = repr(value) if type(value) is float else value
    if not isinstance(written, str) or len(written) > _LONGEST or "_" in written:
        return None
    try:
        exact = Decimal(written)
    except InvalidOperation:
        return None
    return exact if exact.is_finite() and exact.adjusted() < _LONGEST else None
