"""Keys that are remembered for a time, kept in about 16 bytes each.

``Remembered`` tells which keys are new; ``FirstTimes`` tells when a key was first met. Both keep the
digests of keys, in slices of event time, so that to forget is to drop whole slices.

    remembered = Remembered(slice_length)                # microseconds of event time
    is_new = remembered.add(ids, groups, times)          # one bool for each key
    firsts = FirstTimes(slice_length)
    firsts.add(ids, groups, times)                       # keeps the least time of each key
    times = firsts.lookup(ids, groups)                   # NEVER where a key is not known
    remembered.forget(before)                            # slices that lie wholly before
    remembered == Remembered.from_table(remembered.table())     # for a checkpoint, in content
"""

from __future__ import annotations

import json
import os
from typing import Self, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from campaignmetrics.digests import Digests, digests
from campaignmetrics.seen import Seen

Bools: TypeAlias = npt.NDArray[np.bool_]
Times: TypeAlias = npt.NDArray[np.int64]

NEVER = np.iinfo(np.int64).max
"""The first time of a key that is not known: later than any."""


class Remembered:
    """Keys, each a text in a group, kept from the time at which they were first met.

    Args:
        slice_length: microseconds of event time that are forgotten at once.
        secret: what the digests are keyed with, at most 64 bytes; drawn anew by default.
    """

    def __init__(self, slice_length: int, secret: bytes | None = None) -> None:
        self._slice_length = slice_length
        self._secret = os.urandom(32) if secret is None else secret
        self._slices: dict[int, Seen] = {}

    def __len__(self) -> int:
        return sum(map(len, self._slices.values()))

    def add(self, ids: pa.Array, groups: pa.Array, times: Times) -> Bools:
        """Add keys.

        Args:
            ids: strings of any Arrow string type, or a dictionary of them; no nulls.
            groups: for each of them a word.
            times: microseconds since 1970.

        Returns:
            For each key whether it is new: neither remembered nor earlier in this call.
        """
        if not len(ids):
            return np.zeros(0, np.bool_)
        digested = digests(ids, groups, self._secret)
        is_new = Seen().add(digested)
        for seen in self._slices.values():
            is_new &= ~seen.has(digested)
        numbers = times // self._slice_length
        for number in np.unique(numbers[is_new]).tolist():
            rows = is_new & (numbers == number)
            self._slices.setdefault(number, Seen()).add(digested[rows])
        return is_new

    def forget(self, before: int) -> None:
        """Drop the slices that lie wholly before a time, in microseconds since 1970."""
        for number in [n for n in self._slices if (n + 1) * self._slice_length <= before]:
            del self._slices[number]

    def table(self) -> pa.Table:
        """Give all that is remembered as a table, with its secret in the metadata."""
        slices = {number: self._slices[number].digests() for number in sorted(self._slices)}
        every = np.concatenate([np.empty((0, 2), np.uint64), *slices.values()])
        about = {
            "secret": self._secret.hex(),
            "slice_length": self._slice_length,
            "slices": [[number, len(rows)] for number, rows in slices.items()],
        }
        columns = {"high": every[:, 0].copy(), "low": every[:, 1].copy()}
        return pa.table(columns).replace_schema_metadata({"remembered": json.dumps(about)})

    @classmethod
    def from_table(cls, table: pa.Table) -> Self:
        """Go on from what ``table`` gave."""
        about = json.loads(table.schema.metadata[b"remembered"])
        self = cls(about["slice_length"], bytes.fromhex(about["secret"]))
        every: Digests = np.stack([table["high"].to_numpy(), table["low"].to_numpy()], axis=1)
        first = 0
        for number, count in about["slices"]:
            self._slices[number] = Seen()
            self._slices[number].add(every[first : first + count])
            first += count
        return self


class FirstTimes:
    """Keys, each a text in a group, with the least time at which each was met.

    Args:
        slice_length: microseconds of event time that are forgotten at once.
        secret: what the digests are keyed with, at most 64 bytes; drawn anew by default.
    """

    def __init__(self, slice_length: int, secret: bytes | None = None) -> None:
        self._slice_length = slice_length
        self._secret = os.urandom(32) if secret is None else secret
        self._times: dict[tuple[int, int, int], int] = {}

    def __len__(self) -> int:
        return len(self._times)

    def add(self, ids: pa.Array, groups: pa.Array, times: Times) -> None:
        """Add keys, with the time of each in microseconds since 1970; the least is kept."""
        if len(ids):
            keys = digests(ids, groups, self._secret).tolist()
            for (high, low), time in zip(keys, times.tolist(), strict=True):
                key = time // self._slice_length, high, low
                self._times[key] = min(time, self._times.get(key, time))

    def lookup(self, ids: pa.Array, groups: pa.Array) -> Times:
        """Give the least time of each key, in microseconds since 1970; ``NEVER`` if not known."""
        if not len(ids):
            return np.zeros(0, np.int64)
        least = dict[tuple[int, int], int]()
        for (_, high, low), time in self._times.items():
            least[high, low] = min(time, least.get((high, low), NEVER))
        keys = map(tuple, digests(ids, groups, self._secret).tolist())
        return np.array([least.get(key, NEVER) for key in keys], np.int64)

    def forget(self, before: int) -> None:
        """Drop the times in slices that lie wholly before a time."""
        first = before // self._slice_length * self._slice_length
        self._times = {key: time for key, time in self._times.items() if time >= first}

    def table(self) -> pa.Table:
        """Give all that is known as a table, with its secret in the metadata."""
        pairs = [(high, low) for _, high, low in self._times]
        keys = np.array(pairs, np.uint64).reshape(-1, 2)
        about = {"secret": self._secret.hex(), "slice_length": self._slice_length}
        times = np.array(list(self._times.values()), np.int64)
        columns = {"high": keys[:, 0].copy(), "low": keys[:, 1].copy(), "time": times}
        return pa.table(columns).replace_schema_metadata({"first_times": json.dumps(about)})

    @classmethod
    def from_table(cls, table: pa.Table) -> Self:
        """Go on from what ``table`` gave."""
        about = json.loads(table.schema.metadata[b"first_times"])
        self = cls(about["slice_length"], bytes.fromhex(about["secret"]))
        times = table["time"].to_pylist()
        keys = zip(table["high"].to_pylist(), table["low"].to_pylist(), times, strict=True)
        self._times = {(time // self._slice_length, h, low): time for h, low, time in keys}
        return self
