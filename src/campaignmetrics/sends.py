"""Sends: one message to one recipient, and the index in which events are found by theirs.

A send is known by its channel, its send id and its recipient. It is kept as its digest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import blake2b

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from campaignmetrics.digests import Digests, digests
from campaignmetrics.forms import bools
from campaignmetrics.runs import Bools, Fields, Rows, Run, Runs

_RECIPIENT = pa.array(["recipient"])


def digest_sends(
    ids: pa.Array, recipients: pa.Array | None, channels: pa.Array, secret: bytes
) -> Digests:
    """Digest the send of each event.

    Args:
        ids: send ids, without nulls.
        recipients: addresses; None where all are absent. Absent ones are equal to each other.
        channels: for each event, a word.
        secret: as for ``digests``.
    """
    sends = digests(ids, channels, secret)
    if recipients is None:
        return sends
    recipients = recipients.cast(pa.large_binary()).fill_null(b"")
    one = pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(ids), np.int8)), _RECIPIENT)
    # Of other random numbers, so that no recipient makes up for an id.
    whom = digests(recipients, one, blake2b(b"recipients", key=secret).digest())
    there = bools(pc.not_equal(pc.binary_length(recipients), 0))
    return Digests(sends.high ^ whom.high * there, sends.low ^ whom.low * there)


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
