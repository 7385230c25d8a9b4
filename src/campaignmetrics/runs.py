"""Digests in runs: arrays ordered by the first bits of each digest, so that one is soon found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

import attrs
import numpy as np
import numpy.typing as npt

from campaignmetrics.digests import Digests, Words

Bools: TypeAlias = npt.NDArray[np.bool_]
Rows: TypeAlias = npt.NDArray[np.intp]
Fields: TypeAlias = Mapping[str, npt.NDArray[np.integer]]

_NO_FIELDS: Fields = MappingProxyType({})

_TOGETHER = 4
"""As many runs of about one length are merged else."""

_RATIO = 8
"""A run is at least so many times as long as the next, where few runs are wanted."""

_BITS_AT_ONCE = 16
"""Rows are ordered by no more bits at a time: up to here numpy counts instead of comparing."""

_PART_BITS = 13
"""By so many bits a part of a run is ordered: so few keys fit the processor's cache."""


@attrs.frozen(eq=False)
class Run:
    """Digests in buckets by their first bits, four to eight to a bucket where none were dropped.

    Attributes:
        keys: the digests.
        bits: how many first bits make a bucket.
        offsets: where each bucket begins, and the end.
        fields: numbers that belong to the digests, in the same order.
    """

    keys: Digests
    bits: int
    offsets: npt.NDArray[np.uint32]
    fields: Fields

    @classmethod
    def of(cls, keys: Digests, fields: Fields = _NO_FIELDS) -> Run:
        """Order digests by bucket."""
        bits = _bits(len(keys))
        run = cls._ordered(keys, fields, min(bits, _BITS_AT_ONCE))
        return run if run.bits == bits else cls.merged([run])

    @classmethod
    def _ordered(cls, keys: Digests, fields: Fields, bits: int) -> Run:
        bucket = _bucket(keys.high, bits)
        order = np.argsort(bucket, kind="stable")
        fields = {name: field[order] for name, field in fields.items()}
        return cls(keys[order], bits, _offsets(np.bincount(bucket, minlength=2**bits)), fields)

    @classmethod
    def merged(cls, runs: Sequence[Run]) -> Run:
        """Make one run of several, part by part, so that each part is in the cache."""
        count = sum(map(len, runs))
        bits = _bits(count)
        part_bits = max(bits - _PART_BITS, 0)
        cut = [
            run if run.bits >= part_bits else cls._ordered(run.keys, run.fields, part_bits)
            for run in runs
        ]
        columns: list[list[npt.NDArray[np.integer]]] = [
            [run.keys.high for run in cut],
            [run.keys.low for run in cut],
            *([run.fields[name] for run in cut] for name in cut[0].fields),
        ]
        merged = [np.empty(count, np.result_type(*column)) for column in columns]
        counts = np.empty((2**part_bits, 2 ** (bits - part_bits)), np.int64)
        end = 0
        for part in range(2**part_bits):
            rows = [run.rows(part, part_bits) for run in cut]
            high = np.concatenate([run.keys.high[r] for run, r in zip(cut, rows, strict=True)])
            bucket = _bucket(high << np.uint64(part_bits), bits - part_bits)
            order = np.argsort(bucket, kind="stable")
            start, end = end, end + len(order)
            for column, whole in zip(columns, merged, strict=True):
                pieces = [each[some] for each, some in zip(column, rows, strict=True)]
                np.take(np.concatenate(pieces), order, out=whole[start:end], mode="clip")
            counts[part] = np.bincount(bucket, minlength=counts.shape[1])
        high, low, *rest = merged
        fields: Fields = dict(zip(cut[0].fields, rest, strict=True))
        return cls(Digests(high, low), bits, _offsets(counts.ravel()), fields)

    def rows(self, part: int, part_bits: int) -> slice:
        """Give the rows of all digests that begin with these bits."""
        buckets = 2 ** (self.bits - part_bits)
        return slice(int(self.offsets[part * buckets]), int(self.offsets[(part + 1) * buckets]))

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def nbytes(self) -> int:
        """The bytes of its arrays."""
        keys = self.keys.high.nbytes + self.keys.low.nbytes
        return keys + self.offsets.nbytes + sum(field.nbytes for field in self.fields.values())

    def find(self, keys: Digests, rows: Rows) -> tuple[Rows, Rows]:
        """Find the keys of these rows, as pairs: rows that are found, and their places here."""
        bucket = (keys.high.take(rows) >> np.uint64(64 - self.bits)).view(np.int64)
        first = self.offsets.take(bucket).astype(np.intp)
        count = self.offsets.take(bucket + 1) - first
        before = np.cumsum(count) - count
        rows = np.repeat(rows, count)
        places = np.arange(len(rows)) + np.repeat(first - before, count)
        same = np.flatnonzero(self.keys.high.take(places) == keys.high.take(rows))
        rows, places = rows[same], places[same]
        found = self.keys.low[places] == keys.low[rows]
        return rows[found], places[found]

    def where(self, chosen: Bools) -> Run:
        """Give the chosen ones, in the same buckets."""
        before = np.zeros(len(self) + 1, np.uint32)
        np.cumsum(chosen, out=before[1:])
        fields = {name: field[chosen] for name, field in self.fields.items()}
        return Run(self.keys[chosen], self.bits, before[self.offsets], fields)


class Runs:
    """Runs that are merged as they become many, so that each key is moved few times.

    Args:
        few: keep few runs, for keys that are looked for in each, and move keys more often.
    """

    def __init__(self, *, few: bool) -> None:
        self._runs: list[Run] = []
        self._few = few

    def __len__(self) -> int:
        return sum(map(len, self._runs))

    def __iter__(self) -> Iterator[Run]:
        """Give the runs, the latest first, for copies come soon after."""
        return reversed(self._runs)

    def append(self, run: Run) -> None:
        """Add a run."""
        self._runs.append(run)
        while (count := self._too_many()) > 1:
            self._runs[-count:] = [Run.merged(self._runs[-count:])]

    def settle(self) -> None:
        """Make one run of all, and keep few of those that may still come."""
        self._few = True
        if len(self._runs) > 1:
            self._runs = [Run.merged(self._runs)]

    def keep(self, wanted: Callable[[Fields], Bools]) -> None:
        """Drop the digests whose fields are not wanted any more."""
        kept = [run.where(wanted(run.fields)) for run in self._runs]
        self._runs = [run for run in kept if len(run)]

    def _too_many(self) -> int:
        """Tell how many of the last runs are to be merged."""
        if self._few:
            longer = self._runs[-2:-1]
            return 2 if longer and len(longer[0]) < len(self._runs[-1]) * _RATIO else 0
        size = len(self._runs[-1]).bit_length() // 2
        alike = 0
        for run in reversed(self._runs):
            if len(run).bit_length() // 2 > size:
                break
            alike += 1
        return alike if alike >= _TOGETHER else 0


def rough_order(keys: Digests) -> Rows:
    """Order digests by their first bits, so that looking for them leads forward through runs."""
    order: Rows = np.argsort(_bucket(keys.high, _BITS_AT_ONCE), kind="stable")
    return order


def first_copies(keys: Digests) -> Bools:
    """Tell for each key whether it is the first of its copies.

    Each key writes its row into a slot, earlier rows over later ones, and finds there either its
    own row, or that of its first copy, or that of another key; then it tries again by other bits.
    """
    first = np.ones(len(keys), np.bool_)
    rows: Rows = np.arange(len(keys))
    bits = len(keys).bit_length() + 1
    owners = np.empty(2**bits, np.intp)
    shift = 64 - bits
    while len(rows):
        high = keys.high[rows]
        slot = ((high >> np.uint64(shift)) & np.uint64(2**bits - 1)).view(np.int64)
        owners[slot[::-1]] = rows[::-1]
        owner = owners[slot]
        beaten = owner != rows
        rows, owner, high = rows[beaten], owner[beaten], high[beaten]
        copy = (keys.high[owner] == high) & (keys.low[owner] == keys.low[rows])
        first[rows[copy]] = False
        rows = rows[~copy]
        shift = (shift - bits) % (65 - bits)
    return first


def _bits(count: int) -> int:
    return max(count.bit_length() - 3, 1)


def _bucket(high: Words, bits: int) -> npt.NDArray[np.uint16]:
    return (high >> np.uint64(64 - bits)).astype(np.uint16)


def _offsets(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.uint32]:
    offsets = np.zeros(len(counts) + 1, np.uint32)
    np.cumsum(counts, out=offsets[1:])
    return offsets
