"""Sends: one message to one recipient, and the index in which events are found by theirs.

A send is known by its channel, its send id and its recipient. It is kept as its digest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from campaignmetrics.digests import Digests
from campaignmetrics.runs import Bools, Fields, Rows, Run, Runs


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


class SendIndex:
    """Events with a few numbers each, to be found by their send; ``few`` is as for ``Runs``.

    What ``find`` yields may be written into.
    """

    def __init__(self, *, few: bool) -> None:
        self._runs = Runs(few=few)

    def add(self, digests: Digests, fields: Fields) -> None:
        """Add events: the digests of their sends, and as many numbers in each field."""
        if len(digests):
            self._runs.append(Run.of(digests, fields))

    def find(self, digests: Digests) -> Iterator[tuple[Rows, Rows, Fields]]:
        """Find all events of each send.

        Yields:
            Pairs of places, as two arrays: among the digests, and in the fields that come third.
        """
        everything = np.arange(len(digests))
        for run in self._runs:
            yield *run.find(digests, everything), run.fields

    def keep(self, wanted: Callable[[Fields], Bools]) -> None:
        """Drop the events that are not wanted any more."""
        self._runs.keep(wanted)

    def table(self) -> pa.Table:
        """Give all as a table: the digests as ``high`` and ``low``, and the fields."""
        tables = [
            pa.table({"high": run.keys.high, "low": run.keys.low, **run.fields})
            for run in self._runs
        ]
        return pa.concat_tables(tables) if tables else pa.table({})

    def load(self, table: pa.Table) -> None:
        """Take what ``table`` gave."""
        if table.num_rows:
            columns = {name: table[name].to_numpy() for name in table.column_names}
            self.add(Digests(columns.pop("high"), columns.pop("low")), columns)
