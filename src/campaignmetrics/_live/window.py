"""The window: what was counted in each bucket of time, kept until the horizon has passed it.

Buckets are kept in blocks. A block has its cells twice, with their buckets and summed over them, so
that a report takes the sums of the blocks that lie wholly in its window, and looks at the buckets
of the two at its edges alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
import pyarrow as pa

from campaignmetrics._live.counts import (
    Cells,
    Counts,
    Numbers,
    bucket_of,
    first_of,
    of_word,
    outcome_of,
    without_bucket,
)
from campaignmetrics._live.rows import COUNTED_WORDS

BUCKETS = 60
"""How many buckets a block has: with buckets of a minute it is an hour."""

COUNTED = (*COUNTED_WORDS, "timeline")
"""The views that are counts. A cell of the timeline has its bucket in the place of a word."""

SETS = ("recipients", "profiles")
"""The views that are sets. A cell has the number of a member in the place of a word."""

_VIEWS = (*COUNTED, *SETS)
_CELL = ("cell", "count")
_BLOCKS = ".blocks"


class Places:
    """Where some events belong: the blocks of their times, and the bucket of each.

    Attributes:
        blocks: the numbers of the blocks.
        buckets: for each event, its bucket counted from the first of these blocks, as if there
            were nothing between one block and the next.
    """

    def __init__(self, buckets: Numbers) -> None:
        blocks = buckets // BUCKETS
        coded = pa.array(blocks).dictionary_encode()
        self.blocks: Numbers = coded.dictionary.to_numpy()
        ranks = coded.indices.to_numpy()
        self.buckets: Numbers = (ranks - blocks) * BUCKETS + buckets

    def split(self, cells: Cells) -> Iterator[tuple[int, Cells]]:
        """Give the sorted cells of each block, with the bucket counted within it."""
        numbers, counts = cells
        begins = [first_of(rank * BUCKETS) for rank in range(len(self.blocks) + 1)]
        edges = np.searchsorted(numbers, begins).tolist()
        for rank, (first, end) in enumerate(pairwise(edges)):
            if first < end:  # copied, so that a few cells do not keep all of them alive
                some = numbers[first:end] - begins[rank], counts[first:end].copy()
                yield int(self.blocks[rank]), some


class _Block:
    def __init__(self) -> None:
        self.by_bucket = {view: Counts() for view in _VIEWS}
        self.whole = {view: Counts() for view in COUNTED_WORDS}

    def add(self, view: str, cells: Cells) -> None:
        self.by_bucket[view].add(cells)
        if view in self.whole:
            numbers, counts = cells
            self.whole[view].add((without_bucket(numbers), counts))

    def load(self, view: str, rows: pa.Table) -> None:
        """Take what was there, each once."""
        numbers, counts = (rows[name].to_numpy() for name in _CELL)
        self.by_bucket[view].load((numbers, counts))
        if view in self.whole:
            self.whole[view].add((without_bucket(numbers), counts))

    def cells(self, view: str, first: int, end: int) -> Iterator[Cells]:
        """Give the cells of the buckets ``[first, end)`` of this block."""
        if first <= 0 and end >= BUCKETS:
            yield from self.whole.get(view, self.by_bucket[view]).parts()
            return
        for numbers, counts in self.by_bucket[view].parts():
            chosen = (numbers >= first_of(first)) & (numbers < first_of(end))
            yield numbers[chosen], counts[chosen]


class Window:
    """What was counted, by bucket of time."""

    def __init__(self) -> None:
        self._blocks: dict[int, _Block] = {}

    def add(self, view: str, places: Places, cells: Cells) -> None:
        """Add sorted cells of a view, with their buckets as ``places`` has them."""
        for block, some in places.split(cells):
            self._block(block).add(view, some)

    def cells(self, view: str, start: int | None = None, end: int | None = None) -> Iterator[Cells]:
        """Give the cells of the buckets ``[start, end)``, in which one may be there several times.

        A cell has no bucket any more; that of the timeline has it in the place of its word. Without
        start and end, all cells are given.
        """
        for block in self._blocks:
            first = 0 if start is None else max(start - block * BUCKETS, 0)
            last = BUCKETS if end is None else min(end - block * BUCKETS, BUCKETS)
            if first < last:
                yield from self._cells_of(block, view, first, last)

    def forget(self, before: int) -> Iterator[tuple[str, Cells]]:
        """Drop the blocks that lie wholly before a bucket, and give their counts by view."""
        for block in [block for block in self._blocks if (block + 1) * BUCKETS <= before]:
            for view in COUNTED:
                for cells in self._cells_of(block, view, 0, BUCKETS):
                    yield view, cells
            del self._blocks[block]

    def _cells_of(self, block: int, view: str, first: int, last: int) -> Iterator[Cells]:
        for numbers, counts in self._blocks[block].cells(view, first, last):
            if view == "timeline":
                bucket = block * BUCKETS + bucket_of(numbers)
                yield of_word(bucket, outcome_of(numbers)), counts
            else:
                yield without_bucket(numbers), counts

    def _block(self, block: int) -> _Block:
        if block not in self._blocks:
            self._blocks[block] = _Block()
        return self._blocks[block]

    def tables(self) -> dict[str, pa.Table]:
        """Give all as tables, for a checkpoint: each view, and how much of it is in each block."""
        tables = {}
        for view in _VIEWS:
            cells = [kept.by_bucket[view].cells() for kept in self._blocks.values()]
            columns = [[numbers for numbers, _ in cells], [counts for _, counts in cells]]
            tables[view] = pa.table(
                [pa.chunked_array(column, pa.int64()) for column in columns], names=_CELL
            )
            tables[f"{view}{_BLOCKS}"] = self._lengths([len(numbers) for numbers, _ in cells])
        return tables

    def _lengths(self, rows: list[int]) -> pa.Table:
        return pa.table({"block": pa.array(self._blocks, pa.int64()), "rows": rows})

    def load(self, tables: Mapping[str, pa.Table]) -> None:
        """Take what ``tables`` gave into an empty window."""
        for view in _VIEWS:
            first = 0
            for block, rows in zip(*tables[f"{view}{_BLOCKS}"].to_pydict().values(), strict=True):
                self._block(block).load(view, tables[view].slice(first, rows))
                first += rows
