"""Records as providers and other projects publish them: each states the right events, or why none.

They stand beside the project and are not part of it. What each of them should lead to was written
down by hand, in ``samples/*.json``: for each file, for each of its records in order, the kinds of
its events, with category and reason behind ``:`` where the event has any, and the causes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from campaignmetrics.events import Event
from campaignmetrics.sources import NAMES, declared

SAMPLES = Path(__file__).parents[2] / "shared/samples"
EXPECTED: dict[str, list[list[str]]] = {}
for listed in sorted((Path(__file__).parent / "samples").glob("*.json")):
    EXPECTED |= json.loads(listed.read_text(encoding="utf-8"))

needs_samples = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="needs the published samples, which are not part of the project"
)


def _records(file: Path) -> Iterator[Any]:
    """Give the records of a file; those of tests stand in an envelope with the test's name."""
    text = file.read_text(encoding="utf-8")
    lines = text.splitlines() if file.suffix == ".ndjson" else [text]
    for line in lines:
        value = json.loads(line)
        payload = value.get("payload", value) if type(value) is dict else value
        yield from payload if type(payload) is list else [payload]


def _said(event: Event) -> str:
    parts = (event.kind, getattr(event, "category", None), getattr(event, "reason", None))
    return ":".join(str(part) for part in parts if part is not None)


def _read(record: Any) -> list[str]:  # noqa: ANN401 -- any decoded value
    sources = [name for name in NAMES if declared(name).recognises(record)]
    assert len(sources) <= 1
    if not sources:
        return ["unrecognised"]
    reading = declared(sources[0]).interpret(record)
    return [*map(_said, reading.events), *reading.causes]


@needs_samples
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_record_is_understood(name: str) -> None:
    """As it was written down."""
    assert [_read(record) for record in _records(SAMPLES / name)] == EXPECTED[name]


@needs_samples
def test_no_file_is_left_out() -> None:
    """Each sample of a provider's log has its expectations; Adobe's are in ``test_ajo.py``."""
    there = {
        file.relative_to(SAMPLES).as_posix()
        for file in SAMPLES.rglob("*")
        if file.suffix in {".json", ".ndjson"} and file.parts[len(SAMPLES.parts)] != "adobe"
    }
    assert there == set(EXPECTED)
