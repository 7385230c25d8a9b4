"""The events of one campaign, or of one stretch of time; the others are counted, not kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from campaignmetrics.batches import Batches, as_batches, check_needed
from campaignmetrics.errors import ArgumentError
from campaignmetrics.schema import EVENT_SCHEMA, comparable_times

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
        ArgumentError: ``start`` or ``end`` is no datetime or has no zone; ``campaign`` is no text.
        SchemaError: it is no Arrow data, or has no column ``timestamp`` to select by, or one of the
            two columns has a type that does not fit.
        EventError: while the stream is read: a time too far away to be compared.

    Source: ``docs/definitions.md``, *Time*.

    Example:
        >>> import pyarrow as pa
        >>> import campaignmetrics as cm
        >>> rows = {"kind": ["sent", "sent"], "campaign_id": ["spring", "autumn"]}
        >>> batches = cm.select(pa.table(rows), campaign="spring")
        >>> pa.table(batches).num_rows, batches.diagnostics.not_selected
        (1, 1)
    """
    _check_campaign(campaign)
    for name, limit in (("start", start), ("end", end)):
        _check_limit(name, limit)
    needed = ["campaign_id"] * (campaign is not None)
    needed += ["timestamp"] * (start is not None or end is not None)
    parent = as_batches(batches)
    check_needed(needed, parent.schema)
    diagnostics = parent.diagnostics

    def open_(columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        for batch in parent.only([*columns, *needed]):
            chosen = _chosen(batch, campaign, start, end)
            wanted = batch.select(list(columns))
            if chosen is not None:
                wanted = wanted.filter(chosen)
            diagnostics.not_selected += batch.num_rows - wanted.num_rows
            yield wanted

    return Batches(open_, diagnostics, parent.schema)


def _check_campaign(campaign: object) -> None:
    try:
        _ = campaign is None or str.encode(campaign)  # type: ignore[arg-type] # TypeError
    except (TypeError, UnicodeEncodeError):
        raise ArgumentError("campaign", campaign, "a campaign id, which is text") from None


def _check_limit(name: str, limit: object) -> None:
    if limit is not None and not (isinstance(limit, dt.datetime) and limit.utcoffset() is not None):
        raise ArgumentError(
            name, limit, "a datetime with a zone, such as datetime(2026, 11, 20, tzinfo=UTC)"
        )


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
        times = comparable_times(batch.column("timestamp"))
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
