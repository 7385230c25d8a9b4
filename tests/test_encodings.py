"""Each encoding in which a column may come, one by one: the figures are those of the records."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest

import campaignmetrics as cm
from campaignmetrics._strategies import EXTREME_TIMES, ODD_ADDRESSES, TEXT_TYPES, Stream
from figures import records_of
from oracle import Row

AT = dt.datetime(2026, 3, 29, 0, 59, 59, 999_999, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)
LARGEST = 2**63 - 1
EMAIL: Row = {"channel": "email", "timestamp": AT, "message_id": "news", "event_id": "1"}
PUSH: Row = {"channel": "push", "timestamp": AT, "platform": "ios", "send_id": "a"}
# An event of each view that the columns of text feed, with texts longer than a view holds inline.
ROWS: list[Row] = [
    {"channel": "campaign", "kind": "entered", "timestamp": AT, "profile_id": "p" * 20},
    {"channel": "campaign", "kind": "entered", "timestamp": AT, "profile_id": ""},
    EMAIL | {"kind": "opened", "send_id": "s" * 20, "recipient": "ada@example.com"},
    EMAIL | {"kind": "opened", "send_id": "", "profile_id": "p" * 20},
    EMAIL | {"kind": "clicked", "recipient": "ada@home@example.org", "link": "https://a.example"},
    EMAIL | {"kind": "clicked", "machine": True, "recipient_domain": "Given.Example."},
    EMAIL | {"kind": "bounced", "category": "soft", "reason": "MailboxFull", "asynchronous": True},
    EMAIL | {"kind": "excluded", "reason": "", "message_id": None},
    PUSH | {"kind": "acted", "action": "Dismiss", "campaign_id": "c"},
    PUSH | {"kind": "opened", "platform": None},
    *(EMAIL | {"kind": "opened", "recipient": address} for address in ODD_ADDRESSES),
]
EXPECTED = cm.reduce(records_of(ROWS))
TABLE = pa.Table.from_pylist(ROWS, cm.EVENT_SCHEMA)


def as_type(table: pa.Table, text: pa.DataType) -> pa.Table:
    """Write all columns of text in one type."""
    columns = {
        name: pa.array(table[name].to_pylist(), text)
        if pa.types.is_string(table[name].type)
        else table[name]
        for name in table.column_names
    }
    return pa.table(columns)


@pytest.mark.parametrize("text", TEXT_TYPES, ids=str)
def test_each_type_of_text(text: pa.DataType) -> None:
    """Plain, large, view and dictionary columns are the same texts, also where they are sliced."""
    table = as_type(TABLE, text)

    assert EXPECTED == cm.reduce_arrow(table)
    doubled = pa.concat_tables([table, table])
    assert EXPECTED == cm.reduce_arrow(doubled.slice(7, table.num_rows))
    assert EXPECTED == cm.reduce_arrow(doubled.slice(7, table.num_rows).to_reader(max_chunksize=3))


@pytest.mark.parametrize("text", TEXT_TYPES, ids=str)
def test_each_part_of_a_table(text: pa.DataType) -> None:
    """Columns that begin within their buffers, at any bit of a byte, are read from there."""
    table = as_type(TABLE, text)
    for start in range(len(ROWS)):
        assert cm.reduce(records_of(ROWS[start:])) == cm.reduce_arrow(table.slice(start))


@pytest.mark.parametrize("start", [0, 3, 9])
def test_what_stands_under_a_null_is_not_read(start: int) -> None:
    """Arrow lets any bits, places and bytes stand where a value is null."""
    rows = 20
    valid = [row % 3 == 0 for row in range(rows)]
    bits = pa.array(valid).buffers()[1]

    def hidden(column: pa.Array) -> pa.Array:
        _, *buffers = column.buffers()
        return pa.Array.from_buffers(column.type, rows, [bits, *buffers])

    places = hidden(pa.array([0 if there else 999 for there in valid], pa.int32()))
    table = pa.table(
        {
            "timestamp": pa.repeat(pa.scalar(AT, pa.timestamp("us", "UTC")), rows),
            "channel": pa.repeat("email", rows),
            "kind": pa.array(["clicked" if there else "bounced" for there in valid]),
            "message_id": pa.DictionaryArray.from_arrays(places, ["news"], safe=False),
            "machine": hidden(pa.repeat(pa.scalar(value=True), rows)),
            "link": hidden(pa.repeat("u1", rows)),
        }
    ).slice(start)
    email = cm.report(cm.reduce_arrow(table)).email

    assert (
        sum(valid[start:]) == email.total.machine_clicks == email.by_message["news"].machine_clicks
    )
    assert rows - start - sum(valid[start:]) == email.by_message[""].ignored_bounces


@pytest.mark.parametrize("text", TEXT_TYPES, ids=str)
def test_empty_chunks(text: pa.DataType) -> None:
    """A chunk or batch without rows changes nothing, wherever it stands, whatever its offset."""
    table = as_type(TABLE, text)
    edges = [0, 0, 5, 5, 5, table.num_rows, table.num_rows]
    parts = [table.slice(a, b - a) for a, b in pairwise(edges)]
    batches = [
        pa.RecordBatch.from_arrays(
            [column.combine_chunks().slice(0) for column in part.columns], schema=table.schema
        )
        for part in parts
    ]
    chunked = pa.Table.from_batches(
        [batch.slice(0, batch.num_rows) for batch in batches] + [batches[2].slice(3, 0)]
    )

    assert EXPECTED == cm.reduce_arrow(pa.RecordBatchReader.from_batches(table.schema, batches))
    assert EXPECTED == cm.reduce_arrow(chunked)
    assert EXPECTED == cm.reduce_arrow(Stream(chunked))
    assert EXPECTED == cm.reduce_arrow(_single_rows_with_gaps(table))


def _single_rows_with_gaps(table: pa.Table) -> pa.Table:
    """Cut a table into single rows with an empty slice behind each, which keeps its offset."""
    columns = []
    for column in table.columns:
        whole = column.combine_chunks()
        cuts = [(row, length) for row in range(len(whole)) for length in (1, 0)]
        columns.append(pa.chunked_array([whole.slice(row, length) for row, length in cuts]))
    return pa.table(columns, schema=table.schema)


@pytest.mark.parametrize(
    "data",
    [
        TABLE,
        TABLE.combine_chunks().to_batches()[0],
        Stream(TABLE),
        TABLE.to_batches(),
        [TABLE.slice(0, 3), TABLE.slice(3)],
        iter(TABLE.to_batches(max_chunksize=2)),
        TABLE.to_reader(),
        TABLE.select(sorted(TABLE.column_names, reverse=True)),
        TABLE.append_column("other", pa.array([[1]] * TABLE.num_rows)),
        TABLE.replace_schema_metadata({"a": "b"}),
    ],
    ids=[
        "table",
        "batch",
        "stream",
        "batches",
        "tables",
        "iterator",
        "reader",
        "other order",
        "other column",
        "metadata",
    ],
)
def test_each_form_of_data(data: Any) -> None:  # noqa: ANN401 -- many forms
    """Whatever holds Arrow data can be counted."""
    assert EXPECTED == cm.reduce_arrow(data)


def test_other_libraries_tables() -> None:
    """A table of Polars, which hands over views, large strings and its categories."""
    polars = pytest.importorskip("polars")
    frame = polars.from_arrow(TABLE)
    words = ["channel", "kind", "reason", "message_id", "profile_id"]

    assert EXPECTED == cm.reduce_arrow(frame)
    categories = frame.with_columns(polars.col(*words).cast(polars.Categorical))
    assert EXPECTED == cm.reduce_arrow(categories)


def test_batches_of_different_encodings() -> None:
    """An iterable may change the type of a column from batch to batch, and leave columns out."""
    parts = [
        as_type(TABLE.slice(number, 1), TEXT_TYPES[number % len(TEXT_TYPES)])
        for number in range(TABLE.num_rows)
    ]
    narrow = [
        part.select([name for name in part.column_names if part[name].null_count == 0])
        for part in parts
    ]

    assert EXPECTED == cm.reduce_arrow(parts)
    assert EXPECTED == cm.reduce_arrow(narrow)


def test_dictionaries_as_other_programs_write_them() -> None:
    """Values may repeat, be null, be wrong where no row has them, and differ between chunks."""
    kinds = ["opened", None, "sent", "opened", "no kind at all", ""]
    first = pa.DictionaryArray.from_arrays(pa.array([0, 3, 2], pa.int8()), pa.array(kinds))
    second = pa.DictionaryArray.from_arrays(
        pa.array([0, 0, 1], pa.int8()), pa.array(["sent", "opened"])
    )
    platforms = pa.array(["", None, "ios", "unused"])
    places = pa.array([None, 0, 1, 2, 2, 0], pa.int8())
    table = pa.table(
        {
            "timestamp": pa.array([AT] * 6, pa.timestamp("us", "UTC")),
            "channel": pa.DictionaryArray.from_arrays([1] * 6, ["sms", "push"]),
            "kind": pa.chunked_array([first, second]),
            "platform": pa.DictionaryArray.from_arrays(places, platforms),
        }
    )
    told = ["opened", "opened", "sent", "sent", "sent", "opened"]
    where = [None, None, None, "ios", "ios", None]
    rows = [
        {"channel": "push", "kind": kind, "timestamp": AT, "platform": platform}
        for kind, platform in zip(told, where, strict=True)
    ]

    assert cm.reduce(records_of(rows)) == cm.reduce_arrow(table)


def test_dictionaries_of_views() -> None:
    """The values of a dictionary may be views, as a data frame's categories are."""
    columns = {
        name: _dictionary_of_views(column) if pa.types.is_string(column.type) else column
        for name, column in zip(TABLE.column_names, TABLE.columns, strict=True)
    }

    assert EXPECTED == cm.reduce_arrow(pa.table(columns))


def _dictionary_of_views(column: pa.ChunkedArray) -> pa.Array:
    coded = column.combine_chunks().dictionary_encode()
    views = coded.dictionary.cast(pa.string_view())
    return pa.DictionaryArray.from_arrays(coded.indices, views)


def test_small_dictionaries_that_are_large_together() -> None:
    """Each batch has few words, but their codes would not hold the words of all batches."""
    words = [f"message-{number}" for number in range(300)]
    rows: list[Row] = [EMAIL | {"kind": "sent", "message_id": word} for word in words]
    small = pa.dictionary(pa.int8(), pa.string())
    tables = [
        as_type(pa.Table.from_pylist(rows[a : a + 100], cm.EVENT_SCHEMA), small)
        for a in (0, 100, 200)
    ]

    assert cm.reduce(records_of(rows)) == cm.reduce_arrow(pa.concat_tables(tables))
    assert cm.reduce(records_of(rows)) == cm.reduce_arrow(tables)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kolkata", "+05:30", "Etc/GMT+12"])
@pytest.mark.parametrize("time", EXTREME_TIMES, ids=str)
def test_extreme_times(time: dt.datetime, zone: str) -> None:
    """The zone of a column changes how its times are shown, not when they were."""
    times = pa.array([time], pa.timestamp("us", "UTC")).cast(pa.timestamp("us", zone))
    table = pa.table({"timestamp": times, "channel": ["email"], "kind": ["sent"]})
    expected = cm.reduce([cm.EmailEvent(kind="sent", timestamp=time)], resolution=MICROSECOND)

    assert expected == cm.reduce_arrow(table, resolution=MICROSECOND)


def test_the_largest_whole_number_is_no_time() -> None:
    """2**63 - 1 microseconds lie far behind the year 9999, and are refused instead of wrapped."""
    for unit in ("s", "ms", "us"):
        time = pa.array([LARGEST], pa.int64()).cast(pa.timestamp(unit, "UTC"))
        table = pa.table({"timestamp": time, "channel": ["email"], "kind": ["sent"]})
        with pytest.raises(cm.EventError):
            cm.reduce_arrow(table)


@pytest.mark.parametrize(
    ("nanoseconds", "micros"),
    [(0, 0), (999, 0), (1000, 1), (-1, -1), (-1000, -1), (-1001, -2), (LARGEST, LARGEST // 1000)],
)
def test_finer_times_are_cut(nanoseconds: int, micros: int) -> None:
    """Nanoseconds are cut to the microsecond before, also before 1970; they are never rounded."""
    time = pa.array([nanoseconds], pa.int64()).cast(pa.timestamp("ns", "UTC"))
    table = pa.table({"timestamp": time, "channel": ["email"], "kind": ["sent"]})
    at = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + micros * MICROSECOND
    expected = cm.reduce([cm.EmailEvent(kind="sent", timestamp=at)], resolution=MICROSECOND)

    assert expected == cm.reduce_arrow(table, resolution=MICROSECOND)


@pytest.mark.parametrize("absence", ["typed", "of type null", "left out"])
def test_columns_without_a_value(absence: str) -> None:
    """A column of nulls says the same as one of no type, and as none at all."""
    rows: list[Row] = [{"channel": "email", "kind": "opened", "timestamp": AT}] * 2
    table = pa.Table.from_pylist(rows, cm.EVENT_SCHEMA)
    for name in cm.EVENT_SCHEMA.names:
        place = table.column_names.index(name)
        if name in {"channel", "kind", "timestamp"} or absence == "typed":
            continue
        table = table.remove_column(place)
        if absence == "of type null":
            table = table.append_column(name, pa.nulls(2))

    assert cm.reduce(records_of(rows)) == cm.reduce_arrow(table)


@pytest.mark.parametrize("data", [cm.to_arrow([]), cm.to_arrow([]).to_reader(), [], iter([])])
def test_no_rows(data: Any) -> None:  # noqa: ANN401 -- many forms
    """Without rows the tally is the empty one."""
    assert cm.Tally() == cm.reduce_arrow(data)
