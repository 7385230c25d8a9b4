"""A stream of event batches that is read once; duplicates and selection on the way."""
# ruff: noqa: ANN401 -- Arrow data may be anything; counts of rows written just above

import datetime as dt
import pickle
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pytest

from campaignmetrics.batches import Batches, as_batches
from campaignmetrics.diagnostics import Diagnostics
from campaignmetrics.duplicates import deduplicate
from campaignmetrics.errors import ArgumentError, EventError, SchemaError, StreamConsumedError
from campaignmetrics.events import EmailEvent
from campaignmetrics.schema import EVENT_SCHEMA, from_arrow, to_arrow
from campaignmetrics.selection import select

NINE = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def _events(**columns: list[Any]) -> pa.Table:
    rows = len(next(iter(columns.values())))
    given = {"kind": ["sent"] * rows, "channel": ["email"] * rows, "timestamp": [NINE] * rows}
    given |= columns
    arrays = [pa.array(given.get(field.name, [None] * rows), field.type) for field in EVENT_SCHEMA]
    return pa.table(arrays, schema=EVENT_SCHEMA)


def _stream(table: pa.Table, asked: list[list[str]] | None = None) -> Batches:
    def start(columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        if asked is not None:
            asked.append(list(columns))
        yield from table.select(columns).to_batches(max_chunksize=2)

    return Batches(start)


def test_a_second_pass_is_refused() -> None:
    """A stream that was read raises, instead of seeming empty, also under another name."""
    batches = _stream(_events(event_id=["a"]))
    narrow = batches.only(["kind"])
    assert [batch.num_rows for batch in narrow] == [1]
    for again in (narrow, batches):
        with pytest.raises(StreamConsumedError, match="read once"):
            iter(again)


def test_only_what_is_asked_for_is_read() -> None:
    """``only`` reaches the source, in the order asked for and without repetition."""
    asked: list[list[str]] = []
    batches = _stream(_events(event_id=["a"]), asked).only(["kind", "event_id", "kind"])
    assert pa.table(batches).column_names == ["kind", "event_id"]
    assert asked == [["kind", "event_id"]]


def test_an_unknown_column_is_refused() -> None:
    """The message names the column and lists what is there."""
    with pytest.raises(SchemaError, match=r"'colour'.*event_id"):
        _stream(_events(event_id=["a"])).only(["colour"])


def test_it_is_an_arrow_stream() -> None:
    """Anything that takes Arrow takes it, types and all."""
    table = _events(event_id=["a", "b", None])
    assert table == pa.table(_stream(table))


class _OneBatch:
    """Offers one batch by the Arrow interface, as arrays of some libraries do."""

    def __init__(self, table: pa.Table) -> None:
        self._batch = table.combine_chunks().to_batches()[0]

    def __arrow_c_array__(self, requested_schema: object = None) -> object:
        return self._batch.__arrow_c_array__(requested_schema)


@pytest.mark.parametrize(
    "make",
    [
        lambda table: table,
        lambda table: table.combine_chunks().to_batches()[0],
        lambda table: pa.RecordBatchReader.from_batches(table.schema, table.to_batches()),
        lambda table: table.to_batches(),
        _OneBatch,
        lambda table: [table],
        lambda table: iter(table.to_batches()),
    ],
)
def test_arrow_data_of_any_make_is_taken(make: Any) -> None:
    """Its rows count as records and as events."""
    batches = as_batches(make(pa.table({"kind": ["sent", "opened"]})))
    assert pa.table(batches).to_pydict() == {"kind": ["sent", "opened"]}
    assert Diagnostics(records=2, events=2) == batches.diagnostics


def test_no_data_is_an_empty_stream() -> None:
    """No batches at all have the event schema."""
    assert EVENT_SCHEMA.empty_table() == pa.table(as_batches([]))


@pytest.mark.parametrize("wrong", [5, "text", {"kind": []}, [5]])
def test_what_is_no_arrow_data_is_refused(wrong: object) -> None:
    """A number, a text, a mapping or a list of numbers holds no batches."""
    with pytest.raises(SchemaError, match="expected Arrow data") as caught:
        list(as_batches(wrong))
    assert "reduce" not in str(caught.value)


def test_records_are_shown_the_other_door() -> None:
    """Who brings records where Arrow data go is told where records do."""
    with pytest.raises(SchemaError, match="for which there is reduce"):
        as_batches([EmailEvent(kind="sent", timestamp=NINE)])


def test_what_is_no_event_goes_neither_way() -> None:
    """A number is not written as one, and a row without a time is not read as one."""
    with pytest.raises(SchemaError, match="not int"):
        to_arrow([5])  # type: ignore[list-item] # on purpose
    with pytest.raises(EventError, match="channel"):
        list(from_arrow(pa.table({"kind": ["sent"]})))


def test_an_event_passes_once() -> None:
    """The key is (event id, kind): the id alone is used for several kinds."""
    table = _events(
        event_id=["a", "a", "a", "b", "a"],
        kind=["sent", "delivered", "sent", "sent", "sent"],
        message_id=["1", "2", "3", "4", "5"],
    )
    batches = deduplicate(_stream(table))
    assert pa.table(batches)["message_id"].to_pylist() == ["1", "2", "4"]
    assert (batches.diagnostics.duplicates, batches.diagnostics.without_id) == (2, 0)


def test_events_without_an_id_pass_and_are_counted() -> None:
    """Null and empty are no id, and so is a column that is not there."""
    batches = deduplicate(_stream(_events(event_id=[None, None, "", "", "a"])))
    assert pa.table(batches).num_rows == 5
    assert (batches.diagnostics.duplicates, batches.diagnostics.without_id) == (0, 4)
    batches = deduplicate(pa.table({"kind": ["sent", "sent"]}))
    assert pa.table(batches).num_rows == 2
    assert batches.diagnostics.without_id == 2


def test_duplicates_are_found_in_any_string_type() -> None:
    """Also between batches of different types, and without the columns of the key being asked."""
    first = pa.table({"event_id": pa.array(["a", None]).dictionary_encode(), "kind": ["sent"] * 2})
    kinds = pa.array(["sent", None], pa.large_string())
    second = pa.table({"event_id": pa.array(["a", "a"], pa.string_view()), "kind": kinds})
    batches = deduplicate([first, second]).only(["kind"])
    assert [v for batch in batches for v in batch["kind"].to_pylist()] == ["sent", "sent", None]


def test_only_passes_through_duplicates() -> None:
    """The key is read beside what is asked for, and nothing else is."""
    asked: list[list[str]] = []
    narrow = deduplicate(_stream(_events(event_id=["a", "a"]), asked)).only(["message_id"])
    assert pa.table(narrow).to_pydict() == {"message_id": [None]}
    assert asked == [["message_id", "event_id", "kind"]]


def test_duplicates_need_a_kind() -> None:
    """Without the kind no event can be told from another."""
    with pytest.raises(SchemaError, match="'kind' is missing"):
        deduplicate(pa.table({"event_id": ["a"]}))


def test_one_campaign_is_selected() -> None:
    """An event without a campaign is in none; what is left out is counted."""
    batches = select(_stream(_events(campaign_id=["a", "b", None])), campaign="a")
    assert pa.table(batches)["campaign_id"].to_pylist() == ["a"]
    assert batches.diagnostics.not_selected == 2
    batches = select(pa.table({"kind": ["sent"]}), campaign="a")
    assert pa.table(batches).num_rows == 0


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (None, None, [0, 1, 2]),
        (NINE, None, [1, 2]),
        (None, NINE, [0]),
        (NINE, NINE + HOUR, [1]),
    ],
)
def test_time_is_selected_half_open(
    start: dt.datetime | None, end: dt.datetime | None, expected: list[int]
) -> None:
    """The start is in, the end is out."""
    times = [NINE - HOUR, NINE, NINE + HOUR]
    batches = select(_stream(_events(timestamp=times)), start=start, end=end)
    assert [times[place] for place in expected] == pa.table(batches)["timestamp"].to_pylist()
    assert 3 - len(expected) == batches.diagnostics.not_selected


def test_campaign_and_time_are_selected_together() -> None:
    """Both must hold, and neither column need be asked for."""
    table = _events(campaign_id=["a", "a", "b"], timestamp=[NINE, NINE + HOUR, NINE])
    batches = select(_stream(table), campaign="a", end=NINE + HOUR).only(["kind"])
    assert pa.table(batches).to_pydict() == {"kind": ["sent"]}


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("start", dt.datetime(2026, 1, 1)),  # noqa: DTZ001 -- on purpose
        ("start", dt.date(2026, 1, 1)),
        ("end", "2026-01-01"),
        ("end", 0),
        ("campaign", 5),
        ("campaign", b"spring"),
        ("campaign", "\ud800"),
    ],
)
def test_limits_that_cannot_be_meant_are_refused(argument: str, value: Any) -> None:
    """The error names the argument, its value and what is expected, also after a pickle."""
    with pytest.raises(ArgumentError, match=f"argument '{argument}': .* is not a ") as caught:
        select(pa.table({"kind": ["sent"]}), **{argument: value})
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 -- written just here
    assert str(caught.value) == str(again)
    assert (argument, value) == (again.argument, again.value)


@pytest.mark.parametrize(
    ("unit", "ticks", "expected"),
    [("ns", -1, 0), ("ns", 0, 1), ("us", -1, 0), ("ms", 0, 1), ("s", -1, 0), ("s", None, 0)],
)
def test_finer_times_are_cut_before_they_are_compared(
    unit: str, ticks: int | None, expected: int
) -> None:
    """A nanosecond before 1970 is before 1970, in any zone."""
    times = pa.array([ticks], pa.timestamp(unit, "America/New_York"))
    batches = select(pa.table({"timestamp": times}), start=EPOCH)
    assert expected == pa.table(batches).num_rows


def test_times_of_no_type_are_in_no_stretch() -> None:
    """All null, and so not selected."""
    batches = select(pa.table({"timestamp": pa.nulls(2)}), end=NINE)
    assert pa.table(batches).num_rows == 0
    assert batches.diagnostics.not_selected == 2


def test_a_time_too_far_away_is_refused() -> None:
    """Rather than compared as another one."""
    times = pa.array([2**62], pa.timestamp("s", "UTC"))
    with pytest.raises(EventError, match="timestamp"):
        list(select(pa.table({"timestamp": times}), start=NINE))


def test_times_need_their_column() -> None:
    """Without times none can be selected."""
    with pytest.raises(SchemaError, match="'timestamp' is missing"):
        select(pa.table({"kind": ["sent"]}), end=NINE)


@pytest.mark.parametrize("step", [deduplicate, lambda data: select(data, campaign="a", end=NINE)])
@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("event_id", pa.array([5])),
        ("kind", pa.array([5])),
        ("campaign_id", pa.array([5])),
        ("timestamp", pa.array(["2026-11-20T09:00:00Z"])),
        ("timestamp", pa.array([NINE.replace(tzinfo=None)])),
    ],
)
@pytest.mark.parametrize("place", [0, 1])
def test_a_column_of_the_wrong_type_is_refused_in_any_part(
    step: Any, name: str, column: pa.Array, place: int
) -> None:
    """The error is the library's, and names column and type."""
    good = _events(event_id=["a"])
    parts = [good, good]
    parts[place] = good.set_column(good.schema.get_field_index(name), name, column)
    with pytest.raises(SchemaError, match=f"'{name}' is of type {column.type}".replace("[", r"\[")):
        list(step(parts))


def test_parts_may_lack_what_is_not_required() -> None:
    """It is null there; what is required must be in each part."""
    first = pa.table({"event_id": ["a"], "kind": ["sent"], "price": [1.5]})
    batches = deduplicate([first, first.select(["kind"]), first])
    expected = [
        {"event_id": "a", "kind": "sent", "price": 1.5},
        {"event_id": None, "kind": "sent", "price": None},
    ]
    assert expected == pa.table(batches).to_pylist()
    with pytest.raises(SchemaError, match=r"'kind' is missing.*event_id"):
        list(deduplicate([first, first.select(["event_id"])]))


def test_parts_may_not_have_events_columns_of_their_own() -> None:
    """They would be lost; other columns are not read in any case."""
    first = pa.table({"kind": ["sent"]})
    with pytest.raises(SchemaError, match="'event_id' is in this part and not in the first"):
        list(deduplicate([first, first.append_column("event_id", [["a"]])]))
    more = first.append_column("price", [[1.5]])
    assert pa.table(deduplicate([first, more])).to_pydict() == {"kind": ["sent", "sent"]}


def test_parts_of_other_types_are_brought_to_the_first_ones() -> None:
    """As far as they can be: texts, units and zones, and columns of nulls."""
    nanos = pa.array([-1], pa.timestamp("ns", "+05:00"))
    micros = pa.array([NINE], pa.timestamp("us", "UTC"))
    first = pa.table({"timestamp": micros, "reason": pa.nulls(1), "price": [1.5]})
    second = pa.table({"timestamp": nanos, "reason": ["Gone"], "price": [1]})
    table = pa.table(as_batches([first, second]))
    assert [NINE, EPOCH - dt.timedelta(microseconds=1)] == table["timestamp"].to_pylist()
    assert table["reason"].to_pylist() == [None, "Gone"]
    third = second.set_column(2, "price", [["dear"]])
    with pytest.raises(SchemaError, match="'price' is of type string here, and double before"):
        list(as_batches([first, third]))


def test_a_column_twice_is_refused_where_it_is_read() -> None:
    """Whether it is one of an event or not."""
    twice = pa.table([["sent"], [1], [2]], names=["kind", "price", "price"])
    for read in (as_batches, deduplicate):
        assert [1] == [batch.num_rows for batch in read(twice).only(["kind"])]
    with pytest.raises(SchemaError, match="'price' is there more than once"):
        list(as_batches(twice))
    with pytest.raises(SchemaError, match="'price' is there more than once"):
        list(as_batches(twice).only(["price"]))


def test_batches_that_do_not_fit_their_schema_are_refused() -> None:
    """Whoever makes a stream of batches is told what it should give."""
    table = pa.table({"kind": ["sent"]})
    batches = Batches(lambda _: iter(table.to_batches()))
    with pytest.raises(SchemaError, match="not of kind"):
        list(batches)


def test_no_columns_are_still_rows() -> None:
    """Who asks for nothing is told how much there is of it."""
    batches = as_batches(pa.table({"kind": ["sent", "sent"]})).only([])
    assert [batch.num_rows for batch in batches] == [2]


@pytest.mark.parametrize("wrong", [pa.array([1]), pa.chunked_array([[1]])])
def test_arrays_alone_are_refused(wrong: Any) -> None:
    """They offer themselves as Arrow data, but have no columns."""
    with pytest.raises(SchemaError, match="expected Arrow data with columns"):
        as_batches(wrong)


@pytest.mark.parametrize("make", [lambda t: t, lambda t: [t], lambda t: t.to_reader()])
def test_data_without_rows_keep_their_columns(make: Any) -> None:
    """A stream of no rows is known by its columns."""
    empty = pa.table({"kind": ["sent"]}).slice(0, 0)
    assert pa.table(as_batches(make(empty))).column_names == ["kind"]
