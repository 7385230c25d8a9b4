"""A set of keys that only grows, kept in 16 bytes a key.

A key is kept as its 128-bit digest (``digests.py``), not as itself. That is exact for all practical
ends: two different keys are taken for one only if their digests are equal, and among n keys the
chance that any two are is below n² / 2¹²⁹: for a hundred billion keys less than 2 in 10¹⁷,
which is less than the chance that the memory itself errs unnoticed. The digests are keyed, so
that keys which collide cannot be made on purpose either.
"""

from __future__ import annotations

from typing import TypeAlias

import attrs
import numpy as np
import numpy.typing as npt

from campaignmetrics.digests import Digests

Halves: TypeAlias = npt.NDArray[np.uint64]
Bools: TypeAlias = npt.NDArray[np.bool_]


@attrs.frozen(eq=False)
class _Run:
    """Digests sorted by their first half."""

    high: Halves
    low: Halves

    def __len__(self) -> int:
        return len(self.high)

    def __add__(self, other: _Run) -> _Run:
        high = np.concatenate([self.high, other.high])
        order = np.argsort(high, kind="stable")  # a merge, since both are sorted
        return _Run(high[order], np.concatenate([self.low, other.low])[order])

    def where(self, chosen: Bools) -> _Run:
        return _Run(self.high[chosen], self.low[chosen])

    def contains(self, other: _Run) -> Bools:
        """Tell which digests of the other are in this run."""
        place = np.searchsorted(self.high, other.high)
        place[place == len(self)] = 0
        same_half = self.high[place] == other.high
        found: Bools = same_half & (self.low[place] == other.low)
        for row in np.flatnonzero(same_half & ~found).tolist():  # next to never
            same = self.high == other.high[row]
            found[row] = (self.low[same] == other.low[row]).any()
        return found


class Seen:
    """Digests that were seen, in sorted runs.

    Each run is at least twice as long as the next: a new one is merged into those that are not. So
    there are few runs, and a key is moved only as often as the whole doubles.
    """

    def __init__(self) -> None:
        self._runs: list[_Run] = []

    def __len__(self) -> int:
        return sum(len(run) for run in self._runs)

    def add(self, digested: Digests) -> Bools:
        """Add keys.

        Args:
            digested: as ``digests`` returns them.

        Returns:
            For each key whether it is new: neither added before nor earlier in this call.
        """
        order, candidates = _sorted(digested)
        fresh = np.ones(len(candidates), np.bool_)
        fresh[1:] = candidates.high[1:] != candidates.high[:-1]
        fresh[1:] |= candidates.low[1:] != candidates.low[:-1]
        candidates = candidates if fresh.all() else candidates.where(fresh)
        for run in self._runs:
            known = run.contains(candidates)
            if known.any():
                fresh[fresh] = ~known
                candidates = candidates.where(~known)
        self._keep(candidates)
        is_new = np.empty(len(fresh), np.bool_)
        is_new[order] = fresh
        return is_new

    def has(self, digested: Digests) -> Bools:
        """Tell for each key whether it was added."""
        order, wanted = _sorted(digested)
        known = np.zeros(len(wanted), np.bool_)
        for run in self._runs:
            known |= run.contains(wanted)
        result = np.empty(len(known), np.bool_)
        result[order] = known
        return result

    def digests(self) -> Digests:
        """Give all that was added, in no order."""
        pairs = [np.stack([run.high, run.low], axis=1) for run in self._runs]
        return np.concatenate([np.empty((0, 2), np.uint64), *pairs])

    def _keep(self, run: _Run) -> None:
        while self._runs and len(self._runs[-1]) < 2 * len(run):
            run = self._runs.pop() + run
        if len(run):
            self._runs.append(run)


def _sorted(digested: Digests) -> tuple[npt.NDArray[np.intp], _Run]:
    """Sort so that equal digests stand together, the first copy first.

    Sorting by the first half does it, unless two differ in the second half alone.
    """
    high, low = digested[:, 0], digested[:, 1]
    order = np.argsort(high, kind="stable")
    run = _Run(high[order], low[order])
    if ((run.high[1:] == run.high[:-1]) & (run.low[1:] != run.low[:-1])).any():
        order = np.lexsort((low, high))
        run = _Run(high[order], low[order])
    return order, run
