"""What a live report is set to, checked once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Self

import attrs

from campaignmetrics.errors import ArgumentError, ResolutionError
from campaignmetrics.times import MICROSECOND, check_resolution

_FINEST = dt.timedelta(milliseconds=1)
_LONGEST = dt.datetime.max - dt.datetime.min  # noqa: DTZ901 -- between any two times
_SLICES = 16
"""In how many slices what the horizon passes is forgotten."""

_TOO_LONG = "at most as long as the 9999 years that there are"


def _check_length(settings: Settings, field: attrs.Attribute[dt.timedelta], value: object) -> None:
    if not isinstance(value, dt.timedelta) or value <= dt.timedelta(0):
        raise ArgumentError(field.name, value, "a timedelta above 0")
    if value > _LONGEST:
        raise ArgumentError(field.name, value, _TOO_LONG)
    if value % settings.resolution:
        raise ArgumentError(
            field.name, value, f"a multiple of the resolution, {settings.resolution}"
        )


def _check_resolution(_: object, field: attrs.Attribute[dt.timedelta], value: object) -> None:
    if not isinstance(value, dt.timedelta):
        raise ArgumentError(field.name, value, "a timedelta")
    check_resolution(value)
    if value < _FINEST:
        raise ResolutionError(f"the resolution of a live report is {_FINEST} or more, not {value}")


def _check_horizon(settings: Settings, _: object, value: dt.timedelta) -> None:
    if value < settings.window:
        raise ArgumentError(
            "horizon", value, f"as long as the window, {settings.window}, or longer"
        )


def _check_tolerance(
    _: object, field: attrs.Attribute[dt.timedelta | None], value: dt.timedelta | None
) -> None:
    if value is None:
        return
    if not isinstance(value, dt.timedelta) or value < dt.timedelta(0):
        raise ArgumentError(field.name, value, "a timedelta of 0 or more, or None")
    if value > _LONGEST:
        raise ArgumentError(field.name, value, _TOO_LONG)


@attrs.frozen
class Settings:
    """Lengths of time; ``LiveReport`` says what they mean."""

    resolution: dt.timedelta = attrs.field(validator=_check_resolution)
    window: dt.timedelta = attrs.field(validator=_check_length)
    horizon: dt.timedelta = attrs.field(validator=[_check_length, _check_horizon])
    tolerance: dt.timedelta | None = attrs.field(validator=_check_tolerance)

    @property
    def slice_length(self) -> int:
        """How many microseconds of event time are forgotten at once."""
        return -(-(self.horizon // MICROSECOND) // _SLICES)

    def to_header(self) -> dict[str, int | None]:
        """Write them as numbers of microseconds, for a checkpoint."""
        lengths = attrs.asdict(self).items()
        return {name: None if length is None else length // MICROSECOND for name, length in lengths}

    @classmethod
    def from_header(cls, header: Mapping[str, int | None]) -> Self:
        """Read what ``to_header`` has written."""
        lengths: dict[str, Any] = {
            name: None if length is None else length * MICROSECOND
            for name, length in header.items()
        }
        return cls(**lengths)
