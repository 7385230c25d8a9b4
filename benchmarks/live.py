"""Measure the live report: weeks of events in one process, and what each of its calls costs.

    python benchmarks/live.py [--events 50000000] [--days 14] [--without-soak]

The soak prints a line for each simulated day. Speeds are of one core: events a second of processor
time spent in ``add``; what waits there is counted at the end of each simulated hour.
"""
# ruff: noqa: INP001, T201 -- a script, whose answer is what it prints

from __future__ import annotations

import argparse
import datetime as dt
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from identifiers import numbered, strings, uuids
from paths import Row, typical

import campaignmetrics as cm

BATCH = 10_000
MESSAGES = 200
ADDRESSES = 1_000_000
RECORDS = 300_000
REMEMBERED = 5_000_000
WINDOW_EVENTS = 3_000_000
KINDS = {"sent": 0.40, "delivered": 0.39, "bounced": 0.01, "opened": 0.16, "clicked": 0.04}
COPIES = 0.03  # of the events of a batch, from the one before
LATE = 0.1  # of the events, by twenty minutes on the mean
FIRST = dt.datetime(2026, 11, 2, tzinfo=dt.UTC)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MINUTE, HOUR, DAY = (dt.timedelta(minutes=count) for count in (1, 60, 24 * 60))
MICROSECOND = dt.timedelta(microseconds=1)


class Traffic:
    """Events in the order of their arrival, batch by batch; equal seeds give equal events."""

    def __init__(self, seed: int = 20261102) -> None:
        """Begin with the first event."""
        self._draw = np.random.default_rng(seed)
        self._made = 0
        self._last: pa.Table | None = None

    def batch(self, at: dt.datetime, span: dt.timedelta) -> pa.RecordBatch:
        """Give the events that arrive in a span of time."""
        draw = self._draw
        numbers = np.arange(self._made, self._made + BATCH)
        self._made += BATCH
        arrival = np.linspace(0, span // MICROSECOND, BATCH, endpoint=False)
        delay = draw.exponential(20 * 60 * 10**6, BATCH) * (draw.random(BATCH) < LATE)
        micros = (at - EPOCH) // MICROSECOND + (arrival - delay).astype(np.int64)
        kind = draw.choice(len(KINDS), BATCH, p=list(KINDS.values()))
        messages = [f"message-{number:03}" for number in range(MESSAGES)]
        table = pa.table(
            {
                "event_id": uuids(numbers, 1),
                "timestamp": pa.array(micros, pa.timestamp("us", tz="UTC")),
                "channel": words(np.zeros(BATCH, np.int64), ["email"]),
                "kind": words(kind, list(KINDS)),
                "message_id": words(draw.integers(0, MESSAGES, BATCH), messages),
                "send_id": uuids(numbers // 3, 2),
                "recipient": strings(numbered("reader", draw.integers(0, ADDRESSES, BATCH), 7)),
            }
        )
        whole = table
        if self._last is not None:
            copies = round(BATCH * COPIES)
            some = draw.choice(BATCH, copies, replace=False)
            whole = pa.concat_tables([table.slice(0, BATCH - copies), self._last.take(some)])
        self._last = table
        return whole.combine_chunks().to_batches()[0]


def words(codes: npt.NDArray[np.int64], values: Sequence[str]) -> pa.DictionaryArray:
    """Give texts of few values."""
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int16()), pa.array(values))


def held() -> float:
    """Return the memory that this process holds now, in MB; where that is not told, the most."""
    told = Path("/proc/self/statm")
    if told.exists():
        return int(told.read_text(encoding="ascii").split()[1]) * resource.getpagesize() / 1e6
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1e6 if sys.platform == "darwin" else 1e3)


def soak(events: int, days: int) -> None:
    """Add events for days on end, and print a line for each."""
    live, traffic = cm.LiveReport(), Traffic()
    batches = max(1, round(events / (days * 24 * BATCH)))
    span = HOUR / batches
    rates: list[float] = []
    print(f"{'day':>4}{'added':>13}{'events/s':>12}{'worst hour':>12}{'memory':>11}", end="")
    print(f"{'remembered':>13}{'bytes each':>12}")
    for hour in range(days * 24):
        at = FIRST + hour * HOUR
        some = [traffic.batch(at + number * span, span) for number in range(batches)]
        started = time.process_time()
        for batch in some:
            live.add(batch)
        added = live.diagnostics.events  # which counts what waits
        rates.append(batches * BATCH / (time.process_time() - started))
        if hour % 24 == 23:  # noqa: PLR2004 -- the last of a day
            remembered = live._state.remembered  # noqa: SLF001 -- to be measured
            day = rates[-24:]
            print(f"{hour // 24 + 1:>4}{added:>13,}{24 / sum(1 / r for r in day):>12,.0f}", end="")
            print(f"{min(day):>12,.0f}{held():>8,.0f} MB{len(remembered):>13,}", end="")
            print(f"{remembered.nbytes / len(remembered):>12.1f}", flush=True)
    print(f"first hour {rates[0]:,.0f} events/s, last hour {rates[-1]:,.0f} events/s")


def adding(batches: Sequence[pa.RecordBatch]) -> Row:
    """Add batches."""

    def add() -> None:
        live = cm.LiveReport()
        for batch in batches:
            live.add(batch)
        live.totals()

    rate = sum(map(len, batches)) / typical(add, 3, time.process_time)
    return Row(f"add, batches of {BATCH:,}, per core", rate, "events/s", 1.5e6)


def adding_records(batches: Sequence[pa.RecordBatch]) -> Row:
    """Add ready-made records one by one."""
    events = list(cm.from_arrow(pa.Table.from_batches(batches[: RECORDS // BATCH])))

    def add() -> None:
        live = cm.LiveReport()
        for event in events:
            live.add(event)
        live.totals()

    rate = len(events) / typical(add, 3, time.process_time)
    return Row("add, single records, per core", rate, "events/s", 3e5)


def reporting(batches: Sequence[pa.RecordBatch], now: dt.datetime) -> list[Row]:
    """Report a window of 24 hours that holds all these events: once, and then minute by minute."""
    live = cm.LiveReport()
    for batch in batches:
        live.add(batch)
    _ = live.diagnostics  # which counts what waits
    started = time.perf_counter()
    live.report(now).to_dict()
    first = time.perf_counter() - started
    moments = [now - minute * MINUTE for minute in range(20)]
    each, later = iter(moments), iter(moments)
    alone = typical(lambda: live.report(next(each)), 9)
    whole = typical(lambda: live.report(next(later)).to_dict(), 9)
    name = f"24 h, {sum(map(len, batches)):,} events"
    return [
        Row(f"report, {name}", 1000 * alone, "ms", 50),
        Row(f"all its figures, {name}", 1000 * whole, "ms", 50),
        Row(f"the first of these, {name}", 1000 * first, "ms", 50),
    ]


def saving(traffic: Traffic, folder: Path) -> list[Row]:
    """Save and load a live report that remembers five million events."""
    live, path = cm.LiveReport(), folder / "checkpoint"
    count = round(REMEMBERED / (1 - COPIES) / BATCH)
    span = 8 * DAY / count
    for number in range(count):
        live.add(traffic.batch(FIRST + number * span, span))
    live.totals()
    save = typical(lambda: live.save(path), 3)
    load = typical(lambda: cm.LiveReport.load(path), 3)
    size = path.stat().st_size / 1e6
    name = f"5 million remembered over 8 days, {size:,.0f} MB"
    return [Row(f"save, {name}", save, "s", 2.0), Row(f"load, {name}", load, "s", 2.0)]


def main() -> None:
    """Measure all and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=50_000_000)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--without-soak", action="store_true")
    options = parser.parse_args()
    count = WINDOW_EVENTS // BATCH
    traffic, span = Traffic(), DAY / count
    batches = [traffic.batch(FIRST + number * span, span) for number in range(count)]
    print(f"{'live report':60}{'measured':>18}{'bar':>14}")
    print(adding(batches))
    print(adding_records(batches))
    for share in (3, 2, 1):
        for row in reporting(batches[::share], FIRST + DAY):
            print(row, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for row in saving(Traffic(), Path(folder)):
            print(row, flush=True)
    del batches
    if not options.without_soak:
        print()
        soak(options.events, options.days)


if __name__ == "__main__":
    main()
