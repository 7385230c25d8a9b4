"""The command ``bounces``: mails to a table for people, or to events for ``report``."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs
import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from campaignmetrics import bounce
from campaignmetrics.cli.bounce_events import event_of

_MAILDIR = ("cur", "new")
_SEPARATOR = re.compile(rb"From .{0,200}[0-9]{4}(?: [+-][0-9]{4})?\s*\Z")


@attrs.define
class _Found:
    """What reading came to."""

    counts: Counter[tuple[str, str, str, str]] = attrs.field(factory=Counter)
    mails: int = 0
    without: int = 0
    not_counted: Counter[str] = attrs.field(factory=Counter)
    unreadable: list[str] = attrs.field(factory=list)


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="FILE|DIRECTORY|-...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "ndjson"]),
    default="text",
    show_default=True,
    help="A table, or one event a line as `campaignmetrics report` reads it.",
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
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A TOML file of rules that are asked first.",
)
def bounces(paths: tuple[str, ...], form: str, profile: str, rule_file: Path | None) -> None:
    """Classify returned mails: .eml files, an mbox, a Maildir, a directory of them, or - (stdin).

    With --format ndjson, what states no event (an automatic reply, a read receipt) is counted on
    standard error. Exit status: 0; 1 where a file could not be read; 2 for wrong use.
    """
    rules = _read_rules(rule_file)
    found = _Found()
    errors = Console(stderr=True, highlight=False)
    files = list(_files(paths))
    with Progress(console=errors, disable=not sys.stderr.isatty(), transient=True) as progress:
        task = progress.add_task("mails", total=sum(map(_size, files)) or None)
        for file in files:
            for mail in _mails(file, found):
                _take(mail, found, form=form, profile=profile, rules=rules)
                progress.advance(task, len(mail))
    if form == "text":
        _print_table(found)
    for cause, count in sorted(found.not_counted.items()):
        click.echo(f"{count} not counted: {cause}", err=True)
    for name in found.unreadable:
        click.echo(f"cannot read {name}", err=True)
    if found.unreadable:
        click.echo(f"{len(found.unreadable)} unreadable", err=True)
        sys.exit(1)


def _read_rules(file: Path | None) -> bounce.Rules | None:
    if file is None:
        return None
    try:
        return bounce.rules_from_toml(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise click.BadParameter(f"{file}: {error}", param_hint="--rules") from error


def _files(paths: Iterable[str]) -> Iterator[str]:
    """List the files to read; a directory gives the files in it, sorted, hidden ones not."""
    for path in paths:
        if path == "-" or not Path(path).is_dir():
            yield path
            continue
        for file in sorted(Path(path).rglob("*")):
            hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
            if file.is_file() and not hidden and not _is_maildir_scrap(file):
                yield str(file)


def _is_maildir_scrap(file: Path) -> bool:
    """Say whether a file is of a Maildir, but not delivered yet."""
    folder = file.parent
    return folder.name == "tmp" and all((folder.parent / name).is_dir() for name in _MAILDIR)


def _mails(file: str, found: _Found) -> Iterator[bytes]:
    """Read the mails of a file, one at a time; a file that cannot be read is noted."""
    try:
        with sys.stdin.buffer if file == "-" else Path(file).open("rb") as lines:
            empty = True
            for mail in _split_mbox(lines):
                empty = False
                yield mail
    except OSError as error:
        found.unreadable.append(f"{file}: {error.strerror or error}")
        return
    if empty:
        found.unreadable.append(f"{file}: empty")


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
    for record in records:
        answer = record.classify(profile=profile, rules=rules)
        found.counts[record.kind, answer.category, answer.reason, answer.sub_reason] += 1
        if form == "ndjson":
            reading = event_of(record, answer)
            if isinstance(reading, str):
                found.not_counted[reading] += 1
            else:
                click.echo(json.dumps(reading, ensure_ascii=False))


def _size(file: str) -> int:
    return 0 if file == "-" or not Path(file).exists() else Path(file).stat().st_size


def _print_table(found: _Found) -> None:
    console = Console(highlight=False)
    table = Table(title=f"{found.mails} mails, {found.without} of them no bounce or reply")
    for name in ("kind", "category", "reason", "finer"):
        table.add_column(name)
    table.add_column("count", justify="right")
    rows = sorted(found.counts.items(), key=lambda row: (-row[1], row[0]))
    for (kind, category, reason, finer), count in rows:
        table.add_row(kind, category, reason, finer, str(count))
    console.print(table)
