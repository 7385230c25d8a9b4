"""The account of one file: every record of it is counted, or stops the reading."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from campaignmetrics.diagnostics import Diagnostics
from campaignmetrics.errors import ReadError
from campaignmetrics.reading.event_rows import REFUSED
from campaignmetrics.sources.shape import NO_TIME


@attrs.define
class Account:
    """Counts what one file holds, or stops at what cannot be read."""

    _file: str
    _diagnostics: Diagnostics
    _strict: bool
    _position: Callable[[], int]
    _progress: Callable[[int], object] | None
    _told: int = 0

    def error(self, cause: str, line: int | None = None) -> ReadError:
        """Say what is wrong with the file."""
        return ReadError(self._file, cause, line)

    def unreadable(self, cause: str, line: int | None) -> None:
        """Take note of a record that cannot be read."""
        if self._strict:
            raise ReadError(self._file, cause, line)
        self._diagnostics.count_unreadable(cause, self._file, line)

    def not_counted(self, cause: str, line: int, why: str | None = None) -> None:
        """Take note of a record, or a part of one, that states no event."""
        if self._strict and (cause == NO_TIME or cause.startswith(REFUSED)):
            raise ReadError(self._file, why or f"no time, or row, that can be read ({cause})", line)
        self._diagnostics.count_not_counted(cause, self._file, line)

    def counted(self, records: int, events: int) -> None:
        """Take note of how many records were gone through, and how many events they stated."""
        self._diagnostics.records += records
        self._diagnostics.events += events
        if self._progress is not None:
            position = max(self._told, self._position())  # columns are not read in order
            self._progress(position - self._told)
            self._told = position
