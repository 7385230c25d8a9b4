"""Event columns as they come: other string types, units and zones, brought to one form and checked.

What a record refuses, a row is refused for here. ``EventColumns`` is what the reducer works on:
small integer codes for columns with few distinct values, plain arrays for the others.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property
from typing import Any, TypeAlias

import attrs
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from campaignmetrics.errors import EventError
from campaignmetrics.events import DISMISS, KINDS, OWN_FIELDS, BounceCategory, carriers, one_of
from campaignmetrics.outcomes import CODES, outcome
from campaignmetrics.schema import EVENT_SCHEMA, REQUIRED
from campaignmetrics.times import FIRST_TIME, LAST_TIME

Ints: TypeAlias = npt.NDArray[np.integer]
Bools: TypeAlias = npt.NDArray[np.bool_]

_MOST_IN_A_STRING = 2**31 - 1
_WIDE_CODES = (pa.uint32(), pa.uint64(), pa.int64())
_TIME_EXPECTED = "a time within the years 1 to 9999 of UTC"
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}

# What decides an event's outcome, as digits: the place of its word in one of these. The last place
# of the first three is for words that are not known.
_CHANNELS = (*KINDS, None)
_KINDS = (*dict.fromkeys(kind for kinds in KINDS.values() for kind in kinds), None)
_CATEGORIES = ("", *BounceCategory, None)
_ACTIONS = ("", DISMISS, "another")
_FLAGS = (False, True)
_DIGITS = (_CHANNELS, _KINDS, _CATEGORIES, _ACTIONS, _FLAGS, _FLAGS, _FLAGS, _FLAGS)
_SHAPE = tuple(len(digit) for digit in _DIGITS)
# The narrowest type that numbers every combination: there is a pass over all rows for each digit.
_NUMBER = np.min_scalar_type(-math.prod(_SHAPE)).type


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
            column = _plain(column).dictionary_encode()
        values = column.dictionary.cast(pa.string()).fill_null("")
        if not _is_utf8(values):
            self._refuse_foreign_bytes(name, _plain(column))
            values = _readable(values)  # no row has the word that is none
        with_empty = pa.concat_arrays([values, pa.array([""])])
        return Coded(with_empty, _codes(column.indices, len(values)))

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
        column = _plain(column)
        if not _is_utf8(column):
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
        if not _is_utf8(column):
            self._refuse_foreign_bytes(name, column)
        return bools(pc.not_equal(pc.binary_length(column), 0))

    def _digits(self) -> Iterator[Ints | Bools | None]:
        """Give each row its place in each of ``_DIGITS``; None where all are in the first."""
        for name, words in (
            ("channel", _CHANNELS),
            ("kind", _KINDS),
            ("category", _CATEGORIES),
            ("action", _ACTIONS),
        ):
            required = name in REQUIRED
            yield self.coded(name).map(_places(words)) if required or self.has(name) else None
        yield self._flag("asynchronous")
        yield self._flag("machine")
        yield self.reason.map(bool)
        yield self._given("link")

    def _read_outcomes(self) -> Ints:
        """Erase each row to its outcome, deciding once for each combination that is there."""
        combination = np.zeros(len(self), _NUMBER)
        for digit, size in zip(self._digits(), _SHAPE, strict=True):
            combination *= _NUMBER(size)
            if digit is not None:
                combination += digit
        codes = np.full(math.prod(_SHAPE), -1, np.int8)
        for number in np.flatnonzero(np.bincount(combination)).tolist():
            codes[number], fault = _decide(number)
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


def _codes(places: pa.Array, of_null: int) -> Ints:
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
    columns = [_plain(without_views(column)) for column in batch.columns]
    return pa.RecordBatch.from_arrays(columns, batch.schema.names)


def without_views(column: pa.Array) -> pa.Array:
    """Give texts that are views, for which Arrow lacks most functions, as large strings."""
    if pa.types.is_dictionary(column.type):
        if column.type.value_type == pa.string_view():
            words = column.dictionary.cast(pa.large_string())
            return pa.DictionaryArray.from_arrays(column.indices, words)
        return column
    return column.cast(pa.large_string()) if column.type == pa.string_view() else column


def _plain(column: pa.Array) -> pa.Array:
    if not pa.types.is_dictionary(column.type):
        return column
    longest = pc.max(pc.binary_length(column.dictionary)).as_py() or 0
    if column.type.value_type == pa.string() and longest * len(column) > _MOST_IN_A_STRING:
        words = column.dictionary.cast(pa.large_string())
        column = pa.DictionaryArray.from_arrays(column.indices, words)
    return column.dictionary_decode()


def _readable(texts: pa.Array) -> pa.Array:
    values = texts.cast(pa.binary()).to_pylist()
    return pa.array([value.decode(errors="replace") for value in values], pa.string())


def _is_utf8(column: pa.Array) -> bool:
    """Tell whether texts are UTF-8; ASCII is, and is told at once from all bytes together."""
    data = column.buffers()[-1]
    if data is None or not len(data) or np.frombuffer(data, np.int8).min() >= 0:
        return True
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _places(words: tuple[str | None, ...]) -> Callable[[str], int]:
    """Say where a word stands; one that is not known has the last place."""
    places: Mapping[str | None, int] = {word: place for place, word in enumerate(words)}
    return lambda word: places.get(word, len(words) - 1)


@cache
def _decide(number: int) -> tuple[int, tuple[str, str] | None]:
    """Tell the outcome of a combination; or, with -1, why there is none."""
    places = np.unravel_index(number, _SHAPE)
    words: list[Any] = [digit[place] for digit, place in zip(_DIGITS, places, strict=True)]
    fault = _misfit(*words)
    if fault is not None:
        return -1, fault
    channel, kind, category, action, asynchronous, machine, _, _ = words
    name = outcome(
        channel,
        kind,
        category=category,
        asynchronous=asynchronous,
        machine=machine,
        action=action,
    )
    return CODES[name], None


def _misfit(  # noqa: PLR0913, PLR0917 -- one argument for each digit
    channel: str | None,
    kind: str,
    category: str | None,
    action: str,
    asynchronous: bool,  # noqa: FBT001 -- always called with all the digits in order
    machine: bool,  # noqa: FBT001 -- the same
    reason: bool,  # noqa: FBT001 -- the same
    link: bool,  # noqa: FBT001 -- the same
) -> tuple[str, str] | None:
    """Tell which column is at fault and what was expected there, if this is no event."""
    if channel is None:
        return "channel", f"one of {', '.join(KINDS)}"
    if kind not in list(KINDS[channel]):
        return "kind", f"{one_of(KINDS[channel])}, the kinds of channel {channel!r}"
    if category is None:
        return "category", one_of(BounceCategory)
    given = {
        "category": category,
        "asynchronous": asynchronous,
        "reason": reason,
        "machine": machine,
        "action": action,
        "link": link,
    }
    for field, value in given.items():
        if value and kind not in OWN_FIELDS[field]:
            return field, f"{carriers(field)}, not to {kind}"
    return None


def _shown(scalar: pa.Scalar) -> object:
    """Give the value of a cell for an error message, also where Python has no such value."""
    try:
        return scalar.as_py()
    except (ValueError, OverflowError, UnicodeDecodeError):
        return f"{scalar.cast(pa.int64())} {scalar.type.unit} since 1970"
