"""Keys that are remembered for a time, kept in about 16 bytes each.

A key is kept as its 96-bit digest (``digests.py``), not as itself. Two different keys are taken for
one only if their digests are equal: where n keys are remembered, the chance that a new one is taken
for one of them is n / 2⁹⁶, for a hundred million keys about 1 in 10²¹.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Self

import numpy as np
import pyarrow as pa

from campaignmetrics.digests import Digests
from campaignmetrics.runs import Bools, Rows, Run, first_copies, rough_order
from campaignmetrics.slices import Slices, Times

_ABOUT = "campaignmetrics.remembered"
_SCHEMA = pa.schema({"high": pa.uint64(), "low": pa.uint32()})


class Remembered:
    """Keys, kept with the slice of event time in which they were first met.

    Args:
        slice_length: microseconds of event time that are forgotten at once.
    """

    def __init__(self, slice_length: int) -> None:
        self._slice_length = slice_length
        self._slices = Slices()

    def __len__(self) -> int:
        return len(self._slices)

    @property
    def nbytes(self) -> int:
        """The bytes of memory that all this takes."""
        return self._slices.nbytes

    def add(self, keys: Digests, times: Times) -> Bools:
        """Add keys; the time of its first copy says in which slice a key is kept.

        Args:
            keys: as ``digests`` returns them, always under one secret.
            times: microseconds since 1970.

        Returns:
            For each key whether it is new: neither remembered nor earlier in this call.
        """
        order = rough_order(keys)
        keys, times = keys[order], times[order]
        fresh = first_copies(keys)
        fresh[self._slices.find(keys)] = False
        for number, rows in _by_slice(np.flatnonzero(fresh), times, self._slice_length):
            self._slices.append(number, Run.of(keys[rows]))
        is_new = np.empty(len(keys), np.bool_)
        is_new[order] = fresh
        return is_new

    def forget(self, before: int) -> None:
        """Drop the slices that lie wholly before a time, in microseconds since 1970."""
        self._slices.forget(before // self._slice_length)

    def table(self) -> pa.Table:
        """Give all that is remembered as a table."""
        by_slice = self._slices.runs()
        about = {
            "slice_length": self._slice_length,
            "slices": [[number, sum(map(len, runs))] for number, runs in by_slice.items()],
        }
        every = [run.keys for runs in by_slice.values() for run in runs]
        columns = [
            pa.chunked_array([keys.high for keys in every], pa.uint64()),
            pa.chunked_array([keys.low for keys in every], pa.uint32()),
        ]
        return pa.table(columns, schema=_SCHEMA).replace_schema_metadata(
            {_ABOUT: json.dumps(about)}
        )

    @classmethod
    def from_table(cls, table: pa.Table) -> Self:
        """Go on from what ``table`` gave."""
        about: dict[str, Any] = json.loads(table.schema.metadata[_ABOUT.encode()])
        self = cls(about["slice_length"])
        first = 0
        for number, count in about["slices"]:
            high, low = (column.slice(first, count).to_numpy() for column in table.columns)
            self._slices.append(number, Run.of(Digests(high, low)))
            first += count
        return self


def _by_slice(rows: Rows, times: Times, length: int) -> Iterator[tuple[int, Rows]]:
    """Give the rows of each slice."""
    numbers = times[rows] // length
    while len(rows):  # there are few slices, and often one
        number = int(numbers[0])
        here = numbers == number
        yield number, rows[here]
        rows, numbers = rows[~here], numbers[~here]
