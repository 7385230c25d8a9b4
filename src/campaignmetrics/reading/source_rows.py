"""Records of a source in bulk: taken apart one by one, turned into event columns together.

No event object is made. A record gives one row of who and when; what its distinct signals mean is
decided once for each batch; Arrow then repeats and joins the two.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from campaignmetrics.events import RECORDS
from campaignmetrics.schema import EVENT_SCHEMA
from campaignmetrics.sources.shape import (
    NO_TIME,
    WHO,
    Decision,
    Signals,
    Source,
    Statement,
    clean,
    made_id,
    moment,
)

_NOTHING: tuple[str, ...] = ()
_TIME, _UTC = dt.datetime, dt.UTC
_read_time = dt.datetime.fromisoformat


class SourceRows:
    """Collects records of a source until they are taken as a batch of events."""

    def __init__(self, source: Source, columns: Sequence[str]) -> None:
        self._columns = columns
        self._first = 0 if WHO[0] in columns else 1  # what ids are made of is not kept for nothing
        self._facts = source.facts
        self._decide = source.decide
        self._clear()

    def _clear(self) -> None:
        self._times: list[dt.datetime] = []
        self._who: list[Any] = []  # one after the other: no tuples to keep track of
        self._places: list[int] = []
        self._statements: list[tuple[Statement, ...]] = []
        self._known: dict[Signals, tuple[int, str | None]] = {}

    def __len__(self) -> int:
        return len(self._times)

    def add(self, record: object) -> Sequence[str]:
        """Take a decoded record in; return the causes why it, or parts of it, state no event."""
        causes = _NOTHING
        for when, who, signals in self._facts(record):
            place, cause = self._known.get(signals) or self._learn(signals)
            if place >= 0:
                # Most times are read already: that saves the call.
                at = when if type(when) is _TIME and when.tzinfo is _UTC else _moment(when)
                if at is not None:
                    self._times.append(at)
                    self._who.extend(who[self._first :])
                    self._places.append(place)
                    continue
                cause = NO_TIME
            if cause is not None:
                causes = (*causes, cause)
        return causes

    def _learn(self, signals: Signals) -> tuple[int, str | None]:
        decision: Decision = self._decide(signals)
        place = len(self._statements) if decision.statements else -1
        if decision.statements:
            self._statements.append(decision.statements)
        self._known[signals] = place, decision.cause
        return self._known[signals]

    def take(self) -> pa.RecordBatch:
        """Give the columns of the events collected so far, and begin anew."""
        row, statement = self._join()
        distinct = [each for several in self._statements for each in several]
        arrays = []
        for name in self._columns:
            field = EVENT_SCHEMA.field(name)
            if name == "timestamp":
                array = pa.array(self._times, field.type).take(row)
            elif name in WHO:
                values = self._who[WHO.index(name) - self._first :: len(WHO) - self._first]
                array = _texts(values if name != "event_id" else list(map(made_id, values)))
                array = array.take(row)
                array = _only_where_it_belongs(name, array, distinct, statement)
            else:
                array = pa.array([getattr(each, name) for each in distinct], field.type)
                array = array.take(statement)
            arrays.append(array)
        self._clear()
        schema = pa.schema([EVENT_SCHEMA.field(name) for name in self._columns])
        return pa.RecordBatch.from_arrays(arrays, schema=schema)

    def _join(self) -> tuple[pa.Array, pa.Array]:
        """Give for each event its row of who and when, and its place among the statements."""
        places = np.array(self._places, np.intp)
        sizes = np.array([len(several) for several in self._statements], np.intp)
        first = np.cumsum(sizes) - sizes
        count = sizes[places]
        row = np.repeat(np.arange(len(places)), count)
        within = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        return pa.array(row), pa.array(first[places][row] + within)


def _moment(when: object) -> dt.datetime | None:
    """Do what ``moment`` does, the usual form first: this runs for many records."""
    try:
        read = _read_time(when)  # type: ignore[arg-type] # TypeError
    except (TypeError, ValueError):
        return moment(when)
    return read if read.tzinfo is _UTC else moment(when)


def _texts(values: Sequence[str | None]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:
        return pa.array(map(clean, values), pa.string())


def _only_where_it_belongs(
    name: str, array: pa.Array, statements: Sequence[Statement], statement: pa.Array
) -> pa.Array:
    """Leave a column empty in the channels whose records do not have it."""
    has = [name in RECORDS[each.channel].__slots__ for each in statements]  # type: ignore[union-attr] # attrs makes slots; mypy cannot see them
    if all(has) or array.null_count == len(array):
        return array
    return pc.if_else(pa.array(has).take(statement), array, None)
