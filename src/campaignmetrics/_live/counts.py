"""Counts by number: the cells of a view as plain arrays, which add up by sorting.

A cell is one number made of three: the bucket of time within its block, the word, the outcome. A
count may be below 0 as long as it waits to be added to what it corrects.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Numbers: TypeAlias = npt.NDArray[np.int64]
Cells: TypeAlias = tuple[Numbers, npt.NDArray[np.signedinteger]]
"""Cells and their counts, side by side."""

_Integers: TypeAlias = npt.NDArray[np.integer]

_OUTCOME_BITS = 6  # there are a few dozen outcomes
_WORD_BITS = 30
_CELL_BITS = _OUTCOME_BITS + _WORD_BITS
_ROWS_TO_WAIT_FOR = 1 << 12
_PARTS_TO_WAIT_FOR = 64
_FEW_PLACES = 16
"""So many places for each number are looked through sooner than numbers are sorted."""

_NOTHING: Cells = (np.empty(0, np.int64), np.empty(0, np.int8))


def pack(bucket: Numbers, word: _Integers, outcome: _Integers) -> Numbers:
    """Make one number of a cell's bucket, word and outcome; they sort by these, in this order."""
    return np.left_shift(bucket, _CELL_BITS, dtype=np.int64) | of_word(word, outcome)


def of_word(word: _Integers, outcome: _Integers) -> Numbers:
    """Make one number of a word and an outcome, for a cell that has no bucket."""
    return np.left_shift(word, _OUTCOME_BITS, dtype=np.int64) | outcome


def bucket_of(numbers: Numbers) -> Numbers:
    """Give the bucket of each cell."""
    return numbers >> _CELL_BITS


def first_of(bucket: int) -> int:
    """Give the least number in a bucket."""
    return bucket << _CELL_BITS


def without_bucket(numbers: Numbers) -> Numbers:
    """Give the cells without their buckets."""
    return numbers & ((1 << _CELL_BITS) - 1)


def word_of(numbers: Numbers) -> Numbers:
    """Give the number of the word of each cell that has no bucket any more."""
    return numbers >> _OUTCOME_BITS


def outcome_of(numbers: Numbers) -> npt.NDArray[np.int8]:
    """Give the outcome of each cell."""
    return (numbers & ((1 << _OUTCOME_BITS) - 1)).astype(np.int8)


def counted(buckets: Numbers, words: _Integers, outcomes: _Integers) -> Cells:
    """Count how often each cell is there; they come sorted."""
    if not len(buckets):
        return _NOTHING
    there = np.flatnonzero(np.bincount(outcomes))
    shape = int(buckets.max()) + 1, int(words.max()) + 1, len(there)
    possible = math.prod(shape)
    is_few = possible <= _FEW_PLACES * len(buckets)
    narrow = np.int64 if is_few else np.min_scalar_type(possible).type  # which is sorted soonest
    rank = np.zeros(there[-1] + 1, narrow)
    rank[there] = np.arange(len(there))
    places = buckets.astype(narrow)
    places *= narrow(shape[1])
    places += words.astype(narrow, copy=False)
    places *= narrow(shape[2])
    places += rank.take(outcomes)
    if is_few:
        by_place = np.bincount(places)
        found = np.flatnonzero(by_place)
        counts = by_place[found]
    else:
        places.sort()
        first = _first_places(places)
        found, counts = places[first], np.diff(first, append=len(places))
    bucket, word, outcome = np.unravel_index(found, shape)
    return pack(bucket, word, there[outcome]), counts


def summed(parts: Iterable[Cells]) -> Cells:
    """Add up the counts of each cell; cells come sorted, and those with a count of 0 not at all."""
    parts = list(parts)
    numbers = np.concatenate([_NOTHING[0], *(numbers for numbers, _ in parts)])
    counts = np.concatenate([_NOTHING[1], *(counts for _, counts in parts)])
    order = np.argsort(numbers, kind="stable")  # quick, since the parts are sorted
    numbers = numbers[order]
    first = _first_places(numbers)
    if not len(first):
        return _NOTHING
    sums = np.add.reduceat(counts[order], first, dtype=np.int64)
    there = sums != 0
    return numbers[first[there]], sums[there]


def distinct(parts: Iterable[Numbers]) -> Numbers:
    """Give the numbers that are there, each once; they come sorted."""
    numbers = np.concatenate([_NOTHING[0], *parts])
    if not len(numbers):
        return numbers
    least, most = int(numbers.min()), int(numbers.max())
    if most - least > _FEW_PLACES * len(numbers):
        return np.unique(numbers)
    is_there = np.zeros(most - least + 1, np.bool_)
    is_there[numbers - least] = True
    return np.flatnonzero(is_there) + least


def _first_places(ordered: _Integers) -> npt.NDArray[np.intp]:
    is_first = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    return np.flatnonzero(is_first)


class Counts:
    """The cells of one view, as those that are summed and those that wait for it."""

    def __init__(self) -> None:
        self._summed = _NOTHING
        self._waiting: list[Cells] = []
        self._rows_waiting = 0

    def add(self, cells: Cells) -> None:
        """Add cells, which need not be sorted and may be there before."""
        numbers, counts = cells
        if not len(numbers):
            return
        self._waiting.append((numbers, _narrow(counts)))
        self._rows_waiting += len(numbers)
        most = len(self._summed[0]) + _ROWS_TO_WAIT_FOR
        if self._rows_waiting > most or len(self._waiting) > _PARTS_TO_WAIT_FOR:
            self.cells()

    def load(self, cells: Cells) -> None:
        """Take what ``cells`` gave."""
        numbers, counts = cells
        self._summed = numbers, _narrow(counts)

    def parts(self) -> list[Cells]:
        """Give all cells as they are, in which a cell may be there several times."""
        return [self._summed, *self._waiting]

    def cells(self) -> Cells:
        """Give all cells, each once."""
        if self._waiting:
            numbers, counts = summed(self.parts())
            self._summed = numbers, _narrow(counts)
            self._waiting, self._rows_waiting = [], 0
        return self._summed


def _narrow(counts: npt.NDArray[np.signedinteger]) -> npt.NDArray[np.signedinteger]:
    """Keep counts in the narrowest type that holds them; nearly all are small."""
    # As far below 0 as the others reach, for a signed type.
    least = min(int(counts.min(initial=0)), -1 - int(counts.max(initial=0)))
    narrow: npt.NDArray[np.signedinteger] = counts.astype(np.min_scalar_type(least))
    return narrow
