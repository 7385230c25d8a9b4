"""The committed examples and golden campaign are what their script writes."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from goldens import GOLDENS, PROJECT, arrow_tally

EXAMPLES = PROJECT / "examples"
GOLDEN = PROJECT / "tests/golden"
LOGS = ("feedback", "email-tracking", "push-tracking", "journey-steps")


def run_script(*arguments: str) -> None:
    """Run the script in a process of its own, as a person would."""
    script = str(EXAMPLES / "make_campaign.py")
    # -B: compiled modules have no place in a folder that people read.
    subprocess.run(  # noqa: S603 -- our own interpreter and script
        [sys.executable, "-B", script, *arguments], check=True, timeout=120
    )


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder into which the script has just written the example."""
    folder = tmp_path_factory.mktemp("example")
    run_script(str(folder))
    return folder


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder into which the script has just written the golden campaign."""
    folder = tmp_path_factory.mktemp("golden")
    run_script(str(folder), "--golden")
    return folder


@pytest.mark.parametrize(
    "name",
    ["expected.json", "events.ndjson", *(f"journey-optimizer/{log}.ndjson" for log in LOGS)],
)
def test_example_is_what_the_script_writes(example: Path, name: str) -> None:
    """Each file of text is the same, byte by byte."""
    assert (EXAMPLES / name).read_bytes() == (example / name).read_bytes()


def test_parquet_example_is_what_the_script_writes(example: Path) -> None:
    """The same table; the bytes of the file may change with the version of pyarrow."""
    name = "events.parquet"

    assert pq.read_table(EXAMPLES / name).equals(pq.read_table(example / name))


@pytest.mark.parametrize("log", LOGS)
def test_golden_log_is_what_the_script_writes(large: Path, log: str) -> None:
    """The same text; how well it is compressed may change with the version of zlib."""
    name = f"{log}.ndjson.gz"
    committed, written = (GOLDEN / name).read_bytes(), (large / name).read_bytes()

    assert gzip.decompress(committed) == gzip.decompress(written)


def test_golden_figures_are_what_the_script_writes(large: Path) -> None:
    """The figures are the same, byte by byte."""
    name = "expected.json"

    assert (GOLDEN / name).read_bytes() == (large / name).read_bytes()


def test_all_forms_of_the_example_are_one_campaign() -> None:
    """Journey Optimizer's records, NDJSON events and Parquet give equal tallies."""
    tallies = [arrow_tally(golden) for golden in GOLDENS if golden.folder == EXAMPLES]

    assert [tallies[0]] * 3 == tallies


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Yield the path of each figure with the figure."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from leaves(part, f"{path}.{key}")
    else:
        yield path, value


@pytest.mark.parametrize("folder", [EXAMPLES, GOLDEN], ids=["example", "golden"])
def test_every_metric_occurs(folder: Path) -> None:
    """No total is 0 by accident: only what never happens here (delayed pushes, pending) is."""
    expected: dict[str, Any] = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    totals = {channel: expected[channel]["total"] for channel in ("email", "push")}

    zero = [path for path, count in leaves(totals) if count == 0]

    assert [".email.pending", ".push.delays", ".push.pending"] == zero


@pytest.mark.parametrize(
    "feature",
    [
        '"feedbackStatus":"out_of_band"',
        '"category":"async"',
        '"type":"HARD"',
        '"type":"Admin"',
        '"interactionType":"bot_open"',
        '"isBot":true',
        '"interactionType":"spam_complaint"',
        '"feedbackStatus":"denylist"',
        '"platform":"apnsSandbox"',
        '"actionID":"Dismiss"',
        '"domain":"Example.NET."',
        "@bücher.example",
        "@EXAMPLE.COM",
        "+02:00",
        '"@id"',
    ],
)
def test_example_has_what_real_logs_have(feature: str) -> None:
    """The odd spellings that a reader must know are all in the small example."""
    texts = [
        (EXAMPLES / f"journey-optimizer/{log}.ndjson").read_text(encoding="utf-8") for log in LOGS
    ]

    assert any(feature in text for text in texts)
