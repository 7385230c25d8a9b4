"""Start the scripts that run in processes of their own.

The process that starts them stays small and imports no engine: on Linux a new process inherits the
peak memory of the one that started it.
"""
# ruff: noqa: INP001, S603 -- scripts side by side, that start each other with arguments of their own

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import TypedDict

HERE = Path(__file__).parent
WRITERS = ("campaign.py", "statements.py", "identifiers.py")


class Measurement(TypedDict):
    """What ``measure.py`` prints."""

    seconds: list[float]
    processor: list[float]
    peak: int
    figures: dict[str, int]


def measure(engine: str, source: str, path: Path, runs: int, domains: str = "opens") -> Measurement:
    """Measure one engine in a fresh process."""
    printed = _run("measure.py", engine, source, str(path), str(runs), domains)
    measured: Measurement = json.loads(printed)
    return measured


def campaign(directory: Path, events: int) -> Path:
    """Return a campaign of that many events; it is written if it is not there yet.

    The name holds a digest of the scripts that write it, so that what they change is written anew.
    """
    sources = b"".join((HERE / name).read_bytes() for name in WRITERS)
    path = directory / f"campaign-{events}-{hashlib.sha256(sources).hexdigest()[:8]}.parquet"
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True)
        _run("campaign.py", str(events), str(path))
    return path


def seconds_to_import(module: str) -> float:
    """Import a module in a fresh process and tell how long that took."""
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    return float(_python("-c", code))


def tally_size(path: Path) -> int:
    """Return how many bytes the tally of a file is when written."""
    code = (
        "import sys; import campaignmetrics as cm; "
        "print(len(cm.reduce_arrow(cm.read(sys.argv[1])).to_bytes()))"
    )
    return int(_python("-c", code, str(path)))


def _run(script: str, *arguments: str) -> str:
    return _python(str(HERE / script), *arguments)


def _python(*arguments: str) -> str:
    command = [sys.executable, *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
