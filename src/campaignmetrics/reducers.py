"""Events to tallies: by record and by Arrow batch, both through the same erasure.

A batch of records becomes Arrow columns first; then both ways are one (``erasure.py``). Batches are
reduced side by side and merged, which the laws of the tally allow.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

import pyarrow as pa

from campaignmetrics.batches import Batches, arrow_parts, resized
from campaignmetrics.erasure import ERASED_COLUMNS, erase, erase_rows, finish
from campaignmetrics.errors import ResolutionError
from campaignmetrics.events import Event
from campaignmetrics.record_columns import record_batches
from campaignmetrics.schema import chosen_columns
from campaignmetrics.tally import Tally
from campaignmetrics.times import check_resolution

DEFAULT_RESOLUTION = dt.timedelta(minutes=1)

_EVENTS_WORTH_THREADS = 1 << 17


def reduce(
    events: Iterable[Event], start: Tally | None = None, *, resolution: dt.timedelta | None = None
) -> Tally:
    """Count records.

    Args:
        events: any iterable of ``EmailEvent``, ``PushEvent`` and ``EntryEvent``, in any order.
        start: a tally to go on from, which stays as it is; none means from nothing.
        resolution: how long a time bucket of the timeline is; it divides a day. Default: that of
            ``start``, else one minute.

    Returns:
        The tally of ``start`` and the events.

    Raises:
        SchemaError: something else than a record is among the events.
        ResolutionError: the resolution does not divide a day, or is another than that of ``start``.

    Source: ``docs/definitions.md``.

    Example:
        >>> import datetime as dt
        >>> import campaignmetrics as cm
        >>> at = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
        >>> tally = cm.reduce([cm.EmailEvent(kind="sent", timestamp=at, message_id="news")])
        >>> tally = cm.reduce([cm.EmailEvent(kind="delivered", timestamp=at)], start=tally)
        >>> tally.events
        2
    """
    begun, length = _begin(start, resolution)
    batches = (erase(batch, 0, length) for batch in record_batches(events))
    return begun + finish(sum(batches, Tally()))


def reduce_arrow(
    data: Any,  # noqa: ANN401 -- whatever has __arrow_c_stream__, for which there is no type
    start: Tally | None = None,
    *,
    resolution: dt.timedelta | None = None,
) -> Tally:
    """Count the rows of Arrow data, in bounded memory.

    Args:
        data: a Table, RecordBatch, RecordBatchReader, what ``read`` returns, an iterable of batches
            or tables, or anything with ``__arrow_c_stream__``. Columns as in ``EVENT_SCHEMA``;
            strings may be plain, dictionary, large or view, times of any unit and zone; what is not
            required may be missing, and other columns are not read.
        start: a tally to go on from, which stays as it is; none means from nothing.
        resolution: as for ``reduce``.

    Returns:
        The tally of ``start`` and the rows: the same as ``reduce`` gives for the same events.

    Raises:
        SchemaError: a required column is missing, or a column has a type that does not fit.
        EventError: a row that a record would refuse; it names column, row (from 0) and value.
        ResolutionError: as for ``reduce``.

    Source: ``docs/definitions.md``; columns: ``docs/schema.md``.

    Example:
        >>> import pyarrow as pa
        >>> import campaignmetrics as cm
        >>> rows = {"timestamp": pa.array([0], pa.timestamp("s", "UTC"))}
        >>> rows |= {"channel": ["email"], "kind": ["sent"]}
        >>> cm.reduce_arrow(pa.table(rows)).events
        1
    """
    begun, length = _begin(start, resolution)
    tally = Tally()
    with ThreadPoolExecutor(pa.cpu_count()) as threads:
        running: deque[Future[Tally]] = deque()
        row = 0
        for part in resized(_narrow(data, length)):
            if isinstance(part, Tally):
                tally += part
                continue
            running.append(threads.submit(erase, part, row, length))
            row += part.num_rows
            if len(running) > pa.cpu_count():
                tally += running.popleft().result()
        for future in running:
            tally += future.result()
    if tally.events > _EVENTS_WORTH_THREADS:
        tally.settle()
    return begun + finish(tally)


def _begin(start: Tally | None, resolution: dt.timedelta | None) -> tuple[Tally, dt.timedelta]:
    tally = Tally() if start is None else start
    length = tally.resolution or DEFAULT_RESOLUTION if resolution is None else resolution
    check_resolution(length)
    if tally.resolution not in {None, length}:
        raise ResolutionError(f"start has the resolution {tally.resolution}, not {length}")
    return tally, length


def _narrow(data: Any, resolution: dt.timedelta) -> Iterator[pa.RecordBatch | Tally]:  # noqa: ANN401 -- as for reduce_arrow
    """Yield batches of the columns that are needed; tallies, where rows are being checked."""
    if isinstance(data, Batches):  # what is not needed can stay in the file
        parts = data.only(ERASED_COLUMNS).worked(partial(erase_rows, resolution=resolution))
    else:
        parts = arrow_parts(data)
    for part in parts:
        if isinstance(part, Tally):
            yield part
        else:
            yield part.select(chosen_columns(ERASED_COLUMNS, part.schema))
