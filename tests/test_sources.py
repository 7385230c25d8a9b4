"""What all sources have in common, on the examples of each (``sources/*.json``).

An example is a record with the events that it states, every field of them that is not empty, or
the causes why it states none. They were written by hand from the providers' documents.
"""
# ruff: noqa: ANN401 -- decoded JSON may be anything

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import campaignmetrics as cm
from campaignmetrics.events import RECORDS, Event
from campaignmetrics.reading.source_rows import SourceRows
from campaignmetrics.schema import EVENT_SCHEMA, from_arrow
from campaignmetrics.sources import NAMES, declared

FOLDER = Path(__file__).parent / "sources"
DOCS = Path(__file__).parents[1] / "docs"
CHANNELS = {record: channel for channel, record in RECORDS.items()}
EXAMPLES = {
    file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*"))
}
CASES = [
    pytest.param(name, example, id=f"{name}: {example['why']}")
    for name, examples in EXAMPLES.items()
    for example in examples
]
DECLARING = sorted(EXAMPLES)
ANY_TEXT = st.text(st.characters(), max_size=12)  # halves of surrogate pairs as well
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)


def _written(event: Event) -> dict[str, Any]:
    """Write an event as it stands in the examples."""
    fields = attrs.asdict(event) | {"channel": CHANNELS[type(event)]}
    written = {name: value for name, value in fields.items() if value not in {None, False}}
    written["timestamp"] = event.timestamp.isoformat().replace("+00:00", "Z")
    return written


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    return [found for key in keys for found in [(*path, key), *_paths(value[key], (*path, key))]]


@st.composite
def damaged(draw: st.DrawFn, name: str) -> Any:
    """Draw a good record of a source of which some parts are replaced or taken away."""
    record = copy.deepcopy(draw(st.sampled_from(EXAMPLES[name]))["record"])
    for _ in range(draw(st.integers(1, 3))):
        paths = _paths(record)
        if not paths:
            break
        *parents, key = draw(st.sampled_from(paths))
        target = record
        for parent in parents:
            target = target[parent]
        if draw(st.booleans()):
            target[key] = draw(ANY_JSON)
        else:
            del target[key]
    return record


@pytest.mark.parametrize(("name", "example"), CASES)
def test_a_record_states_its_events(name: str, example: dict[str, Any]) -> None:
    """Every field of each event, and the causes of what is not counted."""
    reading = declared(name).interpret(example["record"])
    assert [_written(event) for event in reading.events] == example.get("events", [])
    assert list(reading.causes) == example.get("causes", [])
    assert getattr(cm.sources, name).events(example["record"]) == reading.events


@pytest.mark.parametrize(("name", "example"), CASES)
def test_a_record_is_one_of_its_source_alone(name: str, example: dict[str, Any]) -> None:
    """No other source takes it for its own; so files need no ``--source``."""
    expected = [] if example.get("causes") == ["unrecognised"] else [name]
    assert expected == [each for each in NAMES if declared(each).recognises(example["record"])]


@pytest.mark.parametrize(("name", "example"), CASES)
def test_a_field_that_holds_null_is_absent(name: str, example: dict[str, Any]) -> None:
    """Parquet gives each row the fields of all the others, of other providers as well."""
    if example.get("causes") == ["unrecognised"]:
        return
    wide = _filled(example["record"], EVERYTHING)
    assert declared(name).interpret(wide) == declared(name).interpret(example["record"])
    assert {name} == {each for each in NAMES if declared(each).recognises(wide)}


def _names(alike: list[Any]) -> dict[str, Any]:
    """Give the fields of all groups in one place, and in the same way those of the groups in it."""
    groups = [group for group in alike if isinstance(group, dict)]
    names = dict.fromkeys(name for group in groups for name in group)
    return {name: _names([group.get(name) for group in groups]) for name in names}


def _filled(value: Any, names: dict[str, Any]) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: _filled(value.get(name), names[name]) for name in {**value, **names}}


EVERYTHING = _names([each["record"] for examples in EXAMPLES.values() for each in examples])


@pytest.mark.parametrize("name", DECLARING)
def test_bulk_and_record_by_record_agree(name: str) -> None:
    """The same events in the same order, and the same causes, also of damaged records."""

    @given(st.lists(damaged(name) | ANY_JSON, max_size=5))
    def agree(records: list[Any]) -> None:
        rows = SourceRows(declared(name), EVENT_SCHEMA.names)
        causes = [tuple(rows.add(record)) for record in records]
        readings = [declared(name).interpret(record) for record in records]
        assert [reading.causes for reading in readings] == causes
        stated = [event for reading in readings for event in reading.events]
        assert stated == list(from_arrow(rows.take()))

    agree()


@pytest.mark.parametrize("name", DECLARING)
def test_a_file_gives_what_its_records_give(name: str, tmp_path: Path) -> None:
    """The source is recognised; the same file twice changes nothing where copies are removed."""
    records = [example["record"] for example in EXAMPLES[name]]
    events = [event for record in records for event in declared(name).interpret(record).events]
    file = tmp_path / "log.ndjson"
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    once = cm.deduplicate(cm.read(file))
    tally = cm.reduce_arrow(once)
    assert tally == cm.reduce(events)
    assert not once.diagnostics.unreadable
    assert 0 == once.diagnostics.duplicates == once.diagnostics.without_id
    twice = cm.deduplicate(cm.read([file, file]))
    assert tally == cm.reduce_arrow(twice)
    assert len(events) == twice.diagnostics.duplicates


def test_a_file_may_mix_all_sources(tmp_path: Path) -> None:
    """One line of each source after the other, and a list of records in one line."""
    files, mixed, events = [], [], []
    for name in DECLARING:
        records = [example["record"] for example in EXAMPLES[name]]
        mixed += records
        events += [event for record in records for event in declared(name).interpret(record).events]
        files.append(tmp_path / f"{name}.ndjson")
        files[-1].write_text(json.dumps(records) + "\n")
    one = tmp_path / "mixed.ndjson"
    one.write_text("".join(json.dumps(record) + "\n" for record in reversed(mixed)))
    expected = cm.reduce(events)
    assert expected == cm.reduce_arrow(cm.read(one))
    assert expected == cm.reduce_arrow(cm.read(files))


def test_every_source_has_examples_and_a_page() -> None:
    """And the tables of words in the pages are those of the declarations."""
    declaring = [name for name in NAMES if declared(name).words]
    assert sorted(declaring) == DECLARING
    subprocess.run([sys.executable, DOCS / "mapping.py", "--check"], check=True)  # noqa: S603 -- ours


@pytest.mark.parametrize("name", DECLARING)
def test_every_word_has_an_example(name: str) -> None:
    """Each word of the table stands in a record whose events are of its kinds."""
    for word, meaning in declared(name).words.items():
        expected = [*meaning.kinds, *filter(None, [meaning.cause])]
        assert any(
            all(part in json.dumps(example["record"]) for part in word.split("/"))
            and expected == _stated(example)
            for example in EXAMPLES[name]
        ), word


def _stated(example: dict[str, Any]) -> list[str]:
    kinds = list(dict.fromkeys(event["kind"] for event in example.get("events", [])))
    return [*kinds, *example.get("causes", [])]
