"""Golden campaigns: where they are, four ways to their report, and how a report is compared.

A figure is compared under a path that a person can read, such as
``email.by_message[email-last-day].opens``.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import campaignmetrics as cm
from campaignmetrics.events import RECORDS, Event

PROJECT = Path(__file__).parent.parent
HOUR = dt.timedelta(hours=1)
JOURNEY_OPTIMIZER = "journey-optimizer"


@dataclass(frozen=True)
class Golden:
    """One golden campaign in one form; ``expected.json`` lies in ``folder``."""

    name: str
    folder: Path
    pattern: str
    form: str = JOURNEY_OPTIMIZER

    @property
    def files(self) -> list[Path]:
        """The files of its log."""
        return sorted(self.folder.glob(self.pattern))

    @property
    def expected(self) -> dict[str, Any]:
        """The right figures."""
        text = (self.folder / "expected.json").read_text(encoding="utf-8")
        expected: dict[str, Any] = json.loads(text)
        return expected


GOLDENS = (
    Golden("golden", PROJECT / "tests/golden", "*.ndjson.gz"),
    Golden("examples", PROJECT / "examples", "journey-optimizer/*.ndjson"),
    Golden("examples-events", PROJECT / "examples", "events.ndjson", "events"),
    Golden("examples-parquet", PROJECT / "examples", "events.parquet", "events"),
    Golden("shared", PROJECT.parent / "shared/golden/ajo-campaign", "*.ndjson.gz"),
)


# -- plain reading: no more of the library than one record's events ------------------------------


@dataclass
class PlainReading:
    """The events of some files, each once, and what else was in the files."""

    events: list[Event] = field(default_factory=list)
    records: int = 0
    stated: int = 0
    duplicates: int = 0
    without_id: int = 0
    unreadable: int = 0
    not_counted: Counter[str] = field(default_factory=Counter)
    seen: set[tuple[str, str]] = field(default_factory=set)

    def add(self, event: Event) -> None:
        """Count an event once per id and kind; one without an id is always new."""
        self.stated += 1
        if event.event_id is None:
            self.without_id += 1
        elif (event.event_id, event.kind) in self.seen:
            self.duplicates += 1
            return
        else:
            self.seen.add((event.event_id, event.kind))
        self.events.append(event)

    @property
    def diagnostics(self) -> dict[str, Any]:
        """The counts, named as in ``expected.json``."""
        return {
            "records": self.records,
            "events": self.stated,
            "duplicates": self.duplicates,
            "without_id": self.without_id,
            "not_counted": dict(self.not_counted),
            "unreadable": self.unreadable,
        }


def decoded_lines(path: Path) -> Iterator[Any]:
    """Decode each line of an NDJSON file; None for one that cannot be decoded."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            try:
                yield json.loads(line)
            except ValueError:
                yield None


def record_of(row: dict[str, Any]) -> Event:
    """Turn a row of the event schema, as JSON has it, into a record."""
    timestamp = dt.datetime.fromisoformat(row["timestamp"])
    values = {name: value for name, value in row.items() if name not in {"channel", "timestamp"}}
    return RECORDS[row["channel"]](timestamp=timestamp, **values)


@cache
def plain_reading(golden: Golden, files: tuple[Path, ...] | None = None) -> PlainReading:
    """Read files record by record, without the library's reading of files."""
    reading = PlainReading()
    for path in files or golden.files:
        if path.suffix == ".parquet":
            path = path.with_suffix(".ndjson")  # noqa: PLW2901 -- the same rows, readable plainly
        for record in decoded_lines(path):
            reading.records += 1
            if not isinstance(record, dict):
                reading.unreadable += 1
            elif golden.form == JOURNEY_OPTIMIZER:
                _add_interpreted(reading, record)
            else:
                reading.add(record_of(record))
    return reading


def _add_interpreted(reading: PlainReading, record: dict[str, Any]) -> None:
    interpreted = cm.sources.ajo.interpret(record)
    if interpreted.cause is not None:
        reading.not_counted[interpreted.cause] += 1
    for event in cm.sources.ajo.events(record):
        reading.add(event)


# -- four ways to a report -----------------------------------------------------------------------

Report = dict[str, Any]


def by_command(golden: Golden) -> Report:
    """Run the command as a person would."""
    command = [sys.executable, "-m", "campaignmetrics", "report", *map(str, golden.files)]
    options = ["--format", "json", "--every", "1h", "--top", "1000"]
    done = subprocess.run(  # noqa: S603 -- our own interpreter and files
        command + options, capture_output=True, check=False, timeout=120
    )
    assert (0, b"") == (done.returncode, done.stderr), done.stderr.decode()
    report: Report = json.loads(done.stdout)
    return report


def record_tally(golden: Golden, files: tuple[Path, ...] | None = None) -> cm.Tally:
    """Reduce records, event by event."""
    return cm.reduce(iter(plain_reading(golden, files).events))


def arrow_tally(golden: Golden, files: tuple[Path, ...] | None = None) -> cm.Tally:
    """Reduce the library's own reading of the files, in Arrow batches."""
    return cm.reduce_arrow(cm.deduplicate(cm.read(files or golden.files)))


def by_records(golden: Golden) -> Report:
    """Report what `reduce` makes of records."""
    return as_json(record_tally(golden))


def by_arrow(golden: Golden) -> Report:
    """Report what `reduce_arrow` makes of the files, with the diagnostics of the reading."""
    batches = cm.deduplicate(cm.read(golden.files))
    tally = cm.reduce_arrow(batches)
    return as_json(tally, batches.diagnostics)


def by_both(golden: Golden) -> Report:
    """Reduce half of the files by record, half in Arrow batches, and merge."""
    files = golden.files
    half = (len(files) + 1) // 2
    first, second = tuple(files[:half]), tuple(files[half:])
    tally = arrow_tally(golden, first)
    return as_json(record_tally(golden, second) + tally if second else tally)


def by_pieces(golden: Golden) -> Report:
    """Cut the events at several places, reduce the pieces in turn by record and as Arrow, merge."""
    events = plain_reading(golden).events
    cuts = [0, 1, 2, len(events) // 7, len(events) // 2, len(events) - 1, len(events)]
    pieces = [events[start:end] for start, end in pairwise(cuts)]
    tallies = [
        cm.reduce_arrow(cm.to_arrow(piece)) if number % 2 else cm.reduce(piece)
        for number, piece in enumerate(pieces)
    ]
    return as_json(sum(reversed(tallies), cm.Tally()))


WAYS: Mapping[str, Callable[[Golden], Report]] = {
    "command": cache(by_command),
    "records": cache(by_records),
    "arrow": cache(by_arrow),
    "files mixed": cache(by_both),
    "pieces mixed": cache(by_pieces),
}


def as_json(tally: cm.Tally, diagnostics: Any = None) -> Report:  # noqa: ANN401 -- opaque here
    """Write a report of hours as JSON and read it back."""
    report = cm.report(tally, diagnostics=diagnostics)
    written: Report = json.loads(report.to_json(every=HOUR, top=1000))
    return written
