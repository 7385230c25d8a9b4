"""Measure one engine in a process of its own; ``report.py`` starts it and reads what it prints.

    python benchmarks/measure.py ENGINE SOURCE FILE RUNS DOMAINS

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
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

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

DOMAINS_BY = {
    "opens": ("opens",),
    "all": ("opens", "sent", "delivered", "bounces", "clicks"),
}
"""By which counts the largest domains are asked for, with the report's own choice first."""

Prepared: TypeAlias = tuple[Callable[[], Any], Callable[[Any], Figures]]
"""What is timed, and what flattens its result, which is not."""


def campaignmetrics(source: Path | pa.Table, domains_by: Sequence[str]) -> Prepared:
    """Prepare this library's report: what ``to_dict`` gives has all figures, and the ratios."""
    import campaignmetrics as cm  # noqa: PLC0415 -- each process holds one engine only

    def report() -> Any:  # noqa: ANN401 -- the report as JSON
        data = cm.read(source) if isinstance(source, Path) else source
        made = cm.report(cm.reduce_arrow(data))
        tops = {by: made.email.top_recipient_domains(10, by=by) for by in domains_by[1:]}
        more = [
            {
                "by": by,
                "domains": [{"domain": row.domain, "count": row.count} for row in top.domains],
                "other": top.other,
                "unknown": top.unknown,
            }
            for by, top in tops.items()
        ]
        return {**made.to_dict(every=dt.timedelta(hours=1)), "more_domains": more}

    return report, of_report


def duckdb(source: Path | pa.Table, domains_by: Sequence[str]) -> Prepared:
    """Prepare DuckDB's report."""
    from duckdb_peer import DuckDB  # noqa: PLC0415 -- each process holds one engine only

    return DuckDB(source, domains_by).report, of_tables


def polars(source: Path | pa.Table, domains_by: Sequence[str]) -> Prepared:
    """Prepare Polars' report."""
    from polars_peer import Polars  # noqa: PLC0415 -- each process holds one engine only

    return Polars(source, domains_by).report, of_tables


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
    engine, source, path, runs, domains = sys.argv[1:]
    report, flatten = ENGINES[engine](load(source, Path(path)), DOMAINS_BY[domains])
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
