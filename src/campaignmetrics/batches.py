"""A stream of event batches that is read once, with the account of the reading."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import pyarrow as pa

from campaignmetrics.diagnostics import Diagnostics
from campaignmetrics.errors import CampaignMetricsError, SchemaError
from campaignmetrics.schema import EVENT_SCHEMA

Open: TypeAlias = Callable[[Sequence[str]], Iterator[pa.RecordBatch]]
"""Starts a stream of batches with the named columns."""


class StreamConsumedError(CampaignMetricsError, RuntimeError):
    """A stream that can be read once was read a second time."""


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
        SchemaError: ``only`` names a column that the event schema does not have.

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
    ) -> None:
        self.diagnostics = Diagnostics() if diagnostics is None else diagnostics
        self.schema = schema
        self._start = start
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
            SchemaError: a name that neither the event schema nor the data has.
        """
        names = list(dict.fromkeys(columns))
        for name in names:
            if name not in EVENT_SCHEMA.names and name not in self.schema.names:
                there = ", ".join(self.schema.names)
                raise SchemaError(f"there is no column {name!r}. There is: {there}")
        chosen = pa.schema([self.schema.field(name) for name in names if name in self.schema.names])
        narrow = Batches(self._start, self.diagnostics, chosen)
        narrow._started = self._started
        narrow._as_read = True
        return narrow

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        if self._started:
            raise StreamConsumedError(
                "these batches were read before, and a stream can be read once; call read again"
            )
        self._started.append(True)
        batches = self._start(self.schema.names)
        return batches if self._as_read else self._conformed(batches)

    def _conformed(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return (
            batch if batch.schema == self.schema else batch.cast(self.schema) for batch in batches
        )

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        reader = pa.RecordBatchReader.from_batches(self.schema, self._conformed(iter(self)))
        return reader.__arrow_c_stream__(requested_schema)


def as_batches(data: Any) -> Batches:  # noqa: ANN401 -- see _parts
    """Take Arrow data of any make as a stream of batches.

    Args:
        data: ``Batches`` (returned as they are), a Table, RecordBatch or RecordBatchReader, what
            has ``__arrow_c_stream__``, or an iterable of batches and tables of one schema.

    Returns:
        The stream; every row of foreign data counts as a record and an event in its diagnostics.

    Raises:
        SchemaError: it is no Arrow data.
    """
    if isinstance(data, Batches):
        return data
    parts = map(_without_views, _parts(data))
    first = next(parts, None)
    schema = EVENT_SCHEMA if first is None else first.schema
    diagnostics = Diagnostics()

    def start(columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        part = first
        while part is not None:
            diagnostics.records += part.num_rows
            diagnostics.events += part.num_rows
            yield part.select(list(columns))
            part = next(parts, None)

    return Batches(start, diagnostics, schema)


def _parts(data: Any) -> Iterator[pa.RecordBatch]:  # noqa: ANN401 -- what has __arrow_c_stream__ has no type in common
    if hasattr(data, "__arrow_c_stream__"):
        yield from pa.RecordBatchReader.from_stream(data)
    elif hasattr(data, "__arrow_c_array__"):
        yield pa.record_batch(data)
    elif isinstance(data, Iterable) and not isinstance(data, (str, bytes, dict)):
        for part in data:
            if isinstance(part, pa.RecordBatch):
                yield part
            elif isinstance(part, pa.Table):
                yield from part.to_batches()
            else:
                raise SchemaError(f"expected Arrow data, not {type(part).__name__}")
    else:
        raise SchemaError(f"expected Arrow data, not {type(data).__name__}")


def _without_views(part: pa.RecordBatch) -> pa.RecordBatch:
    """Bring string views to a type whose rows Arrow can filter."""
    fields = [
        field.with_type(pa.large_string()) if field.type == pa.string_view() else field
        for field in part.schema
    ]
    return part.cast(pa.schema(fields))
