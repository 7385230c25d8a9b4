"""Files of events and of records: every form, and everything that can be wrong with one."""
# ruff: noqa: ANN401 -- decoded JSON may be anything; counts of rows written just above

import datetime as dt
import gzip
import io
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from campaignmetrics.batches import Batches
from campaignmetrics.diagnostics import Diagnostics
from campaignmetrics.duplicates import deduplicate
from campaignmetrics.errors import ArgumentError, ReadError
from campaignmetrics.events import EmailEvent, Event
from campaignmetrics.reading import arrow_files, opening, read, records, texts
from campaignmetrics.reading.lines import Lines, Reader
from campaignmetrics.schema import from_arrow, to_arrow
from campaignmetrics.sources import NAMES, ajo, declared

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
AT = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
ROW = {"timestamp": "2026-11-20T09:00:00Z", "channel": "email", "kind": "sent"}


def _record(number: int = 1, **groups: Any) -> dict[str, Any]:
    return {
        "_id": f"e-{number}",
        "timestamp": "2026-11-20T09:00:00Z",
        "_experience": {
            "customerJourneyManagement": {
                "messageProfile": {"channel": {"_id": "https://x/email"}},
                "messageInteraction": {"interactionType": "open"},
                **groups,
            }
        },
    }


def _lines(*values: Any) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def _ids(batches: Batches) -> list[str | None]:
    return [value for batch in batches for value in batch["event_id"].to_pylist()]


def _unreadable(batches: Batches) -> list[tuple[int | None, str]]:
    first = batches.diagnostics.unreadable_first
    assert batches.diagnostics.unreadable == len(first)
    return [(position.line, position.cause) for position in first]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, bytes], Path]:
    """Write a file of a name and content."""

    def _write(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return _write


Write = Callable[[str, bytes], Path]

TWO = _lines(_record(1), _record(2))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.ndjson", TWO),
        ("a.jsonl", TWO.rstrip()),
        ("a.json", TWO),
        ("a.ndjson.gz", gzip.compress(TWO)),
        ("a.ndjson", gzip.compress(TWO) + gzip.compress(b"")),
        ("a.ndjson", b"\xef\xbb\xbf" + TWO),
        ("a.ndjson", b"\n \r\n" + TWO.replace(b"\n", b"\r\n") + b"\n\n"),
        ("a.json", json.dumps([_record(1), _record(2)]).encode()),
        ("a.json", json.dumps([_record(1), _record(2)], indent=1).encode() + b"\n"),
        ("a.json.gz", gzip.compress(json.dumps([_record(1), _record(2)], indent=1).encode())),
        ("a.json", b"[" + TWO.rstrip().replace(b"\n", b",\n") + b"]"),
        ("a.json", b"[\n" + TWO.rstrip().replace(b"\n", b"\n,") + b"]"),
        ("a.json", b"".join(json.dumps(_record(n), indent=2).encode() + b"\n" for n in (1, 2))),
    ],
)
def test_records_are_read_in_every_form(write: Write, name: str, content: bytes) -> None:
    """Lines, gzip, an array, pretty-printed, with a byte order mark, blank lines or CRLF."""
    batches = read(write(name, content))
    assert _ids(batches) == ["e-1", "e-2"]
    assert (
        batches.diagnostics.records,
        batches.diagnostics.events,
        batches.diagnostics.unreadable,
    ) == (2, 2, 0)


EVENTS: list[Event] = [
    EmailEvent(kind="bounced", timestamp=AT, event_id="e-1", category="hard", reason="Gone"),
    EmailEvent(kind="clicked", timestamp=AT, event_id="e-2", link="u1", machine=True),
]


def _parquet(table: pa.Table, **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, **options)
    return sink.getvalue()


def _ipc(table: pa.Table, new: Any) -> bytes:
    sink = io.BytesIO()
    with new(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _as_lines(table: pa.Table) -> bytes:
    rows = [{k: v for k, v in row.items() if v is not None} for row in table.to_pylist()]
    return _lines(*({**row, "timestamp": row["timestamp"].isoformat()} for row in rows))


def _odd(table: pa.Table) -> pa.Table:
    table = table.set_column(1, "timestamp", table["timestamp"].cast(pa.timestamp("ns", "+05:00")))
    table = table.set_column(3, "kind", table["kind"].combine_chunks().dictionary_encode())
    return table.set_column(0, "event_id", table["event_id"].cast(pa.large_string()))


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("a.parquet", _parquet),
        ("a.parquet", lambda table: _parquet(_odd(table))),
        ("a.arrow", lambda table: _ipc(table, pa.ipc.new_file)),
        ("a.arrows", lambda table: _ipc(table, pa.ipc.new_stream)),
        ("a.ndjson", _as_lines),
    ],
)
@pytest.mark.parametrize("source", ["events", None])
def test_events_are_read_in_every_form(
    write: Write, name: str, make: Callable[[pa.Table], bytes], source: str | None
) -> None:
    """Parquet, Arrow in both forms, other types of columns, and lines."""
    batches = read(write(name, make(to_arrow(EVENTS))), source)
    assert list(from_arrow(pa.table(batches))) == EVENTS
    assert (batches.diagnostics.records, batches.diagnostics.events) == (2, 2)


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow", "a.ndjson"])
def test_only_some_columns_are_read(write: Write, name: str) -> None:
    """The projection gives these columns, in this order."""
    table = to_arrow(EVENTS)
    content = {
        "a.parquet": _parquet(table),
        "a.arrow": _ipc(table, pa.ipc.new_file),
        "a.ndjson": _as_lines(table),
    }[name]
    batches = read(write(name, content)).only(["link", "event_id"])
    expected = [{"link": None, "event_id": "e-1"}, {"link": "u1", "event_id": "e-2"}]
    assert expected == pa.table(batches).to_pylist()


def test_columns_that_are_not_required_may_be_missing(write: Write) -> None:
    """They are null."""
    table = to_arrow(EVENTS[:1]).select(["kind", "timestamp", "channel", "category", "reason"])
    (event,) = from_arrow(pa.table(read(write("a.parquet", _parquet(table)))))
    assert EmailEvent(kind="bounced", timestamp=AT, category="hard", reason="Gone") == event


def test_several_files_are_one_stream(write: Write) -> None:
    """Each file's source is recognised by itself."""
    files = [write("a.ndjson", TWO), write("b.parquet", _parquet(to_arrow(EVENTS)))]
    assert _ids(read(files)) == ["e-1", "e-2", "e-1", "e-2"]
    assert _ids(read([])) == []


def test_the_same_file_twice_changes_nothing(write: Write) -> None:
    """Where duplicates are removed."""
    file = write("a.ndjson", TWO)
    assert _ids(deduplicate(read([file, file]))) == ["e-1", "e-2"]


@pytest.mark.parametrize(
    "content",
    [
        TWO,
        gzip.compress(TWO),
        _parquet(to_arrow(EVENTS)),
        _ipc(to_arrow(EVENTS), pa.ipc.new_file),
        _ipc(to_arrow(EVENTS), pa.ipc.new_stream),
    ],
)
@pytest.mark.parametrize("seekable", [True, False])
def test_standard_input_is_read(
    monkeypatch: pytest.MonkeyPatch, content: bytes, *, seekable: bool
) -> None:
    """Its form is recognised by its content, also where it cannot be sought in."""

    class _Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return seekable

    pipe = io.BufferedReader(_Pipe(content))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(pipe))
    steps: list[int] = []
    assert _ids(read("-", progress=steps.append)) == ["e-1", "e-2"]
    assert (sum(steps) > 0) == seekable


def _nested(**columns: Any) -> pa.Table:
    record = _record(1)
    nested = {name: [record[name]] for name in ("_id", "_experience")}
    nested |= {"timestamp": pa.array([1_000_000_000_000], pa.timestamp("ns", "UTC"))}
    return pa.table(nested | columns)


def test_nested_columns_are_records(write: Write) -> None:
    """A row of Parquet is a record, also with times finer than Python's."""
    fine = pa.array([1_000_000_000_001], pa.timestamp("ns", "UTC"))
    pairs = pa.array(
        [[("email", [{"id": "ann@example.com"}])]],
        pa.map_(pa.string(), pa.list_(pa.struct([("id", pa.string())]))),
    )
    table = _nested(timestamp=fine, identityMap=pairs)
    (event,) = from_arrow(pa.table(read(write("a.parquet", _parquet(table)))))
    assert dt.datetime(1970, 1, 1, 0, 16, 40, tzinfo=dt.UTC) == event.timestamp
    assert _ids(read(write("a.arrow", _ipc(table, pa.ipc.new_file)), "ajo")) == ["e-1"]


def test_finer_times_are_cut_in_nested_columns_too(write: Write) -> None:
    """Also before 1970, inside groups, and where a group is null."""
    fine = pa.array([-1], pa.timestamp("ns", "UTC"))
    (event,) = from_arrow(pa.table(read(write("a.parquet", _parquet(_nested(timestamp=fine))))))
    assert EPOCH - dt.timedelta(microseconds=1) == event.timestamp
    group = pa.StructArray.from_arrays([pa.array([-1, -1], fine.type)], ["at"])
    group = pa.StructArray.from_arrays([group], ["inner"], mask=pa.array([False, True]))
    for part, expected in ((group, [event.timestamp, None]), (group[1:], [None])):
        batch = pa.record_batch({"group": part, "none": pa.array([{}] * len(part))})
        rows: list[Any] = list(arrow_files.records(batch))
        assert expected == [row["group"] and row["group"]["inner"]["at"] for row in rows]


def test_a_row_that_python_cannot_hold_is_unreadable(write: Write) -> None:
    """Only that row is lost, and it is counted."""
    table = pa.concat_tables([_nested(), _nested()])
    times = pa.array([1, 2**62], pa.timestamp("us", "UTC"))
    table = table.set_column(2, "timestamp", times)
    batches = read(write("a.parquet", _parquet(table)))
    assert _ids(batches) == ["e-1"]
    ((row, _),) = _unreadable(batches)
    assert row == 2


def test_foreign_columns_are_an_error(write: Write) -> None:
    """A file that no source knows is named, with its columns."""
    file = write("a.parquet", _parquet(pa.table({"price": [1.5]})))
    with pytest.raises(ReadError, match=r"a\.parquet.*price"):
        _ids(read(file))
    empty = write("b.parquet", _parquet(pa.table({"price": [1.5]}).slice(1)))
    assert _ids(read(empty)) == []


BAD_LINES = [
    (b'{"a": 1', "not JSON"),
    (b"not json at all", "not JSON"),
    (b"[1, 2, 3]", "not a JSON object"),
    (b"5", "not a JSON object"),
    (b"{} {}", "not JSON"),
    (b'{"a": NaN}', "NaN is not JSON"),
    (b'{"a": -Infinity}', "-Infinity is not JSON"),
    (b'{"a": "\xff"}', "not UTF-8"),
    (b'{"a": ' + b"9" * 5000 + b"}", "Exceeds the limit"),
    (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
]


@pytest.mark.parametrize(("line", "cause"), BAD_LINES)
def test_a_bad_line_is_counted(write: Write, line: bytes, cause: str) -> None:
    """With its number, while the lines around it count; ``strict`` stops there."""
    file = write("a.ndjson", _lines(_record(1)) + line + b"\n" + _lines(_record(2)))
    batches = read(file)
    assert _ids(batches) == ["e-1", "e-2"]
    ((number, actual),) = _unreadable(batches)
    assert number == 2
    assert cause in actual
    assert batches.diagnostics.records == 3
    with pytest.raises(ReadError, match=r"a\.ndjson, line 2: "):
        _ids(read(file, strict=True))


def test_a_last_line_that_is_cut_is_counted(write: Write) -> None:
    """What stands before it counts."""
    batches = read(write("a.ndjson", TWO[:-30]))
    assert _ids(batches) == ["e-1"]
    assert [line for line, _ in _unreadable(batches)] == [2]


@pytest.mark.parametrize("keep", [0.5, 0.9])
def test_gzip_that_is_cut_is_counted_where_it_is(write: Write, keep: float) -> None:
    """What was read before the cut counts, the cut is one unreadable record."""
    content = gzip.compress(_lines(*map(_record, range(20_000))))
    batches = read(write("a.ndjson.gz", content[: int(len(content) * keep)]))
    count = len(_ids(batches))
    assert 0 < count < 20_000
    ((line, cause),) = _unreadable(batches)
    assert count + 1 == line
    assert cause.startswith("cut off or damaged here")
    assert count + 1 == batches.diagnostics.records


def test_gzip_that_is_cut_at_its_head_cannot_be_read(write: Write) -> None:
    """Nothing of it is there."""
    with pytest.raises(ReadError, match="cut off"):
        _ids(read(write("a.ndjson.gz", gzip.compress(TWO)[:12])))


def test_gzip_that_ends_in_something_else_is_counted(write: Write) -> None:
    """Also where it is small."""
    batches = read(write("a.ndjson.gz", gzip.compress(TWO) + b"something else"))
    assert _ids(batches) == ["e-1", "e-2"]
    assert [line for line, _ in _unreadable(batches)] == [3]
    batches = read(write("b.json.gz", gzip.compress(json.dumps([_record(1)]).encode()) + b"more"))
    assert _ids(batches) == ["e-1"]
    assert batches.diagnostics.unreadable == 1


def test_a_line_that_is_too_long_is_counted(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it stands, and without being held."""
    monkeypatch.setattr(texts, "LONGEST", 1000)
    monkeypatch.setattr(texts, "_PIECE", 400)
    long = b'{"a": "' + b"x" * 3000 + b'"}\n'
    batches = read(write("a.ndjson", TWO + long + TWO + long + long.rstrip()))
    assert _ids(batches) == ["e-1", "e-2", "e-1", "e-2"]
    assert [line for line, _ in _unreadable(batches)] == [3, 6, 7]
    assert batches.diagnostics.records == 7


def test_a_line_of_fifty_megabytes_is_counted(write: Write) -> None:
    """The limit is 16 MiB."""
    batches = read(write("a.ndjson", b'{"a": "' + b"x" * 50_000_000 + b'"}\n' + TWO))
    assert _ids(batches) == ["e-1", "e-2"]
    assert _unreadable(batches) == [(1, "longer than 16 MiB")]


@pytest.mark.parametrize(
    ("end", "lines"),
    [
        (b"", [3]),
        (b",", [3]),
        (b"]", []),
        (b",5x]", [3, 3]),
        (b', {"a": ', [3]),
        (b"] more", [3]),
        (b"]\n]", [4]),
        (b', "\xff"]', [3]),
    ],
)
def test_an_array_that_is_damaged_counts_as_far_as_it_is_whole(
    write: Write, end: bytes, lines: list[int]
) -> None:
    """There is no telling where the next element would begin."""
    whole = b"[" + TWO.rstrip().replace(b"\n", b",\n")
    batches = read(write("a.json", whole + b"\n" + end))
    found = _ids(batches)
    assert lines == [line for line, _ in _unreadable(batches)]
    assert found == ["e-1", "e-2"]


def test_an_element_that_is_too_long_ends_an_array(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An array is held around one element only."""
    monkeypatch.setattr(texts, "LONGEST", 1000)
    monkeypatch.setattr(texts, "_PIECE", 100)
    batches = read(write("a.json", json.dumps([_record(1), "x" * 5000, _record(2)]).encode()))
    assert _ids(batches) == ["e-1"]
    assert batches.diagnostics.unreadable == 1


@pytest.mark.parametrize("content", [b"", b"\n  \n", gzip.compress(b""), b"\xef\xbb\xbf"])
def test_an_empty_text_is_counted(write: Write, content: bytes) -> None:
    """An hour without events is no reason to stop, but is told."""
    file = write("a.ndjson", content)
    batches = read(file)
    assert _ids(batches) == []
    assert _unreadable(batches) == [(None, "the file is empty")]
    assert (batches.diagnostics.records, batches.diagnostics.events) == (1, 0)
    with pytest.raises(ReadError, match="the file is empty"):
        _ids(read(file, strict=True))


@pytest.mark.parametrize("content", [b"[]", b" [\n]\n", gzip.compress(b"[]")])
def test_an_array_of_nothing_is_a_file_of_no_records(write: Write, content: bytes) -> None:
    """It says itself that there is nothing, so nothing is unreadable."""
    batches = read(write("a.json", content), strict=True)
    assert _ids(batches) == []
    assert Diagnostics() == batches.diagnostics


def test_a_name_that_is_not_utf_8_is_shown_with_escapes(tmp_path: Path) -> None:
    """In the account and in errors, so that both can be written anywhere."""
    file = os.fsencode(tmp_path) + b"/\xff.ndjson"
    with pytest.raises(ReadError, match=r"/\\xff\.ndjson: no such file"):
        _ids(read(os.fsdecode(file)))
    Path(os.fsdecode(file)).write_bytes(b"5\n" + _lines({"price": 1}))
    batches = read(os.fsdecode(file))
    assert _ids(batches) == []
    positions = batches.diagnostics.unreadable_first
    positions = [*positions, *batches.diagnostics.not_counted_first["unrecognised"]]
    assert [f"{tmp_path}/\\xff.ndjson"] * 2 == [position.file for position in positions]
    with pytest.raises(ReadError, match=r"^\\ud800: ") as caught:
        _ids(read("\ud800"))
    assert str(caught.value).isascii()


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.parquet", b"", "empty"),
        ("a.parquet", TWO, "not a Parquet file"),
        ("a.arrow", TWO, "not a Arrow file"),
        ("a.parquet", _parquet(to_arrow(EVENTS))[:-4], "cut off or damaged"),
        ("a.parquet", _parquet(to_arrow(EVENTS))[:300], "cut off or damaged"),
        ("a.arrow", _ipc(to_arrow(EVENTS), pa.ipc.new_file)[:-20], "cut off or damaged"),
        ("a.arrows", _ipc(to_arrow(EVENTS), pa.ipc.new_stream)[:100], "cut off or damaged"),
        ("a.ndjson", TWO.decode().encode("utf-16"), "UTF-16"),
        ("a.ndjson", TWO.decode().encode("utf-16-le"), "UTF-16"),
    ],
)
def test_a_file_that_cannot_be_read_at_all_is_an_error(
    write: Write, name: str, content: bytes, why: str
) -> None:
    """The error names the file and says why."""
    with pytest.raises(ReadError, match=f"{name}: .*{why}") as caught:
        _ids(read(write(name, content)))
    assert caught.value.line is None


def test_what_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    """A directory, a missing file, and a name that can be none."""
    with pytest.raises(ReadError, match="is a directory"):
        _ids(read(tmp_path))
    with pytest.raises(ReadError, match="no such file"):
        _ids(read(tmp_path / "missing.ndjson"))
    with pytest.raises(ReadError, match="null"):
        _ids(read("a\0b"))


def test_a_stream_that_fails_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input may be closed by the other side."""

    class _Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:  # noqa: ARG002 -- as io has it
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(sys, "stdin", type("_In", (), {"buffer": _Broken()}))
    with pytest.raises(ReadError, match="-: cannot be read"):
        _ids(read("-"))


def test_a_text_that_fails_at_once_is_counted(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one record that cannot be read."""

    def _fail(_: object) -> Iterator[bytes]:
        raise texts.CutOffError("cut off")
        yield b""

    monkeypatch.setattr(texts, "pieces", _fail)
    batches = read(write("a.ndjson", TWO))
    assert _ids(batches) == []
    assert _unreadable(batches) == [(1, "cut off")]


@pytest.mark.parametrize(
    ("table", "ids"), [(to_arrow(EVENTS), ["e-1", "e-2"]), (_nested(), ["e-1"])]
)
def test_columns_that_are_cut_count_as_far_as_they_are_whole(
    write: Write, table: pa.Table, ids: list[str]
) -> None:
    """Rows of events and records of a source; the rest is one unreadable record at its row."""
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        for _ in range(3):
            writer.write_table(table)
    batches = read(write("a.arrows", sink.getvalue()[:-200]))
    assert _ids(batches) == ids * 2
    ((row, cause),) = _unreadable(batches)
    assert row == 2 * len(ids) + 1
    assert cause.startswith("cut off or damaged here")
    assert (batches.diagnostics.records, batches.diagnostics.events) == (row, row - 1)


REFUSED = [
    (ROW | {"kind": "vanished"}, "refused:kind"),
    (ROW | {"channel": "sms"}, "refused:channel"),
    (ROW | {"channel": ""}, "refused:channel"),
    (ROW | {"kind": "bounced", "category": "medium"}, "refused:category"),
    (ROW | {"category": "hard"}, "refused:category"),
    (ROW | {"link": "u1"}, "refused:link"),
    (ROW | {"channel": "push", "kind": "opened", "link": "u1"}, "refused:link"),
    (ROW | {"kind": "opened", "action": "Dismiss"}, "refused:action"),
    (ROW | {"channel": "campaign", "kind": "entered", "reason": "none"}, "refused:reason"),
    (ROW | {"timestamp": None}, "timestamp"),
]


@pytest.mark.parametrize(("row", "cause"), REFUSED)
@pytest.mark.parametrize("form", ["ndjson", "parquet"])
def test_a_row_that_the_schema_refuses_is_counted(
    write: Write, row: dict[str, Any], cause: str, form: str
) -> None:
    """Under a cause that names the column; ``strict`` stops there."""
    rows = [ROW, row, ROW]
    content = _lines(*rows)
    if form == "parquet":
        at = pa.array([each["timestamp"] and AT for each in rows], pa.timestamp("us", "UTC"))
        names = {name for each in rows for name in each} - {"timestamp"}
        columns = {name: [each.get(name) for each in rows] for name in names}
        content = _parquet(pa.table({**columns, "timestamp": at}))
    file = write(f"a.{form}", content)
    batches = read(file).only(["kind"])
    assert pa.table(batches).num_rows == 2
    account = batches.diagnostics
    assert {cause: 1} == account.not_counted
    assert account.not_counted_first[cause][0].line == 2
    assert (account.records, account.events) == (3, 2)
    with pytest.raises(ReadError, match=rf"a\.{form}, line 2: "):
        list(read(file, strict=True).only(["kind"]))


def test_a_refused_row_is_named_by_its_place_in_the_file(write: Write) -> None:
    """Also where it is far from the beginning, and rows are checked in batches."""
    rows = 70_001
    kinds = ["sent"] * (rows - 1) + ["teleported"]
    columns = {"timestamp": pa.array([0] * rows, pa.timestamp("us", "UTC"))}
    columns |= {"channel": pa.array(["email"] * rows), "kind": pa.array(kinds)}
    file = write("a.parquet", _parquet(pa.table(columns), row_group_size=rows - 1))
    expected = r"line 70001: column 'kind', row 70000: 'teleported' is not one of"
    with pytest.raises(ReadError, match=expected):
        list(read(file, strict=True).only(["kind"]))


@pytest.mark.parametrize(
    "row",
    [
        ROW | {"timestamp": "2026-11-20T09:00:00"},
        ROW | {"timestamp": 5},
        ROW | {"message_id": 5},
        ROW | {"machine": "yes", "kind": "opened"},
        ROW | {"kind": []},
        ROW | {"channel": {}},
        ROW | {"reason": "\ud800", "kind": "errored"},
    ],
)
def test_values_of_another_type_are_refused(write: Write, row: dict[str, Any]) -> None:
    """Whatever JSON can hold."""
    batches = read(write("a.ndjson", _lines(ROW, row)))
    assert pa.table(batches).num_rows == 1
    assert sum(batches.diagnostics.not_counted.values()) == 1


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), "dictionary"])
def test_bytes_that_are_no_text_are_refused(write: Write, kind: Any) -> None:
    """A row with them is counted under its column, the other rows stay."""
    raw = pa.array([b"a", b"\xff", None])
    reasons = raw.cast(pa.large_binary() if kind == pa.large_string() else pa.binary())
    target = pa.string() if kind == "dictionary" else kind
    reasons = pa.Array.from_buffers(target, 3, reasons.buffers())
    if kind == "dictionary":
        reasons = pa.DictionaryArray.from_arrays(pa.array([0, 1, None]), reasons)
    at = pa.array([AT] * 3, pa.timestamp("us", "UTC"))
    table = pa.table({"timestamp": at, "channel": ["email"] * 3, "kind": ["errored"] * 3})
    table = table.append_column("reason", reasons).append_column("machine", [[None, False, None]])
    batches = read(write("a.arrow", _ipc(table, pa.ipc.new_file)))
    assert pa.table(batches)["reason"].to_pylist() == ["a", None]
    assert batches.diagnostics.not_counted == {"refused:reason": 1}


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"timestamp": pa.array([1.5])}, "'timestamp' is of type double"),
        ({"kind": pa.array([1])}, "'kind' is of type int64"),
        ({"machine": pa.array(["yes"])}, "'machine' is of type string"),
    ],
)
def test_a_column_of_the_wrong_type_is_an_error(
    write: Write, columns: dict[str, pa.Array], why: str
) -> None:
    """The error names file, column and type."""
    at = pa.array([AT], pa.timestamp("us", "UTC"))
    table = pa.table({"timestamp": at, "channel": ["email"], "kind": ["sent"]} | columns)
    with pytest.raises(ReadError, match=rf"a\.parquet: .*{why}"):
        _ids(read(write("a.parquet", _parquet(table))))
    with pytest.raises(ReadError, match="'kind' is missing"):
        _ids(read(write("b.parquet", _parquet(table.drop_columns(["kind"]))), "events"))


def test_strict_stops_at_a_time_that_cannot_be_read(write: Write) -> None:
    """But not at records that are understood and not counted."""
    fine = _lines(_record(1), _record(2, messageProfile={"channel": {"_id": "x/sms"}}))
    file = write("a.ndjson", fine + _lines(_record(3) | {"timestamp": "soon"}))
    with pytest.raises(ReadError, match=r"a\.ndjson, line 3: .*timestamp"):
        _ids(read(file, strict=True))
    batches = read(file)
    assert _ids(batches) == ["e-1"]
    assert batches.diagnostics.not_counted == {"channel:sms": 1, "timestamp": 1}


def test_records_that_nobody_knows_are_counted(write: Write) -> None:
    """Where no record shows a source, each is counted as not recognised."""
    batches = read(write("a.ndjson", _lines({"price": 1}, {"price": 2})))
    assert _ids(batches) == []
    assert batches.diagnostics.not_counted == {"unrecognised": 2}


def test_an_unknown_source_is_refused() -> None:
    """The message lists what is known; paths are strings or paths."""
    with pytest.raises(ArgumentError, match="events, ajo"):
        read("a.ndjson", "mystery")
    for wrong in (5, [5], None):
        with pytest.raises(ArgumentError, match="'paths'"):
            read(wrong)  # type: ignore[arg-type] # on purpose


def test_progress_is_told(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """In bytes of the file, packed or not; batches stay small."""
    monkeypatch.setattr(records, "_RECORDS_AT_ONCE", 3)
    monkeypatch.setattr(texts, "_PIECE", 100)
    lines = _lines(*map(_record, range(8)))
    for content in (lines, gzip.compress(lines), _parquet(to_arrow(EVENTS))):
        steps: list[int] = []
        file = write("a", content)
        sizes = [batch.num_rows for batch in read(file, progress=steps.append)]
        assert all(size <= 3 for size in sizes)
        assert len(content) / 5 < sum(steps) <= len(content)  # not all of Parquet is read


@given(content=st.binary(max_size=200) | st.text(max_size=50).map(str.encode), pack=st.booleans())
def test_no_bytes_give_another_error(tmp_path_factory: Any, content: bytes, *, pack: bool) -> None:
    """Whatever a file holds, it is read, counted, or refused with the library's own error."""
    file = tmp_path_factory.mktemp("any") / "a"
    file.write_bytes(gzip.compress(content) if pack else content)
    with suppress(ReadError):
        assert _ids(read(file)) == []


_COLUMNS = [
    _ipc(to_arrow(EVENTS), pa.ipc.new_file),
    _ipc(_odd(to_arrow(EVENTS)), pa.ipc.new_stream),
    _parquet(to_arrow(EVENTS)),
]


@given(
    content=st.sampled_from(_COLUMNS),
    place=st.floats(0, 1, exclude_max=True),
    byte=st.integers(0, 255),
    pack=st.booleans(),
)
@example(content=_COLUMNS[0], place=0.07, byte=0xFF, pack=False)
def test_no_damage_gives_another_error(
    tmp_path_factory: Any, content: bytes, place: float, byte: int, *, pack: bool
) -> None:
    """One wrong byte in columns is read over, counted, or refused with the library's own error."""
    content = gzip.compress(content) if pack else content
    damaged = bytearray(content)
    damaged[8 + int(place * (len(content) - 8))] = byte
    file = tmp_path_factory.mktemp("damaged") / "a"
    file.write_bytes(damaged)
    with suppress(ReadError):
        _ids(deduplicate(read(file)))


@given(st.lists(st.integers(0, 5), max_size=6), st.integers(1, 60))
def test_where_bytes_are_cut_into_pieces_does_not_matter(numbers: list[int], size: int) -> None:
    """By line and as a document, values and their lines are the same."""
    values = [_record(number) for number in numbers]
    for content, form in (
        (_lines(*values), texts.values_by_line),
        (json.dumps(values, indent=1).encode(), texts.values_of_document),
    ):
        cut = [content[i : i + size] for i in range(0, len(content), size)]
        found = list(form(iter(cut)))
        assert values == [value for _, value, _ in found]
        lines = [content.decode().split("\n")[line - 1].strip()[:1] for line, _, _ in found]
        assert ["{"] * len(values) == lines


def _streamed(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        for _ in range(3):
            writer.write_table(table)
    return sink.getvalue()


@pytest.mark.parametrize("name", ["a.parquet.gz", "a.arrow.gz"])
@pytest.mark.parametrize("damage", ["cut", "end", "middle"])
def test_columns_in_damaged_gzip_are_an_error(write: Write, name: str, damage: str) -> None:
    """Also where only the last four bytes are missing: the figures could not be trusted."""
    table = pa.concat_tables([to_arrow(EVENTS)] * 500)
    content = _parquet(table) if "parquet" in name else _ipc(table, pa.ipc.new_file)
    packed = bytearray(gzip.compress(content))
    half = len(packed) // 2
    if damage == "middle":
        packed[half : half + 40] = b"\xff" * 40
    else:
        del packed[half if damage == "cut" else -4 :]
    with pytest.raises(ReadError, match="cut off or damaged"):
        _ids(read(write(name, bytes(packed))))


def test_a_stream_of_columns_in_damaged_gzip_is_counted(write: Write) -> None:
    """What was read counts, also where only the end of gzip is missing, or more follows."""
    content = _streamed(to_arrow(EVENTS))
    packed = gzip.compress(content)
    damaged = (packed[:-4], packed[:-8] + bytes(8), gzip.compress(content + content))
    for number, each in enumerate(damaged):
        batches = read(write(f"{number}.arrows.gz", each))
        assert _ids(batches) == ["e-1", "e-2"] * 3
        assert [row for row, _ in _unreadable(batches)] == [7]
    batches = read(write("cut.arrows.gz", gzip.compress(content[:-200])[:-4]))
    assert _ids(batches) == ["e-1", "e-2"] * 2
    assert [row for row, _ in _unreadable(batches)] == [5]


def test_the_head_of_gzip_alone_is_an_error(write: Write) -> None:
    """Whatever follows it."""
    with pytest.raises(ReadError, match="cut off or damaged"):
        _ids(read(write("a.ndjson.gz", gzip.compress(TWO)[:10] + b"\xff" * 50)))


def test_a_large_element_before_many_small_ones_costs_no_more() -> None:
    """What is held is not copied for each value."""
    count = 200_000
    content = b'[{"a":"' + b"x" * 9_000_000 + b'"}' + b",{}" * count + b"]"
    cut = (content[i : i + (1 << 18)] for i in range(0, len(content), 1 << 18))
    begin = time.process_time()
    assert sum(1 for _ in texts.values_of_document(cut)) == count + 1
    assert time.process_time() - begin < 10


def test_numbers_in_an_array_may_be_cut_anywhere() -> None:
    """A piece may end behind what is a number by itself."""
    content = b"[12,3.5,1e+5, 7]"
    for size in range(1, len(content)):
        cut = (content[i : i + size] for i in range(0, len(content), size))
        assert [12, 3.5, 1e5, 7] == [value for _, value, _ in texts.values_of_document(cut)]


@pytest.mark.parametrize(
    "content",
    [
        TWO,
        gzip.compress(TWO),
        _parquet(to_arrow(EVENTS)),
        _ipc(to_arrow(EVENTS), pa.ipc.new_file),
        _ipc(to_arrow(EVENTS), pa.ipc.new_stream),
    ],
)
def test_standard_input_is_read_from_where_it_stands(
    write: Write, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    """What another program took from it is not read again, nor is any of it read twice."""
    path = write("a", b"a line that was read\n" + content)
    with path.open("rb") as file:
        file.seek(21)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(file))
        steps: list[int] = []
        assert _ids(read("-", progress=steps.append)) == ["e-1", "e-2"]
        assert sum(steps) in range(len(content) + 1)
        again = read("-")
        assert _ids(again) == []
        assert _unreadable(again) == [(None, "the file is empty")]


def test_standard_input_is_named_once() -> None:
    """It cannot be read twice."""
    with pytest.raises(ArgumentError, match="more than once"):
        read(["-", "a.ndjson", "-"])


@pytest.mark.parametrize("how", ["none", "closed", "text"])
def test_standard_input_that_is_closed_is_an_error(
    monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Python then has none, or one without bytes."""
    text = io.TextIOWrapper(io.BytesIO(TWO))
    if how == "closed":
        text.close()
    stdin = {"none": None, "closed": text, "text": io.StringIO("x")}[how]
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises(ReadError, match=r"^-: standard input is closed"):
        _ids(read("-"))


_PRETTY = b'{"timestamp": "2026-11-20T09:00:00Z",\n "channel": "email",\n "kind": "sent"}\n'
_SENT = json.dumps(ROW | {"event_id": "e-1"}).encode()


@pytest.mark.parametrize(
    ("content", "events", "unreadable"),
    [
        (_PRETTY, 1, 0),
        (_PRETTY * 2, 2, 0),
        (_PRETTY.replace(b",\n", b"\n,"), 1, 0),
        (_PRETTY.replace(b": ", b":\n"), 1, 0),
        (b"\n" * 9 + b"[\n" + _SENT + b",\n" + _SENT + b"\n]", 2, 0),
        (b" " * 5000 + b"\n[" + _SENT + b"]", 1, 0),
        (b"\xef\xbb\xbf\n\n\n" + _PRETTY, 1, 0),
        (b'{"events": [\n' + TWO.rstrip().replace(b"\n", b",\n") + b"\n]}\n", 2, 0),
        (b'{"events": [\n' + TWO.rstrip().replace(b"\n", b"\n,") + b"\n]}\n", 2, 0),
        (b'{"events": [\n' + json.dumps(_record(), indent=1).encode() + b"]}", 1, 0),
        (b'{"events": [\n' + _lines(_record()) + b"]}", 1, 0),
        (b'{"events": [\n' + TWO, 2, 1),
        (b'{"kind": "sent",\n' + (_SENT + b"\n") * 2, 2, 1),
        (b'{"kind": "se\n' + (_SENT + b"\n") * 2, 2, 1),
    ],
)
def test_bytes_are_read_alike_however_they_come(
    write: Write,
    monkeypatch: pytest.MonkeyPatch,
    content: bytes,
    events: int,
    unreadable: int,
) -> None:
    """From a file, from gzip, and from a pipe byte by byte."""

    class _Drops(io.BytesIO):
        def read1(self, size: int | None = -1) -> bytes:
            return self.read(min(size or 1, 7))

    stdin = type("_In", (), {"buffer": _Drops(content)})
    monkeypatch.setattr(sys, "stdin", stdin)
    for path in (write("a.json", content), write("b.json.gz", gzip.compress(content)), "-"):
        batches = read(path)
        assert len(_ids(batches)) == events
        assert batches.diagnostics.unreadable == unreadable
        assert batches.diagnostics.not_counted == {}


@pytest.mark.parametrize("before", [1, 99, 100, 450])
@pytest.mark.parametrize(
    "damaged", [{}, {"timestamp": ROW["timestamp"], "channel": "sms"}, 5, {"price": 1}]
)
def test_damaged_records_do_not_hide_the_source(write: Write, before: int, damaged: Any) -> None:
    """Rows of events win where there are any; where nothing tells, what comes does."""
    if before >= 100 and damaged and damaged != 5 and "channel" in damaged:
        before = 98
    batches = read(write("a.ndjson", _lines(*[damaged] * before, *[ROW] * 5)))
    assert len(_ids(batches)) == 5
    assert "unrecognised" not in batches.diagnostics.not_counted
    batches = read(write("b.ndjson", _lines(*[damaged] * before, *[_record()] * 5)))
    assert len(_ids(batches)) == 5


def test_where_a_thousand_records_tell_nothing_they_are_counted(write: Write) -> None:
    """Reading ahead has an end."""
    batches = read(write("a.ndjson", _lines(*[{}] * 1200)))
    assert _ids(batches) == []
    assert batches.diagnostics.not_counted == {"unrecognised": 1200}


def test_values_too_deep_for_python_are_unreadable(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that were decoded, but cannot be gone through."""
    facts = ajo.SOURCE.facts

    def _facts(record: Any) -> Any:
        if "deep" in record:
            raise RecursionError
        return facts(record)

    monkeypatch.setattr(ajo, "SOURCE", attrs.evolve(ajo.SOURCE, facts=_facts))
    batches = read(write("a.ndjson", _lines({"deep": 1}, _record(1), {"deep": 2})))
    assert _ids(batches) == ["e-1"]
    assert _unreadable(batches) == [(1, "nested too deeply"), (3, "nested too deeply")]
    for depth in range(100, 1000, 50):
        deep = b'{"a":' * depth + b"1" + b"}" * depth
        row = _SENT.replace(b'"sent"', deep)
        account = read(write("b.ndjson", row + b"\n" + _SENT))
        assert _ids(account) == ["e-1"]
        assert account.diagnostics.unreadable + len(account.diagnostics.not_counted) == 1


def test_columns_too_deep_for_python_are_accounted_for(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Groups within groups cost no other row."""

    def _too_deep(_: object) -> pa.Array:
        raise RecursionError

    monkeypatch.setattr(arrow_files, "_in_microseconds", _too_deep)
    table = _nested(timestamp=pa.array([1_000_000], pa.timestamp("us", "UTC")))
    assert _ids(read(write("a.parquet", _parquet(table)))) == ["e-1"]


def test_the_registry_names_its_sources() -> None:
    """What ``read`` calls a source is the source's own name."""
    assert list(NAMES) == [declared(name).name for name in NAMES]
    assert opening.STANDARD_INPUT == "-"


def test_lines_of_a_source_that_is_named() -> None:
    """Those of others are not looked for."""
    foreign = {
        "event": "open",
        "email": "a@shop.example",
        "timestamp": 1795165200,
        "sg_event_id": "1",
    }
    content = _lines(_record(1), foreign)
    for source, expected in (("ajo", ["e-1"]), (None, ["e-1", "1"])):
        lines = Lines("log", texts.values_by_line(iter([content])), None)
        assert _ids(Reader(source).batches(lines)) == expected


def test_a_line_may_hold_a_list(write: Write) -> None:
    """Every record of it counts, on its line; a list of anything else is no record."""
    content = _lines(_record(1), [_record(2), _record(3), 5], [], [6, _record(4)], [_record(5)])
    batches = read(write("a.ndjson", content))
    assert _ids(batches) == ["e-1", "e-2", "e-3", "e-5"]
    fault = "not a JSON object"
    assert _unreadable(batches) == [(2, fault), (3, fault), (4, fault)]
    assert batches.diagnostics.records == 7


def test_a_document_may_hold_lists(write: Write) -> None:
    """As the bodies of several requests, put into one array."""
    content = json.dumps([[_record(1), _record(2)], _record(3)], indent=1).encode()
    assert _ids(read(write("a.json", content))) == ["e-1", "e-2", "e-3"]
