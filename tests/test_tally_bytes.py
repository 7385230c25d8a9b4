"""Damaged, foreign and newer bytes are never taken for a tally, and a tally never changes."""

from __future__ import annotations

import datetime as dt
import pickle
from hashlib import blake2b

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import campaignmetrics as cm
from campaignmetrics.schema import event_of

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
DIGEST_SIZE = 32
EVENTS = [
    event_of(row)
    for row in (
        {"channel": "email", "kind": "sent", "timestamp": AT, "message_id": "news"},
        {"channel": "email", "kind": "opened", "timestamp": AT, "recipient": "a@example.com"},
        {"channel": "email", "kind": "bounced", "timestamp": AT, "reason": "MailboxFull"},
        {"channel": "push", "kind": "acted", "timestamp": AT, "platform": "ios"},
        {"channel": "campaign", "kind": "entered", "timestamp": AT, "profile_id": "p"},
    )
]
TALLY = cm.reduce(EVENTS)
WRITTEN = TALLY.to_bytes()


def stream_of(table: pa.Table, metadata: dict[bytes, bytes] | None = None) -> bytes:
    """Write a table as an Arrow stream."""
    if metadata is not None:
        table = table.replace_schema_metadata(metadata)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def signed(body: bytes) -> bytes:
    """Put the right digest behind a body, so that only the body itself can be what is wrong."""
    return body + blake2b(body, digest_size=DIGEST_SIZE).digest()


def table_written() -> pa.Table:
    """Read the table that a written tally is, as any Arrow reader does."""
    return pa.ipc.open_stream(WRITTEN).read_all()


def refuse(data: bytes) -> str:
    """Check that bytes are refused as no tally, and give the message."""
    with pytest.raises(cm.TallyFormatError) as caught:
        cm.Tally.from_bytes(data)
    return str(caught.value)


def test_a_cut_tally_is_refused() -> None:
    """No beginning of a written tally is one."""
    for length in range(len(WRITTEN)):
        refuse(WRITTEN[:length])


def test_a_tally_with_more_behind_it_is_refused() -> None:
    """Nor is one that something follows, not even a second tally."""
    for more in (b"\0", b"\n", WRITTEN):
        refuse(WRITTEN + more)
        refuse(more + WRITTEN)


def test_a_flipped_bit_is_noticed() -> None:
    """Every byte is covered by the digest, and the digest itself is compared."""
    for place in range(len(WRITTEN)):
        for bit in (1, 128):
            damaged = bytearray(WRITTEN)
            damaged[place] ^= bit
            refuse(bytes(damaged))


@given(data=st.binary(max_size=200))
@example(data=b"")
@example(data=bytes(32))
@example(data=bytes(33))
@example(data=b"ARROW1\0\0")
@example(data=b"PAR1")
def test_random_bytes_are_refused(data: bytes) -> None:
    """Random bytes are no tally, with a right digest behind them or without."""
    refuse(data)
    refuse(signed(data))


@given(place=st.integers(0, len(WRITTEN) - DIGEST_SIZE - 1), value=st.integers(1, 255))
def test_a_damaged_body_under_a_right_digest_never_crashes(place: int, value: int) -> None:
    """Whoever writes the digest too is believed or refused, but nothing else happens."""
    body = bytearray(WRITTEN[:-DIGEST_SIZE])
    body[place] ^= value
    try:
        read = cm.Tally.from_bytes(signed(bytes(body)))
    except cm.TallyFormatError:
        return
    assert read == cm.Tally.from_bytes(read.to_bytes())


@pytest.mark.parametrize(
    "table",
    [
        pa.table({}),
        pa.table({"a": [1]}),
        cm.to_arrow(EVENTS),
        cm.to_arrow([]),
    ],
    ids=["no columns", "a number", "events", "no events"],
)
def test_other_arrow_data_is_refused(table: pa.Table) -> None:
    """An Arrow stream of something else is no tally, nor is it with the marks of one."""
    marks = table_written().schema.metadata

    refuse(stream_of(table))
    refuse(signed(stream_of(table)))
    refuse(signed(stream_of(table, marks)))


def test_a_tally_without_its_marks_is_refused() -> None:
    """The columns alone do not say which version they are of."""
    refuse(signed(stream_of(table_written(), {})))


@pytest.mark.parametrize("version", [b"2", b"999", b"0", b"-1", b"", b"one", b"\xff", b"1.0"])
def test_another_version_is_refused_by_name(version: bytes) -> None:
    """A newer version is not guessed at; the message says which one it is."""
    marks = dict(table_written().schema.metadata)
    (mark,) = [name for name in marks if name.endswith(b"version")]

    message = refuse(signed(stream_of(table_written(), marks | {mark: version})))
    if version.isdigit():
        assert version.decode() in message


@pytest.mark.parametrize("value", [b"", b"soon", b"0", b"-60000000", b"7", b"9" * 30, b"\xff"])
def test_a_resolution_that_is_none_is_refused(value: bytes) -> None:
    """What is written as resolution must be one that a tally can have."""
    marks = dict(table_written().schema.metadata)
    (mark,) = [name for name in marks if b"resolution" in name]

    refuse(signed(stream_of(table_written(), marks | {mark: value})))


def test_a_tally_of_events_without_a_resolution_is_refused() -> None:
    """Buckets have a length."""
    marks = dict(table_written().schema.metadata)
    kept = {name: value for name, value in marks.items() if b"resolution" not in name}

    refuse(signed(stream_of(table_written(), kept)))


@pytest.mark.parametrize("view", table_written().column_names)
def test_a_tally_without_one_of_its_columns_is_refused(view: str) -> None:
    """Every view of the version must be there, of its type and with its one row."""
    table = table_written()
    marks = table.schema.metadata
    place = table.column_names.index(view)
    null = pa.nulls(1, table.schema.field(view).type)

    refuse(signed(stream_of(table.drop_columns([view]), marks)))
    refuse(signed(stream_of(table.set_column(place, view, pa.array([1])), marks)))
    refuse(signed(stream_of(table.set_column(place, view, null), marks)))
    refuse(signed(stream_of(table.slice(0, 0), marks)))
    refuse(signed(stream_of(pa.concat_tables([table, table]), marks)))


def test_a_bucket_that_begins_between_two_is_refused() -> None:
    """Buckets begin at multiples of the resolution."""
    table = table_written()
    rows = table["timeline"].to_pylist()[0]
    rows[0]["start"] += dt.timedelta(microseconds=1)
    place = table.column_names.index("timeline")
    moved = pa.array([rows], table.schema.field("timeline").type)

    message = refuse(
        signed(stream_of(table.set_column(place, "timeline", moved), table.schema.metadata))
    )
    assert "is no start of a bucket" in message


@pytest.mark.parametrize("count", [0, -1, None])
def test_counts_that_are_none_are_refused(count: int | None) -> None:
    """A count is above 0; with others, equal tallies would not be equal bytes."""
    table = table_written()
    rows = table["messages"].to_pylist()[0]
    rows[0]["count"] = count
    place = table.column_names.index("messages")
    damaged = table.set_column(
        place, "messages", pa.array([rows], table.schema.field("messages").type)
    )

    refuse(signed(stream_of(damaged, table.schema.metadata)))


@pytest.mark.parametrize("data", [None, 1, "text", [1]], ids=repr)
def test_what_is_no_bytes_is_refused(data: object) -> None:
    """Values that are no bytes are a wrong use: Python's ``TypeError``, or the library's own."""
    with pytest.raises((TypeError, cm.TallyFormatError)):
        cm.Tally.from_bytes(data)  # type: ignore[arg-type] # on purpose


def test_any_kind_of_bytes_is_read() -> None:
    """A bytearray or a memoryview, as files and networks give them, is read as bytes are."""
    for data in (WRITTEN, bytearray(WRITTEN), memoryview(WRITTEN)):
        assert TALLY == cm.Tally.from_bytes(bytes(data))
        assert TALLY == cm.Tally.from_bytes(data)  # type: ignore[arg-type] # bytes-like is enough


def test_the_empty_tally_is_written_too() -> None:
    """Nothing is a tally like any other."""
    assert cm.Tally() == cm.Tally.from_bytes(cm.Tally().to_bytes())
    assert cm.Tally().to_bytes() == cm.reduce([], resolution=dt.timedelta(hours=1)).to_bytes()


def test_a_tally_survives_the_way_to_a_worker() -> None:
    """Process pools pickle what they send; the tally itself is written without pickle."""
    assert pickle.loads(pickle.dumps(TALLY)) == TALLY  # noqa: S301 -- its own bytes
    assert b"pickle" not in WRITTEN


def test_the_resolution_is_written_too() -> None:
    """Tallies that differ in resolution alone differ, as values and as bytes."""
    hours = cm.reduce(EVENTS, resolution=dt.timedelta(hours=1))

    assert hours != TALLY
    assert hours.to_bytes() != WRITTEN
    assert hours == cm.Tally.from_bytes(hours.to_bytes())


def test_start_and_operands_stay_as_they_are() -> None:
    """A tally never changes: reducing from it and merging it give new ones."""
    start = cm.reduce(EVENTS)
    other = cm.reduce(EVENTS[:1])

    by_record = cm.reduce(EVENTS, start)
    by_batch = cm.reduce_arrow(cm.to_arrow(EVENTS), start=start)
    merged = start + start
    merged += other
    cm.report(start).to_dict()

    assert by_record == by_batch
    assert start.to_bytes() == WRITTEN
    assert other.to_bytes() == cm.reduce(EVENTS[:1]).to_bytes()
    assert cm.report(by_record).email.total.sent == 2


@pytest.mark.parametrize("other", [None, 0, 1, "", [], EVENTS])
def test_only_tallies_are_added(other: object) -> None:
    """``sum`` needs its start, ``Tally()``; a number is no tally."""
    assert TALLY != other
    with pytest.raises(TypeError):
        TALLY + other  # type: ignore[operator] # on purpose
    with pytest.raises(TypeError):
        other + TALLY  # type: ignore[operator] # on purpose
