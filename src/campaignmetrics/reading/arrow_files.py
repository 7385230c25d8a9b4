"""Files of columns: Parquet and Arrow IPC, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, TypeAlias

import attrs
import pyarrow as pa
import pyarrow.parquet as pq

from campaignmetrics.schema import in_microseconds

ROWS_AT_ONCE = 1 << 17

# Read as dictionaries, as Parquet holds them: their few distinct values are not written out.
_FEW_VALUES = (
    *("channel", "kind", "campaign_id", "message_id", "recipient_domain", "category", "reason"),
    *("platform", "action"),
)

PARQUET = b"PAR1"
ARROW_FILE = b"ARROW1"
ARROW_STREAM = b"\xff\xff\xff\xff"

DAMAGED: tuple[type[Exception], ...] = (pa.ArrowException, OSError, ValueError, MemoryError)
"""What pyarrow raises for a file that is damaged; sizes that are wrong ask for too much memory."""

Batch: TypeAlias = pa.RecordBatch


@attrs.frozen
class Columns:
    """An open file of columns.

    Attributes:
        schema: all its columns.
        batches: reads the named columns; rows in order.
    """

    schema: pa.Schema
    batches: Callable[[Sequence[str]], Iterator[Batch]]


def open_columns(stream: BinaryIO, magic: bytes) -> Columns:
    """Open a file of columns that begins with one of the three marks.

    Raises:
        pa.ArrowException, OSError: it is cut off or damaged.
    """
    if magic.startswith(PARQUET):
        file = pq.ParquetFile(stream)
        few = [f.name for f in file.schema_arrow if f.name in _FEW_VALUES and f.type == pa.string()]
        # Buffered ahead, the whole file would stay in memory: the buffers are kept to the end.
        file = pq.ParquetFile(stream, metadata=file.metadata, read_dictionary=few, pre_buffer=False)
        return Columns(
            file.schema_arrow,
            lambda names: file.iter_batches(ROWS_AT_ONCE, columns=list(names)),
        )
    if magic.startswith(ARROW_FILE):
        reader = pa.ipc.open_file(stream)
        places = range(reader.num_record_batches)
        return _arrow(reader.schema, (reader.get_batch(place) for place in places))
    batches = pa.ipc.open_stream(stream)
    return _arrow(batches.schema, _to_the_end(stream, batches))


def _to_the_end(stream: BinaryIO, batches: Iterator[Batch]) -> Iterator[Batch]:
    """Read on behind the mark of the end: gzip may be cut there, or more may follow unseen."""
    yield from batches
    if stream.read(1):
        raise ValueError("more follows the end of the stream")


def _arrow(schema: pa.Schema, batches: Iterator[Batch]) -> Columns:
    return Columns(schema, lambda names: (_whole(b.select(list(names))) for b in batches))


def _whole(batch: Batch) -> Batch:
    """Check what Arrow otherwise believes; bytes that are no UTF-8 are left to be found by row.

    Raises:
        pa.ArrowInvalid: positions point outside the file.
    """
    try:
        batch.validate(full=True)
    except pa.ArrowInvalid:
        for column in batch.columns:
            _as_bytes(column).validate(full=True)
    return batch


def _as_bytes(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column.indices.validate(full=True)
        values = _as_bytes(column.dictionary)
        return pa.DictionaryArray.from_arrays(column.indices, values, safe=False)
    kind = _BYTES.get(column.type)
    return column if kind is None else column.view(kind)


_BYTES = {
    pa.string(): pa.binary(),
    pa.large_string(): pa.large_binary(),
    pa.string_view(): pa.binary_view(),
}


def records(batch: Batch) -> Iterator[object]:
    """Give the rows of nested columns as Python values; the error, where a row has none."""
    try:
        columns = list(map(_in_microseconds, batch.columns))
        batch = pa.RecordBatch.from_arrays(columns, batch.schema.names)
        yield from batch.to_pylist()
    except _NO_PYTHON_VALUE:
        for row in range(batch.num_rows):
            try:
                yield batch.slice(row, 1).to_pylist()[0]
            except _NO_PYTHON_VALUE as error:
                yield error


_NO_PYTHON_VALUE = (
    *(pa.ArrowException, ValueError, OverflowError, LookupError),
    RecursionError,  # groups within groups
)


def _in_microseconds(column: pa.Array) -> pa.Array:
    """Read finer times as Python can hold them, also inside groups."""
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return in_microseconds(column)
    if pa.types.is_struct(kind) and len(kind):
        inner = [_in_microseconds(column.field(place)) for place in range(len(kind))]
        names = [field.name for field in kind]
        return pa.StructArray.from_arrays(inner, names, mask=column.is_null())
    return column
