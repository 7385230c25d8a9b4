"""Measure the most memory that a report from Parquet takes, at a size and at twice the size.

    python benchmarks/memory.py [--events 10000000] [--directory DIR]

What may grow with the events are the distinct sets alone. A tally is little else, so its written
form, which holds each member once, shows by how much they grow.
"""
# ruff: noqa: INP001, T201 -- a script, whose answer is what it prints

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from children import campaign, measure, tally_size


def main() -> None:
    """Measure both sizes and print what the second adds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument(
        "--directory", type=Path, default=Path(tempfile.gettempdir()) / "campaignmetrics-benchmarks"
    )
    options = parser.parse_args()
    print(f"{'events':>12}{'peak memory':>14}{'tally':>10}")
    measured = []
    for events in (options.events, 2 * options.events):
        path = campaign(options.directory, events)
        peak = measure("campaignmetrics", "parquet", path, runs=0)["peak"] / 1e6
        tally = tally_size(path) / 1e6
        measured.append((peak, tally))
        print(f"{events:>12,}{peak:>11,.0f} MB{tally:>7,.0f} MB")
    (first, small), (second, large) = measured
    print(f"{'growth':>12}{second - first:>11,.0f} MB{large - small:>7,.0f} MB")


if __name__ == "__main__":
    main()
