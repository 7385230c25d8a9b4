"""Measure the other paths: records, Journey Optimizer's logs, merging, and the import.

python benchmarks/paths.py [--runs 5] [--directory DIR]
"""
# ruff: noqa: INP001, T201 -- a script, whose answer is what it prints

from __future__ import annotations

import argparse
import operator
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import ajo_log
import pyarrow.parquet as pq
from children import campaign, seconds_to_import

import campaignmetrics as cm

RECORDS = 500_000
LINES = 200_000
HOURS = 1000
EVENTS_AN_HOUR = 10_000
IMPORTS = 7


@dataclass(frozen=True)
class Row:
    """A figure beside its bar."""

    path: str
    figure: float
    unit: str
    bar: float

    def __str__(self) -> str:
        """Write the row of the table; seconds are bounded from above, rates from below."""
        a_rate = self.unit.endswith("/s")
        met = operator.ge(self.figure, self.bar) if a_rate else self.figure <= self.bar
        form = ",.0f" if a_rate else ".2f"
        bar = f"{'>=' if a_rate else '<='} {self.bar:{form}}"
        figure = f"{self.figure:{form}} {self.unit}"
        return f"{self.path:46}{figure:>22}{bar:>14}  {'met' if met else 'missed'}"


def typical(
    action: Callable[[], object], runs: int, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Return the median time of an action, after one run that warms up."""
    action()
    seconds = []
    for _ in range(runs):
        started = clock()
        action()
        seconds.append(clock() - started)
    return median(seconds)


def records(path: Path, runs: int) -> list[Row]:
    """Reduce ready-made records; timed in seconds of processor, so that it is a rate per core."""
    log = pq.ParquetFile(path)
    # Some of each row group, so that all kinds and the whole day are among them.
    share = RECORDS // log.num_row_groups
    groups = map(log.read_row_group, range(log.num_row_groups))
    events = [event for group in groups for event in cm.from_arrow(group.slice(0, share))]
    seconds = typical(lambda: cm.reduce(events), runs, time.process_time)
    return [Row("reduce, ready-made records, per core", len(events) / seconds, "records/s", 1e6)]


def journey_optimizer(directory: Path, runs: int) -> list[Row]:
    """Read a log of Journey Optimizer into a report, as the command does it."""
    path = directory / "journey-optimizer.ndjson"
    ajo_log.write(path, LINES)
    length = path.stat().st_size / LINES

    def report() -> object:
        batches = cm.deduplicate(cm.read(path, source="ajo"))
        return cm.report(cm.reduce_arrow(batches), diagnostics=batches.diagnostics).to_json()

    rate = LINES / typical(report, runs)
    return [Row(f"Journey Optimizer NDJSON ({length:.0f} bytes) to report", rate, "records/s", 1e5)]


def merging(path: Path, runs: int) -> list[Row]:
    """Merge tallies of an hour each, up to the figures that need what is distinct."""
    hours = [cm.reduce_arrow(batch) for batch in pq.ParquetFile(path).iter_batches(EVENTS_AN_HOUR)]

    def merge() -> object:
        return cm.report(sum(hours, cm.Tally())).to_dict()

    return [Row(f"merge {len(hours):,} tallies, with the report", typical(merge, runs), "s", 2.0)]


def importing() -> list[Row]:
    """Import the package in fresh processes."""
    seconds = median(seconds_to_import("campaignmetrics") for _ in range(IMPORTS))
    return [Row("import campaignmetrics", seconds, "s", 0.3)]


def main() -> None:
    """Measure all paths and print them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument(
        "--directory", type=Path, default=Path(tempfile.gettempdir()) / "campaignmetrics-benchmarks"
    )
    options = parser.parse_args()
    path = campaign(options.directory, HOURS * EVENTS_AN_HOUR)
    print(f"{'path':46}{'measured':>22}{'bar':>14}")
    for measured in (
        importing(),
        records(path, options.runs),
        journey_optimizer(options.directory, options.runs),
        merging(path, options.runs),
    ):
        for row in measured:
            print(row)


if __name__ == "__main__":
    main()
