"""The events of one campaign, or of one stretch of time; the others are counted, not kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from campaignmetrics.batches import Batches, as_batches
from campaignmetrics.errors import EventError, SchemaError
from campaignmetrics.schema import EVENT_SCHEMA

_TIME = EVENT_SCHEMA.field("timestamp").type


def select(
    batches: Any,  # noqa: ANN401 -- there is no type for a C stream
    *,
    campaign: str | None = None,
    start: dt.datetime | None = None,
    end: dt.datetime | None = None,
) -> Batches:
    """Let only the events of one campaign and of ``[start, end)`` through.

    Args:
        batches: as for ``deduplicate``.
        campaign: the campaign id (column ``campaign_id``); None for all.
        start: the first time that is in (column ``timestamp``); needs a zone. None for no limit.
        end: the first time that is out; needs a zone. None for no limit.

    Returns:
        The stream without the other events; ``diagnostics`` counts them as ``not_selected``.

    Raises:
        EventError: ``start`` or ``end`` has no zone.
        SchemaError: it is no Arrow data, or has no column ``timestamp`` to select by.

    Source: ``docs/definitions.md``, *Time*.

    Example:
        >>> import pyarrow as pa
        >>> import campaignmetrics as cm
        >>> rows = {"kind": ["sent", "sent"], "campaign_id": ["spring", "autumn"]}
        >>> batches = cm.select(pa.table(rows), campaign="spring")
        >>> pa.table(batches).num_rows, batches.diagnostics.not_selected
        (1, 1)
    """
    for name, limit in (("start", start), ("end", end)):
        if limit is not None and limit.utcoffset() is None:
            raise EventError(name, limit, "a time with a zone")
    parent = as_batches(batches)
    diagnostics = parent.diagnostics
    needed = ["campaign_id"] * (campaign is not None)
    if start is not None or end is not None:
        needed.append("timestamp")
        if "timestamp" not in parent.schema.names:
            there = ", ".join(parent.schema.names)
            raise SchemaError(f"column 'timestamp' is missing; it is required. There is: {there}")

    def open_(columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        for batch in parent.only([*columns, *needed]):
            chosen = _chosen(batch, campaign, start, end)
            wanted = batch.select(list(columns))
            if chosen is not None:
                wanted = wanted.filter(chosen)
            diagnostics.not_selected += batch.num_rows - wanted.num_rows
            yield wanted

    return Batches(open_, diagnostics, parent.schema)


def _chosen(
    batch: pa.RecordBatch,
    campaign: str | None,
    start: dt.datetime | None,
    end: dt.datetime | None,
) -> pa.Array | None:
    """Tell which rows are in; None where all are. A null is in no campaign and in no time."""
    conditions = []
    if campaign is not None:
        present = "campaign_id" in batch.schema.names
        of = batch.column("campaign_id") if present else pa.nulls(batch.num_rows, pa.string())
        conditions.append(pc.equal(of.cast(pa.large_string()), campaign))
    if start is not None or end is not None:
        times = batch.column("timestamp").cast(_TIME, safe=False)
        if start is not None:
            conditions.append(pc.greater_equal(times, pa.scalar(start, _TIME)))
        if end is not None:
            conditions.append(pc.less(times, pa.scalar(end, _TIME)))
    if not conditions:
        return None
    chosen = conditions[0]
    for condition in conditions[1:]:
        chosen = pc.and_(chosen, condition)
    return chosen
