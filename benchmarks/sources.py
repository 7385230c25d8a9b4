"""Measure how fast the records of providers are read into a report.

python benchmarks/sources.py [--records 300000] [--runs 5] [--directory DIR]
"""
# ruff: noqa: INP001, T201 -- a script, whose answer is what it prints

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path
from statistics import median

import provider_log

import campaignmetrics as cm

BAR = 1e5
PROVIDERS = ("sendgrid", "ses")


def log(provider: str, directory: Path, records: int) -> Path:
    """Return a log of that many records; it is written if it is not there yet.

    The name holds a digest of the script that writes it, so that what it changes is written anew.
    """
    script = Path(provider_log.__file__).read_bytes()
    path = directory / f"{provider}-{records}-{sha256(script).hexdigest()[:8]}.ndjson"
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True)
        provider_log.write(path, getattr(provider_log.Writer(), provider), records)
    return path


def decode(path: Path) -> None:
    """Decode each line with the standard library, and do nothing else."""
    with path.open() as lines:
        for line in lines:
            json.loads(line)


def report(path: Path, *, once: bool) -> dict[str, object]:
    """Read a log into a report; the source is recognised."""
    batches = cm.read(path)
    if once:
        batches = cm.deduplicate(batches)
    made = cm.report(cm.reduce_arrow(batches), diagnostics=batches.diagnostics)
    return dict(made.to_dict())


def rate(action: Callable[[], object], records: int, runs: int) -> tuple[float, float]:
    """Return records a second by the clock, and by the time of the processors; the medians."""
    action()
    by_clock, by_processor = [], []
    for _ in range(runs):
        started, busy = time.perf_counter(), time.process_time()
        action()
        by_clock.append(time.perf_counter() - started)
        by_processor.append(time.process_time() - busy)
    return records / median(by_clock), records / median(by_processor)


def main() -> None:
    """Measure both providers and print what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=int, default=300_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument(
        "--directory", type=Path, default=Path(tempfile.gettempdir()) / "campaignmetrics-benchmarks"
    )
    options = parser.parse_args()
    print(f"{'records a second':46}{'by the clock':>14}{'by processor':>14}{'bar':>11}")
    for provider in PROVIDERS:
        path = log(provider, options.directory, options.records)
        size = path.stat().st_size / options.records
        for what, action, bar in (
            ("lines decoded, no more", partial(decode, path), None),
            ("to report", partial(report, path, once=False), BAR),
            ("to report, without duplicates", partial(report, path, once=True), None),
        ):
            clock, processor = rate(action, options.records, options.runs)
            met = "" if bar is None else f"{bar:11,.0f}  {'met' if clock >= bar else 'missed'}"
            name = f"{provider} ({size:.0f} bytes), {what}"
            print(f"{name:46}{clock:14,.0f}{processor:14,.0f}{met}")


if __name__ == "__main__":
    main()
