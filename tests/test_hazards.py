"""Hazards that were met once: Arrow data of odd make, and output that cannot be written."""

from __future__ import annotations

import datetime as dt
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import campaignmetrics as cm
from campaignmetrics import cli, forms
from campaignmetrics.cli import commands

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "events.ndjson"
FULL = Path("/dev/full")


def table(**columns: Any) -> pa.Table:  # noqa: ANN401 -- whatever Arrow takes as a column
    """Make a table of events, as long as its longest column."""
    rows = max(len(column) for column in columns.values())
    required = {
        "timestamp": pa.array([AT] * rows, pa.timestamp("us", "UTC")),
        "channel": ["email"] * rows,
        "kind": ["sent"] * rows,
    }
    return pa.table(required | columns)


def dictionary(codes: pa.Array, words: list[bytes]) -> pa.DictionaryArray:
    """Make a dictionary column of bytes that claim to be text."""
    return pa.DictionaryArray.from_arrays(codes, pa.array(words).view(pa.string()))


def test_an_entry_is_of_no_message() -> None:
    """A row of the campaign channel has no message, whatever its column says."""
    rows = table(channel=["campaign"], kind=["entered"], message_id=["m"], profile_id=["p"])

    assert cm.reduce(cm.from_arrow(rows)) == cm.reduce_arrow(rows)


@pytest.mark.parametrize("name", ["channel", "kind", "recipient_domain", "link", "message_id"])
def test_a_word_that_no_row_has_may_be_no_text(name: str) -> None:
    """What stands in a dictionary without being used is nobody's event."""
    used = {"channel": b"email", "kind": b"clicked"}.get(name, b"a.example")
    column = dictionary(pa.array([0], pa.int32()), [used, b"\xff"])
    rows = table(**{"kind": ["clicked"], name: column})
    plain = table(**{"kind": ["clicked"], name: [used.decode()]})

    assert cm.reduce_arrow(plain) == cm.reduce_arrow(rows)


@pytest.mark.parametrize("codes", [pa.uint8(), pa.uint32(), pa.int64(), pa.uint64()], ids=str)
def test_dictionaries_with_codes_of_any_width(codes: pa.DataType) -> None:
    """Codes are places, of whatever integer type."""
    given = dictionary(pa.array([0, None, 1], codes), [b"given.example", b"other.example"])
    rows = table(recipient_domain=given, recipient=["a@b.example"] * 3)
    domains = cm.report(cm.reduce_arrow(rows)).email.top_recipient_domains(by="sent").domains

    assert ["b.example", "given.example", "other.example"] == [row.domain for row in domains]


def test_one_long_word_a_million_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts that a dictionary holds once are longer written out than a plain column can be."""
    monkeypatch.setattr(forms, "_MOST_IN_A_STRING", 100)
    word = b"x" * 40 + b"@example.com"
    rows = table(recipient=dictionary(pa.array([0] * 9, pa.int32()), [word]))

    assert (cm.DomainCount("example.com", 9),) == (
        cm.report(cm.reduce_arrow(rows)).email.top_recipient_domains(by="sent").domains
    )


def run(command: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a shell, with its exit status as the last line of the output."""
    program = f"{sys.executable} -m campaignmetrics {command}"
    return subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=False)  # noqa: S603, S607 -- a shell is what is tried


@pytest.mark.skipif(not FULL.exists(), reason=f"{FULL} is not there")
@pytest.mark.parametrize("style", ["text", "json"])
def test_a_full_disk(style: str) -> None:
    """A report that cannot be written is an error of one line."""
    done = run(f"report {EXAMPLE} --format {style} >{FULL}")

    assert 1 == done.returncode
    assert "campaignmetrics: the report cannot be written: No space left on device\n" == done.stderr


def test_closed_output() -> None:
    """Without standard output there is nothing to do."""
    done = run(f"report {EXAMPLE} >&-")

    assert (2, "campaignmetrics: standard output is closed\n") == (done.returncode, done.stderr)


@pytest.mark.parametrize("style", ["text", "json"])
def test_a_reader_that_has_seen_enough(style: str) -> None:
    """``| head -1`` is no error."""
    done = run(f"report {EXAMPLE} --format {style} | head -1; echo ${{PIPESTATUS[0]}}")

    assert "0" == done.stdout.splitlines()[-1]
    assert not done.stderr


def test_a_name_that_no_file_can_have() -> None:
    """A file name that is too long is an error of one line."""
    done = run(f"report {'x' * 300}")

    assert (1, 1) == (done.returncode, done.stderr.count("\n"))


def test_an_error_leaves_no_part_of_a_report(tmp_path: Path) -> None:
    """A time that a zone has no calendar for is told before anything is printed."""
    file = tmp_path / "first.ndjson"
    file.write_text('{"timestamp": "0001-01-01T00:00:00Z", "channel": "email", "kind": "sent"}\n')
    done = run(f"report {file} --zone America/New_York")

    assert (1, "", 1) == (done.returncode, done.stdout, done.stderr.count("\n"))


@pytest.mark.parametrize(
    "error",
    [
        cm.EventError("kind", "sold", "one of sent, opened", 7),
        cm.ReadError("a.ndjson", "not JSON", 3),
    ],
    ids=["EventError", "ReadError"],
)
def test_errors_come_back_from_a_worker_process(error: Exception) -> None:
    """Pools send errors as bytes; message and attributes arrive."""
    arrived = pickle.loads(pickle.dumps(error))  # noqa: S301 -- as multiprocessing does

    assert str(error) == str(arrived)
    assert vars(error) == vars(arrived)


def test_records_and_rows_that_are_none() -> None:
    """Only records become rows; a row without a zone is refused as a record would be."""
    with pytest.raises(cm.SchemaError, match="not dict"):
        cm.to_arrow([{}])  # type: ignore[list-item] # that is what is tried
    rows = pa.table(
        {"timestamp": pa.array([0], pa.timestamp("s")), "channel": ["email"], "kind": ["sent"]}
    )
    with pytest.raises(cm.EventError, match="is not a time with a zone"):
        list(cm.from_arrow(rows))


def test_a_timestamp_column_of_nulls() -> None:
    """A column without a type of its own has no time in any row."""
    rows = pa.table({"timestamp": pa.nulls(1), "channel": ["email"], "kind": ["sent"]})
    with pytest.raises(cm.EventError, match="column 'timestamp', row 0: None"):
        cm.reduce_arrow(rows)


def test_buckets_that_days_of_a_zone_cut_through() -> None:
    """Hours of UTC cannot be made into days of a zone that is half an hour off."""
    sent = cm.EmailEvent(kind="sent", timestamp=AT)
    email = cm.report(cm.reduce([sent], resolution=dt.timedelta(hours=1))).email

    with pytest.raises(cm.ResolutionError, match="count with a finer resolution"):
        email.over_time(dt.timedelta(days=1), zone="Asia/Kolkata")


def test_a_pipe_that_breaks_while_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """However much was to be said, it is no error that nobody listens any more."""
    given_up: list[int] = []

    def broken(*_: object, **__: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(commands.command, "main", broken)
    monkeypatch.setattr(cli, "_give_up_output", lambda: given_up.append(1))

    assert (0, [1]) == (cli.main([]), given_up)
