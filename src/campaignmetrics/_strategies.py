"""Events and Arrow data as Hypothesis strategies; users find them in ``testing.py``.

Small vocabularies that collide, and the hazards among them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import pyarrow as pa
from hypothesis import strategies as st

from campaignmetrics.events import DISMISS, KINDS, OWN_FIELDS, BounceCategory, Event
from campaignmetrics.schema import EVENT_SCHEMA, REQUIRED, event_of

Row: TypeAlias = dict[str, Any]
"""One row of the event schema as a mapping of columns to Python values."""

ODD_ADDRESSES = (
    "ada@example.com",
    "Ada@EXAMPLE.com",
    "ada@example.com.",
    "ada@example.com..",
    "ada@work@example.org",
    '"ada@home"@example.org',
    "ada@bücher.example",
    "ada@BÜCHER.example",
    "ada@xn--bcher-kva.example",
    "ada@例え。jp",
    "ada@例え.jp。",
    "ada@[192.0.2.1]",
    "<ada@example.com>",
    "ada@exa(mple).com",
    "ada@exa{mple.com",
    "ada@example.com (Ada)",
    "ada@exam ple.com",
    "ada@exam\u00a0ple.com",
    "ada@exam\u3000ple.com",
    "ada@（example）.com",  # noqa: RUF001 -- the wide brackets are the hazard
    "ada@example\u0130.com",
    "ada@" + "a" * 64 + ".com",
    "ada@" + "é" * 60 + ".com",
    "ada@a..b",
    "ada@.",
    "ada@",
    "@",
    "@example.com",
    "no address",
    " ",
)
"""Addresses whose domain is written in an unusual way, or is none."""

EXTREME_TIMES = (
    dt.datetime(1, 1, 1, tzinfo=dt.UTC),
    dt.datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC),
    dt.datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC),
    dt.datetime(1970, 1, 1, tzinfo=dt.UTC),
    dt.datetime(1677, 9, 21, 0, 12, 43, tzinfo=dt.UTC),
    dt.datetime(2262, 4, 11, 23, 47, 16, 854_775, tzinfo=dt.UTC),
    dt.datetime(2026, 3, 29, 0, 59, 59, 999_999, tzinfo=dt.UTC),
    dt.datetime(2026, 3, 29, 1, 0, tzinfo=dt.UTC),
)
"""Times at the ends of what can be written, around 1970, and around a change of summer time."""

TEXT_TYPES = (
    pa.string(),
    pa.large_string(),
    pa.string_view(),
    pa.dictionary(pa.int8(), pa.string()),
    pa.dictionary(pa.uint16(), pa.string()),
    pa.dictionary(pa.int32(), pa.large_string()),
)
"""The types in which a column of texts may come."""

_MESSAGES = (None, "", "welcome", "spring-sale", "Frühling")
# The three name spaces of the recipient key share their words, so that a mix-up of them shows.
_KEYS = (None, "", "a", "b", "ada@example.com")
# Mostly absent, so that the domain of the address is what counts.
_DOMAINS = (
    None,
    None,
    None,
    "",
    "Example.COM.",
    "two@ats@example.net",
    "[192.0.2.1]",
    "bücher.example",
)
_REASONS = (None, "", "Invalid Recipient", "MailboxFull", "never heard of", "\x00", "😀")
_PLATFORMS = (None, "", "ios", "android", "unknown", "windows-phone")
_ACTIONS = (None, "", DISMISS, "dismiss", "Buy")
_LINKS = (None, "", "https://example.com/")
_UNITS = ("us", "ns", "ms", "s")
_ZONES = ("UTC", "Europe/Berlin", "Asia/Kolkata", "+05:30")


def addresses() -> st.SearchStrategy[str | None]:
    """Make recipient addresses, most of them odd.

    Returns:
        A strategy of addresses: absent, empty, from ``ODD_ADDRESSES``, or any text with an ``@``.

    Source: ``docs/definitions.md``, *Top recipient domains*.

    Example:
        >>> from hypothesis import find
        >>> find(addresses(), lambda address: address is not None and address.count("@") > 1)
        'ada@work@example.org'
    """
    # Lone surrogates (Cs) cannot be written in UTF-8; records and columns refuse them.
    free = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
    odd = st.sampled_from((None, "", *ODD_ADDRESSES))
    return odd | st.builds("{}@{}".format, free, free)


def times() -> st.SearchStrategy[dt.datetime]:
    """Make times of events.

    Returns:
        A strategy of aware times in several zones: within a few minutes of each other, within two
        days, at the ends of what can be written (years 1 and 9999), and any other.

    Source: ``docs/definitions.md``, *Time*.

    Example:
        >>> from hypothesis import find
        >>> find(times(), lambda time: time.year == 1).isoformat()
        '0001-01-01T00:00:00+00:00'
    """
    hour = dt.datetime(2026, 3, 29, 0, 30, tzinfo=dt.UTC)
    near = st.builds(
        lambda seconds, micros, zone: (
            hour + dt.timedelta(seconds=seconds, microseconds=micros)
        ).astimezone(zone),
        st.integers(0, 200) | st.integers(0, 2 * 24 * 3600),
        st.sampled_from((0, 1, 500_000, 999_999)),
        st.sampled_from((dt.UTC, dt.timezone(dt.timedelta(hours=5, minutes=30)))),
    )
    return near | st.sampled_from(EXTREME_TIMES) | st.datetimes(timezones=st.just(dt.UTC))


@st.composite
def rows(draw: st.DrawFn, channel: str | None = None) -> Row:
    """Make one event as a row of the event schema.

    Args:
        draw: given by Hypothesis; callers leave it out.
        channel: ``email``, ``push`` or ``campaign``; any of them where it is absent.

    Returns:
        A strategy of mappings of columns to values that a record and an Arrow row both accept;
        absent values are None, or empty texts, or not there.

    Raises:
        KeyError: there is no such channel.

    Source: ``docs/definitions.md``, *Events*.

    Example:
        >>> from hypothesis import find
        >>> find(rows("push"), lambda row: row["kind"] == "acted")["channel"]
        'push'
    """
    chosen = draw(st.sampled_from(sorted(KINDS))) if channel is None else channel
    kind = str(draw(st.sampled_from(list(KINDS[chosen]))))
    row: Row = {
        "channel": chosen,
        "kind": kind,
        "timestamp": draw(times()),
        "event_id": draw(st.sampled_from((None, "", "1", "2", "3"))),
        "profile_id": draw(st.sampled_from(_KEYS)),
    }
    if chosen != "campaign":
        row["message_id"] = draw(st.sampled_from(_MESSAGES))
        row["send_id"] = draw(st.sampled_from(_KEYS))
        row["recipient"] = draw(addresses())
    if chosen == "email":
        row["recipient_domain"] = draw(st.sampled_from(_DOMAINS))
    if chosen == "push":
        row["platform"] = draw(st.sampled_from(_PLATFORMS))
    return row | draw(_own_fields(kind))


def _own_fields(kind: str) -> st.SearchStrategy[Row]:
    values: dict[str, Sequence[object]] = {
        "category": (None, "", *map(str, BounceCategory)),
        "asynchronous": (None, False, True),
        "reason": _REASONS,
        "machine": (None, False, True),
        "action": _ACTIONS,
        "link": _LINKS,
    }
    own = {name: st.sampled_from(values[name]) for name in values if kind in OWN_FIELDS[name]}
    # On another kind a field may still be written out as absent: the first two say nothing.
    other = {name: st.sampled_from(values[name][:2]) for name in values if name not in own}
    return st.fixed_dictionaries(own, optional=other)


def events(channel: str | None = None) -> st.SearchStrategy[Event]:
    """Make one event as a record.

    Args:
        channel: ``email``, ``push`` or ``campaign``; any of them where it is absent.

    Returns:
        A strategy of ``EmailEvent``, ``PushEvent`` and ``EntryEvent``: the rows of ``rows``.

    Raises:
        KeyError: there is no such channel.

    Source: ``docs/definitions.md``, *Events*.

    Example:
        >>> from hypothesis import find
        >>> str(find(events("email"), lambda event: event.kind == "bounced").kind)
        'bounced'
    """
    return rows(channel).map(event_of)


@st.composite
def tables(draw: st.DrawFn, rows: Sequence[Row]) -> pa.Table:
    """Write rows as a table, each column in one of the encodings that the library accepts.

    Args:
        draw: given by Hypothesis; callers leave it out.
        rows: mappings of columns to Python values, as the strategy ``rows`` makes them.

    Returns:
        A strategy of tables that all state the same events in the same order: texts plain, large,
        as views or as dictionaries; times in any zone and in any unit that holds them exactly;
        columns without a value left out or of type null; columns in any order and cut into chunks
        anywhere; a column that the schema does not know.

    Source: ``docs/schema.md``.

    Example:
        >>> from hypothesis import find
        >>> import datetime as dt
        >>> at = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
        >>> row = {"channel": "email", "kind": "sent", "timestamp": at}
        >>> find(tables([row]), lambda table: table.num_rows == 1)["kind"].to_pylist()
        ['sent']
    """
    columns = {"not in the schema": pa.chunked_array([pa.array(range(len(rows)), pa.int64())])}
    for field in EVENT_SCHEMA:
        values = [row.get(field.name) for row in rows]
        if field.name not in REQUIRED and all(value is None for value in values):
            absence = draw(st.sampled_from(("left out", "of type null", "typed")))
            if absence == "left out":
                continue
            if absence == "of type null":
                columns[field.name] = pa.chunked_array([pa.nulls(len(values))])
                continue
        columns[field.name] = draw(_chunked(draw(_column(field.type, values))))
    names = draw(st.permutations(list(columns)))
    return pa.table({name: columns[name] for name in names})


@st.composite
def _column(draw: st.DrawFn, plain: pa.DataType, values: list[Any]) -> pa.Array:
    if pa.types.is_string(plain):
        return pa.array(values, draw(st.sampled_from(TEXT_TYPES)))
    if not pa.types.is_timestamp(plain):
        return pa.array(values, plain)
    zone = draw(st.sampled_from(_ZONES))
    exact = pa.array(values, plain)
    try:
        return exact.cast(pa.timestamp(draw(st.sampled_from(_UNITS)), zone))
    except pa.ArrowInvalid:  # this unit would cut them, or cannot reach them
        return exact.cast(pa.timestamp("us", zone))


@st.composite
def _chunked(draw: st.DrawFn, column: pa.Array) -> pa.ChunkedArray:
    cuts = sorted(draw(st.lists(st.integers(0, len(column)), max_size=2)))
    edges = [0, *cuts, len(column)]
    return pa.chunked_array([column[a:b] for a, b in pairwise(edges)], column.type)


class Stream:
    """Arrow data of which only ``__arrow_c_stream__`` is known, as other libraries hand it over."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Hand the table over as an Arrow C stream."""
        return self._table.__arrow_c_stream__(requested_schema)


@st.composite
def arrow_data(draw: st.DrawFn, rows: Sequence[Row]) -> Any:  # noqa: ANN401 -- four classes
    """Write rows as anything that ``reduce_arrow`` takes.

    Args:
        draw: given by Hypothesis; callers leave it out.
        rows: mappings of columns to Python values, as the strategy ``rows`` makes them.

    Returns:
        A strategy of a Table, a RecordBatch, a RecordBatchReader, or an object that only has
        ``__arrow_c_stream__``, in any encoding of ``tables``. A reader can be read once.

    Source: ``docs/schema.md``.

    Example:
        >>> from hypothesis import find
        >>> import pyarrow as pa
        >>> reader = find(arrow_data([]), lambda data: isinstance(data, pa.RecordBatchReader))
        >>> reader.read_all().num_rows
        0
    """
    table = draw(tables(rows))
    form = draw(st.sampled_from(("table", "batch", "reader", "stream")))
    if form == "batch":
        arrays = [column.combine_chunks() for column in table.columns]
        return pa.RecordBatch.from_arrays(arrays, schema=table.schema)
    if form == "reader":
        return table.to_reader(max_chunksize=draw(st.integers(1, 5)))
    return Stream(table) if form == "stream" else table
