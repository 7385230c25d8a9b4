"""Digests in slices of event time, so that to forget is to drop whole slices.

A key may be in any slice, and most keys are in none. So there is one filter before all of them: an
array of words of 16 bits, one bit for each slice. A key stands for three of the words, and sets the
bit of its slice in each; a slice that may hold a key has its bit in all three. They are near each
other, so that asking costs one way to memory, not one for each slice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from campaignmetrics.digests import Digests, Words
from campaignmetrics.runs import Rows, Run, Runs

Times: TypeAlias = npt.NDArray[np.int64]
_Bits: TypeAlias = npt.NDArray[np.uint16]

_LANES = 16
"""Slices beyond this many share bits, which costs time alone."""

_BLOCK = 32  # words that the memory gives at once
_WORDS_PER_KEY = 8  # of the largest slice, at least
_GROWTH = 1.5


class Slices:
    """Digests by slice, the number of which counts slices since 1970."""

    def __init__(self) -> None:
        self._slices: dict[int, Runs] = {}
        self._filter = _Filter(0)

    def __len__(self) -> int:
        return sum(map(len, self._slices.values()))

    @property
    def nbytes(self) -> int:
        """The bytes of all arrays."""
        runs = sum(run.nbytes for runs in self._slices.values() for run in runs)
        return runs + self._filter.nbytes

    def runs(self) -> Mapping[int, list[Run]]:
        """Give the runs of each slice, by its number in order."""
        return {number: list(self._slices[number]) for number in sorted(self._slices)}

    def find(self, keys: Digests) -> Rows:
        """Give the rows of those keys that are in any slice."""
        lanes = self._filter.lanes(keys.high)
        rows = np.flatnonzero(lanes)
        lanes = lanes[rows]
        found = [np.empty(0, np.intp)]
        for number, runs in self._slices.items():
            here = rows[(lanes & _lane(number)).astype(np.bool_)]
            found += [run.find(keys, here)[0] for run in runs if len(here)]
        return np.concatenate(found)

    def append(self, number: int, run: Run) -> None:
        """Add to a slice keys that it does not hold."""
        if number not in self._slices:
            self._open(number)
        runs = self._slices[number]
        runs.append(run)
        if len(runs) * _WORDS_PER_KEY > len(self._filter):
            self._filter = _Filter(int(len(runs) * _WORDS_PER_KEY * _GROWTH))
            for each in self._slices:
                self._filter_again(each)
        else:
            self._filter.add(run.keys.high, _lane(number))

    def _open(self, number: int) -> None:
        """Begin a slice; to all but the latest, few keys will come."""
        latest = max(self._slices, default=number)
        self._slices[number] = Runs(few=False)
        self._slices[min(number, latest)].settle()

    def forget(self, before: int) -> None:
        """Drop the slices before one."""
        for number in [number for number in self._slices if number < before]:
            del self._slices[number]
            self._filter.clear(_lane(number))
            for other in self._slices:
                if _lane(other) == _lane(number):
                    self._filter_again(other)

    def _filter_again(self, number: int) -> None:
        for run in self._slices[number]:
            self._filter.add(run.keys.high, _lane(number))


class _Filter:
    """For each key, in which lanes it may be."""

    def __init__(self, words: int) -> None:
        self._blocks = words // _BLOCK + 1
        self._words: _Bits = np.zeros(self._blocks * _BLOCK, np.uint16)

    def __len__(self) -> int:
        return len(self._words)

    @property
    def nbytes(self) -> int:
        return self._words.nbytes

    def _places(self, high: Words) -> Iterator[npt.NDArray[np.int64]]:
        # By the first bits, as in runs, so that ordered digests lead forward through the memory.
        block = high >> np.uint64(32)
        block *= np.uint64(self._blocks)
        block >>= np.uint64(32)
        block *= np.uint64(_BLOCK)
        for bits in (0, 5, 10):
            place = high >> np.uint64(bits)
            place &= np.uint64(_BLOCK - 1)
            place += block
            yield place.view(np.int64)

    def lanes(self, high: Words) -> _Bits:
        first, second, third = self._places(high)
        lanes: _Bits = self._words.take(first)
        lanes &= self._words.take(second)
        lanes &= self._words.take(third)
        return lanes

    def add(self, high: Words, lane: np.uint16) -> None:
        for places in self._places(high):
            self._words[places] = self._words.take(places) | lane

    def clear(self, lane: np.uint16) -> None:
        self._words &= ~lane


def _lane(number: int) -> np.uint16:
    return np.uint16(1 << number % _LANES)
