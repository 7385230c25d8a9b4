"""The live report: the figures of a window of time, while events keep arriving."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any, Self

import pyarrow as pa

from campaignmetrics._live.rows import ROW_COLUMNS, Rows
from campaignmetrics._live.saved import restore, saved
from campaignmetrics._live.settings import Settings
from campaignmetrics._live.state import State
from campaignmetrics._live.waiting import Waiting
from campaignmetrics.batches import Batches, arrow_parts
from campaignmetrics.checkpoint import read, write
from campaignmetrics.diagnostics import Diagnostics
from campaignmetrics.errors import ArgumentError, SchemaError, shorten
from campaignmetrics.events import RECORDS
from campaignmetrics.record_columns import RECORDS_AT_ONCE
from campaignmetrics.reports import Report, report
from campaignmetrics.schema import chosen_columns, not_a_record
from campaignmetrics.tally import Tally
from campaignmetrics.times import EPOCH, MICROSECOND

_RECORDS = frozenset(RECORDS.values())
_ROWS_AT_ONCE = 1 << 16
_KEPT = "what is older is not kept any more"


class LiveReport:
    """The report of the last hours, kept right while events arrive late, twice and out of order.

    It counts each event once, for as long as the horizon reaches, and knows the figures of each
    bucket of event time within the horizon. No clock is read: the caller says what ``now`` is.

    Args:
        window: how much event time a report covers; a multiple of the resolution.
        resolution: the length of a time bucket; it divides a day, and is a millisecond or more.
        horizon: how much older than the newest event another may be; a multiple of the resolution,
            and as long as the window or longer. Duplicates and late deliveries are recognised
            within it. What is older is not counted, but under the cause ``older than the horizon``.
        tolerance: how much newer than the newest event before it an event may be; None for any.
            What is further ahead is not counted, but under the cause ``ahead of the newest event``.

    Attributes:
        position: what ``save`` was given last, also by another process before ``load``; else None.

    Raises:
        ArgumentError: a length that is none, or does not fit the others.
        ResolutionError: the resolution does not divide a day, or is too fine.

    Source: ``docs/definitions.md``, *Rules*.

    Example:
        >>> import datetime as dt
        >>> import campaignmetrics as cm
        >>> nine = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
        >>> live = cm.LiveReport(window=dt.timedelta(hours=1))
        >>> sent = cm.EmailEvent(kind="sent", timestamp=nine, event_id="1")
        >>> live.add([sent, sent])
        >>> live.report(now=nine + dt.timedelta(minutes=5)).email.total.sent
        1
        >>> live.report(now=nine + dt.timedelta(hours=2)).email.total.sent
        0
    """

    def __init__(
        self,
        window: dt.timedelta = dt.timedelta(hours=24),
        resolution: dt.timedelta = dt.timedelta(minutes=1),
        horizon: dt.timedelta = dt.timedelta(days=8),
        tolerance: dt.timedelta | None = None,
    ) -> None:
        self._settings = Settings(resolution, window, horizon, tolerance)
        self._state = State(self._settings)
        self._waiting = Waiting(self._state)
        self.position: Any = None

    @property
    def diagnostics(self) -> Diagnostics:
        """What became of all that was added, as it is now.

        ``events`` are those that were added, ``not_counted`` has those that are too old or too far
        ahead. The diagnostics of a ``Batches`` that was added are in it; so what ``deduplicate`` or
        ``settle`` have counted as without an id or a send is counted twice.
        """
        self._waiting.count()
        return self._state.diagnostics + Diagnostics()

    @property
    def newest(self) -> dt.datetime | None:
        """The newest time of an event that was admitted, copies too, in UTC; None before any."""
        self._waiting.count()
        newest = self._state.newest
        return None if newest is None else EPOCH + newest * MICROSECOND

    def add(self, events: Any) -> None:  # noqa: ANN401 -- as reduce and reduce_arrow together
        """Add events.

        Args:
            events: a record, an iterable of records, or whatever ``reduce_arrow`` takes. A batch, a
                table or a list is added whole or not at all. Of a stream, what came before an error
                stays added.

        Raises:
            SchemaError: it is no event and no Arrow data, or columns are missing or do not fit.
            EventError: a row that a record would refuse; it names column, row (from 0) and value.

        Source: ``docs/live.md``.
        """
        if type(events) in _RECORDS:
            self._waiting.add_records([events])
        elif isinstance(events, Batches):
            self._add_batches(events)
        elif isinstance(events, pa.RecordBatch | pa.Table):
            self._waiting.add(list(self._rows_of(arrow_parts(events))))
        elif hasattr(events, "__arrow_c_stream__") or hasattr(events, "__arrow_c_array__"):
            self._add_rows(self._rows_of(arrow_parts(events)))
        elif isinstance(events, Iterable) and not isinstance(events, str | bytes | Mapping):
            self._add_iterable(events)
        else:
            raise _neither(events)

    def tally(self, now: dt.datetime) -> Tally:
        """Give the tally of the window.

        Args:
            now: the time at which the window ends, with a zone. It is rounded up to the resolution,
                unless it is the edge of a bucket; the window is what lies before, ``[end - window,
                end)``. So it holds an event at ``now`` unless ``now`` is on an edge.

        Returns:
            The tally of the events in the window, each counted once, asynchronous bounces as such.

        Raises:
            HalfCountedError: counting was broken off before, by Ctrl-C or for want of memory.
            ArgumentError: ``now`` has no zone, or the window begins before what is kept, which is
                the horizon before the newest event.

        Source: ``docs/definitions.md``, *Time*.
        """
        if not isinstance(now, dt.datetime) or now.utcoffset() is None:
            raise ArgumentError("now", now, "a datetime with a zone")
        self._waiting.count()
        resolution = self._settings.resolution
        end = -((EPOCH - now) // resolution)
        start = end - self._settings.window // resolution
        kept_from = self._state.kept_from()
        if kept_from is not None and start < kept_from:
            least = EPOCH + (kept_from * resolution + self._settings.window)
            raise ArgumentError("now", now.isoformat(), f"{least.isoformat()} or later: {_KEPT}")
        return self._state.between(start, end)

    def report(self, now: dt.datetime) -> Report:
        """Give the report of the window.

        Args:
            now: as for ``tally``.

        Returns:
            The figures of the window, and ``diagnostics`` as they are now, of all that was added.

        Raises:
            HalfCountedError, ArgumentError: as by ``tally``.

        Source: ``docs/definitions.md``, *Time*.
        """
        return report(self.tally(now), diagnostics=self.diagnostics)

    def totals(self) -> Tally:
        """Give the tally of all that was ever added, each event counted once."""
        self._waiting.count()
        return self._state.totals()

    def save(self, path: str | os.PathLike[str], position: Any = None) -> None:  # noqa: ANN401 -- any JSON
        """Write all that is known to a file, from which ``load`` goes on.

        The file is written anew and then takes the place of the old one, which is kept beside it.

        Args:
            path: of the file.
            position: where the source of the events has to be read from next, in any form that JSON
                has, with text as keys; it is ``position`` after ``load``.

        Raises:
            HalfCountedError: counting was broken off before, by Ctrl-C or for want of memory.
            CheckpointError: it cannot be written; the file that was there is as it was.

        Source: ``docs/live.md``.
        """
        self._waiting.count()
        header = {"settings": self._settings.to_header(), "position": position}
        state, tables = saved(self._state)
        write(path, header | {"state": state}, tables)
        self.position = position

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, previous: bool = False) -> Self:
        """Go on from what ``save`` has written, with the settings that it had.

        Args:
            path: of the file.
            previous: take the file before the last one.

        Raises:
            CheckpointError: the file is missing, damaged, foreign or of another version.

        Source: ``docs/live.md``.
        """
        header, tables = read(path, previous=previous)
        settings = Settings.from_header(header["settings"])
        live = cls(settings.window, settings.resolution, settings.horizon, settings.tolerance)
        restore(live._state, header["state"], tables)
        live.position = header["position"]
        return live

    def _add_batches(self, batches: Batches) -> None:
        parts = iter(batches.only(ROW_COLUMNS))  # raises if they were read before
        try:
            for rows in self._rows_of(parts):
                self._waiting.add_accounted(rows)
        finally:
            self._state.diagnostics += batches.diagnostics

    def _add_iterable(self, events: Iterable[Any]) -> None:
        remaining = iter(events)
        first = list(islice(remaining, 1))
        everything = chain(first, remaining)
        if first and type(first[0]) in _RECORDS:
            at_once = None if isinstance(events, list | tuple) else RECORDS_AT_ONCE
            while self._add_records(everything, at_once):
                pass
        elif first and not isinstance(first[0], pa.RecordBatch | pa.Table):
            raise _neither(first[0])
        else:
            parts = self._rows_of(arrow_parts(everything))
            if isinstance(events, list | tuple):
                self._waiting.add(list(parts))
            else:
                self._add_rows(parts)

    def _add_records(self, events: Iterator[Any], at_once: int | None) -> bool:
        """Add the next records, also those that came before an error; tell if there are any."""
        records: list[Any] = []
        try:
            records.extend(islice(events, at_once))
        finally:
            self._keep_records(records, is_all=at_once is None)
        return bool(records)

    def _keep_records(self, records: list[Any], *, is_all: bool) -> None:
        unknown = [record for record in dict.fromkeys(map(type, records)) if record not in _RECORDS]
        if unknown:
            if not is_all:
                first = next(row for row, each in enumerate(records) if type(each) in unknown)
                self._waiting.add_records(records[:first])
            raise not_a_record(unknown[0])
        self._waiting.add_records(records)

    def _add_rows(self, parts: Iterable[Rows]) -> None:
        for rows in parts:  # whose errors leave what came before
            self._waiting.add([rows])

    def _rows_of(self, batches: Iterable[pa.RecordBatch]) -> Iterator[Rows]:
        row = 0
        for batch in batches:
            narrow = batch.select(chosen_columns(ROW_COLUMNS, batch.schema))
            for first in range(0, len(batch), _ROWS_AT_ONCE):
                some = narrow.slice(first, _ROWS_AT_ONCE)
                yield Rows.of_batch(some, row + first, self._state.words, self._state.secret)
            row += len(batch)


def _neither(events: object) -> SchemaError:
    name = type(events).__name__
    return SchemaError(f"expected records or Arrow data, not {name}: {shorten(events)}")
