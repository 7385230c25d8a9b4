"""Bounces that come after a delivery are asynchronous, also where nobody says so."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import campaignmetrics as cm
from campaignmetrics import _strategies as strategies
from figures import records_of
from oracle import Row
from oracle_live import LiveOracle
from test_live import live_rows

NINE = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
FAR = dt.timedelta(days=300_000)
AN_ID = "s-1"


def event(kind: str, minute: int, **fields: Any) -> Row:  # noqa: ANN401 -- any column
    """Make an event of an email, some minutes after nine."""
    time = NINE + dt.timedelta(minutes=minute)
    return {"channel": "email", "kind": kind, "timestamp": time, "send_id": AN_ID, **fields}


def flags(rows: list[Row], rows_at_once: int) -> list[bool]:
    """Settle rows and tell which of the bounces are asynchronous, in their order of time."""
    batches = cm.to_arrow(records_of(rows)).to_batches(max_chunksize=rows_at_once)
    table = pa.table(cm.settle(batches))
    bounces = [row for row in table.to_pylist() if row["kind"] == "bounced"]
    return [bool(row["asynchronous"]) for row in sorted(bounces, key=lambda row: row["timestamp"])]


def live_totals(rows: list[Row], *, at_once: bool) -> cm.Tally:
    """Give the totals of a live report that counts rows together, or each for itself."""
    live = cm.LiveReport()
    for record in records_of(rows):
        live.add(record)
        if not at_once:
            live.totals()
    return live.totals()


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([event("delivered", 1), event("bounced", 2)], [True]),
        ([event("bounced", 2), event("delivered", 1)], [True]),
        ([event("delivered", 2), event("bounced", 2)], [False]),  # not later
        ([event("delivered", 3), event("bounced", 2)], [False]),
        ([event("delivered", 3), event("bounced", 2), event("bounced", 4)], [False, True]),
        ([event("delivered", 3), event("delivered", 1), event("bounced", 2)], [True]),
        ([event("bounced", 2), event("delivered", 3), event("delivered", 1)], [True]),
        ([event("bounced", 2, asynchronous=True)], [True]),
        ([event("bounced", 2, asynchronous=True, send_id=None)], [True]),
        ([event("sent", 1), event("bounced", 2)], [False]),
        ([event("delivered", 1, send_id=None), event("bounced", 2, send_id=None)], [False]),
        ([event("delivered", 1, send_id=""), event("bounced", 2, send_id="")], [False]),
        ([event("delivered", 1, send_id="s-2"), event("bounced", 2)], [False]),
        ([event("delivered", 1, channel="push"), event("bounced", 2)], [False]),
        (
            [event(kind, 1 + i, channel="push") for i, kind in enumerate(("delivered", "bounced"))],
            [True],
        ),
        ([event("delivered", 1, recipient="a@b.example"), event("bounced", 2)], [False]),
        ([event("delivered", 1, recipient=""), event("bounced", 2)], [True]),
        (
            [
                event(kind, 1 + i, recipient="a@b.example")
                for i, kind in enumerate(("delivered", "bounced"))
            ],
            [True],
        ),
        # The id and the recipient together are not what counts, but each for itself.
        (
            [
                event("delivered", 1, send_id="s-1a", recipient="@b.example"),
                event("bounced", 2, send_id="s-1", recipient="a@b.example"),
            ],
            [False],
        ),
    ],
)
def test_a_bounce_after_the_delivery_is_asynchronous(rows: list[Row], expected: list[bool]) -> None:
    """What counts is the send and the time of the two, not the order in which they come."""
    for order in (rows, rows[::-1]):
        assert expected == flags(order, len(order)) == flags(order, 1)
        settled = cm.reduce_arrow(cm.settle(cm.to_arrow(records_of(order))))
        assert settled == live_totals(order, at_once=True) == live_totals(order, at_once=False)


def test_what_waits_comes_last_and_nothing_is_lost() -> None:
    """The bounces that no delivery has come for are held back, and the others are not."""
    rows = [event("bounced", 2), event("delivered", 1), event("bounced", 3), event("opened", 4)]
    rows = [row | {"event_id": str(place)} for place, row in enumerate(rows)]
    batches = cm.settle(
        cm.to_arrow(records_of([rows[0]])).to_batches()
        + cm.to_arrow(records_of(rows[1:])).to_batches()
    )
    assert [[], ["1", "2", "3"], ["0"]] == [batch["event_id"].to_pylist() for batch in batches]


def test_bounces_without_a_send_are_counted() -> None:
    """Nobody can tell about them, so the account says how many there are."""
    rows = [
        event("bounced", 1, send_id=None),
        event("bounced", 2, send_id=""),
        event("bounced", 3, send_id=None, asynchronous=True),
        event("delivered", 3, send_id=None),
        event("bounced", 4),
    ]
    batches = cm.settle(cm.to_arrow(records_of(rows)))
    assert 5 == pa.table(batches).num_rows
    assert 2 == batches.diagnostics.without_send


def test_the_figures_are_right() -> None:
    """What was returned was not delivered."""
    rows = [event("sent", 0), event("bounced", 9, category="hard"), event("delivered", 1)]
    total = cm.report(cm.reduce_arrow(cm.settle(cm.to_arrow(records_of(rows))))).email.total
    assert (1, 0, 1, 0) == (total.sent, total.delivered, total.bounces, total.pending)


@pytest.mark.parametrize("columns", [["event_id"], ["asynchronous"], ["timestamp", "kind"]])
def test_some_columns_alone(columns: list[str]) -> None:
    """What settling needs is read all the same, and not handed on."""
    table = cm.to_arrow(records_of([event("delivered", 1), event("bounced", 2)]))
    some = list(cm.settle(table).only(columns))
    assert [columns] == [batch.schema.names for batch in some]
    if columns == ["asynchronous"]:
        assert [False, True] == [bool(flag) for flag in some[0]["asynchronous"].to_pylist()]


def test_data_without_optional_columns() -> None:
    """Without send ids nothing is found, and the flag is there all the same."""
    table = cm.to_arrow(records_of([event("delivered", 1), event("bounced", 2)]))
    table = table.select(["timestamp", "channel", "kind"])
    settled = pa.table(cm.settle(table))
    assert ["timestamp", "channel", "kind", "asynchronous"] == settled.column_names
    assert [None, None] == settled["asynchronous"].to_pylist()


def test_rows_that_are_no_events_pass() -> None:
    """They are refused where they are counted, with their values."""
    table = pa.table(
        {
            "timestamp": pa.array([None, 1, 2, None], pa.timestamp("us", "UTC")),
            "channel": pa.array(["email", None, "email", "email"]),
            "kind": pa.array(["bounced", "delivered", None, "delivered"]),
            "send_id": ["a", "a", "a", "a"],
        }
    )
    assert table.to_pylist() == pa.table(cm.settle(table)).drop_columns("asynchronous").to_pylist()
    with pytest.raises(cm.EventError):
        cm.reduce_arrow(cm.settle(table))


def test_times_that_cannot_be_compared_are_refused() -> None:
    """A time too far away for microseconds has no place before or after another."""
    time = pa.array([2**62], pa.timestamp("s", "UTC"))
    table = pa.table(
        {"timestamp": time, "channel": ["email"], "kind": ["bounced"], "send_id": ["a"]}
    )
    with pytest.raises(cm.EventError, match="timestamp"):
        list(cm.settle(table))


@pytest.mark.parametrize("missing", ["timestamp", "channel", "kind"])
def test_required_columns_are_missed(missing: str) -> None:
    """What the event schema requires is required here."""
    table = cm.to_arrow(records_of([event("bounced", 1)])).drop_columns(missing)
    with pytest.raises(cm.SchemaError, match=missing):
        cm.settle(table)


@given(st.data(), st.lists(live_rows(), max_size=20))
def test_settling_is_a_plain_search(data: st.DataObject, rows: list[Row]) -> None:
    """In any encoding and cut, the bounces are those that a plain search finds."""
    oracle = LiveOracle(FAR, FAR, FAR, None)
    oracle.add([row | {"event_id": None} for row in rows])
    batches = cm.settle(data.draw(strategies.arrow_data(rows)))
    assert cm.reduce(records_of(oracle.settled())) == cm.reduce_arrow(batches)
    assert oracle.without_send == batches.diagnostics.without_send
