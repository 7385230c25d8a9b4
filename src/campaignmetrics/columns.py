"""Event columns as they come: other string types, units and zones, brought to one form and checked.

What a record refuses, a row is refused for here. ``EventColumns`` is what the reducer works on:
small integer codes for columns with few distinct values, plain arrays for the others.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cached_property

import attrs
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from campaignmetrics.combinations import (
    ACTIONS,
    CATEGORIES,
    CHANNELS,
    KINDS_OF_ALL,
    NUMBER,
    SHAPE,
    decide,
    places,
)
from campaignmetrics.errors import EventError
from campaignmetrics.forms import (
    Bools,
    Ints,
    bools,
    codes_of,
    is_utf8,
    plain,
    readable,
    without_views,
)
from campaignmetrics.schema import EVENT_SCHEMA, REQUIRED
from campaignmetrics.times import FIRST_TIME, LAST_TIME

_TIME_EXPECTED = "a time within the years 1 to 9999 of UTC"
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


@attrs.frozen(eq=False)
class Coded:
    """A text column as few values (string, no nulls) and, for each row, the place of its value.

    Null and empty are both ``""``. A value may stand in several places.
    """

    values: pa.Array
    codes: Ints

    @property
    def empty(self) -> int:
        """The place of ``""``, which ``EventColumns`` puts last."""
        return len(self.values) - 1

    def map(self, place: Callable[[str], int]) -> Ints:
        """Give each row a number, asking once for each value."""
        return np.array([place(value) for value in self.values.to_pylist()], np.int16).take(
            self.codes
        )


@attrs.frozen(eq=False)
class _Fault:
    """Rows that are refused for one reason."""

    rows: Ints
    column: str
    expected: str


class EventColumns:
    """The columns of one batch, in the form that the reducer works on.

    ``check`` must be called before the rest is believed: until then, rows that are refused have the
    outcome -1.
    """

    def __init__(self, batch: pa.RecordBatch, first_row: int = 0) -> None:
        self.batch = batch
        self._first_row = first_row
        self._faults: list[_Fault] = []
        self.micros = self._read_times()
        self.outcome = self._read_outcomes()

    def __len__(self) -> int:
        return int(self.batch.num_rows)

    def check(self) -> None:
        """Raise for the first row that is refused.

        Raises:
            EventError: naming column, row and value.
        """
        if self._faults:
            first = min(self._faults, key=lambda fault: int(fault.rows[0]))
            raise self._error(first, int(first.rows[0]))

    def refusals(self) -> dict[int, EventError]:
        """Tell for each refused row of this batch why it is no event."""
        errors: dict[int, EventError] = {}
        for fault in self._faults:
            for row in fault.rows.tolist():
                errors.setdefault(row, self._error(fault, row))
        return errors

    def _error(self, fault: _Fault, row: int) -> EventError:
        value = _shown(self.batch.column(fault.column)[row])
        return EventError(fault.column, value, fault.expected, self._first_row + row)

    @cached_property
    def message(self) -> Coded:
        """The message of each row."""
        return self.coded("message_id")

    @cached_property
    def reason(self) -> Coded:
        """The reason of each row."""
        return self.coded("reason")

    def has(self, name: str) -> bool:
        """Tell whether a column is there and not all null."""
        return self._column(name) is not None

    def coded(self, name: str) -> Coded:
        """Give a text column as few values and codes."""
        column = self._column(name)
        if column is None:
            return Coded(pa.array([""]), np.zeros(len(self), np.int8))
        if not pa.types.is_dictionary(column.type):
            column = plain(column).dictionary_encode()
        values = column.dictionary.cast(pa.string()).fill_null("")
        if not is_utf8(values):
            self._refuse_foreign_bytes(name, plain(column))
            values = readable(values)  # no row has the word that is none
        with_empty = pa.concat_arrays([values, pa.array([""])])
        return Coded(with_empty, codes_of(column.indices, len(values)))

    def text(self, name: str, rows: Ints | None = None) -> pa.Array | None:
        """Give a text column, or those rows of it, as string or large_string; None if it is empty.

        Raises:
            EventError: bytes that are not UTF-8.
        """
        column = self._column(name)
        if column is None:
            return None
        if rows is not None:
            column = column.take(pa.array(rows))
        column = plain(column)
        if not is_utf8(column):
            self._refuse_foreign_bytes(name, column, rows)
        return column

    def _refuse_foreign_bytes(self, name: str, column: pa.Array, rows: Ints | None = None) -> None:
        for place, value in enumerate(column.cast(pa.large_binary()).to_pylist()):
            try:
                (value or b"").decode()
            except UnicodeDecodeError:
                row = place if rows is None else int(rows[place])
                raise EventError(name, value, "text in UTF-8", self._first_row + row) from None

    def _column(self, name: str) -> pa.Array | None:
        if name not in self.batch.schema.names:
            return None
        column = self.batch.column(name)
        return None if column.null_count == len(column) else without_views(column)

    def _flag(self, name: str) -> Bools | None:
        column = self._column(name)
        return None if column is None else bools(column)

    def _given(self, name: str) -> Bools | None:
        column = self._column(name)
        if column is None:
            return None
        if pa.types.is_dictionary(column.type):
            return self.coded(name).map(bool).astype(np.bool_)
        if not is_utf8(column):
            self._refuse_foreign_bytes(name, column)
        return bools(pc.not_equal(pc.binary_length(column), 0))

    def _digits(self) -> Iterator[Ints | Bools | None]:
        """Give each row its place in each digit; None where all rows are in the first."""
        for name, words in (
            ("channel", CHANNELS),
            ("kind", KINDS_OF_ALL),
            ("category", CATEGORIES),
            ("action", ACTIONS),
        ):
            required = name in REQUIRED
            yield self.coded(name).map(places(words)) if required or self.has(name) else None
        yield self._flag("asynchronous")
        yield self._flag("machine")
        yield self.reason.map(bool)
        yield self._given("link")

    def _read_outcomes(self) -> Ints:
        """Erase each row to its outcome, deciding once for each combination that is there."""
        combination = np.zeros(len(self), NUMBER)
        for digit, size in zip(self._digits(), SHAPE, strict=True):
            combination *= NUMBER(size)
            if digit is not None:
                combination += digit
        codes = np.full(math.prod(SHAPE), -1, np.int8)
        for number in np.flatnonzero(np.bincount(combination)).tolist():
            codes[number], fault = decide(number)
            if fault is not None:
                self._faults.append(_Fault(np.flatnonzero(combination == number), *fault))
        return codes.take(combination)

    def _read_times(self) -> npt.NDArray[np.int64]:
        """Read the times as microseconds since 1970, cutting what is finer."""
        column = self.batch.column("timestamp")
        if pa.types.is_null(column.type):
            column = pa.nulls(len(column), EVENT_SCHEMA.field("timestamp").type)
        per_second = _PER_SECOND[column.type.unit]
        ticks = column.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
        first, last = (t * per_second // 10**6 for t in (FIRST_TIME, LAST_TIME))
        wrong = (ticks < first) | (ticks > last)
        if column.null_count:
            wrong |= bools(column.is_null())
        if wrong.any():
            self._faults.append(_Fault(np.flatnonzero(wrong), "timestamp", _TIME_EXPECTED))
            ticks = np.where(wrong, 0, ticks)
        finer, coarser = max(per_second // 10**6, 1), max(10**6 // per_second, 1)
        micros: npt.NDArray[np.int64] = ticks // finer if finer > 1 else ticks * coarser
        return micros


def _shown(scalar: pa.Scalar) -> object:
    """Give the value of a cell for an error message, also where Python has no such value."""
    try:
        return scalar.as_py()
    except (ValueError, OverflowError, UnicodeDecodeError):
        return f"{scalar.cast(pa.int64())} {scalar.type.unit} since 1970"
