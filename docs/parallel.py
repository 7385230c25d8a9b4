"""Count the files that are named on the command line, each in a process of its own, and add up."""

from __future__ import annotations

import multiprocessing
import sys

import campaignmetrics as cm


def counted(file: str) -> tuple[cm.Tally, cm.Diagnostics]:
    """Count one file; runs in a worker."""
    batches = cm.deduplicate(cm.read(file))
    return cm.reduce_arrow(batches), batches.diagnostics


if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        tallies, accounts = zip(*pool.map(counted, sys.argv[1:]), strict=True)
    report = cm.report(sum(tallies, cm.Tally()), diagnostics=sum(accounts, cm.Diagnostics()))
    sys.stdout.write(report.to_json())
