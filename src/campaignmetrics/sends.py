"""Sends: one message to one recipient, and the index in which events are found by theirs.

A send is known by its channel, its send id and its recipient. It is kept as its digest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import attrs
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from campaignmetrics.digests import Digests

Fields = Mapping[str, npt.NDArray[np.integer]]
Bools = npt.NDArray[np.bool_]


def send_texts(ids: pa.Array | None, recipients: pa.Array | None, length: int) -> pa.Array:
    """Write the send of each event as one text.

    Args:
        ids: send ids; None where all are absent.
        recipients: addresses; None where all are absent. Absent ones are equal to each other.
        length: the number of events.

    Returns:
        large_binary; null where there is no send id. The channel is not in it.
    """
    if ids is None:
        return pa.nulls(length, pa.large_binary())
    ids = ids.cast(pa.large_binary())
    sizes = pc.binary_length(ids).fill_null(0).to_numpy().astype("<i4")
    # The length in front says where the id ends, whatever it holds.
    begins = pa.Array.from_buffers(pa.binary(4), length, [None, pa.py_buffer(sizes)])
    parts = [begins.cast(pa.large_binary()), ids]
    if recipients is not None:
        parts.append(recipients.cast(pa.large_binary()).fill_null(b""))
    joined = pc.binary_join_element_wise(*parts, pa.scalar(b"", pa.large_binary()))
    return joined if sizes.all() else pc.if_else(pa.array(sizes > 0), joined, None)


@attrs.frozen(eq=False)
class _Run:
    """Events sorted by the first half of their digests; the fields are in the same order."""

    high: npt.NDArray[np.uint64]
    low: npt.NDArray[np.uint32]
    fields: Fields

    def __len__(self) -> int:
        return len(self.high)

    def __add__(self, other: _Run) -> _Run:
        return _sorted_run(
            np.concatenate([self.high, other.high]),
            np.concatenate([self.low, other.low]),
            {name: np.concatenate([self.fields[name], other.fields[name]]) for name in self.fields},
        )

    def where(self, chosen: Bools) -> _Run:
        fields = {name: field[chosen] for name, field in self.fields.items()}
        return _Run(self.high[chosen], self.low[chosen], fields)

    def find(self, digests: Digests) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Find all events of each send, as pairs of places: among the digests, and in this run."""
        high = digests.high
        first = np.searchsorted(self.high, high)
        first[first == len(self)] = 0
        met = np.flatnonzero(self.high[first] == high)
        first = first[met]
        many = np.searchsorted(self.high, high[met], "right") - first
        asked = np.repeat(met, many)
        begins = np.repeat(np.cumsum(many) - many, many)
        found = np.repeat(first, many) + np.arange(len(asked)) - begins
        same = self.low[found] == digests.low[asked]
        return asked[same], found[same]


def _sorted_run(high: npt.NDArray[np.uint64], low: npt.NDArray[np.uint32], fields: Fields) -> _Run:
    order = np.argsort(high, kind="stable")
    return _Run(high[order], low[order], {name: field[order] for name, field in fields.items()})


class SendIndex:
    """Events with a few numbers each, to be found by their send.

    Kept in sorted runs, each at least twice as long as the next, so that an event is moved only as
    often as the whole doubles. What ``find`` yields may be written into.
    """

    def __init__(self) -> None:
        self._runs: list[_Run] = []

    def add(self, digests: Digests, fields: Fields) -> None:
        """Add events: the digests of their sends, and as many numbers in each field."""
        if not len(digests):
            return
        run = _sorted_run(digests.high, digests.low, fields)
        while self._runs and len(self._runs[-1]) < 2 * len(run):
            run = self._runs.pop() + run
        self._runs.append(run)

    def find(
        self, digests: Digests
    ) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Fields]]:
        """Find all events of each send.

        Yields:
            Pairs of places, as two arrays: among the digests, and in the fields that come third.
        """
        for run in self._runs:
            asked, found = run.find(digests)
            yield asked, found, run.fields

    def keep(self, wanted: Callable[[Fields], Bools]) -> None:
        """Drop the events that are not wanted any more."""
        kept = [run.where(wanted(run.fields)) for run in self._runs]
        self._runs = [run for run in kept if len(run)]

    def table(self) -> pa.Table:
        """Give all as a table: the digests as ``high`` and ``low``, and the fields."""
        tables = [pa.table({"high": run.high, "low": run.low, **run.fields}) for run in self._runs]
        return pa.concat_tables(tables) if tables else pa.table({})

    def load(self, table: pa.Table) -> None:
        """Take what ``table`` gave."""
        if table.num_rows:
            columns = {name: table[name].to_numpy() for name in table.column_names}
            self.add(Digests(columns.pop("high"), columns.pop("low")), columns)
