"""Write the example campaign: its logs in two forms, and the figures that are right for it.

    python examples/make_campaign.py                       # examples/, as it is committed
    python examples/make_campaign.py --golden tests/golden # the larger one of the tests

Journey Optimizer's form needs nothing but Python; ``events.parquet`` needs pyarrow and is left out
without it. The same files are written each time, byte by byte (Parquet apart, whose bytes change
with the version of pyarrow).
"""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from counting import figures
from logs import dataset, event_rows, journey_optimizer_record, line, noise
from simulation import LARGE, SMALL, Campaign, Fact

try:
    import pyarrow as pa
    import pyarrow.parquet as pq
except ImportError:
    pa = None

DATASETS = ("feedback", "email-tracking", "push-tracking", "journey-steps")


def main() -> None:
    """Read the command line and write the files."""
    parser = argparse.ArgumentParser(description="Write the example campaign.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent)
    parser.add_argument("--golden", action="store_true", help="the larger campaign, compressed")
    options = parser.parse_args()
    if options.golden:
        write_golden(options.folder)
    else:
        write_example(options.folder)


def write_example(folder: Path) -> None:
    """Write the small campaign in both forms, with its figures."""
    campaign = Campaign(SMALL)
    log = campaign.delivered_log()
    target = folder / "journey-optimizer"
    target.mkdir(parents=True, exist_ok=True)
    for name, text in journey_optimizer_files(campaign, log).items():
        write_text(target / f"{name}.ndjson", text)
    rows = [row for fact in log for row in event_rows(fact)]
    write_text(folder / "events.ndjson", "".join(map(line, rows)))
    if pa is not None:
        write_parquet(folder / "events.parquet", rows)
    forms = {
        "journey-optimizer": journey_optimizer_diagnostics(campaign, log),
        "events": event_diagnostics(log),
    }
    write_expected(folder, campaign, log, forms)


def write_golden(folder: Path) -> None:
    """Write the large campaign as compressed Journey Optimizer logs, with its figures."""
    campaign = Campaign(LARGE)
    log = campaign.delivered_log()
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in journey_optimizer_files(campaign, log).items():
        write_compressed(folder / f"{name}.ndjson.gz", text)
    forms = {"journey-optimizer": journey_optimizer_diagnostics(campaign, log)}
    write_expected(folder, campaign, log, forms)


def journey_optimizer_files(campaign: Campaign, log: list[Fact]) -> dict[str, str]:
    """Write the log as the text of each dataset; what nobody can count is in the first one."""
    lines: dict[str, list[str]] = {name: [] for name in DATASETS}
    for fact in log:
        lines[dataset(fact)].append(line(journey_optimizer_record(fact)))
    uncounted = [line(record) for record in noise().values()]
    uncounted += [text + "\n" for text in campaign.plan.unreadable]
    lines["feedback"][10:10] = uncounted
    return {name: "".join(texts) for name, texts in lines.items()}


def write_parquet(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write the events as Parquet, all columns of the event schema there."""
    names = (
        "event_id",
        "timestamp",
        "channel",
        "kind",
        "campaign_id",
        "message_id",
        "send_id",
        "profile_id",
        "recipient",
        "recipient_domain",
        "category",
        "asynchronous",
        "reason",
        "platform",
        "machine",
        "action",
        "link",
    )
    types = {
        "timestamp": pa.timestamp("us", tz="UTC"),
        "asynchronous": pa.bool_(),
        "machine": pa.bool_(),
    }
    schema = pa.schema([(name, types.get(name, pa.string())) for name in names])
    timed = [row | {"timestamp": dt.datetime.fromisoformat(row["timestamp"])} for row in rows]
    pq.write_table(pa.Table.from_pylist(timed, schema=schema), path, compression="zstd")


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 with the same line ends on every system."""
    path.write_text(text, encoding="utf-8", newline="\n")


def write_compressed(path: Path, text: str) -> None:
    """Write compressed text, without its name and time, so that the same text is the same file."""
    with path.open("wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
        packed.write(text.encode())


def write_expected(
    folder: Path, campaign: Campaign, log: list[Fact], forms: Mapping[str, Mapping[str, Any]]
) -> None:
    """Write the figures, and what a reader of each form should report about its reading."""
    expected = figures(campaign.facts) | {
        "duplicate_records": len(log) - len(campaign.facts),
        "not_counted": forms["journey-optimizer"]["not_counted"],
        "diagnostics": forms,
    }
    write_text(folder / "expected.json", json.dumps(expected, indent=1) + "\n")


def journey_optimizer_diagnostics(campaign: Campaign, log: list[Fact]) -> dict[str, Any]:
    """Say what reading the Journey Optimizer form should come across."""
    unreadable = len(campaign.plan.unreadable)
    not_counted = Counter(list(noise())) + Counter("test" for fact in log if fact.test)
    return {
        **event_diagnostics(log),
        "records": len(log) + len(noise()) + unreadable,
        "not_counted": dict(sorted(not_counted.items())),
        "unreadable": unreadable,
    }


def event_diagnostics(log: list[Fact]) -> dict[str, Any]:
    """Say what reading the events should come across: a row is an event."""
    seen: Counter[tuple[str | None, str]] = Counter()
    duplicates = without_id = events = 0
    for fact in log:
        stated = len(event_rows(fact))
        events += stated
        seen[fact.id, fact.what] += 1
        if fact.id is None:
            without_id += stated
        elif seen[fact.id, fact.what] > 1:
            duplicates += stated
    return {
        "records": events,
        "events": events,
        "duplicates": duplicates,
        "without_id": without_id,
        "not_counted": {},
        "unreadable": 0,
    }


if __name__ == "__main__":
    main()
