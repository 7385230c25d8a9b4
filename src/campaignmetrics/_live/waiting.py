"""What waits to be counted, since many events at once cost less each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from campaignmetrics._live.rows import Rows
from campaignmetrics._live.state import State
from campaignmetrics.errors import HalfCountedError
from campaignmetrics.events import Event
from campaignmetrics.record_columns import RECORDS_AT_ONCE

_ROWS_ENOUGH = 1 << 18
_HALF = "counting was broken off, so the figures are not right any more: load the last checkpoint"


class Waiting:
    """Events on their way into a state, which counts them when they are many, or when it is asked.

    Nothing in here may be broken off: where an exception passes, by Ctrl-C or for want of memory,
    what follows raises a ``HalfCountedError``. Data that may be wrong are looked at before.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._records: list[Event] = []
        self._rows: list[Rows] = []
        self._rows_waiting = 0
        self._is_whole = True

    def add_records(self, records: Iterable[Event]) -> None:
        """Add records."""
        self._records += records
        if len(self._records) >= RECORDS_AT_ONCE:
            with self._unbroken():
                self._take_records()

    def add(self, parts: Iterable[Rows]) -> None:
        """Add rows, all of them or none."""
        with self._unbroken():
            for rows in parts:
                self._keep_accounted(rows)

    def add_accounted(self, rows: Rows) -> None:
        """Add rows of which there is an account already."""
        with self._unbroken():
            self._keep(rows)

    def count(self) -> None:
        """Count what waits."""
        with self._unbroken():
            self._count()

    @contextmanager
    def _unbroken(self) -> Iterator[None]:
        if not self._is_whole:
            raise HalfCountedError(_HALF)
        self._is_whole = False
        yield
        self._is_whole = True  # and not where an exception passes

    def _take_records(self) -> None:
        """Turn the records that wait into rows."""
        words, secret = self._state.words, self._state.secret
        rows = [
            Rows.of_records(self._records[first : first + RECORDS_AT_ONCE], words, secret)
            for first in range(0, len(self._records), RECORDS_AT_ONCE)
        ]
        self._records = []
        for some in rows:
            self._keep_accounted(some)

    def _keep_accounted(self, rows: Rows) -> None:
        self._state.diagnostics.records += len(rows)
        self._state.diagnostics.events += len(rows)
        self._keep(rows)

    def _keep(self, rows: Rows) -> None:
        if self._records:
            self._take_records()
        self._rows.append(rows)
        self._rows_waiting += len(rows)
        if self._rows_waiting >= _ROWS_ENOUGH:
            self._count()

    def _count(self) -> None:
        if self._records:
            self._take_records()
        if self._rows:
            rows = Rows.concat(self._rows)
            self._rows, self._rows_waiting = [], 0
            self._state.count(rows)
