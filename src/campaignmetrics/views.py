"""The views that a tally consists of, as Arrow tables, and the one operation that merges them.

Most views are counts: of each outcome by message, by reason, by platform, by recipient domain, by
time bucket. Two are sets: the recipients who opened or clicked each message, and the profiles that
entered. Counts merge by adding, sets by union, and both are the same on tables: put the rows behind
each other and *settle* them, so that each key stands once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import attrs
import numpy as np
import numpy.typing as npt
import pyarrow as pa

WORD = pa.dictionary(pa.int32(), pa.string())
"""The type of a key that repeats from row to row."""


def _counts(key: str, key_type: pa.DataType) -> pa.Schema:
    return pa.schema({key: key_type, "outcome": pa.int8(), "count": pa.int64()})


VIEWS: Mapping[str, pa.Schema] = {
    "messages": _counts("message", WORD),
    "reasons": _counts("reason", WORD),
    "platforms": _counts("platform", WORD),
    "domains": _counts("domain", WORD),
    "timeline": _counts("start", pa.int64()),
    "recipients": pa.schema(
        {"message": WORD, "outcome": pa.int8(), "namespace": pa.int8(), "key": pa.large_string()}
    ),
    "profiles": pa.schema({"key": pa.large_string()}),
}
"""The columns of each view: its keys, and ``count`` unless it is a set.

``outcome`` is a place in ``OUTCOMES``; ``start`` is microseconds since 1970, UTC; ``namespace``
says what ``key`` is: 0 a send id, 1 a profile, 2 an address. A text that is absent is ``""``.
"""

_CHUNKS_TO_WAIT_FOR = 256
_SHORT_OFFSETS = 2**31
_ROWS_TO_PART = 1 << 19
_PARTS = 16
_ROWS_TO_WAIT_FOR = 1 << 21


def settle(table: pa.Table) -> pa.Table:
    """Let each key stand once: counts are added, repeated members of a set dropped.

    Args:
        table: rows of one of ``VIEWS``, any number of chunks.

    Returns:
        The settled rows, in no particular order.
    """
    if "key" in table.column_names and table.num_rows > _ROWS_TO_PART:
        # Equal keys are in the same part. Part by part takes as long as all at once, and only a
        # part of the memory is needed twice.
        return pa.concat_tables(map(_settle, _parts(table.unify_dictionaries())))
    return _settle(table)


def _settle(table: pa.Table) -> pa.Table:
    schema = table.schema
    table = _narrow_keys(table.unify_dictionaries().combine_chunks())
    words = {}
    for place, field in enumerate(schema):
        if field.type == WORD and table.num_rows:
            column = _distinct_words(table.column(place).chunk(0))
            words[field.name] = column.dictionary
            table = table.set_column(place, field.name, column.indices)
    keys = [name for name in schema.names if name != "count"]
    sums = [("count", "sum")] if "count" in schema.names else []
    settled = pa.TableGroupBy(table, keys, use_threads=False).aggregate(sums)
    columns = [
        settled.column("count_sum" if name == "count" else name).combine_chunks()
        for name in schema.names
    ]
    for place, name in enumerate(schema.names):
        if name in words:
            columns[place] = pa.DictionaryArray.from_arrays(columns[place], words[name])
    return pa.table(columns, names=schema.names).cast(schema)


def count_members(recipients: pa.Table) -> pa.Table:
    """Count the members of the settled view ``recipients`` by message and outcome."""
    by = ["message", "outcome"]
    ones = pa.repeat(pa.scalar(1, pa.int64()), recipients.num_rows)
    return settle(recipients.select(by).append_column("count", ones))


def _parts(table: pa.Table) -> Iterator[pa.Table]:
    """Part the rows of a set by the last byte of their keys."""
    part = np.concatenate([_last_bytes(keys) for keys in table.column("key").chunks]) % _PARTS
    for number in range(_PARTS):
        yield table.filter(pa.array(part == number))


def _last_bytes(keys: pa.Array) -> npt.NDArray[np.uint8]:
    _, offset_buffer, data_buffer = keys.buffers()
    ends = np.frombuffer(offset_buffer, np.int64)[keys.offset :][1 : len(keys) + 1]
    # A key that is empty takes the byte before it, or 0; it is refused when a tally is read.
    data = np.frombuffer(data_buffer or b"\0", np.uint8)
    last: npt.NDArray[np.uint8] = data[np.maximum(ends, 1) - 1]
    return last


def _distinct_words(column: pa.DictionaryArray) -> pa.DictionaryArray:
    """Let each word stand once in the dictionary, which Arrow does not ask of one."""
    words = column.dictionary.dictionary_encode()
    return pa.DictionaryArray.from_arrays(words.indices.take(column.indices), words.dictionary)


def _narrow_keys(table: pa.Table) -> pa.Table:
    """Give long keys the short offsets with which Arrow groups ten times as fast, if they fit."""
    if "key" in table.column_names and table.column("key").nbytes < _SHORT_OFFSETS:
        place = table.column_names.index("key")
        return table.set_column(place, "key", table.column("key").cast(pa.string()))
    return table


def canonical(table: pa.Table) -> pa.Table:
    """Give the one form that equal views share: plain columns, sorted by all keys."""
    plain = pa.schema(
        [field.with_type(pa.string()) if field.type == WORD else field for field in table.schema]
    )
    table = table.cast(plain)
    keys = [name for name in plain.names if name != "count"]
    return table.sort_by([(key, "ascending") for key in keys]).combine_chunks()


@attrs.frozen(eq=False)
class View:
    """One view of a tally, as rows that are settled and rows that wait for it.

    Waiting makes a long chain of merges cheap: the settled rows are not touched again until as many
    wait beside them.
    """

    settled: pa.Table
    waiting: pa.Table

    @classmethod
    def empty(cls, schema: pa.Schema) -> View:
        """Make the view of no events."""
        return cls(schema.empty_table(), schema.empty_table())

    @classmethod
    def of_settled(cls, table: pa.Table) -> View:
        """Make a view of rows whose keys do not repeat."""
        return cls(table, table.schema.empty_table())

    @classmethod
    def of(cls, table: pa.Table) -> View:
        """Make a view of rows whose keys may repeat."""
        return cls(table.schema.empty_table(), table)

    def __add__(self, other: View | Unwritten) -> View:
        if not isinstance(other, View):
            return NotImplemented
        large, small = (self.settled, other.settled)
        if large.num_rows < small.num_rows:
            large, small = small, large
        waiting = pa.concat_tables(
            [table for table in (self.waiting, other.waiting, small) if table.num_rows]
            or [self.waiting]
        )
        if waiting.num_rows > large.num_rows + _ROWS_TO_WAIT_FOR:
            return View.of(pa.concat_tables([large, waiting])).settle()
        if waiting.column(0).num_chunks > _CHUNKS_TO_WAIT_FOR:
            is_set = "key" in waiting.column_names  # which hardly shrinks by being settled
            waiting = waiting.unify_dictionaries().combine_chunks() if is_set else settle(waiting)
        return View(large, waiting)

    def rename(self, names: Callable[[pa.Array], pa.Array]) -> View:
        """Give the words of the first column other names; those that become the same merge."""
        settled = self.settle().settled
        if not settled.num_rows:
            return self
        column = settled.column(0).combine_chunks()
        renamed = pa.DictionaryArray.from_arrays(column.indices, names(column.dictionary))
        return View.of(settled.set_column(0, settled.schema.field(0), renamed))

    def settle(self) -> View:
        """Let each key stand once."""
        if not self.waiting.num_rows:
            return self
        settled = settle(pa.concat_tables([self.settled, self.waiting]))
        return View(settled, settled.schema.empty_table())


@attrs.frozen(eq=False)
class Unwritten:
    """A set that is known by its counts, and whose rows are written out when they are asked for.

    Attributes:
        counts: how many members there are by message and outcome.
        rows: gives its settled rows.
    """

    counts: pa.Table
    rows: Callable[[], pa.Table]

    def __add__(self, other: View | Unwritten) -> View:
        return self.settle() + other.settle()

    __radd__ = __add__

    def settle(self) -> View:
        """Write the rows out."""
        return View.of_settled(self.rows())
