"""Time the whole report against DuckDB and Polars, and assert that all three agree.

    python benchmarks/report.py [--events 10000000] [--runs 5] [--directory DIR]

A campaign is written once, then each source is measured in rounds: in every round each engine runs
in a fresh process, and they take turns in who goes first.
"""
# ruff: noqa: INP001, T201 -- a script, whose answer is what it prints

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from children import Measurement, campaign, measure

from figures import differences

OURS = "campaignmetrics"
ENGINES = (OURS, "duckdb", "polars")
TIMED_RUNS = 2
MEMORY_BAR = 700_000_000, 10_000_000


@dataclass(frozen=True)
class Source:
    """Where the events come from, and the bar: our time over that of the faster peer."""

    title: str
    bar: float


SOURCES = {
    "parquet": Source("from Parquet", 0.9),
    "memory": Source("in memory, all strings plain", 0.6),
    "dictionary": Source("in memory, columns of few values as dictionary or enumeration", 0.6),
}


@dataclass
class Taken:
    """What one engine took."""

    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    peak: int = 0

    def add(self, measurement: Measurement) -> None:
        """Add the runs of one process."""
        self.seconds += measurement["seconds"]
        self.processor += measurement["processor"]
        self.peak = max(self.peak, measurement["peak"])


class DisagreementError(AssertionError):
    """Two engines give different figures."""


def run(source: str, path: Path, options: argparse.Namespace) -> dict[str, Taken]:
    """Measure the engines in turns."""
    engines = tuple(options.engine or ENGINES)
    taken = {engine: Taken() for engine in engines}
    for number in range(options.runs):
        turn = number % len(engines)
        measured = {
            engine: measure(engine, source, path, TIMED_RUNS, options.domains)
            for engine in engines[turn:] + engines[:turn]
        }
        agree(measured)
        for engine, measurement in measured.items():
            taken[engine].add(measurement)
    return taken


def agree(measured: dict[str, Measurement]) -> None:
    """Assert that all figures are equal.

    Raises:
        DisagreementError: naming the first figures that differ.
    """
    (first, reference), *others = measured.items()
    for other, measurement in others:
        wrong = differences(reference["figures"], measurement["figures"])
        if wrong:
            raise DisagreementError(
                f"{first} and {other} differ in {len(wrong)} figures: {'; '.join(wrong[:10])}"
            )


def show(source: Source, taken: dict[str, Taken]) -> None:
    """Print the table of one source."""
    medians = {engine: median(each.seconds) for engine, each in taken.items()}
    fastest = {engine: min(each.seconds) for engine, each in taken.items()}
    print(f"\n{source.title}")
    print(f"  {'':16}{'median':>9}{'fastest':>9}{'processor':>11}{'peak memory':>14}")
    for engine, each in taken.items():
        peak = f"{each.peak / 1e6:,.0f} MB"
        busy = f"{median(each.processor):.2f} s"
        times = f"{medians[engine]:>7.2f} s{fastest[engine]:>7.2f} s"
        print(f"  {engine:16}{times}{busy:>11}{peak:>14}")
    if OURS in taken and len(taken) > 1:
        ratio, best = (
            times[OURS] / min(time for engine, time in times.items() if engine != OURS)
            for times in (medians, fastest)
        )
        verdict = "met" if ratio <= source.bar else "missed"
        print(f"  ratio to the faster peer: {ratio:.2f} of medians, {best:.2f} of fastest runs")
        print(f"  bar: {source.bar} of medians, {verdict}")


def show_memory(events: int, taken: dict[str, Taken]) -> None:
    """Print how the most memory that we held compares with its bar."""
    most, at = MEMORY_BAR
    if OURS in taken and events == at:
        verdict = "met" if taken[OURS].peak < most else "missed"
        print(f"  bar of peak memory: below {most / 1e6:.0f} MB, {verdict}")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=5, help="rounds of each source")
    parser.add_argument(
        "--directory", type=Path, default=Path(tempfile.gettempdir()) / "campaignmetrics-benchmarks"
    )
    parser.add_argument("--domains", choices=("opens", "all"), default="opens")
    parser.add_argument("--source", choices=SOURCES, action="append", help="default: all")
    parser.add_argument("--engine", choices=ENGINES, action="append", help="default: all")
    return parser.parse_args()


def main() -> None:
    """Measure everything and print it."""
    options = arguments()
    path = campaign(options.directory, options.events)
    print(f"{options.events:,} events, {path.stat().st_size / 1e6:,.0f} MB of Parquet")
    for name in options.source or SOURCES:
        taken = run(name, path, options)
        show(SOURCES[name], taken)
        if name == "parquet":
            show_memory(options.events, taken)
    if options.engine is None or len(options.engine) > 1:
        print("\nin every round, all figures agreed")


if __name__ == "__main__":
    main()
