"""The many forms in which Arrow holds texts and truth values, and the few that are worked with."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints: TypeAlias = npt.NDArray[np.integer]
Bools: TypeAlias = npt.NDArray[np.bool_]

_MOST_IN_A_STRING = 2**31 - 1
_WIDE_CODES = (pa.uint32(), pa.uint64(), pa.int64())


def bools(column: pa.Array) -> Bools:
    """Give truth values as an array, null as false."""
    bits = _bits(column)
    return bits & _bits(column.is_valid()) if column.null_count else bits


def _bits(column: pa.Array) -> Bools:
    """Unpack truth values, many times as fast as Arrow does; under a null stands anything."""
    first, end = column.offset, column.offset + len(column)
    packed = np.frombuffer(column.buffers()[1] or b"", np.uint8)[first // 8 : -(-end // 8)]
    bits = np.unpackbits(packed, bitorder="little")
    return bits[first % 8 :][: len(column)].view(np.bool_)


def codes_of(places: pa.Array, of_null: int) -> Ints:
    """Give the places in a dictionary as an array, and nulls a place of their own."""
    wide = places.type in _WIDE_CODES
    buffers = [None, places.buffers()[1]]  # without nulls: where they are there may be any place
    codes: Ints = pa.Array.from_buffers(
        places.type, len(places), buffers, offset=places.offset
    ).to_numpy()
    if wide or places.null_count:
        codes = codes.astype(np.int64 if wide else np.int32)
    if places.null_count:
        codes = (codes - of_null) * bools(places.is_valid()) + of_null  # sooner done than chosen
    return codes


def plain_batch(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Give a batch without dictionaries and views, which not all batches can be joined with."""
    columns = [plain(without_views(column)) for column in batch.columns]
    return pa.RecordBatch.from_arrays(columns, batch.schema.names)


def without_views(column: pa.Array) -> pa.Array:
    """Give texts that are views, for which Arrow lacks most functions, as large strings."""
    if pa.types.is_dictionary(column.type):
        if column.type.value_type == pa.string_view():
            words = column.dictionary.cast(pa.large_string())
            return pa.DictionaryArray.from_arrays(column.indices, words)
        return column
    return column.cast(pa.large_string()) if column.type == pa.string_view() else column


def plain(column: pa.Array) -> pa.Array:
    """Give texts that are a dictionary one by one, in a type that is long enough for them."""
    if not pa.types.is_dictionary(column.type):
        return column
    longest = pc.max(pc.binary_length(column.dictionary)).as_py() or 0
    if column.type.value_type == pa.string() and longest * len(column) > _MOST_IN_A_STRING:
        words = column.dictionary.cast(pa.large_string())
        column = pa.DictionaryArray.from_arrays(column.indices, words)
    return column.dictionary_decode()


def readable(texts: pa.Array) -> pa.Array:
    """Replace the bytes that are not UTF-8."""
    values = texts.cast(pa.binary()).to_pylist()
    return pa.array([value.decode(errors="replace") for value in values], pa.string())


def is_utf8(column: pa.Array) -> bool:
    """Tell whether texts are UTF-8; ASCII is, and is told at once from all bytes together."""
    data = column.buffers()[-1]
    if data is None or not len(data) or np.frombuffer(data, np.int8).min() >= 0:
        return True
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
