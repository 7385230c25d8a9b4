"""Rows of the event schema, from JSON objects or from columns: events, or the cause why not."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import attrs
import numpy as np
import pyarrow as pa

from campaignmetrics.batches import Work
from campaignmetrics.columns import EventColumns
from campaignmetrics.errors import EventError
from campaignmetrics.events import OWN_FIELDS, Event
from campaignmetrics.schema import EVENT_SCHEMA, REQUIRED, chosen_columns, event_of, to_arrow
from campaignmetrics.sources.shape import NO_TIME, moment

CHECKED = (*REQUIRED, *OWN_FIELDS)
"""The columns that decide whether a row is an event, read whatever is asked for."""

REFUSED = "refused:"
"""How the causes of refused rows begin; the column at fault follows."""


def is_event_row(names: Mapping[str, Any] | Sequence[str]) -> bool:
    """Tell whether an object or a file has what every row of the event schema has."""
    return all(name in names for name in REQUIRED)


def cause_of(error: EventError) -> str:
    """Name the cause of a refused row."""
    return NO_TIME if error.field == NO_TIME else REFUSED + error.field


class EventRows:
    """Collects JSON objects of the event schema until they are taken as a batch of events."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = list(columns)
        self._events: list[Event] = []

    def add(self, record: Mapping[str, Any]) -> Sequence[str]:
        """Take an object in; return the cause why it is no event."""
        try:
            self._events.append(event_of({**record, "timestamp": moment(record.get("timestamp"))}))
        except EventError as error:
            return (cause_of(error),)
        return ()

    def take(self) -> pa.RecordBatch:
        """Give the columns of the events collected so far, and begin anew."""
        table = to_arrow(self._events).select(self._columns)
        self._events = []
        return pa.concat_batches(table.to_batches()) if len(table) else _no_rows(table.schema)


def _no_rows(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([], schema=schema)


def columns_to_read(asked: Sequence[str], schema: pa.Schema) -> list[str]:
    """Choose the columns to read from a file.

    Raises:
        SchemaError: a required one is missing, or one has a type that cannot hold its values.
    """
    return chosen_columns(dict.fromkeys((*asked, *CHECKED)), schema)


@attrs.frozen
class Unchecked:
    """Rows as a file has them, to be checked side by side with others and told of in order.

    Attributes:
        batch: columns of any fitting type.
        account: takes, for each row (from 0) that is refused, why it is no event.
    """

    batch: pa.RecordBatch
    account: Callable[[Mapping[int, EventError]], None]


def worked(parts: Iterable[pa.RecordBatch | Unchecked], work: Work[Any]) -> Iterator[Any]:
    """Check rows and do some work on those that are events.

    Yields:
        What the work gives, in order; batches that need no check as they are.
    """
    with ThreadPoolExecutor(pa.cpu_count()) as threads:
        running: deque[tuple[Unchecked, Future[tuple[Any, dict[int, EventError]]]]] = deque()
        for part in parts:
            if isinstance(part, Unchecked):
                running.append((part, threads.submit(_checked, part.batch, work)))
                if len(running) > pa.cpu_count():
                    yield _told(*running.popleft())
            else:
                yield part
        while running:
            yield _told(*running.popleft())


def _told(part: Unchecked, checked: Future[tuple[Any, dict[int, EventError]]]) -> Any:  # noqa: ANN401 -- whatever the work gives
    result, refused = checked.result()
    part.account(refused)
    return result


def _checked(batch: pa.RecordBatch, work: Work[Any]) -> tuple[Any, dict[int, EventError]]:
    refused: dict[int, EventError] = {}
    batch = _of_utf8(batch, refused)
    rows = EventColumns(batch)
    refused |= rows.refusals()
    if refused:
        keep = np.ones(batch.num_rows, np.bool_)
        keep[list(refused)] = False
        rows = EventColumns(batch.filter(pa.array(keep)))
    return work(rows), refused


def as_events(rows: EventColumns, columns: Sequence[str]) -> pa.RecordBatch:
    """Bring columns of any fitting type to those of the event schema."""
    arrays = []
    for name in columns:
        wanted = EVENT_SCHEMA.field(name).type
        if name == "timestamp":
            array = pa.array(rows.micros).cast(wanted)
        elif name in rows.batch.schema.names:
            array = rows.batch.column(name)
            array = array if _is_dictionary(array.type) else array.cast(wanted)
        else:
            array = pa.nulls(len(rows), wanted)
        arrays.append(array)
    fields = [EVENT_SCHEMA.field(name) for name in columns]
    types = [array.type for array in arrays]
    schema = pa.schema([field.with_type(t) for field, t in zip(fields, types, strict=True)])
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _of_utf8(batch: pa.RecordBatch, refused: dict[int, EventError]) -> pa.RecordBatch:
    """Empty the cells whose bytes are no text, and refuse their rows."""
    for place, name in enumerate(batch.schema.names):
        column = batch.column(name)
        if not _is_ascii(column):
            try:
                column.validate(full=True)
            except pa.ArrowInvalid:
                batch = batch.set_column(place, name, _texts(column, name, refused))
    return batch


def _is_ascii(column: pa.Array) -> bool:
    """Tell quickly that a column of plain strings holds no byte that could be wrong."""
    if column.type != pa.string() or column.buffers()[2] is None:
        return False
    _, offsets, data = column.buffers()
    places = np.frombuffer(offsets, np.int32, column.offset + len(column) + 1)
    first, last = places[[column.offset, -1]]
    return bool(np.frombuffer(data, np.int8)[first:last].min(initial=0) >= 0)


def _is_dictionary(kind: pa.DataType) -> bool:
    """Tell whether these are the dictionaries that Parquet gives."""
    return bool(kind == pa.dictionary(pa.int32(), pa.string()))


def _texts(column: pa.Array, name: str, refused: dict[int, EventError]) -> pa.Array:
    decoded: list[str | None] = []
    for row, value in enumerate(_bytes(column)):
        try:
            decoded.append(None if value is None else value.decode())
        except UnicodeDecodeError:
            decoded.append(None)
            refused.setdefault(row, EventError(name, value, "text in UTF-8", row))
    return pa.array(decoded, pa.large_string())


def _bytes(column: pa.Array) -> Iterator[bytes | None]:
    plain = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
    values: Iterator[bytes | None] = iter(plain.cast(pa.large_binary()).to_pylist())
    return values
