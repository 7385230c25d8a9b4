"""What a record refuses, an Arrow row refuses too; both name place and value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import campaignmetrics as cm
from campaignmetrics import testing
from campaignmetrics.schema import event_of
from oracle import Row

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
SENT: Row = {"channel": "email", "kind": "sent", "timestamp": AT}
OWN_VALUES: Row = {
    "category": "hard",
    "asynchronous": True,
    "reason": "Invalid Recipient",
    "machine": True,
    "action": "Dismiss",
    "link": "https://example.com/",
}
# As the definitions say, written out again, so that a change of the library's table shows.
CARRIERS = {
    "category": {"bounced"},
    "asynchronous": {"bounced"},
    "reason": {"excluded", "errored", "delayed", "bounced"},
    "machine": {"opened", "clicked"},
    "action": {"acted"},
    "link": {"clicked"},
}
SENDING = ["targeted", "excluded", "errored", "sent", "delayed", "delivered", "bounced", "opened"]
KINDS = {
    "email": [*SENDING, "clicked", "unsubscribed", "complained"],
    "push": [*SENDING, "acted"],
    "campaign": ["entered"],
}
ON_ANOTHER_KIND = [
    (channel, kind, field)
    for channel, kinds in KINDS.items()
    for kind in kinds
    for field in OWN_VALUES
    if kind not in CARRIERS[field]
]
ON_ITS_KIND = [
    (channel, kind, field)
    for channel, kinds in KINDS.items()
    for kind in kinds
    for field in OWN_VALUES
    if kind in CARRIERS[field] and (channel, field) not in {("push", "link"), ("email", "action")}
]
# The field that is refused, and the row.
UNKNOWN_WORDS: list[tuple[str, Row]] = [
    ("kind", SENT | {"kind": "read"}),
    ("kind", SENT | {"kind": "Sent"}),
    ("kind", SENT | {"kind": ""}),
    ("kind", SENT | {"kind": None}),
    ("kind", SENT | {"kind": "acted"}),
    ("kind", SENT | {"kind": "entered"}),
    ("kind", SENT | {"channel": "push", "kind": "clicked"}),
    ("kind", SENT | {"channel": "campaign"}),
    ("channel", SENT | {"channel": "sms"}),
    ("channel", SENT | {"channel": "Email"}),
    ("channel", SENT | {"channel": ""}),
    ("channel", SENT | {"channel": None}),
    ("category", SENT | {"kind": "bounced", "category": "Hard"}),
    ("category", SENT | {"kind": "bounced", "category": "block"}),
]
# A string column may come in any of these; each must be looked through.
ENCODINGS = [
    pa.string(),
    pa.large_string(),
    pa.string_view(),
    pa.dictionary(pa.int8(), pa.string()),
    pa.dictionary(pa.int32(), pa.large_string()),
]


def table_of(rows: list[Row], text: pa.DataType | None = None) -> pa.Table:
    """Write rows as a table, its nulls too, with the texts in one encoding."""
    fields = [
        field if text is None or not pa.types.is_string(field.type) else field.with_type(text)
        for field in cm.EVENT_SCHEMA
    ]
    nullable = [field.with_nullable(True) for field in fields]  # noqa: FBT003 -- Arrow's own
    return pa.table(
        {f.name: pa.array([row.get(f.name) for row in rows], f.type) for f in nullable},
        schema=pa.schema(nullable),
    )


def streams(rows: list[Row], text: pa.DataType | None = None) -> Iterator[tuple[str, Any]]:
    """Give the rows as one batch, and cut before the last row in every form that has parts."""
    table = table_of(rows, text)
    last = len(rows) - 1
    chunked = pa.concat_tables([table.slice(0, last), table.slice(last)])
    yield "a table", table
    yield "a table in chunks", chunked
    yield "a reader", chunked.to_reader()
    yield "small batches", table.to_reader(max_chunksize=1)
    batches: list[pa.RecordBatch] = chunked.to_batches()
    yield "a list of batches", batches
    other = table_of(rows[:last], pa.large_string() if text is None else pa.string())
    yield "tables that differ in type", [other, table.slice(last)]


def refusal(function: Callable[..., object], *args: object) -> cm.EventError:
    """Call what must refuse its argument, and give the error."""
    with pytest.raises(cm.EventError) as caught:
        function(*args)
    return caught.value


def check_row_refusal(field: str, row: Row, text: pa.DataType | None = None) -> None:
    """Check that the row is refused wherever it stands, and is named."""
    for good in (0, 3):
        rows = [*[SENT] * good, row]
        for form, data in streams(rows, text):
            error = refusal(cm.reduce_arrow, data)
            assert (field, good, row[field]) == (error.field, error.row, error.value), form
            for part in (field, f"row {good}", repr(row[field])):
                assert part in str(error)


@pytest.mark.parametrize(("field", "row"), UNKNOWN_WORDS)
def test_unknown_words(field: str, row: Row) -> None:
    """An unknown channel, kind or category is refused, with field, row and value."""
    error = refusal(event_of, row)
    assert field == error.field
    assert row[field] == error.value
    assert error.row is None
    assert repr(row[field]) in str(error)

    check_row_refusal(field, row)


def test_a_row_far_behind_is_counted_from_the_start() -> None:
    """Rows are numbered over the whole stream, also where it is worked on in several pieces."""
    many = 1_200_000
    good = [table_of([SENT] * 1000)] * (many // 1000)
    table = pa.concat_tables([*good, table_of([SENT | {"kind": "read"}])])

    for data in (table, table.combine_chunks(), table.to_reader(max_chunksize=50_000)):
        assert many == refusal(cm.reduce_arrow, data).row


@pytest.mark.parametrize("text", ENCODINGS, ids=str)
@pytest.mark.parametrize(
    "row", [SENT | {"kind": "read"}, SENT | {"channel": "sms"}, SENT | {"reason": "none"}]
)
def test_every_encoding_is_checked(row: Row, text: pa.DataType) -> None:
    """A refused word is found in plain, large, view and dictionary columns alike."""
    (field,) = [name for name in row if row[name] != SENT.get(name)]

    check_row_refusal(field, row, text)


@pytest.mark.parametrize(("channel", "kind", "field"), ON_ANOTHER_KIND)
def test_a_field_on_a_kind_that_does_not_carry_it(channel: str, kind: str, field: str) -> None:
    """A field of its own on another kind is refused by the row, and by the record that has it."""
    row = {"channel": channel, "kind": kind, "timestamp": AT, field: OWN_VALUES[field]}
    record = {"email": cm.EmailEvent, "push": cm.PushEvent, "campaign": cm.EntryEvent}[channel]

    check_row_refusal(field, row)
    told = refusal(event_of, row)
    assert (field, OWN_VALUES[field]) == (told.field, told.value)
    assert f"{field} belongs to {', '.join(sorted(CARRIERS[field]))}, not to {kind}" in str(told)
    assert str(told) == str(refusal(lambda: list(cm.from_arrow(table_of([row])))))
    fields = {name: value for name, value in row.items() if name != "channel"}
    if field in attrs.fields_dict(record):
        error = refusal(lambda: record(**fields))
        assert (field, OWN_VALUES[field]) == (error.field, error.value)
        assert repr(OWN_VALUES[field]) in str(error)
    else:
        with pytest.raises(TypeError, match=field):
            record(**fields)


SEVERAL_FAULTS: list[tuple[str, Row]] = [
    ("action", {"kind": "opened", "action": "Dismiss", "link": "u1"}),
    ("reason", {"kind": "opened", "action": "Dismiss", "reason": "none"}),
    ("machine", {"kind": "bounced", "machine": True, "action": "Dismiss"}),
    ("kind", {"kind": "read", "action": "Dismiss"}),
    ("category", {"kind": "bounced", "category": "block", "action": "Dismiss"}),
    ("category", {"channel": "campaign", "kind": "entered", "category": "hard", "link": "u1"}),
    ("link", {"channel": "push", "kind": "acted", "action": "Dismiss", "link": "u1"}),
]


@pytest.mark.parametrize(("field", "row"), SEVERAL_FAULTS)
def test_of_several_faults_the_same_is_named(field: str, row: Row) -> None:
    """A row is refused for the same column, whether it comes as a mapping or in columns."""
    assert field == refusal(event_of, SENT | row).field

    check_row_refusal(field, SENT | row)


@pytest.mark.parametrize(("channel", "kind", "field"), ON_ITS_KIND)
def test_a_field_on_a_kind_that_carries_it(channel: str, kind: str, field: str) -> None:
    """Every field is accepted on each of its kinds, by the record and by the row."""
    row = {"channel": channel, "kind": kind, "timestamp": AT, field: OWN_VALUES[field]}

    assert cm.reduce([event_of(row)]) == cm.reduce_arrow(table_of([row]))


@pytest.mark.parametrize(("channel", "kind", "field"), ON_ANOTHER_KIND)
def test_an_absent_field_is_accepted_on_any_kind(channel: str, kind: str, field: str) -> None:
    """Null, an empty text and a flag that is false say nothing, so any kind may have them."""
    nothing = [None, False] if isinstance(OWN_VALUES[field], bool) else [None, ""]
    rows = [{"channel": channel, "kind": kind, "timestamp": AT, field: value} for value in nothing]

    expected = cm.reduce([event_of(row) for row in rows])
    assert expected == cm.reduce_arrow(table_of(rows))


@pytest.mark.parametrize("field", ["platform", "recipient", "recipient_domain", "send_id"])
@pytest.mark.parametrize("channel", sorted(KINDS))
def test_a_field_that_the_channel_does_not_use_is_not_refused(channel: str, field: str) -> None:
    """Such fields belong to no kind, so they may stand where they say nothing."""
    kind = "entered" if channel == "campaign" else "sent"
    row = {"channel": channel, "kind": kind, "timestamp": AT, field: "a@example.com"}

    assert cm.reduce([event_of(row)]) == cm.reduce_arrow(table_of([row]))


@pytest.mark.parametrize("value", [None, dt.datetime(2026, 11, 20), dt.date(2026, 11, 20), "now"])  # noqa: DTZ001 -- the naive time is the hazard
def test_a_time_without_a_zone_is_refused_by_a_record(value: Any) -> None:  # noqa: ANN401 -- on purpose
    """A record takes aware times alone."""
    error = refusal(event_of, SENT | {"timestamp": value})

    assert ("timestamp", value) == (error.field, error.value)
    assert repr(value) in str(error)


def test_a_null_time_is_refused_by_a_row() -> None:
    """Every event has a time."""
    check_row_refusal("timestamp", SENT | {"timestamp": None})


@pytest.mark.parametrize(
    ("unit", "value"),
    [
        ("s", 253_402_300_800),
        ("ms", 253_402_300_800_000),
        ("us", 253_402_300_800_000_000),
        ("us", -62_135_596_800_000_001),
        ("ms", -62_135_596_800_001),
        ("s", -62_135_596_801),
        ("s", 2**63 - 1),
        ("ms", 2**63 - 1),
        ("us", 2**63 - 1),
        ("s", -(2**63)),
        ("us", -(2**63)),
    ],
)
def test_a_time_outside_the_years_1_to_9999_is_refused(unit: str, value: int) -> None:
    """Such a row is refused with its number, in any unit, and never wraps around."""
    good = pa.array([0, 1], pa.int64())
    times = pa.chunked_array([good, pa.array([value], pa.int64())])
    words = {"channel": ["email"] * 3, "kind": ["sent"] * 3}
    table = pa.table({"timestamp": times.cast(pa.timestamp(unit, "UTC")), **words})

    error = refusal(cm.reduce_arrow, table)
    assert ("timestamp", 2) == (error.field, error.row)
    assert "timestamp" in str(error)
    assert "row 2" in str(error)


@pytest.mark.parametrize(
    "value",
    [
        dt.datetime.min.replace(tzinfo=dt.timezone(dt.timedelta(hours=1))),
        dt.datetime.max.replace(tzinfo=dt.timezone(-dt.timedelta(hours=1))),
    ],
)
def test_a_time_that_leaves_the_years_in_utc_is_refused_by_a_record(value: dt.datetime) -> None:
    """The years 1 to 9999 are those of UTC."""
    assert refusal(event_of, SENT | {"timestamp": value}).field == "timestamp"


@pytest.mark.parametrize("text", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
@pytest.mark.parametrize(
    "field", [field.name for field in cm.EVENT_SCHEMA if pa.types.is_string(field.type)]
)
def test_text_that_is_not_utf8(field: str, text: pa.DataType) -> None:
    """A record refuses what cannot be written in UTF-8, a row what cannot be read as UTF-8."""
    row = SENT | {"kind": "bounced"}
    if field == "platform":
        row["channel"] = "push"
    elif field == "action":
        row |= {"channel": "push", "kind": "acted"}
    elif field in {"link", "recipient", "send_id"}:  # so that the key and the link are looked at
        row["kind"] = "clicked"
    elif field == "profile_id":
        row |= {"channel": "campaign", "kind": "entered"}
    assert refusal(event_of, row | {field: "\udc80"}).field == field

    table = table_of([row, row, row])
    good = str(row.get(field) or "a").encode()
    binary = pa.array([good, good, b"\xff\xfe and more than twelve bytes"], pa.large_binary())
    damaged = pa.Array.from_buffers(pa.large_string(), 3, binary.buffers(), null_count=0)
    if text != pa.large_string():
        damaged = _unchecked(damaged, text)
    table = table.set_column(table.schema.names.index(field), field, damaged)

    if field in {"event_id", "campaign_id"}:
        return  # no figure is computed from them, and columns that are not needed are not read
    error = refusal(cm.reduce_arrow, table)
    assert (field, 2) == (error.field, error.row)


def _unchecked(damaged: pa.Array, text: pa.DataType) -> pa.Array:
    """Bring bytes to another string type without Arrow looking at them."""
    if text == pa.string_view():
        views = damaged.cast(pa.large_binary()).cast(pa.binary_view())
        return pa.Array.from_buffers(text, 3, views.buffers(), null_count=0)
    narrow = damaged.cast(pa.large_binary()).cast(pa.binary())
    return pa.Array.from_buffers(text, 3, narrow.buffers(), null_count=0)


@pytest.mark.parametrize("name", ["timestamp", "channel", "kind"])
def test_a_required_column_is_missing(name: str) -> None:
    """The error names the column and lists what is there, even where there are no rows."""
    for rows in ([], [SENT]):
        with pytest.raises(cm.SchemaError, match=name) as caught:
            cm.reduce_arrow(table_of(rows).drop_columns([name]))
        assert "message_id" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("timestamp", pa.array([0], pa.int64())),
        ("timestamp", pa.array(["2026-11-20T09:00:00Z"])),
        ("timestamp", pa.array([0], pa.int64()).cast(pa.timestamp("us"))),
        ("timestamp", pa.array([dt.date(2026, 11, 20)])),
        ("channel", pa.array([1])),
        ("kind", pa.array([1.5])),
        ("kind", pa.array([["sent"]])),
        ("kind", pa.array([1]).dictionary_encode()),
        ("message_id", pa.array([1])),
        ("recipient", pa.array([{"address": "a@example.com"}])),
        ("category", pa.array([b"hard"], pa.binary())),
        ("asynchronous", pa.array(["true"])),
        ("machine", pa.array([1], pa.int8())),
        ("link", pa.array([1])),
    ],
)
def test_a_column_of_a_type_that_does_not_fit(name: str, column: pa.Array) -> None:
    """The error names column and type; it comes even where there are no rows to look at."""
    table = table_of([SENT])
    table = table.set_column(table.schema.names.index(name), name, column)

    for part in (table, table.slice(0, 0)):
        with pytest.raises(cm.SchemaError, match=name) as caught:
            cm.reduce_arrow(part)
        assert str(column.type) in str(caught.value)


@pytest.mark.parametrize("data", [None, 1, "events.parquet", [1], [SENT], object()], ids=repr)
def test_what_is_no_arrow_data(data: object) -> None:
    """Anything else is refused with an error of the library's own or Python's ``TypeError``."""
    with pytest.raises(TypeError):
        cm.reduce_arrow(data)


@pytest.mark.parametrize("data", [[None], [SENT], ["sent"], [[]]], ids=repr)
def test_what_is_no_record(data: Any) -> None:  # noqa: ANN401 -- on purpose
    """Only the three records are events."""
    with pytest.raises(cm.SchemaError):
        cm.reduce(data)


@pytest.mark.parametrize("field", ["recipient", "message_id", "reason", "platform"])
@pytest.mark.parametrize("value", [1, b"a", ["a"], 0, float("nan")])
def test_a_record_refuses_values_of_another_type(field: str, value: Any) -> None:  # noqa: ANN401 -- on purpose
    """Text is text: a number in an id is refused, and named."""
    error = refusal(event_of, {"channel": "push", "kind": "bounced", "timestamp": AT, field: value})

    assert field == error.field
    assert repr(value) in str(error)


@pytest.mark.parametrize("field", ["asynchronous", "machine"])
@pytest.mark.parametrize("value", [0, 1, "true", "", 0.0])
def test_a_record_refuses_flags_of_another_type(field: str, value: Any) -> None:  # noqa: ANN401 -- on purpose
    """A flag is true, false or absent."""
    kind = "bounced" if field == "asynchronous" else "opened"

    error = refusal(event_of, SENT | {"kind": kind, field: value})
    assert field == error.field


@given(rows=st.lists(testing.rows(), max_size=8), data=st.data())
def test_the_first_refused_row_is_the_one_that_is_named(
    rows: list[Row], data: st.DataObject
) -> None:
    """Wherever good rows end, the first bad one is named, however the stream is encoded and cut."""
    bad = data.draw(st.sampled_from([row for _, row in UNKNOWN_WORDS if None not in row.values()]))
    table = data.draw(testing.arrow_data([*rows, bad, *rows, bad]))

    error = refusal(cm.reduce_arrow, table)
    assert len(rows) == error.row
    assert bad[error.field] == error.value


@given(event=testing.events())
def test_a_record_and_its_row_are_accepted_alike(event: Any) -> None:  # noqa: ANN401 -- any record
    """Every record that could be made can also be reduced by the Arrow way."""
    assert cm.reduce([event]) == cm.reduce_arrow(cm.to_arrow([event]))
