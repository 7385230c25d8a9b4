"""Erasure: what is left of a batch of events, for each view of a tally.

An event is erased to its outcome and to one key for each view: its message, its reason, its
platform, its recipient domain, its time bucket. Each (key, outcome) that is there is counted, and
the members of the two sets are collected.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from campaignmetrics.columns import Coded, EventColumns
from campaignmetrics.domains import cut_domains, lift_domains
from campaignmetrics.events import OWN_FIELDS
from campaignmetrics.forms import Bools, Ints, bools
from campaignmetrics.outcomes import OUTCOMES, UNIQUE_OUTCOMES
from campaignmetrics.schema import EVENT_SCHEMA
from campaignmetrics.tally import Tally
from campaignmetrics.times import MICROSECOND
from campaignmetrics.views import VIEWS

ERASED_COLUMNS = tuple(
    name for name in EVENT_SCHEMA.names if name not in {"event_id", "campaign_id"}
)
"""The columns that are read; ``link`` only to refuse it where it does not belong."""

_NO_PLATFORM = "unknown"
_RECIPIENT_KEYS = ("send_id", "profile_id", "recipient")
_FEW_NUMBERS = 1 << 19


def outcomes_where(choose: Callable[[str, str], bool]) -> Bools:
    """Tell for each outcome whether it is chosen, by its channel and kind."""
    parts = [name.split(".") for name in OUTCOMES]
    return np.array([choose(channel, kind) for channel, kind, *_ in parts])


HAS_REASON = outcomes_where(lambda _, kind: kind in OWN_FIELDS["reason"])
IS_PUSH = outcomes_where(lambda channel, _: channel == "push")
IS_EMAIL = outcomes_where(lambda channel, _: channel == "email")
IS_ENTRY = outcomes_where(lambda channel, _: channel == "campaign")
IS_UNIQUE = np.array([name in UNIQUE_OUTCOMES for name in OUTCOMES])


def erase(batch: pa.RecordBatch, first_row: int, resolution: dt.timedelta) -> Tally:
    """Reduce one batch to a tally whose domains are not normalised yet.

    Args:
        batch: those of ``ERASED_COLUMNS`` that there are.
        first_row: the place of its first row in the whole stream, for errors.
        resolution: the length of a time bucket.

    Raises:
        EventError: a row that a record would refuse.
    """
    rows = EventColumns(batch, first_row)
    rows.check()
    return erase_rows(rows, resolution)


def erase_rows(rows: EventColumns, resolution: dt.timedelta) -> Tally:
    """Reduce rows that are known to be events to a tally, as ``erase`` does."""
    tables = {
        "messages": _count_messages(rows),
        "reasons": _count_where(HAS_REASON, "reasons", rows.reason, rows.outcome),
        "platforms": _count_where(IS_PUSH, "platforms", platforms(rows), rows.outcome),
        "domains": _count_where(IS_EMAIL, "domains", domains(rows), rows.outcome),
        "timeline": _count_times(rows, resolution),
        "recipients": _recipients(rows),
        "profiles": _profiles(rows),
    }
    return Tally.from_views(tables, resolution)


def finish(tally: Tally) -> Tally:
    """Normalise the domains: once for each that is there, instead of once in each batch."""
    return tally.rename("domains", lift_domains)


def _count_messages(rows: EventColumns) -> pa.Table:
    """Count by message; an entry is of none, whatever its row says."""
    texts = rows.message.values
    place, code, count = _count_pairs(rows.message.codes, len(texts), rows.outcome)
    place = np.where(IS_ENTRY[code], rows.message.empty, place)
    return _counts("messages", place, texts, code, count)


def _count(view: str, keys: Coded, outcome: Ints) -> pa.Table:
    """Count how often each (key, outcome) is there."""
    place, code, count = _count_pairs(keys.codes, len(keys.values), outcome)
    return _counts(view, place, keys.values, code, count)


def _counts(view: str, place: Ints, texts: pa.Array, code: Ints, count: Ints) -> pa.Table:
    words = pa.DictionaryArray.from_arrays(pa.array(place, pa.int32()), texts)
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
    if places * len(OUTCOMES) <= 4 * len(number) + _FEW_NUMBERS:
        by_number = np.bincount(number, minlength=1)
        found = np.flatnonzero(by_number)
        count = by_number[found]
    else:
        found, count = np.unique(number, return_counts=True)
    return found // len(OUTCOMES), found % len(OUTCOMES), count


def _count_times(rows: EventColumns, resolution: dt.timedelta) -> pa.Table:
    length = resolution // MICROSECOND
    bucket = rows.micros // length
    first, last = (int(bucket.min()), int(bucket.max())) if len(bucket) else (0, 0)
    if last - first <= len(bucket) + _FEW_NUMBERS:
        buckets, places = np.arange(first, last + 1), bucket - first
    else:
        buckets, places = np.unique(bucket, return_inverse=True)
    place, code, count = _count_pairs(places, len(buckets), rows.outcome)
    return pa.table([buckets[place] * length, code, count], schema=VIEWS["timeline"])


def platforms(rows: EventColumns) -> Coded:
    """Give the platform of each row."""
    platform = rows.coded("platform")
    named = pc.if_else(pc.equal(platform.values, ""), _NO_PLATFORM, platform.values)
    return Coded(named, platform.codes)


def domains(rows: EventColumns) -> Coded:
    """Take the domain from where it is given, else from the address; ``finish`` normalises it."""
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
    chosen = np.flatnonzero(IS_UNIQUE[rows.outcome])
    namespace, keys = recipient_keys(rows, chosen)
    message = rows.message
    words = pa.DictionaryArray.from_arrays(
        pa.array(message.codes[chosen], pa.int32()), message.values
    )
    columns = [words, pa.array(rows.outcome[chosen]), pa.array(namespace), keys]
    return pa.table(columns, schema=VIEWS["recipients"]).filter(keys.is_valid())


def recipient_keys(rows: EventColumns, chosen: Ints) -> tuple[Ints, pa.Array]:
    """Give the name space and the key of the recipients of some rows; null where there is none."""
    keys = pa.nulls(len(chosen), pa.large_string())
    namespace = np.zeros(len(chosen), np.int8)
    for place, name in enumerate(_RECIPIENT_KEYS):
        if keys.null_count:
            namespace[bools(keys.is_null())] = place
            keys = pc.coalesce(keys, present(rows.text(name, chosen), len(chosen)))
    return namespace, keys


def _profiles(rows: EventColumns) -> pa.Table:
    keys = profile_keys(rows, np.flatnonzero(IS_ENTRY[rows.outcome]))
    return pa.table([keys.drop_null()], schema=VIEWS["profiles"])


def profile_keys(rows: EventColumns, chosen: Ints) -> pa.Array:
    """Give the profiles of some rows; null where there is none."""
    return present(rows.text("profile_id", chosen), len(chosen))


def present(texts: pa.Array | None, length: int) -> pa.Array:
    """Give a text column as large_string, an empty text as null."""
    if texts is None:
        return pa.nulls(length, pa.large_string())
    texts = texts.cast(pa.large_string())
    lengths = pc.binary_length(texts)
    if pc.min(lengths).as_py() != 0:
        return texts
    return pc.if_else(pc.equal(lengths, 0), None, texts)
