"""The command ``live``: files that grow, are rotated or truncated, checkpoints, and how it ends."""

from __future__ import annotations

import datetime as dt
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from campaignmetrics.cli import main
from campaignmetrics.cli.options import duration, written
from campaignmetrics.cli.session import Session
from campaignmetrics.errors import ReadError
from campaignmetrics.live import LiveReport
from campaignmetrics.reading.following import FollowedFile
from campaignmetrics.reading.lines import Lines

_AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
_COMMAND = [sys.executable, "-m", "campaignmetrics", "live"]
_PATIENCE = 120.0  # seconds


def record(number: int, **more: Any) -> str:  # noqa: ANN401 -- as JSON has
    """Write one event as a line."""
    row = {
        "event_id": f"e-{number}",
        "timestamp": (_AT + dt.timedelta(seconds=number)).isoformat(),
        "channel": "email",
        "kind": "sent",
        "message_id": "m",
    }
    return json.dumps(row | more) + "\n"


def append(path: Path, *numbers: int) -> None:
    """Write events at the end of a file."""
    with path.open("a", encoding="utf-8") as file:
        file.writelines(map(record, numbers))


class Running:
    """The command while it runs."""

    def __init__(self, *arguments: str | Path, stdin: int = subprocess.DEVNULL) -> None:
        command = [*_COMMAND, "--every", "1s", "--now", "newest", *map(str, arguments)]
        self.process = subprocess.Popen(  # noqa: S603 -- our own
            command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )

    def until(self, sent: int) -> dict[str, Any]:
        """Wait for a report with so many emails sent."""
        assert self.process.stdout is not None
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            report: dict[str, Any] = json.loads(self.process.stdout.readline())
            if report["email"]["total"]["sent"] == sent:
                return report
            assert report["email"]["total"]["sent"] < sent
        raise AssertionError(f"{sent} were never reached")

    def stop(self, number: int = signal.SIGINT) -> tuple[dict[str, Any], str]:
        """End it by a signal; give the last report and what it says."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=_PATIENCE)
        assert 0 == self.process.returncode, err.decode()
        return json.loads(out.splitlines()[-1]), err.decode()


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    """Start the command; what is still running at the end of the test is killed."""
    started: list[Running] = []

    def begin(*arguments: str | Path, **named: int) -> Running:
        started.append(Running(*arguments, **named))
        return started[-1]

    yield begin
    for each in started:
        each.process.kill()
        each.process.communicate()


def test_a_file_that_grows(tmp_path: Path, start: Callable[..., Running]) -> None:
    """Lines are read as they come, copies count once, the last line waits until it is whole."""
    file = tmp_path / "events.ndjson"
    append(file, 1, 2)
    running = start(file)
    report = running.until(2)
    assert {"start": "2026-11-19T09:01:00Z", "end": "2026-11-20T09:01:00Z"} == report["window"]
    append(file, 3, 2, 1)
    running.until(3)
    line = record(4)
    with file.open("a", encoding="utf-8") as out:
        out.write(line[:30])
        out.flush()
        time.sleep(1.5)
        out.write(line[30:] + "{damaged\n")
    report, said = (running.until(4), running.stop())[1]
    assert {"records": 7, "events": 6, "duplicates": 2} == {
        name: report["diagnostics"][name] for name in ("records", "events", "duplicates")
    }
    assert report["diagnostics"]["unreadable"]["first"][0]["line"] == 7
    assert "7 records read, which state 6 events" in said
    assert f"{file}, line 7: not JSON" in said


def test_a_file_that_is_rotated(tmp_path: Path, start: Callable[..., Running]) -> None:
    """The rest of the old one is read, also its last line without an end, then the new one."""
    file = tmp_path / "events.ndjson"
    append(file, 1)
    running = start(file)
    running.until(1)
    old = file.rename(tmp_path / "events.ndjson.1")
    append(old, 2)
    time.sleep(0.5)
    with old.open("a", encoding="utf-8") as out:
        out.write(record(3).rstrip("\n"))
    append(file, 4)
    running.until(4)
    report, said = running.stop()
    assert 4 == report["diagnostics"]["records"]
    assert "gone" not in said


def test_a_file_that_is_truncated(tmp_path: Path, start: Callable[..., Running]) -> None:
    """It is read from its start, also where it is longer than it was at once."""
    file = tmp_path / "events.ndjson"
    append(file, 1, 2)
    running = start(file)
    running.until(2)
    file.write_text(record(3))
    running.until(3)
    time.sleep(0.5)  # so that it does not look just when the file is empty
    file.write_text(record(4) + record(5) + record(6))
    running.until(6)
    _, said = running.stop()
    assert said.count("campaignmetrics: the file was truncated, and is read from its start") == 2


def test_killed_and_resumed(tmp_path: Path, start: Callable[..., Running]) -> None:
    """What was counted after the last saving is counted again, once; a signal to end saves."""
    file, checkpoint = tmp_path / "events.ndjson", tmp_path / "c"
    append(file, *range(1, 11))
    running = start(file, "--checkpoint", checkpoint)
    running.until(10)
    _, said = running.stop(signal.SIGTERM)
    assert f"kept in {checkpoint}" in said
    append(file, 11)
    running = start(file, "--checkpoint", checkpoint)
    running.until(11)
    running.process.kill()
    append(file, 12, 1)
    running = start(file, "--checkpoint", checkpoint)
    running.until(12)
    report, _ = running.stop()
    assert {"records": 13, "duplicates": 1} == {
        name: report["diagnostics"][name] for name in ("records", "duplicates")
    }
    assert 10 == LiveReport.load(checkpoint, previous=True).totals().events
    running = start(file, "--checkpoint", checkpoint, "--previous")
    running.until(12)
    assert 13 == running.stop()[0]["diagnostics"]["records"]


def test_rotated_while_it_was_down(tmp_path: Path, start: Callable[..., Running]) -> None:
    """The rest of the file is found under its new name, and what was rotated after it."""
    file, checkpoint = tmp_path / "events.ndjson", tmp_path / "c"
    append(file, 1, 2)
    running = start(file, "--checkpoint", checkpoint)
    running.until(2)
    running.stop()
    append(file, 3)
    file.rename(tmp_path / "events.ndjson.2")
    time.sleep(0.02)
    append(file, 4)
    file.rename(tmp_path / "events.ndjson.1")
    time.sleep(0.02)
    append(file, 5)
    (tmp_path / "events.ndjson.note").write_text("no event")
    running = start(file, "--checkpoint", checkpoint)
    running.until(5)
    report, said = running.stop()
    assert 5 == report["diagnostics"]["records"]
    assert "gone" not in said
    file.write_text(record(6))
    for rotated in ("events.ndjson.1", "events.ndjson.2"):
        (tmp_path / rotated).unlink()
    running = start(file, "--checkpoint", checkpoint)
    running.until(6)
    assert "the file that was read last is gone" in running.stop()[1]


def test_standard_input(tmp_path: Path, start: Callable[..., Running]) -> None:
    """It ends where the input ends, also in the middle of a line, and says what it counted."""
    checkpoint = tmp_path / "c"
    running = start("-", "--checkpoint", checkpoint, stdin=subprocess.PIPE)
    assert running.process.stdin is not None
    running.process.stdin.write((record(1) + record(2)).encode())
    running.process.stdin.flush()
    running.until(2)
    out, err = running.process.communicate((record(3) + record(4).rstrip("\n")).encode())
    assert 0 == running.process.returncode
    assert 4 == json.loads(out.splitlines()[-1])["email"]["total"]["sent"]
    assert "4 records read" in err.decode()
    running = start("-", "--checkpoint", checkpoint, stdin=subprocess.PIPE)
    out, _ = running.process.communicate((record(4) + record(5)).encode())
    last = json.loads(out.splitlines()[-1])
    assert (5, 1) == (last["email"]["total"]["sent"], last["diagnostics"]["duplicates"])
    append(tmp_path / "a", 5, 6)
    running = start(tmp_path / "a", "--checkpoint", checkpoint)
    running.until(6)
    assert "gone" not in running.stop()[1]


def test_the_output_is_closed(tmp_path: Path, start: Callable[..., Running]) -> None:
    """Who has seen enough may go: it ends quietly, and what is known is kept."""
    file, checkpoint = tmp_path / "events.ndjson", tmp_path / "c"
    append(file, 1)
    running = start(file, "--checkpoint", checkpoint)
    running.until(1)
    assert running.process.stdout is not None
    assert running.process.stderr is not None
    running.process.stdout.close()
    append(file, 2)
    assert 0 == running.process.wait(_PATIENCE)
    assert b"" == running.process.stderr.read()
    assert 2 == LiveReport.load(checkpoint).totals().events


def _in_terminal(
    *arguments: str | Path, keys: Callable[[int], None], until: bytes = b"Message", **env: str
) -> str:
    """Run the command in a terminal of 100 columns; give all that was written to it.

    Once it has written what ``until`` says, keys are pressed.
    """
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update({"TERM": "xterm", "COLUMNS": "100", "LINES": "60", **env})
        os.execv(sys.executable, [*_COMMAND, "--every", "1s", *map(str, arguments)])  # noqa: S606 -- our own
    written = b""
    sent = False
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                written += os.read(terminal, 1 << 16)
            except OSError:  # it has ended
                break
        if not sent and until in written:
            keys(terminal)
            sent = True
    status = os.waitpid(pid, 0)[1]
    os.close(terminal)
    assert 0 == os.waitstatus_to_exitcode(status), written.decode()
    return written.decode(errors="replace")  # the echo of a key may cut a letter


def _interrupt(terminal: int) -> None:
    os.write(terminal, b"\x03")


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text).replace("\r\n", "\n")


def test_in_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The report is shown in place, with rates; Ctrl-C leaves the last one behind."""
    monkeypatch.chdir(tmp_path)  # so that names are short
    file = Path("events.ndjson")
    now = dt.datetime.now(dt.UTC)
    rows = [
        record(n, timestamp=(now - dt.timedelta(seconds=60 + n)).isoformat()) for n in range(10)
    ]
    push = {"channel": "push", "timestamp": now.isoformat(), "message_id": None}
    file.write_text("".join(rows) + record(99, **push) + "x\n")

    def keys(terminal: int) -> None:
        file.write_text("")  # which is noted
        time.sleep(2.5)
        os.write(terminal, b"\x03")

    written = _in_terminal(file, "--checkpoint", "c", keys=keys)
    assert "\x1b[?1049h" in written  # a screen of its own
    assert "\x1b[1m" in written
    _, _, last = written.rpartition("\x1b[?1049l")
    lines = [line.rstrip() for line in _plain(last).splitlines()]
    assert lines[0].startswith(f"{file}: the last 24h to ")
    assert lines[1] == f"newest event: {now:%Y-%m-%d %H:%M:%S} UTC"
    assert any("the file was truncated" in line for line in lines)
    assert any(re.fullmatch(r"Sent +10 +\d\.\d", line) for line in lines)
    assert any(re.fullmatch(r"m +10 +0 +0 +0 +0 +0 +0 +0", line) for line in lines)
    assert any(re.fullmatch(r"\(none\) +1 +0 +0 +0 +0 +0 +0", line) for line in lines)
    assert "12 records read, which state 11 events" in lines
    assert "kept in c, from which the same command goes on" in lines


def test_a_screen_is_not_blank_for_long(tmp_path: Path) -> None:
    """The first report is shown as soon as all that is there is read."""
    file = tmp_path / "events.ndjson"
    append(file, 1)
    begun = time.monotonic()
    _in_terminal(file, "--now", "newest", "--every", "1h", keys=_interrupt)
    assert time.monotonic() - begun < _PATIENCE


def test_without_colour(tmp_path: Path) -> None:
    """NO_COLOR is respected, and old events are told to be outside the window."""
    file = tmp_path / "events.ndjson"
    append(file, 1)
    written = _in_terminal(file, "--now", "newest", keys=_interrupt, NO_COLOR="1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", written)
    assert "newest event: 2026-11-20 09:00:01 UTC\n" in _plain(written)


def test_in_a_terminal_that_can_only_write_on(tmp_path: Path) -> None:
    """The reports follow each other, instead of one that is refreshed in place."""
    file = tmp_path / "events.ndjson"
    append(file, 1)
    written = _in_terminal(file, "--now", "newest", keys=_interrupt, TERM="dumb")
    assert "\x1b" not in written
    assert written.count("newest event: 2026-11-20 09:00:01 UTC") >= 2


def test_an_empty_window_says_what_to_do(tmp_path: Path, start: Callable[..., Running]) -> None:
    """Yesterday's file has nothing in the window that ends now."""
    file = tmp_path / "events.ndjson"
    append(file, 1)
    running = start(file, "--now", "clock", "--window", "1h")
    assert 1 == running.until(0)["diagnostics"]["events"]
    assert 0 == running.stop()[0]["email"]["total"]["sent"]
    written = _in_terminal(file, "--window", "90m", keys=_interrupt, until=b"--now newest")
    assert ": the last 90m to " in written
    file.write_text("")
    assert "no event yet" in _in_terminal(file, keys=_interrupt, until=b"no event yet")


@pytest.mark.parametrize("text", ["90s", "90m", "24h", "36h", "2d", "7d"])
def test_durations_are_written_as_they_are_read(text: str) -> None:
    """So that a window is named as it was given."""
    assert text == written(duration(text))


def _session(path: Path, *lines: str, checkpoint: Path | None = None) -> Session:
    """Begin with some lines."""
    path.write_text("".join(lines))
    session = Session.begin(dt.timedelta(hours=24), None, checkpoint)
    with closing(FollowedFile(str(path))) as followed:
        found = followed.read()
        assert found is not None
        session.add(found)
    return session


def test_events_far_ahead_of_the_clock(tmp_path: Path) -> None:
    """Nothing is known of the present then, so the window ends at the newest."""
    ahead = _AT + dt.timedelta(days=30)
    session = _session(tmp_path / "a", record(1), record(2, timestamp=ahead.isoformat()))
    report, now, newest = session.report(_AT)
    assert (ahead, ahead + dt.timedelta(microseconds=1)) == (newest, now)
    assert 1 == report.email.total.sent


def test_nothing_is_kept_after_it_was_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is known may be half counted then."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Session, "report", interrupted)
    append(tmp_path / "a", 1)
    arguments = ["live", str(tmp_path / "a"), "--every", "1s", "--checkpoint", str(tmp_path / "c")]
    assert 130 == main(arguments)
    assert not (tmp_path / "c").exists()


def test_a_checkpoint_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """Counting goes on, and it is tried again later."""
    folder = tmp_path / "folder"
    session = _session(tmp_path / "a", record(1), checkpoint=folder / "c")
    assert session.keep_if_due() is None  # it is not yet
    session._due = 0.0  # noqa: SLF001 -- half a minute later
    told = session.keep_if_due()
    assert told == f"{folder / 'c'}: cannot be written: No such file or directory"
    assert session.keep_if_due() is None
    folder.mkdir()
    session._due = 0.0  # noqa: SLF001 -- the same
    assert session.keep_if_due() is None
    assert 1 == LiveReport.load(folder / "c").totals().events


def test_a_line_that_is_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not kept while it comes, counts as unreadable, and the next one is read."""
    monkeypatch.setattr("campaignmetrics.reading.texts.LONGEST", 1000)
    path = tmp_path / "a"
    path.write_bytes(b"\xef\xbb\xbf" + record(1).encode())
    with closing(FollowedFile(str(path))) as followed:
        found = followed.read()
        assert found is not None
        assert [(1, json.loads(record(1)), None)] == list(found.found)
        for piece in ('{"event_id": "', "x" * 2000, "y" * 10, '"}\n' + record(2)):
            with path.open("a") as file:
                file.write(piece)
            found = followed.read()
            assert found is not None
            values = list(found.found)
    assert [(2, "longer than 16 MiB"), (3, None)] == [(line, fault) for line, _, fault in values]
    assert found.position is not None
    assert path.stat().st_size == found.position["offset"]


def test_the_file_is_missing_when_it_goes_on(tmp_path: Path) -> None:
    """The rest is read where it was rotated to, and the file when it is there."""
    path = tmp_path / "a"
    path.write_text(record(1))
    with closing(FollowedFile(str(path))) as followed:
        found = followed.read()
        assert found is not None
    append(path, 2)
    rotated = path.rename(tmp_path / "a-20261120")
    with closing(FollowedFile(str(path), found.position)) as followed:
        found = followed.read()
        assert found is not None
        assert [json.loads(record(2))] == [value for _, value, _ in found.found]
        assert followed.read() is None
        append(path, 3)
        rotated.unlink()
        read = [followed.read() for _ in range(4)]
        assert [json.loads(record(3))] == [v for each in read if each for _, v, _ in each.found]
    with pytest.raises(ReadError, match="no such file"):
        FollowedFile(str(rotated), found.position)


def test_whose_records_these_are(tmp_path: Path) -> None:
    """It is told as soon as a record tells, and kept; until then they are unrecognised."""
    session = _session(tmp_path / "a", "{}\n", checkpoint=tmp_path / "c")
    assert {"unrecognised": 1} == session.diagnostics.not_counted
    for number in (1, 2):
        lines = Lines("a", iter([(number, json.loads(record(number)), None)]), {"line": number})
        session.add(lines)
    session.keep()
    again = Session.resume(None, tmp_path / "c", previous=False)
    assert {"line": 2} == again.position
    assert "events" == LiveReport.load(tmp_path / "c").position["usual"]
    again.add(Lines("a", iter([(3, {}, None)]), {}))
    assert (4, 2) == (again.diagnostics.records, again.diagnostics.events)


def _numbers(followed: FollowedFile) -> tuple[list[int], Any]:
    """Read all there is: the numbers, one a line, and the last position."""
    numbers: list[int] = []
    position = None
    idle = 0
    while idle < 3:
        lines = followed.read()
        idle = 0 if lines else idle + 1
        if lines:
            values: list[Any] = [value for _, value, _ in lines.found]
            numbers += [value["n"] for value in values]
            position = lines.position
    return numbers, position


@pytest.mark.parametrize("way", ["renamed", "copied"])
@pytest.mark.parametrize("begun", ["", '{"n"'])
def test_rotated_again_while_it_was_down(tmp_path: Path, way: str, begun: str) -> None:
    """It stopped at the beginning of a file, of which no line was there yet."""

    def rotate() -> None:
        for number in (2, 1):
            older = tmp_path / f"log.{number}"
            if older.exists():
                older.rename(tmp_path / f"log.{number + 1}")
        if way == "renamed":
            log.rename(tmp_path / "log.1")
        else:
            (tmp_path / "log.1").write_bytes(log.read_bytes())
        time.sleep(0.02)  # so that the times differ
        log.write_text(begun)

    log = tmp_path / "log"
    log.write_text('{"n": 1}\n{"n": 2}\n')
    with closing(FollowedFile(str(log))) as followed:
        assert [1, 2] == _numbers(followed)[0]
        rotate()
        numbers, position = _numbers(followed)
        assert not numbers
    log.write_text('{"n": 3}\n{"n": 4}\n')
    rotate()
    log.write_text('{"n": 5}\n')
    with closing(FollowedFile(str(log), position)) as followed:
        assert [3, 4, 5] == _numbers(followed)[0]


def test_while_it_is_rotated(tmp_path: Path) -> None:
    """There may be no file for a moment, and one that was there just now may be gone."""
    path = tmp_path / "a"
    (tmp_path / "a.1").symlink_to(tmp_path / "gone")
    path.write_text(record(1))
    with closing(FollowedFile(str(path))) as followed:
        assert followed.read() is not None
        path.rename(tmp_path / "b")
        assert followed.read() is None
        assert followed.read() is None
        path.write_text(record(2))
        read = [followed.read() for _ in range(4)]
    values = [value for found in read if found for _, value, _ in found.found]
    assert [json.loads(record(2))] == values


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["missing"], 1, "missing: no such file or directory"),
        (["packed"], 1, "packed: only lines of JSON can be followed, as plain UTF-8"),
        (["pipe"], 1, "pipe: a pipe is not followed as a file; standard input is, as -"),
        (["a", "--previous"], 2, "--previous goes with --checkpoint"),
        (["a", "--window", "90s"], 2, "--window: argument 'window'"),
        (["a", "--checkpoint", "a"], 1, "a: this is no checkpoint of campaignmetrics"),
        (["a", "--checkpoint", "other"], 1, "other: another program has written this checkpoint"),
        (["a", "--checkpoint", "kept", "--window", "1h"], 2, "--window: the window of kept is 24h"),
        (["a", "--checkpoint", "kept", "--previous"], 1, "there is no such checkpoint"),
    ],
)
def test_what_cannot_be_followed(  # noqa: PLR0913, PLR0917 -- three are pytest's
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    status: int,
    said: str,
) -> None:
    """One line says why, and the exit status whose fault it is."""
    monkeypatch.chdir(tmp_path)
    append(Path("a"), 1)
    Path("packed").write_bytes(b"\x1f\x8b rest")
    os.mkfifo("pipe")
    LiveReport().save("other", position=7)
    session = Session.begin(dt.timedelta(hours=24), None, Path("kept"))
    with closing(FollowedFile("a")) as followed:
        lines = followed.read()
        assert lines is not None
        session.add(lines)
    session.keep()
    assert status == main(["live", *arguments])
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("campaignmetrics: ")
    assert said in line
