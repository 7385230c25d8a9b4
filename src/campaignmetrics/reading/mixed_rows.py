"""Records of any source on their way to columns: whose each is, in files that hold several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol, TypeAlias

import pyarrow as pa

from campaignmetrics.reading.event_rows import EventRows, is_event_row
from campaignmetrics.reading.source_rows import SourceRows
from campaignmetrics.sources import NAMES, declared
from campaignmetrics.sources.shape import UNRECOGNISED

EVENTS = "events"
"""What ``read`` calls files of the event schema."""

Record: TypeAlias = Mapping[str, Any]


class Rows(Protocol):
    """Records on their way to the columns that are asked for."""

    def add(self, record: Record, /) -> Sequence[str]:
        """Take a decoded object in; return the causes why it, or parts of it, state no event."""

    def take(self) -> pa.RecordBatch:
        """Give the columns of the events collected so far, and begin anew."""


def rows_of(source: str, columns: Sequence[str]) -> Rows:
    """Begin to collect records of one source for the named columns."""
    return EventRows(columns) if source == EVENTS else SourceRows(declared(source), columns)


def source_of(records: Iterable[Record]) -> str | None:
    """Tell whose records these are; one that is damaged may look like another source's."""
    records = list(records)
    if any(map(is_event_row, records)):
        return EVENTS
    for record in records:
        for name in NAMES:
            with suppress(RecursionError):
                if declared(name).recognises(record):
                    return name
    return None


class MixedRows:
    """Collects records of several sources: each goes to the usual one, unless that knows it not.

    A record that no source knows is the usual one's, which says why it is not counted.
    """

    def __init__(self, usual: str, columns: Sequence[str]) -> None:
        self._usual = usual
        self._columns = columns
        self._rows = {usual: rows_of(usual, columns)}
        self._add = self._rows[usual].add

    def add(self, record: Record) -> Sequence[str]:
        """Take a decoded object in; return the causes why it, or parts of it, state no event."""
        causes = self._add(record)
        if causes and self._is_foreign(record, causes):
            name = source_of([record])
            if name not in {None, self._usual}:  # parts of it may be recognised
                return self._of(name).add(record)
        return causes

    def _is_foreign(self, record: Record, causes: Sequence[str]) -> bool:
        if self._usual == EVENTS:
            return not is_event_row(record)
        return set(causes) == {UNRECOGNISED}

    def _of(self, source: str) -> Rows:
        if source not in self._rows:
            self._rows[source] = rows_of(source, self._columns)
        return self._rows[source]

    def take(self) -> pa.RecordBatch:
        """Give the columns of the events collected so far, and begin anew."""
        taken = [rows.take() for rows in self._rows.values()]
        return taken[0] if len(taken) == 1 else pa.concat_batches(taken)
