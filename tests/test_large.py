"""What only happens with many rows: threads, parts of sets, views that wait to be settled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from functools import reduce
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import campaignmetrics as cm
from campaignmetrics import views
from campaignmetrics.views import VIEWS, View

ROWS = 600_000
AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
MESSAGES = ["spring", "autumn"]


def opens(rows: int, people: int, seed: int = 1) -> pa.Table:
    """Make many opens of two messages, by people who open more than once, and entries of them."""
    random = np.random.default_rng(seed)
    person = random.integers(0, people, rows)
    keys = pa.array(np.char.add("reader-", person.astype(str)))
    entries = pa.array(random.random(rows) < 0.3)
    return pa.table(
        {
            "timestamp": pa.repeat(pa.scalar(AT, pa.timestamp("us", "UTC")), rows),
            "channel": pa.compute.if_else(entries, "campaign", "email"),
            "kind": pa.compute.if_else(entries, "entered", "opened"),
            "message_id": pa.array(np.array(MESSAGES)[person % 2]),
            "profile_id": keys,
        }
    )


def distinct(table: pa.Table, channel: str) -> dict[str, int]:
    """Count the distinct profiles of a channel by message, with sets."""
    people: dict[str, set[str]] = {}
    for row in table.to_pylist():
        if row["channel"] == channel:
            people.setdefault(row["message_id"], set()).add(row["profile_id"])
    return {message: len(who) for message, who in people.items()}


def test_distinct_people_among_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets are exact, however many rows are reduced side by side and in parts."""
    monkeypatch.setattr(views, "_ROWS_TO_PART", 1 << 17)
    table = opens(ROWS, 250_000)
    report = cm.report(cm.reduce_arrow(table))

    assert distinct(table, "email") == {
        message: report.email.by_message[message].unique_opens for message in MESSAGES
    }
    assert sum(distinct(table, "campaign").values()) == report.campaign.entered_profiles


def refusing(rows: int, refused: Sequence[int]) -> pa.Table:
    """Make sends, some of which (rows from 0) have a kind that there is not."""
    kinds = np.full(rows, "sent", object)
    kinds[list(refused)] = "guessed"
    return (
        opens(rows, 10)
        .select(["timestamp"])
        .append_column("channel", pa.repeat("email", rows))
        .append_column("kind", pa.array(kinds))
    )


@pytest.mark.parametrize("count", [cm.reduce_arrow, list], ids=["reduced", "iterated"])
def test_what_is_refused_is_told_of_in_order(
    tmp_path: Path, count: Callable[[cm.Batches], object]
) -> None:
    """Rows are checked side by side, and accounted for as if they were read one after another."""
    many, few, cut = tmp_path / "many.parquet", tmp_path / "few.ndjson", tmp_path / "cut.arrows"
    places = [3, 70_000, 150_000, 290_000]
    pq.write_table(refusing(300_000, places), many)
    few.write_text('{"timestamp": "2026-11-20T09:00:00Z", "channel": "email", "kind": "guessed"}\n')
    with pa.ipc.new_stream(cut, refusing(1, []).schema) as stream:
        for place in (69_999, 0, 1):
            stream.write_table(refusing(70_000, [place]))
    cut.write_bytes(cut.read_bytes()[:-100_000])
    batches = cm.read([many, few, cut])
    count(batches)
    told = batches.diagnostics

    assert {"refused:kind": 7} == told.not_counted
    assert [(str(many), place + 1) for place in places] + [(str(few), 1)] == [
        (position.file, position.line) for position in told.not_counted_first["refused:kind"]
    ]
    assert [(str(cut), 140_001)] == [(p.file, p.line) for p in told.unreadable_first]
    assert (440_002, 439_994) == (told.records, told.events)
    with pytest.raises(cm.ReadError, match=r"many\.parquet.*\b4\b.*'guessed'"):
        count(cm.read([many, few, cut], strict=True))
    with pytest.raises(cm.ReadError, match=r"cut\.arrows.*\b70000\b.*'guessed'"):
        count(cm.read(cut, strict=True))


def test_many_rows_in_any_cut() -> None:
    """Cut in two and merged, in either order, it is the same tally, of the same bytes."""
    table = opens(ROWS, 400_000)
    whole = cm.reduce_arrow(table)
    left, right = (cm.reduce_arrow(part) for part in (table[: ROWS // 3], table[ROWS // 3 :]))

    assert whole == left + right
    assert whole.to_bytes() == (right + left).to_bytes()
    assert whole == cm.Tally.from_bytes(whole.to_bytes()) + cm.Tally()


def test_a_thousand_tallies() -> None:
    """Merged one by one, rows are settled now and then, and nothing is lost."""
    table = opens(20_000, 5_000)
    tallies = [cm.reduce_arrow(table.slice(start, 20)) for start in range(0, 20_000, 20)]

    assert cm.reduce_arrow(table) == sum(tallies, cm.Tally())
    assert cm.reduce_arrow(table) == reduce(lambda a, b: b + a, tallies)


def test_a_thousand_sets_that_share_nobody() -> None:
    """However often sets are put together before they are settled, nobody is lost."""
    tallies = [
        cm.reduce(
            [
                cm.EntryEvent(timestamp=AT, profile_id=f"reader-{number}"),
                cm.EmailEvent(kind="opened", timestamp=AT, profile_id=f"reader-{number}"),
            ]
        )
        for number in range(1_000)
    ]
    report = cm.report(sum(tallies, cm.Tally()))

    assert 1_000 == report.campaign.entered_profiles == report.email.total.unique_opens


def test_rows_that_wait_are_settled_when_they_are_as_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A view does not grow without bound by what is added to it again and again."""
    monkeypatch.setattr(views, "_ROWS_TO_WAIT_FOR", 10)
    schema = VIEWS["profiles"]
    view = View.empty(schema)
    for number in range(100):
        view += View.of(pa.table({"key": [f"p{number % 7}"] * 4}, schema=schema))
        assert view.waiting.num_rows <= view.settled.num_rows + 10
    assert 7 == view.settle().settled.num_rows


def test_keys_too_long_for_short_offsets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets beyond two gigabytes of keys are grouped as they are."""
    table = opens(1_000, 300)
    short = cm.report(cm.reduce_arrow(table)).email.total.unique_opens
    monkeypatch.setattr(views, "_SHORT_OFFSETS", 0)

    assert short == cm.report(cm.reduce_arrow(table)).email.total.unique_opens


def test_far_more_texts_than_events_of_each() -> None:
    """Where each row has a reason of its own, (reason, outcome) is counted by sorting."""
    rows = 60_000
    table = pa.table(
        {
            "timestamp": pa.repeat(pa.scalar(AT, pa.timestamp("us", "UTC")), rows),
            "channel": ["email"] * rows,
            "kind": ["errored"] * rows,
            "reason": [f"reason {number}" for number in range(rows)],
        }
    )
    reasons = cm.report(cm.reduce_arrow(table)).email.error_reasons

    assert rows == len(reasons) == sum(row.count for row in reasons)


def test_more_events_than_a_tally_can_count() -> None:
    """Counts do not wrap around: 2**63 events are refused."""
    tally = cm.reduce([cm.EmailEvent(kind="sent", timestamp=AT)])
    for _ in range(62):
        tally += tally

    assert 2**62 == tally.events
    with pytest.raises(cm.CountError, match="more than a tally can count"):
        tally + tally


def test_what_is_no_tally_does_not_merge() -> None:
    """A tally is added to tallies and compared with tallies, and otherwise says so."""
    with pytest.raises(TypeError):
        cm.Tally() + 1  # type: ignore[operator] # that is what is tried
    assert cm.Tally() != 1
    assert "<Tally of 0 events>" == repr(cm.Tally())
    assert not cm.report(cm.Tally()).email.top_recipient_domains().domains
