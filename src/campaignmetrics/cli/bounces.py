"""The command ``bounces``: mails to a table for people, or to events for ``report``."""

from __future__ import annotations

import errno
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import IO

import attrs
import click
from rich import box
from rich.table import Table

from campaignmetrics import bounce
from campaignmetrics.cli.bounce_events import event_of
from campaignmetrics.cli.progress import watched
from campaignmetrics.cli.tables import number, output
from campaignmetrics.errors import ReadError

_STDIN = "-"
_SEPARATOR = re.compile(rb"From .{0,200}[0-9]{4}(?: [+-][0-9]{4})?\s*\Z")
_NO_RECORD = "no_bounce"


@attrs.define
class _Found:
    """What reading came to."""

    counts: Counter[tuple[str, str, str]] = attrs.field(factory=Counter)
    mails: int = 0
    without: int = 0
    not_counted: Counter[str] = attrs.field(factory=Counter)
    unreadable: list[ReadError] = attrs.field(factory=list)

    def miss(self, file: str, cause: str) -> None:
        """Note a file or folder that cannot be read."""
        self.unreadable.append(
            ReadError(os.fsencode(file).decode(errors="backslashreplace"), cause)
        )


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "ndjson"]),
    default="text",
    show_default=True,
    help="A table for people, or events, one a line, for campaignmetrics report.",
)
@click.option(
    "--profile",
    type=click.Choice(["default", "adobe"]),
    default="default",
    show_default=True,
    help="Whose categories decide where they differ.",
)
@click.option(
    "--rules",
    "rule_file",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Rules of your own, in TOML, that are asked first.",
)
def bounces(*, paths: tuple[str, ...], form: str, profile: str, rule_file: Path | None) -> None:
    """Classify returned mails: hard, soft or ignored, and why.

    PATH is a mail, an mbox, or a folder of them with all below it, such as a Maildir; - is standard
    input. What states no event, such as an automatic reply, is counted on standard error.
    """
    rules = _read_rules(rule_file)
    found = _Found()
    files = list(_files(paths, found))
    # Events are for a pipe, at whose other end a second bar may be. Where that is closed, the flush
    # at the end tells `main`; click would make an error of it.
    bar = watched(files) if form == "text" else nullcontext(_unwatched)
    with suppress(BrokenPipeError), bar as watch:
        for file in files:
            for mail in _mails(file, found):
                _take(mail, found, form=form, profile=profile, rules=rules)
                watch(len(mail))
    if form == "text":
        _print_table(found)
    for cause, count in sorted(found.not_counted.items()):
        click.echo(f"{number(count)} not counted: {cause}", err=True)
    for error in found.unreadable[:-1]:
        click.echo(f"campaignmetrics: {error}", err=True)
    if found.unreadable:
        raise found.unreadable[-1]


def _unwatched(_: int) -> None:
    """Show no progress."""


def _read_rules(file: Path | None) -> bounce.Rules | None:
    if file is None:
        return None
    try:
        return bounce.rules_from_toml(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise click.BadParameter(f"{file}: {error}", param_hint="--rules") from error


def _files(paths: Iterable[str], found: _Found) -> Iterator[str]:
    """List the files to read; a folder gives those in it, then those below, hidden ones not."""

    def miss(error: OSError) -> None:
        found.miss(error.filename, error.strerror or str(error))

    for path in paths:
        if path == _STDIN or not os.path.isdir(path):  # noqa: PTH112 -- takes any name
            yield path
            continue
        for folder, below, names in os.walk(path, onerror=miss):
            being_written = {"tmp"} if {"cur", "new"} <= {*below} else set()  # in a Maildir
            below[:] = sorted(n for n in below if n not in being_written and n[0] != ".")
            files = [Path(folder, name) for name in sorted(names) if name[0] != "."]
            yield from (str(file) for file in files if file.is_file())


def _mails(file: str, found: _Found) -> Iterator[bytes]:
    """Read the mails of a file, one at a time; a file that cannot be read is noted."""
    empty = True
    try:
        with _opened(file) as lines:
            for mail in _split_mbox(lines):
                empty = False
                yield mail
    except OSError as error:
        found.miss(file, error.strerror or str(error))
        return
    if empty:
        found.miss(file, "empty")


def _opened(file: str) -> AbstractContextManager[IO[bytes]]:
    if file != _STDIN:
        return Path(file).open("rb")
    if sys.stdin is None:
        raise OSError(errno.EBADF, "standard input is closed")
    return nullcontext(sys.stdin.buffer)


def _split_mbox(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Part an mbox at its separator lines; what does not begin with one is a single mail.

    A separator follows a blank line and ends with a year (RFC 4155); "From " elsewhere is text.
    """
    mail: list[bytes] = []
    is_mbox = blank = False
    for line in lines:
        separates = _SEPARATOR.match(line) is not None
        if separates and is_mbox and blank:
            yield b"".join(mail)
            mail = []
        is_mbox = is_mbox or (separates and not mail)
        blank = not line.strip()
        if mail or not blank:
            mail.append(line)
    if mail:
        yield b"".join(mail)


def _take(
    mail: bytes, found: _Found, *, form: str, profile: str, rules: bounce.Rules | None
) -> None:
    records = bounce.parse(mail)
    found.mails += 1
    found.without += not records
    if form == "ndjson" and not records:
        found.not_counted[_NO_RECORD] += 1
    for record in records:
        answer = record.classify(profile=profile, rules=rules)
        if form == "text":
            finer = f" ({answer.sub_reason})" if answer.sub_reason else ""
            found.counts[record.kind, answer.category, f"{answer.reason}{finer}"] += 1
            continue
        reading = event_of(record, answer)
        if isinstance(reading, str):
            found.not_counted[reading] += 1
        else:
            sys.stdout.write(f"{json.dumps(reading)}\n")


def _print_table(found: _Found) -> None:
    console = output()
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("Count", justify="right", no_wrap=True)
    for name in ("Category", "Reason", "Kind"):
        table.add_column(name, overflow="fold")
    for (kind, category, reason), count in sorted(
        found.counts.items(), key=lambda row: (-row[1], row[0])
    ):
        table.add_row(number(count), category, reason, kind)
    mails = f"{number(found.mails)} {'mail' if found.mails == 1 else 'mails'} read"
    without = f", {number(found.without)} of them no bounce or reply" if found.without else ""
    with console.capture() as whole:
        if found.counts:
            console.print(table)
            console.print()
        console.print(f"{mails}{without}")
    sys.stdout.write(whole.get())
