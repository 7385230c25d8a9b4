"""Each event once: copies of an event that came before are left out and counted."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from campaignmetrics.batches import Batches, as_batches, check_needed
from campaignmetrics.digests import Digests, digests
from campaignmetrics.seen import Seen

_KEY = ("event_id", "kind")


def deduplicate(batches: Any) -> Batches:  # noqa: ANN401 -- as as_batches
    """Let each event through once, by its (event id, kind).

    Args:
        batches: what ``read`` returns, a Table, RecordBatch or RecordBatchReader, anything with
            ``__arrow_c_stream__``, or an iterable of batches. Columns ``kind`` (string, required)
            and ``event_id`` (string; null and empty are without an id), of any Arrow string type.

    Returns:
        The stream without the copies; the first of an event stays. Events without an id pass.
        ``diagnostics`` counts ``duplicates`` and ``without_id``. Memory: about 13 bytes for each
        distinct (event id, kind).

    Raises:
        SchemaError: it is no Arrow data, there is no column ``kind``, or one of the two columns has
            a type that does not fit.

    Source: ``docs/definitions.md``, *Duplicates*.

    Example:
        >>> import pyarrow as pa
        >>> import campaignmetrics as cm
        >>> rows = {"event_id": ["a", "a", "a", None], "kind": ["sent", "opened", "sent", "sent"]}
        >>> batches = cm.deduplicate(pa.table(rows))
        >>> pa.table(batches).num_rows, batches.diagnostics.duplicates
        (3, 1)
    """
    parent = as_batches(batches)
    check_needed(_KEY, parent.schema)
    diagnostics = parent.diagnostics

    def start(columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        seen, secret = Seen(), os.urandom(32)
        for batch in parent.only([*columns, *_KEY]):
            has_id = _has_id(batch)
            keep = ~has_id
            if has_id.any():
                keep[has_id] = seen.add(_keys(batch.filter(pa.array(has_id)), secret))
            diagnostics.without_id += batch.num_rows - int(has_id.sum())
            diagnostics.duplicates += batch.num_rows - int(keep.sum())
            wanted = batch.select(list(columns))
            yield wanted if keep.all() else wanted.filter(pa.array(keep))

    return Batches(start, diagnostics, parent.schema)


def _has_id(batch: pa.RecordBatch) -> npt.NDArray[np.bool_]:
    if "event_id" not in batch.schema.names:
        return np.zeros(batch.num_rows, np.bool_)
    ids = batch.column("event_id").cast(pa.large_string())
    has_id: npt.NDArray[np.bool_] = pc.greater(pc.binary_length(ids).fill_null(0), 0).to_numpy(
        zero_copy_only=False
    )
    return has_id


def _keys(batch: pa.RecordBatch, secret: bytes) -> Digests:
    kinds = batch.column("kind").cast(pa.large_string()).fill_null("")
    return digests(batch.column("event_id"), kinds, secret)
