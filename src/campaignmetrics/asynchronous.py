"""Late truth: a bounce after the delivery of the same send is asynchronous, whoever says so."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from campaignmetrics.batches import Batches, as_batches, check_needed
from campaignmetrics.digests import Digests
from campaignmetrics.forms import bools
from campaignmetrics.schema import EVENT_SCHEMA, REQUIRED, comparable_times
from campaignmetrics.sends import SendIndex, digest_sends

_NEEDED = (*REQUIRED, "send_id", "recipient", "asynchronous")
_FLAG = EVENT_SCHEMA.field("asynchronous")

_Bools = npt.NDArray[np.bool_]
_Rows = npt.NDArray[np.intp]


def settle(batches: Any) -> Batches:  # noqa: ANN401 -- as as_batches
    """Mark the bounces as asynchronous that came after the delivery of the same send.

    A provider may call a bounce final without saying that the message had been accepted before. The
    events tell: a bounce whose time is later than that of a delivery with the same channel, send id
    and recipient (or both without one) is asynchronous, whichever of the two comes first in the
    stream. What is said to be asynchronous stays so.

    Args:
        batches: as for ``deduplicate``, with columns as in ``EVENT_SCHEMA``; ``timestamp``,
            ``channel`` and ``kind`` are required.

    Returns:
        The same events with the column ``asynchronous``. Bounces for which no delivery has come yet
        are held back, and come last; all others keep their order. ``diagnostics`` counts the
        bounces without a send id as ``without_send``; they stay as they are. Memory: the bounces
        that are held back, and 20 bytes for each delivery.

    Raises:
        SchemaError: it is no Arrow data, or columns are missing or have a type that does not fit.

    Source: ``docs/definitions.md``, *Events*.

    Example:
        >>> import pyarrow as pa
        >>> import campaignmetrics as cm
        >>> rows = {"timestamp": pa.array([5, 9], pa.timestamp("s", "UTC"))}
        >>> rows |= {"channel": ["email", "email"], "kind": ["delivered", "bounced"]}
        >>> rows |= {"send_id": ["s-1", "s-1"]}
        >>> pa.table(cm.settle(pa.table(rows)))["asynchronous"].to_pylist()
        [None, True]
    """
    parent = as_batches(batches)
    check_needed(_NEEDED, parent.schema)
    schema = parent.schema if _FLAG.name in parent.schema.names else parent.schema.append(_FLAG)

    def start(columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        settling = _Settling()
        for batch in parent.only([*columns, *_NEEDED]):
            yield settling.settle(batch).select(list(columns))
        parent.diagnostics.without_send += settling.without_send
        for batch in settling.rest():
            yield batch.select(list(columns))

    return Batches(start, parent.diagnostics, schema)


@attrs.frozen(eq=False)
class _Held:
    """Bounces for which no delivery has come yet."""

    batch: pa.RecordBatch
    sends: Digests
    times: npt.NDArray[np.int64]


class _Settling:
    """The deliveries of a stream, and the bounces that wait for one."""

    def __init__(self) -> None:
        self.without_send = 0
        self._secret = os.urandom(32)
        self._deliveries = SendIndex(few=False)  # few bounces ask for one
        self._held: list[_Held] = []

    def settle(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Give a batch with the flag, but without the bounces that have to wait."""
        kinds = batch.column("kind").cast(pa.large_string())
        flags = _flags(batch)
        known = pc.or_(flags.fill_null(pa.scalar(value=False)), pc.not_equal(kinds, "bounced"))
        is_bounce = bools(pc.invert(known))
        rows = np.flatnonzero(is_bounce | bools(pc.equal(kinds, "delivered")))
        rows, sends = self._sends(batch, rows)
        self.without_send += int(is_bounce.sum() - is_bounce[rows].sum())
        times = comparable_times(batch.column("timestamp").take(pa.array(rows)))
        dated = bools(times.is_valid())
        rows, sends = rows[dated], sends[dated]
        micros = times.drop_null().cast(pa.int64()).to_numpy()

        waits = is_bounce[rows]
        self._deliveries.add(sends[~waits], {"time": micros[~waits]})
        bounces, sends, micros = rows[waits], sends[waits], micros[waits]
        returned = self._returned(sends, micros)
        is_returned, is_held = np.zeros((2, len(batch)), np.bool_)
        is_returned[bounces[returned]] = True
        is_held[bounces[~returned]] = True
        batch = _with_flags(batch, pc.if_else(pa.array(is_returned), pa.scalar(value=True), flags))
        if not is_held.any():
            return batch
        waiting = batch.filter(pa.array(is_held))
        self._held.append(_Held(waiting, sends[~returned], micros[~returned]))
        return batch.filter(pa.array(~is_held))

    def rest(self) -> Iterator[pa.RecordBatch]:
        """Give the bounces that have waited, now that all deliveries have come."""
        for held in self._held:
            returned = pa.array(self._returned(held.sends, held.times))
            flags = pc.if_else(returned, pa.scalar(value=True), _flags(held.batch))
            yield _with_flags(held.batch, flags)

    def _sends(self, batch: pa.RecordBatch, rows: _Rows) -> tuple[_Rows, Digests]:
        """Leave out the rows without a send id, and digest the sends of the others."""
        ids = _texts(batch, "send_id", rows)
        if ids is None:
            ids = pa.nulls(len(rows), pa.large_binary())
        there = pc.greater(pc.binary_length(ids.cast(pa.large_binary())), 0)
        rows, ids = rows[bools(there)], ids.filter(there)
        channels = batch.column("channel").take(pa.array(rows)).cast(pa.large_string())
        recipients = _texts(batch, "recipient", rows)
        return rows, digest_sends(ids, recipients, channels.fill_null(""), self._secret)

    def _returned(self, sends: Digests, times: npt.NDArray[np.int64]) -> _Bools:
        """Tell which bounces come after a delivery that is known."""
        returned = np.zeros(len(sends), np.bool_)
        for asked, found, deliveries in self._deliveries.find(sends):
            returned[asked[deliveries["time"][found] < times[asked]]] = True
        return returned


def _flags(batch: pa.RecordBatch) -> pa.Array:
    if _FLAG.name not in batch.schema.names:
        return pa.nulls(len(batch), _FLAG.type)
    return batch.column(_FLAG.name).cast(_FLAG.type)


def _with_flags(batch: pa.RecordBatch, flags: pa.Array) -> pa.RecordBatch:
    place = batch.schema.get_field_index(_FLAG.name)
    if place < 0:
        return batch.append_column(_FLAG, flags)
    return batch.set_column(place, _FLAG, flags)


def _texts(batch: pa.RecordBatch, name: str, rows: _Rows) -> pa.Array | None:
    if name not in batch.schema.names:
        return None
    return batch.column(name).take(pa.array(rows))
