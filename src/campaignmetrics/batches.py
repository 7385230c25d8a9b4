"""A stream of event batches that is read once, with the account of the reading."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias, TypeVar

import pyarrow as pa

from campaignmetrics.columns import EventColumns
from campaignmetrics.diagnostics import Diagnostics
from campaignmetrics.errors import SchemaError, StreamConsumedError, shorten
from campaignmetrics.events import RECORDS
from campaignmetrics.forms import plain_batch, without_views
from campaignmetrics.schema import (
    EVENT_SCHEMA,
    REQUIRED,
    check_column,
    in_microseconds,
    missing_column,
)

Open: TypeAlias = Callable[[Sequence[str]], Iterator[pa.RecordBatch]]
"""Starts a stream of batches with the named columns."""

Result = TypeVar("Result")
Work: TypeAlias = Callable[[EventColumns], Result]
OpenUnchecked: TypeAlias = Callable[[Sequence[str], Work[Any]], Iterator[Any]]
"""Starts a stream of what some work makes of checked rows, and of batches that were checked."""

_ROWS_ENOUGH = 1 << 16
_ROWS_AT_ONCE = 1 << 19


class Batches:
    """Event batches, read one after the other while they are iterated, in bounded memory.

    What ``read``, ``deduplicate`` and ``select`` return; it goes straight into ``reduce_arrow`` and
    into anything that takes an Arrow stream (``pyarrow.table(batches)``, polars, DuckDB). It can be
    gone through once, since standard input and other streams can.

    Attributes:
        diagnostics: the account of the reading, complete when the stream is at its end. ``read``,
            ``deduplicate`` and ``select`` over one stream write into one account.
        schema: the columns: ``EVENT_SCHEMA``, or some of it, or for foreign data that data's own.

    Raises:
        StreamConsumedError: on iterating a second time, instead of yielding nothing.
        SchemaError: ``only`` names a column that neither the event schema nor the data has, or
            batches come that do not fit ``schema``.

    Example:
        >>> import pyarrow as pa
        >>> import campaignmetrics as cm
        >>> table = cm.EVENT_SCHEMA.empty_table()
        >>> batches = cm.Batches(lambda columns: iter(table.select(columns).to_batches()))
        >>> pa.table(batches.only(["kind"])).column_names
        ['kind']
    """

    def __init__(
        self,
        start: Open,
        diagnostics: Diagnostics | None = None,
        schema: pa.Schema = EVENT_SCHEMA,
        start_unchecked: OpenUnchecked | None = None,
    ) -> None:
        self.diagnostics = Diagnostics() if diagnostics is None else diagnostics
        self.schema = schema
        self._start = start
        self._start_unchecked = start_unchecked
        self._started: list[bool] = []  # shared with what ``only`` returns
        self._as_read = False  # set by ``only``

    def only(self, columns: Iterable[str]) -> Batches:
        """Ask for some columns alone, so that the others need not be read.

        Args:
            columns: names of ``EVENT_SCHEMA``; those that foreign data lacks are left out.

        Returns:
            The same stream (it can still be gone through once) with these columns, strings as the
            file holds them: plain or dictionary. Iterating all columns gives them as in ``schema``.

        Raises:
            SchemaError: a name that neither the event schema nor the data has, or a column that
                is there twice, or in a type that the event schema does not take.
        """
        names = list(dict.fromkeys(columns))
        for name in names:
            if name not in EVENT_SCHEMA.names and name not in self.schema.names:
                there = ", ".join(self.schema.names)
                raise SchemaError(f"there is no column {name!r}. There is: {there}")
            check_needed([name] * (name in self.schema.names), self.schema)
        chosen = pa.schema([self.schema.field(name) for name in names if name in self.schema.names])
        narrow = Batches(self._start, self.diagnostics, chosen, self._start_unchecked)
        narrow._started = self._started
        narrow._as_read = True
        return narrow

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        self._begin()
        batches = self._start(self.schema.names)
        return batches if self._as_read else self._conformed(batches)

    def worked(self, work: Work[Result]) -> Iterator[pa.RecordBatch | Result]:
        """Go through the stream, doing some work where rows are checked anyway, and side by side.

        Yields:
            What the work made of rows that are events; batches, where nothing is checked.
        """
        if self._start_unchecked is None:
            return arrow_parts(iter(self))
        self._begin()
        return self._start_unchecked(self.schema.names, work)

    def _begin(self) -> None:
        if self._started:
            raise StreamConsumedError(
                "these batches were read before, and a stream can be read once; call read again"
            )
        self._started.append(True)

    def _conformed(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return (
            batch if batch.schema == self.schema else _cast(batch, self.schema) for batch in batches
        )

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        reader = pa.RecordBatchReader.from_batches(self.schema, self._conformed(iter(self)))
        return reader.__arrow_c_stream__(requested_schema)


def as_batches(data: Any) -> Batches:  # noqa: ANN401 -- see arrow_parts
    """Take Arrow data of any make as a stream of batches.

    Args:
        data: ``Batches`` (returned as they are), or what ``arrow_parts`` takes. What the first part
            has is what the others may have; what they lack is null, if it is not required.

    Returns:
        The stream; every row of foreign data counts as a record and an event in its diagnostics.

    Raises:
        SchemaError: it is no Arrow data; while it is read also: a part is none, or its columns do
            not fit the first part's.
    """
    if isinstance(data, Batches):
        return data
    parts = arrow_parts(data)
    first = next(parts, None)
    schema = EVENT_SCHEMA if first is None else _read_schema(first.schema)
    diagnostics = Diagnostics()

    def start(columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        part = first
        while part is not None:
            diagnostics.records += part.num_rows
            diagnostics.events += part.num_rows
            yield _fitted(part, columns, schema)
            part = next(parts, None)

    return Batches(start, diagnostics, schema)


def arrow_parts(data: Any) -> Iterator[pa.RecordBatch]:  # noqa: ANN401 -- what has __arrow_c_stream__ has no type in common
    """Give the batches of Arrow data of any make, at least one for each schema.

    Args:
        data: a Table, RecordBatch or RecordBatchReader, what has ``__arrow_c_stream__`` or
            ``__arrow_c_array__``, or an iterable of batches and tables.

    Raises:
        SchemaError: it is no Arrow data, or a part is none; of records it says where they belong.
    """
    if hasattr(data, "__arrow_c_stream__"):
        yield from _of_stream(_imported(pa.RecordBatchReader.from_stream, data))
    elif hasattr(data, "__arrow_c_array__"):
        yield _imported(pa.record_batch, data)
    elif isinstance(data, Iterable) and not isinstance(data, (str, bytes, dict)):
        for part in data:
            if isinstance(part, pa.RecordBatch):
                yield part
            elif isinstance(part, pa.Table):
                yield from _of_stream(part.to_reader())
            else:
                door = ", for which there is reduce" if type(part) in RECORDS.values() else ""
                raise SchemaError(
                    f"expected Arrow data, not {type(part).__name__}{door}: {shorten(part)}"
                )
    else:
        raise SchemaError(f"expected Arrow data, not {type(data).__name__}")


def resized(parts: Iterable[Any]) -> Iterator[Any]:
    """Join batches that are too small to be worth it, and cut those that are too large.

    What is no batch passes, in its place.
    """
    small: list[pa.RecordBatch] = []
    rows = 0
    for part in parts:
        is_batch = isinstance(part, pa.RecordBatch)
        if is_batch and not part.num_rows:
            continue  # Arrow cannot join what is imported with no rows
        enough = not is_batch or part.num_rows >= _ROWS_ENOUGH
        if small and (enough or rows >= _ROWS_ENOUGH or part.schema != small[0].schema):
            yield _joined(small)
            small, rows = [], 0
        if not is_batch:
            yield part
        elif enough:
            for first in range(0, part.num_rows, _ROWS_AT_ONCE):
                yield part.slice(first, _ROWS_AT_ONCE)
        else:
            small.append(part)
            rows += part.num_rows
    if small:
        yield _joined(small)


def _joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    if len(batches) == 1:
        return batches[0]
    return pa.concat_batches([plain_batch(batch) for batch in batches])


def check_needed(names: Iterable[str], schema: pa.Schema) -> None:
    """Check the columns that something goes by; those that are not required may be missing.

    Raises:
        SchemaError: a required one is missing, or one has a type that does not fit.
    """
    for name in names:
        if name in schema.names:
            check_column(name, schema)
        elif name in REQUIRED:
            raise missing_column(name, schema)


def _imported(take: Callable[[Any], Any], data: Any) -> Any:  # noqa: ANN401 -- as for arrow_parts
    try:
        return take(data)
    except (pa.ArrowException, TypeError):
        name = type(data).__name__
        raise SchemaError(f"expected Arrow data with columns; {name} has none") from None


def _of_stream(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    part = next(reader, None)
    yield _no_rows(reader.schema) if part is None else part
    yield from reader


def _no_rows(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.nulls(0, kind) for kind in schema.types], schema=schema)


def _read_schema(schema: pa.Schema) -> pa.Schema:
    """Say as what foreign columns are read: views as what Arrow can filter, nulls as theirs."""
    fields = []
    for field in schema:
        kind = without_views(pa.nulls(0, field.type)).type
        if pa.types.is_null(kind) and field.name in EVENT_SCHEMA.names:
            kind = EVENT_SCHEMA.field(field.name).type
        fields.append(field.with_type(kind).with_nullable(field.name not in REQUIRED))
    return pa.schema(fields)


def _fitted(part: pa.RecordBatch, columns: Sequence[str], schema: pa.Schema) -> pa.RecordBatch:
    """Give the columns of a part, in its own types where those fit."""
    there = part.schema.names
    for name in EVENT_SCHEMA.names:
        if name in there and name not in schema.names:
            raise SchemaError(f"column {name!r} is in this part and not in the first one")
    check_needed(columns, part.schema)
    arrays = [
        without_views(part.column(name))
        if name in there
        else pa.nulls(part.num_rows, schema.field(name).type)
        for name in columns
    ]
    return pa.RecordBatch.from_arrays(arrays, list(columns)) if columns else part.select([])


def _cast(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    if batch.schema.names != schema.names:
        expected, there = ", ".join(schema.names), ", ".join(batch.schema.names)
        raise SchemaError(f"expected a batch of the columns {expected}, not of {there}")
    arrays = []
    for field, column in zip(schema, batch.columns, strict=True):
        try:
            if pa.types.is_timestamp(column.type) and column.type != field.type:
                column = in_microseconds(column)  # noqa: PLW2901 -- the same times
            arrays.append(column.cast(field.type))
        except pa.ArrowException:
            raise SchemaError(
                f"column {field.name!r} is of type {column.type} here, and {field.type} before"
            ) from None
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
