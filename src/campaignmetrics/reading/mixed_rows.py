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
    """Records on their way to columns."""

    def add(self, record: Record, /) -> Sequence[str]:
        """Take a decoded object in; return the causes why it, or parts of it, state no event."""

    def take(self, columns: Sequence[str], /) -> pa.RecordBatch:
        """Give the named columns of the events collected so far, and begin anew."""


def rows_of(source: str) -> Rows:
    """Begin to collect records of one source."""
    return EventRows() if source == EVENTS else SourceRows(declared(source))


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

    def __init__(self, usual: str) -> None:
        self._usual = usual
        self._rows = {usual: rows_of(usual)}

    def add(self, record: Record) -> Sequence[str]:
        """Take a decoded object in; return the causes why it, or parts of it, state no event."""
        usual = self._rows[self._usual]
        if self._usual == EVENTS:
            name = EVENTS if is_event_row(record) else source_of([record])
            return usual.add(record) if name in {None, EVENTS} else self._of(name).add(record)
        causes = usual.add(record)
        if causes and set(causes) == {UNRECOGNISED}:
            name = source_of([record])
            if name not in {None, self._usual}:
                return self._of(name).add(record)
        return causes

    def _of(self, source: str) -> Rows:
        if source not in self._rows:
            self._rows[source] = rows_of(source)
        return self._rows[source]

    def take(self, columns: Sequence[str]) -> pa.RecordBatch:
        """Give the named columns of the events collected so far, and begin anew."""
        taken = [rows.take(columns) for rows in self._rows.values()]
        return taken[0] if len(taken) == 1 else pa.concat_batches(taken)
