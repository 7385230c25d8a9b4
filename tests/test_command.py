"""The command: its options, what it says about the reading, and how it ends."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from campaignmetrics.cli import commands, main
from campaignmetrics.sources import NAMES, declared

ROW = {"timestamp": "2026-11-20T09:00:00Z", "channel": "email", "kind": "sent"}


def lines(path: Path, *rows: dict[str, Any], end: str = "") -> Path:
    """Write rows as NDJSON."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + end, encoding="utf-8")
    return path


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return what the command prints, after checking that it went well."""
    assert 0 == main(["report", *arguments])
    written = capsys.readouterr()
    assert "" == written.err
    return written.out


def reading(text: str) -> list[str]:
    """Return the lines of the account of the reading."""
    return text.partition("READING\n\n")[2].splitlines()


@pytest.mark.parametrize(
    ("every", "starts"),
    [
        ("90s", ["09:00:00", "09:01:30"]),
        ("45s", ["09:00:00", "09:01:30"]),
        ("1s", ["09:00:10", "09:01:31", "09:02:50"]),
        ("150s", ["09:00:00", "09:02:30"]),
        ("2m", ["09:00:00", "09:02:00"]),
        ("7d", ["00:00:00"]),
    ],
)
def test_steps_may_be_any_that_divide_a_day(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], every: str, starts: list[str]
) -> None:
    """Also those of more than a minute that are no whole minutes."""
    times = [f"2026-11-16T{time}Z" for time in ("09:00:10", "09:01:31", "09:02:50")]
    if every == "45s":
        times = times[:2]
    file = lines(tmp_path / "a.ndjson", *(ROW | {"timestamp": time} for time in times))
    report = json.loads(printed(capsys, str(file), "--every", every, "--format", "json"))
    steps = report["email"]["over_time"]
    assert starts == [step["start"][11:19] for step in steps]
    assert len(times) == sum(step["sent"] for step in steps)


@pytest.mark.parametrize("every", ["61s", "7m", "36h"])
def test_steps_that_do_not_fit_into_days_are_refused(
    capsys: pytest.CaptureFixture[str], every: str
) -> None:
    """In one line, as wrong use."""
    assert 2 == main(["report", "a.ndjson", "--every", every])
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("campaignmetrics: --every: a step divides a day or is whole days")


def test_one_of_each_is_singular(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One record states one event, which was a duplicate, has no id, is outside, or unreadable."""
    twice = lines(tmp_path / "twice.ndjson", *[ROW | {"event_id": "e-1"}] * 2)
    one = lines(tmp_path / "one.ndjson", ROW)
    bad = lines(tmp_path / "bad.ndjson", end="{")
    assert reading(printed(capsys, str(twice))) == [
        "2 records read, which state 2 events",
        "1 event was a duplicate and is not counted again",
    ]
    assert reading(printed(capsys, str(one))) == [
        "1 record read, which states 1 event",
        "1 event has no id, so that duplicates of it cannot be recognised",
    ]
    assert reading(printed(capsys, str(one), "--campaign", "c", "--no-deduplicate")) == [
        "1 record read, which states 1 event",
        "1 event is outside the chosen campaign or time",
    ]
    read, count, first = reading(printed(capsys, str(bad)))
    assert (read, count) == ("1 record read, which states 0 events", "1 unreadable:")
    assert first.startswith(f"  {bad}, line 1: not JSON")


def test_several_of_each_are_plural(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same for more than one."""
    known = [ROW | {"event_id": "e-1"}] * 3
    other = [ROW | {"campaign_id": "c"}] * 2
    file = lines(tmp_path / "a.ndjson", *known, *other, ROW | {"kind": "no"}, end="{\n{")
    assert reading(printed(capsys, str(file)))[:5] == [
        "8 records read, which state 5 events",
        "2 events were duplicates and are not counted again",
        "2 events have no id, so that duplicates cannot be recognised",
        "1 not counted: refused:kind",
        "2 unreadable; the first of them:",
    ]
    assert "3 events are outside the chosen campaign or time" in printed(
        capsys, str(file), "--campaign", "c"
    )


@pytest.mark.parametrize("terminal", [False, True])
def test_paths_are_in_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    terminal: bool,
) -> None:
    """However long they are and however narrow the terminal, and without pictures for words."""
    folder = tmp_path
    for _ in range(6):
        folder /= "a name with spaces :smile: " * 8
    folder.mkdir(parents=True)
    file = lines(folder / "a.ndjson", ROW, end="{")
    if terminal:
        monkeypatch.setenv("TERM", "dumb")  # 80 columns, and nothing bold
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    said = reading(printed(capsys, str(file)))
    assert said[-1].startswith(f"  {file}, line 2: not JSON")


def test_help_says_what_each_option_takes(capsys: pytest.CaptureFixture[str]) -> None:
    """Every option has a sentence, and the counts for ``--by`` are listed."""
    text = " ".join(printed(capsys, "--help").split())
    assert "--format [text|json] For people, or for programs." in text
    assert "--top N " in text
    assert "one of: targeted, exclusions, errors, sent" in text
    assert [] == [param.name for param in commands.report.params[1:] if not getattr(param, "help")]  # noqa: B009 -- not every parameter has it


@pytest.mark.parametrize("name", ["read", "reduce_arrow", "report_of", "print_report"])
def test_an_interrupt_ends_in_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    """Wherever it comes, with the status of an interrupt, and without a traceback."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, name, interrupted)
    assert 130 == main(["report", str(lines(tmp_path / "a.ndjson", ROW))])
    assert ("", "campaignmetrics: interrupted\n") == capsys.readouterr()


def test_an_interrupt_before_the_command_ends_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While modules are still loaded, for example."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("campaignmetrics.cli._run", interrupted)
    assert 130 == main([])
    assert ("", "campaignmetrics: interrupted\n") == capsys.readouterr()


@pytest.mark.parametrize(
    ("window", "sent"),
    [
        ([], 3),
        (["--from", "2026-11-20"], 2),
        (["--to", "2026-11-20"], 1),
        (["--from", "2026-11-20T10:00:00+01:00"], 2),
        (["--from", "2026-11-20T09:00:01Z", "--to", "2026-11-21"], 1),
        (["--from", "2026-11-20", "--zone", "Pacific/Auckland"], 3),
    ],
)
def test_a_window_is_half_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], window: list[str], sent: int
) -> None:
    """From is in, to is out; a date is its midnight in the zone of the report."""
    times = ["2026-11-19T23:59:59Z", "2026-11-20T09:00:00Z", "2026-11-20T10:00:00Z"]
    file = lines(tmp_path / "a.ndjson", *(ROW | {"timestamp": time} for time in times))
    report = json.loads(printed(capsys, str(file), "--format", "json", *window))

    assert sent == report["email"]["total"]["sent"]
    assert 3 - sent == report["diagnostics"]["not_selected"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from", "yesterday"], "--from 'yesterday' is no date such as 2026-11-20"),
        (["--to", "2026-11-20T09:00:00"], "has no zone: write it as 2026-11-20T09:00:00Z"),
        (["--every", "7h"], "a step divides a day or is whole days; 7:00:00 is neither"),
        (["--every", "0h"], "'0h' is not a duration such as 15m"),
        (["--every", "soon"], "'soon' is not a duration such as 15m"),
        (["--zone", "Mars/Olympus"], "'Mars/Olympus' is not a time zone such as Europe/Berlin"),
        (["--by", "fame"], "'fame' is not one of"),
        (["--top", "-1"], "-1 is not in the range"),
    ],
)
def test_wrong_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    """What cannot be meant is told in one line, with status 2, before anything is read."""
    assert 2 == main(["report", str(tmp_path / "missing.ndjson"), *arguments])
    written = capsys.readouterr()

    assert "" == written.out
    assert message in written.err
    assert 1 == written.err.count("\n")


def test_without_the_extra(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where click is not installed, the command says what to install."""
    monkeypatch.setitem(sys.modules, "click", None)

    assert 2 == main([])
    assert "pip install 'campaignmetrics[cli]'" in capsys.readouterr().err


def test_a_report_of_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Channels without events are said to have none."""
    file = lines(tmp_path / "a.ndjson")
    file.write_text("\n\n")
    text = printed(capsys, str(file))

    assert "no email events" in text
    assert "no push events" in text


def test_the_sources_stand_in_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    """With what each needs; a pipe is not folded as a narrow terminal is."""
    assert 0 == main(["sources"])
    _, rule, *rows = capsys.readouterr().out.splitlines()
    assert set(rule) <= set("─- ")
    assert ["events", *NAMES] == [row.split()[0] for row in rows]
    for row, name in zip(rows[1:], NAMES, strict=True):
        assert declared(name).title in row
        assert row.rstrip().endswith(declared(name).needs)
