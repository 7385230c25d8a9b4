"""Measure one engine in a process of its own; ``report.py`` starts it and reads what it prints.

    python benchmarks/measure.py ENGINE SOURCE FILE RUNS

It prints one JSON object: the seconds of each run after a first one that warms up, on the clock and
of the processors, the most memory the process held up to the end of that first run (loading
included), and all figures.
"""
# ruff: noqa: INP001, T201 -- a script, whose answer is what it prints

from __future__ import annotations

import datetime as dt
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from figures import Figures, of_report, of_tables

FEW_VALUES = (
    "channel",
    "kind",
    "campaign_id",
    "message_id",
    "category",
    "reason",
    "platform",
    "action",
    "link",
)
"""The columns that the source ``dictionary`` holds as dictionaries, enumerations or the like."""

Prepared: TypeAlias = tuple[Callable[[], object], Callable[[object], Figures]]
"""What is timed, and what flattens its result, which is not."""


def campaignmetrics(source: Path | pa.Table) -> Prepared:
    """Prepare this library's report: what ``to_dict`` gives has all figures, and the ratios."""
    import campaignmetrics as cm  # noqa: PLC0415 -- each process holds one engine only

    def report() -> object:
        data = cm.read(source) if isinstance(source, Path) else source
        return cm.report(cm.reduce_arrow(data)).to_dict(every=dt.timedelta(hours=1))

    return report, of_report  # type: ignore[return-value]


def duckdb(source: Path | pa.Table) -> Prepared:
    """Prepare DuckDB's report."""
    from duckdb_peer import DuckDB  # noqa: PLC0415 -- each process holds one engine only

    return DuckDB(source).report, of_tables  # type: ignore[return-value]


def polars(source: Path | pa.Table) -> Prepared:
    """Prepare Polars' report."""
    from polars_peer import Polars  # noqa: PLC0415 -- each process holds one engine only

    return Polars(source).report, of_tables  # type: ignore[return-value]


ENGINES = {engine.__name__: engine for engine in (campaignmetrics, duckdb, polars)}


def load(source: str, path: Path) -> Path | pa.Table:
    """Return what an engine starts from: the file, or its columns in memory."""
    if source == "parquet":
        return path
    if source == "memory":
        return pq.read_table(path)
    return pq.read_table(path, read_dictionary=list(FEW_VALUES)).unify_dictionaries()


def peak() -> int:
    """Return the most memory this process has held, in bytes."""
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held if sys.platform == "darwin" else held * 1024


def main() -> None:
    """Measure what the arguments say."""
    engine, source, path, runs = sys.argv[1:]
    report, flatten = ENGINES[engine](load(source, Path(path)))
    result = report()
    most = peak()
    seconds, processor = [], []
    for _ in range(int(runs)):
        started, busy = time.perf_counter(), time.process_time()
        result = report()
        processor.append(time.process_time() - busy)
        seconds.append(time.perf_counter() - started)
    measured = {"seconds": seconds, "processor": processor, "peak": most}
    print(json.dumps({**measured, "figures": flatten(result)}))


if __name__ == "__main__":
    main()
