"""A live report whose process is killed, whose disk is full, whose checkpoint is damaged."""

from __future__ import annotations

import datetime as dt
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import campaignmetrics as cm
from campaignmetrics.errors import CheckpointError

_EVENTS = 200_000
_AT_ONCE = 1_000
_KILLS = 30
_FIRST = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
_NOW = _FIRST + dt.timedelta(hours=40)

_CONSUMER = """
import sys
from pathlib import Path
import pyarrow as pa
import campaignmetrics as cm
log, checkpoint = sys.argv[1:]
live = cm.LiveReport.load(checkpoint) if Path(checkpoint).exists() else cm.LiveReport()
with pa.ipc.open_file(log) as file:
    for number in range(live.position or 0, file.num_record_batches):
        print(number, flush=True)
        live.add(file.get_batch(number))
        if number % 3 == 2:
            live.save(checkpoint, position=number + 1)
    live.save(checkpoint, position=file.num_record_batches)
"""


def events() -> pa.Table:
    """Give events in the order of their arrival: late ones, bounces before deliveries, copies."""
    draw = np.random.default_rng(5)
    distinct = _EVENTS * 9 // 10
    kinds = np.array(["sent", "delivered", "bounced", "opened", "clicked"])
    kind = kinds[draw.choice(5, distinct, p=[0.4, 0.3, 0.05, 0.2, 0.05])]
    seconds = np.sort(draw.integers(0, 40 * 3600, distinct))
    delay = draw.exponential(600, distinct) * (draw.random(distinct) < 0.3)
    rows = pa.table(
        {
            "event_id": [f"e-{number}" for number in range(distinct)],
            "timestamp": pa.array(seconds * 10**6 + int(_FIRST.timestamp()) * 10**6).cast(
                pa.timestamp("us", tz="UTC")
            ),
            "channel": pa.repeat("email", distinct),
            "kind": kind,
            "message_id": [f"m-{number}" for number in draw.integers(0, 20, distinct)],
            "send_id": [f"s-{number}" for number in draw.integers(0, distinct // 3, distinct)],
            "recipient": [f"r{number}@example.com" for number in draw.integers(0, 999, distinct)],
        }
    )
    copies = draw.integers(0, distinct, _EVENTS - distinct)
    place = np.concatenate([np.arange(distinct), copies])
    arrival = (
        seconds[place]
        + delay[place]
        + draw.exponential(3600, _EVENTS) * (np.arange(_EVENTS) >= distinct)
    )
    return rows.take(place[np.argsort(arrival, kind="stable")])


def test_killed_at_thirty_moments(tmp_path: Path) -> None:
    """The figures are those of a run that nothing interrupted, and so is the account."""
    table, log, checkpoint = events(), tmp_path / "log", tmp_path / "checkpoint"
    batches = table.combine_chunks().to_batches(_AT_ONCE)
    with pa.ipc.new_file(log, table.schema) as file:
        for batch in batches:
            file.write_batch(batch)
    chance = random.Random(7)  # noqa: S311 -- no secret
    command = [sys.executable, "-c", _CONSUMER, str(log), str(checkpoint)]
    for target in sorted(chance.sample(range(len(batches)), _KILLS)):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 -- our own
            assert process.stdout is not None
            while int(process.stdout.readline()) < target:
                pass
            time.sleep(chance.random() * 0.05)
            process.kill()
        assert -signal.SIGKILL == process.returncode
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 -- our own

    live, uninterrupted = cm.LiveReport.load(checkpoint), cm.LiveReport()
    for batch in batches:
        uninterrupted.add(batch)
    assert uninterrupted.totals() == live.totals()
    assert uninterrupted.tally(_NOW) == live.tally(_NOW)
    assert uninterrupted.report(_NOW).to_dict() == live.report(_NOW).to_dict()
    assert _EVENTS * 9 // 10 == live.totals().events
    assert _EVENTS // 10 == live.diagnostics.duplicates
    assert {"checkpoint", "checkpoint.previous", "log"} == {
        each.name for each in tmp_path.iterdir()
    }


_FULL = """
import resource, signal, sys
import pyarrow as pa
import campaignmetrics as cm
from campaignmetrics.errors import CheckpointError
log, checkpoint = sys.argv[1:]
live = cm.LiveReport()
with pa.ipc.open_file(log) as file:
    live.add(file.get_batch(0))
    live.save(checkpoint, position=1)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
    live.add(file.get_batch(1))
    try:
        live.save(checkpoint, position=2)
    except CheckpointError as error:
        print(error)
    assert cm.LiveReport.load(checkpoint).position == 1
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    live.save(checkpoint, position=2)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of the process are Unix's")
def test_a_full_disk(tmp_path: Path) -> None:
    """The error says so, the old checkpoint stays, counting goes on, the next saving is whole."""
    table, log, checkpoint = events().slice(0, 2 * _AT_ONCE), tmp_path / "log", tmp_path / "c"
    with pa.ipc.new_file(log, table.schema) as file:
        file.write_table(table.combine_chunks(), _AT_ONCE)
    command = [sys.executable, "-c", _FULL, str(log), str(checkpoint)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 -- our own
    assert f"{checkpoint}: cannot be written: File too large\n" == done.stdout
    live = cm.LiveReport()
    live.add(table)
    assert live.totals() == cm.LiveReport.load(checkpoint).totals()
    assert 1 == cm.LiveReport.load(checkpoint, previous=True).position


def test_a_damaged_checkpoint(tmp_path: Path) -> None:
    """It is refused wherever the damage is, and the one before it is used if asked."""
    path = tmp_path / "c"
    live = cm.LiveReport()
    live.add(events().slice(0, 50))
    live.save(path, position="first")
    live.add(events().slice(50, 50))
    live.save(path, position="second")
    whole = path.read_bytes()
    for place in {*range(100), *range(100, len(whole), 61), *range(len(whole) - 40, len(whole))}:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        with pytest.raises(CheckpointError, match=rf"^{path}: this "):
            cm.LiveReport.load(path)
    previous = cm.LiveReport.load(path, previous=True)
    assert "first" == previous.position
    previous.add(events().slice(50, 50))
    assert live.totals() == previous.totals()
