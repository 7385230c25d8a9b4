"""The command ``bounces``: a table for people, events for ``report``, and what cannot be read."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import attrs
import pytest

from bounce_mails import ALL, COMPLAINT, DELAYED, POSTFIX, QMAIL, reply
from campaignmetrics.cli import main
from campaignmetrics.schema import EVENT_SCHEMA, event_of

OUT_OF_OFFICE = reply("Out of office", "I am back on Monday.")


@attrs.frozen
class Result:
    """How the command ended, and what it wrote."""

    status: int
    stdout: str
    stderr: str


class Run(Protocol):
    """Runs the command as a shell would."""

    def __call__(self, *arguments: str | Path, stdin: bytes = b"", command: str = ...) -> Result:
        """Run it with these arguments and this standard input."""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs the command."""

    def run(*arguments: str | Path, stdin: bytes = b"", command: str = "bounces") -> Result:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        status = main([command, *map(str, arguments)])
        return Result(status, *capsys.readouterr())

    return run


def events(result: Result) -> list[dict[str, Any]]:
    """Read the events that were written."""
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write each mail into a file of its own, some of them a level below, and one hidden."""
    (tmp_path / "below").mkdir()
    for number, mail in enumerate(ALL):
        place = tmp_path / "below" if number % 2 else tmp_path
        (place / f"{number}.eml").write_text(mail, "utf-8")
    (tmp_path / ".hidden.eml").write_text(POSTFIX, "utf-8")
    return tmp_path


def test_a_folder_becomes_a_table(run: Run, folder: Path) -> None:
    """One row for each kind, category and reason, the most frequent first."""
    result = run(folder)
    assert result.status == 0
    *_, first, _, _ = lines = result.stdout.splitlines()
    assert lines[0].split() == ["Count", "Category", "Reason", "Kind"]
    assert lines[2].split() == ["5", "hard", "user_unknown", "failed"]
    assert first.split()[0] == "1"
    assert lines[-1] == f"{len(ALL)} mails read"
    assert "\x1b" not in result.stdout


def test_a_mail_becomes_events_of_the_schema(run: Run, tmp_path: Path) -> None:
    """Failures are asynchronous bounces, warnings are delays, complaints are complaints."""
    files = []
    for name, mail in (("a", POSTFIX), ("b", DELAYED), ("c", COMPLAINT)):
        files.append(tmp_path / name)
        files[-1].write_text(mail, "utf-8")
    rows = events(run(*files, "--format", "ndjson"))
    assert rows[0] == {
        "event_id": rows[0]["event_id"],
        "timestamp": "2026-11-20T09:00:05Z",
        "channel": "email",
        "kind": "bounced",
        "recipient": "ann@mail.example",
        "category": "hard",
        "asynchronous": True,
        "reason": "user_unknown",
    }
    kinds = [(row["kind"], row.get("reason")) for row in rows[1:]]
    assert kinds == [("delayed", "unreachable"), ("complained", None), ("complained", None)]
    assert len({row["event_id"] for row in rows}) == len(rows)


def test_events_are_rows_of_the_schema(run: Run, folder: Path) -> None:
    """Every column is one of the schema's, and each row reads as a record."""
    for row in events(run(folder, "--format", "ndjson")):
        assert set(row) <= set(EVENT_SCHEMA.names)
        time = EVENT_SCHEMA.field("timestamp").type
        assert time.tz == "UTC"
        assert row.pop("timestamp").endswith("Z")
        assert "timestamp" in str(_error_of(row))


def _error_of(row: dict[str, Any]) -> Exception:
    """Show that nothing but the time, which JSON has no type for, keeps a row from being read."""
    with pytest.raises(TypeError) as missing:
        event_of(row)
    return missing.value


def test_reading_a_mail_twice_gives_equal_ids(run: Run, tmp_path: Path) -> None:
    """So that duplicates can be told, whatever file they come from."""
    for name in ("a.eml", "b.eml"):
        (tmp_path / name).write_text(POSTFIX, "utf-8")
    first, second = events(run(tmp_path, "--format", "ndjson"))
    assert first == second


def test_what_is_no_event_is_counted_beside(run: Run, tmp_path: Path) -> None:
    """An automatic reply leaves its message delivered; a mail without a time cannot be placed."""
    (tmp_path / "a.eml").write_text(OUT_OF_OFFICE, "utf-8")
    (tmp_path / "b.eml").write_text(
        POSTFIX.replace("Date:", "Dat:").replace("-Dat:", "-D:"), "utf-8"
    )
    (tmp_path / "c.eml").write_text(COMPLAINT.replace("abuse\n", "not-spam\n", 1), "utf-8")
    (tmp_path / "d.eml").write_text("Subject: hello\n\nHow are you?\n", "utf-8")
    assert run(tmp_path).stdout.endswith("4 mails read, 1 of them no bounce or reply\n")
    result = run(tmp_path, "--format", "ndjson")
    assert result.stderr.splitlines() == [
        "1 not counted: auto_reply",
        "2 not counted: complaint:not-spam",
        "1 not counted: no_bounce",
        "1 not counted: timestamp",
    ]
    assert result.stdout == ""
    assert result.status == 0


def test_an_mbox_and_standard_input_are_parted_into_mails(run: Run, tmp_path: Path) -> None:
    """At separator lines behind blank lines, and not at a sentence that begins with From."""
    text = QMAIL.replace("Giving up", "From here on we wait since 2026\nGiving up")
    separator = "From MAILER-DAEMON Fri Nov 20 10:00:00 2026\n"
    mbox = f"{separator}{text}\n\n{separator}{POSTFIX}\n".encode()
    (tmp_path / "box").write_bytes(mbox)
    expected = events(run(tmp_path / "box", "--format", "ndjson"))
    assert [row["recipient"][:3] for row in expected] == ["ann", "bob", "ann"]
    assert events(run("-", "--format", "ndjson", stdin=mbox)) == expected
    crlf = mbox.replace(b"\n", b"\r\n")
    assert events(run("-", "--format", "ndjson", stdin=crlf)) == expected


def test_a_maildir_is_read_but_for_what_is_not_delivered_yet(run: Run, tmp_path: Path) -> None:
    """``tmp`` holds mails that are being written."""
    for name in ("cur", "new", "tmp"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1700000000.M1.host:2,S").write_text(POSTFIX, "utf-8")
    assert "2 mails read" in run(tmp_path).stdout


def test_unreadable_files_are_named_and_counted(run: Run, tmp_path: Path) -> None:
    """The others are read all the same; the exit status tells."""
    (tmp_path / "good.eml").write_text(POSTFIX, "utf-8")
    (tmp_path / "empty.eml").write_bytes(b"\n")
    result = run(tmp_path, tmp_path / "missing.eml")
    assert result.status == 1
    assert "1 mail read" in result.stdout
    empty, missing = result.stderr.splitlines()
    assert empty == f"campaignmetrics: {tmp_path / 'empty.eml'}: empty"
    assert missing == f"campaignmetrics: {tmp_path / 'missing.eml'}: No such file or directory"


def test_a_profile_and_rules_of_ones_own_are_used(run: Run, tmp_path: Path) -> None:
    """As in Python; a file of rules that is none is wrong use."""
    (tmp_path / "mail").write_text(POSTFIX, "utf-8")
    rules = tmp_path / "rules.toml"
    rules.write_text(
        '[[rule]]\nid = "a"\nreason = "excluded"\nsource = "us"\nphrases = ["user unknown"]'
    )
    assert "excluded" in run(tmp_path / "mail", "--rules", rules).stdout
    assert run(tmp_path / "mail", "--profile", "adobe").status == 0
    rules.write_text("[[rule]")
    refused = run(tmp_path / "mail", "--rules", rules)
    assert refused.status == 2
    assert refused.stderr.startswith("campaignmetrics: Invalid value for --rules: ")
    assert len(refused.stderr.splitlines()) == 1
    assert run().status == 2


def test_events_are_read_by_report(run: Run, folder: Path) -> None:
    """What one command writes is counted by the other, every line of it."""
    written = run(folder, "--format", "ndjson").stdout
    report = run("-", "--format", "json", command="report", stdin=written.encode())
    figures = json.loads(report.stdout)
    kinds = [event["kind"] for event in map(json.loads, written.splitlines())]
    total = figures["email"]["total"]
    assert total["bounces"] == kinds.count("bounced") > 0
    assert total["delays"] == kinds.count("delayed") > 0
    assert total["spam_complaints"] == kinds.count("complained") > 0
    assert figures["diagnostics"]["events"] == len(kinds)


def test_a_folder_that_cannot_be_listed_is_named(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not passed over in silence."""

    def refuse(_: str) -> Iterator[os.DirEntry[str]]:
        raise PermissionError(13, "Permission denied", str(tmp_path))

    monkeypatch.setattr(os, "scandir", refuse)
    result = run(tmp_path)
    assert (result.status, result.stdout) == (1, "0 mails read\n")
    assert result.stderr == f"campaignmetrics: {tmp_path}: Permission denied\n"


def test_a_closed_pipe_is_no_error(
    tmp_path: Path, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever read the output has seen enough; a closed standard input is named."""

    class Closed(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", Closed())
        assert main(["bounces", str(folder), "--format", "ndjson"]) == 0
    (tmp_path / "no mail").write_text("")
    monkeypatch.setattr(io, "TextIOWrapper", lambda _: None)
    assert run("-").stderr == "campaignmetrics: -: standard input is closed\n"
