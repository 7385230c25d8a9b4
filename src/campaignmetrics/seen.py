"""A set of keys that only grows, kept in 13 bytes a key.

A key is kept as its 96-bit digest (``digests.py``), not as itself. That is exact for all practical
ends: two different keys are taken for one only if their digests are equal, and among n keys the
chance that any two are is below n² / 2⁹⁷: for a billion keys less than 1 in 10¹¹. The digests are
keyed, so that keys which collide cannot be made on purpose either.
"""

from __future__ import annotations

import numpy as np

from campaignmetrics.digests import Digests
from campaignmetrics.runs import Bools, Run, Runs, first_copies


class Seen:
    """Digests that were seen."""

    def __init__(self) -> None:
        self._runs = Runs(few=True)

    def __len__(self) -> int:
        return len(self._runs)

    def add(self, keys: Digests) -> Bools:
        """Add keys.

        Args:
            keys: as ``digests`` returns them.

        Returns:
            For each key whether it is new: neither added before nor earlier in this call.
        """
        is_new = first_copies(keys)
        rows = np.flatnonzero(is_new)
        for run in self._runs:
            is_new[run.find(keys, rows)[0]] = False
            rows = rows[is_new[rows]]
        if len(rows):
            self._runs.append(Run.of(keys[rows]))
        return is_new
