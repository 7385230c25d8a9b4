"""Events to tallies: by record and by Arrow batch, both through the same erasure.

An event is erased to its outcome and to one key for each view. A batch of records becomes Arrow
columns first; then both ways are one: count each (key, outcome) that is there, and collect the
members of the sets. Batches are reduced side by side and merged, which the laws of the tally allow.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from campaignmetrics.batches import Batches
from campaignmetrics.columns import Bools, Coded, EventColumns, Ints, chosen_columns, plain_batch
from campaignmetrics.domains import cut_domains, lift_domains
from campaignmetrics.errors import ResolutionError, SchemaError, shorten
from campaignmetrics.events import OWN_FIELDS, Event
from campaignmetrics.outcomes import OUTCOMES, UNIQUE_OUTCOMES
from campaignmetrics.records import record_batches
from campaignmetrics.tally import Tally
from campaignmetrics.views import VIEWS

REDUCED_COLUMNS = (
    "timestamp",
    "channel",
    "kind",
    "message_id",
    "send_id",
    "profile_id",
    "recipient",
    "recipient_domain",
    "category",
    "asynchronous",
    "reason",
    "platform",
    "machine",
    "action",
    "link",
)
"""The columns that are read; ``link`` only to refuse it where it does not belong."""

DEFAULT_RESOLUTION = dt.timedelta(minutes=1)

_DAY = dt.timedelta(days=1)
_MICROSECOND = dt.timedelta(microseconds=1)
_ROWS_ENOUGH = 1 << 16
_ROWS_AT_ONCE = 1 << 19
_ROWS_WORTH_THREADS = 1 << 17
_NO_PLATFORM = "unknown"
_RECIPIENT_KEYS = ("send_id", "profile_id", "recipient")


def _which(choose: Callable[[str, str], bool]) -> Bools:
    """Tell for each outcome whether it is chosen, by its channel and kind."""
    parts = [name.split(".") for name in OUTCOMES]
    return np.array([choose(channel, kind) for channel, kind, *_ in parts])


_HAS_REASON = _which(lambda _, kind: kind in OWN_FIELDS["reason"])
_IS_PUSH = _which(lambda channel, _: channel == "push")
_IS_EMAIL = _which(lambda channel, _: channel == "email")
_IS_ENTRY = _which(lambda channel, _: channel == "campaign")
_IS_UNIQUE = np.array([name in UNIQUE_OUTCOMES for name in OUTCOMES])


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
    batches = (_reduce_batch(batch, 0, length) for batch in record_batches(events))
    return begun + _finish(sum(batches, Tally()))


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
        for batch in _batches(data):
            running.append(threads.submit(_reduce_batch, batch, row, length))
            row += batch.num_rows
            if len(running) > pa.cpu_count():
                tally += running.popleft().result()
        for future in running:
            tally += future.result()
    if row > _ROWS_WORTH_THREADS:
        tally.settle()
    return begun + _finish(tally)


def _begin(start: Tally | None, resolution: dt.timedelta | None) -> tuple[Tally, dt.timedelta]:
    tally = Tally() if start is None else start
    length = tally.resolution or DEFAULT_RESOLUTION if resolution is None else resolution
    if length <= dt.timedelta(0) or _DAY % length:
        raise ResolutionError(f"a resolution divides a day; {length} does not")
    if tally.resolution not in {None, length}:
        raise ResolutionError(f"start has the resolution {tally.resolution}, not {length}")
    return tally, length


def _finish(tally: Tally) -> Tally:
    """Normalise the domains, once for each that is there instead of once in each batch."""
    return tally.rename("domains", lift_domains)


def _batches(data: Any) -> Iterator[pa.RecordBatch]:  # noqa: ANN401 -- as for reduce_arrow
    """Join batches that are too small to be worth it, and cut those that are too large."""
    small: list[pa.RecordBatch] = []
    rows = 0
    for batch in filter(len, _narrow(data)):  # Arrow cannot join what is imported with no rows
        enough = batch.num_rows >= _ROWS_ENOUGH
        if small and (enough or rows >= _ROWS_ENOUGH or batch.schema != small[0].schema):
            yield _joined(small)
            small, rows = [], 0
        if enough:
            for first in range(0, batch.num_rows, _ROWS_AT_ONCE):
                yield batch.slice(first, _ROWS_AT_ONCE)
        else:
            small.append(batch)
            rows += batch.num_rows
    if small:
        yield _joined(small)


def _joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    if len(batches) == 1:
        return batches[0]
    return pa.concat_batches([plain_batch(batch) for batch in batches])


def _narrow(data: Any) -> Iterator[pa.RecordBatch]:  # noqa: ANN401 -- as for reduce_arrow
    """Yield batches of the columns that are needed."""
    if isinstance(data, Batches):
        data = iter(data.only(REDUCED_COLUMNS))  # what is not needed can stay in the file
    elif hasattr(data, "__arrow_c_stream__"):
        data = pa.RecordBatchReader.from_stream(data)
        chosen_columns(REDUCED_COLUMNS, data.schema)  # also where there are no rows
    elif hasattr(data, "__arrow_c_array__"):
        data = [pa.record_batch(data)]
    elif not isinstance(data, Iterable):
        raise SchemaError(f"expected Arrow data, not {type(data).__name__}")
    for part in data:
        if not isinstance(part, (pa.RecordBatch, pa.Table)):
            raise SchemaError(f"expected Arrow data, not {type(part).__name__}: {shorten(part)}")
        narrow = part.select(chosen_columns(REDUCED_COLUMNS, part.schema))
        yield from narrow.to_batches() if isinstance(narrow, pa.Table) else [narrow]


def _reduce_batch(batch: pa.RecordBatch, first_row: int, resolution: dt.timedelta) -> Tally:
    rows = EventColumns(batch, first_row)
    rows.check()
    tables = {
        "messages": _count("messages", rows.message, rows.outcome),
        "reasons": _count_where(_HAS_REASON, "reasons", rows.reason, rows.outcome),
        "platforms": _count_where(_IS_PUSH, "platforms", _platform(rows), rows.outcome),
        "domains": _count_where(_IS_EMAIL, "domains", _domain(rows), rows.outcome),
        "timeline": _count_times(rows, resolution),
        "recipients": _recipients(rows),
        "profiles": _profiles(rows),
    }
    return Tally.from_views(tables, resolution)


def _count(view: str, keys: Coded, outcome: Ints) -> pa.Table:
    """Count how often each (key, outcome) is there."""
    place, code, count = _count_pairs(keys.codes, len(keys.values), outcome)
    words = pa.DictionaryArray.from_arrays(pa.array(place, pa.int32()), keys.values)
    return pa.table([words, code, count], schema=VIEWS[view])


def _count_where(chosen: Bools, view: str, keys: Coded, outcome: Ints) -> pa.Table:
    """Count among the rows whose outcome is chosen."""
    rows = np.flatnonzero(chosen[outcome])
    if 2 * len(rows) < len(outcome):
        return _count(view, Coded(keys.values, keys.codes[rows]), outcome[rows])
    table = _count(view, keys, outcome)  # sooner done than choosing nearly all of the rows
    return table.filter(pa.array(chosen[table["outcome"].to_numpy()]))


def _count_pairs(place: Ints, places: int, outcome: Ints) -> tuple[Ints, Ints, Ints]:
    """Count each (place, outcome); by position where few are possible, else by sorting."""
    number = np.multiply(place, len(OUTCOMES), dtype=np.int64)
    number += outcome
    if places * len(OUTCOMES) <= 4 * len(number) + _ROWS_AT_ONCE:
        by_number = np.bincount(number, minlength=1)
        found = np.flatnonzero(by_number)
        count = by_number[found]
    else:
        found, count = np.unique(number, return_counts=True)
    return found // len(OUTCOMES), found % len(OUTCOMES), count


def _count_times(rows: EventColumns, resolution: dt.timedelta) -> pa.Table:
    length = resolution // _MICROSECOND
    bucket = rows.micros // length
    first, last = (int(bucket.min()), int(bucket.max())) if len(bucket) else (0, 0)
    if last - first <= len(bucket) + _ROWS_AT_ONCE:
        buckets, places = np.arange(first, last + 1), bucket - first
    else:
        buckets, places = np.unique(bucket, return_inverse=True)
    place, code, count = _count_pairs(places, len(buckets), rows.outcome)
    return pa.table([buckets[place] * length, code, count], schema=VIEWS["timeline"])


def _platform(rows: EventColumns) -> Coded:
    platform = rows.coded("platform")
    named = pc.if_else(pc.equal(platform.values, ""), _NO_PLATFORM, platform.values)
    return Coded(named, platform.codes)


def _domain(rows: EventColumns) -> Coded:
    """Take the domain from where it is given, else from the address; ``_finish`` normalises it."""
    addresses = rows.text("recipient")
    if addresses is None:
        return rows.coded("recipient_domain")
    cut = cut_domains(addresses)
    taken = Coded(cut.dictionary.cast(pa.string()), cut.indices.to_numpy())
    if not rows.has("recipient_domain"):
        return taken
    given = rows.coded("recipient_domain")
    is_given = pc.not_equal(given.values, "").to_numpy(zero_copy_only=False)[given.codes]
    codes = np.where(is_given, given.codes, len(given.values) + taken.codes)
    return Coded(pa.concat_arrays([given.values, taken.values]), codes)


def _recipients(rows: EventColumns) -> pa.Table:
    """Collect who opened or clicked which message; who has no key is not among them."""
    chosen = np.flatnonzero(_IS_UNIQUE[rows.outcome])
    keys = pa.nulls(len(chosen), pa.large_string())
    namespace = np.zeros(len(chosen), np.int8)
    for place, name in enumerate(_RECIPIENT_KEYS):
        if keys.null_count:
            namespace[keys.is_null().to_numpy(zero_copy_only=False)] = place
            keys = pc.coalesce(keys, _present(rows.text(name, chosen), len(chosen)))
    known = keys.is_valid()
    message = rows.message
    words = pa.DictionaryArray.from_arrays(
        pa.array(message.codes[chosen], pa.int32()), message.values
    )
    columns = [words, pa.array(rows.outcome[chosen]), pa.array(namespace), keys]
    return pa.table(columns, schema=VIEWS["recipients"]).filter(known)


def _profiles(rows: EventColumns) -> pa.Table:
    chosen = np.flatnonzero(_IS_ENTRY[rows.outcome])
    keys = _present(rows.text("profile_id", chosen), len(chosen))
    return pa.table([keys.drop_null()], schema=VIEWS["profiles"])


def _present(texts: pa.Array | None, length: int) -> pa.Array:
    """Read an empty text as absent."""
    if texts is None:
        return pa.nulls(length, pa.large_string())
    texts = texts.cast(pa.large_string())
    return pc.if_else(pc.equal(pc.binary_length(texts), 0), None, texts)
