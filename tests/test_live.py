"""The live report against a plain recomputation, in histories of every kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import campaignmetrics as cm
from campaignmetrics import _strategies as strategies
from campaignmetrics import live as live_module
from campaignmetrics._live import counts, members
from figures import figures_of, records_of
from oracle import Row, report
from oracle_live import LiveOracle

NINE = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
SECOND, MINUTE, HOUR = dt.timedelta(seconds=1), dt.timedelta(minutes=1), dt.timedelta(hours=1)


@st.composite
def moments(draw: st.DrawFn) -> dt.datetime:
    """Draw times within some hours, many of them on edges, a few of them days ahead."""
    seconds = draw(st.integers(0, 3 * 3600) | st.integers(0, 200).map(lambda n: n * 60))
    days = draw(st.sampled_from((0,) * 15 + (2,)))
    micros = draw(st.sampled_from((0, 0, 0, 1, 999_999)))
    return NINE + dt.timedelta(days=days, seconds=seconds, microseconds=micros)


@st.composite
def live_rows(draw: st.DrawFn) -> Row:
    """Draw events of few sends, most of them deliveries and bounces, many of them copies."""
    row = draw(strategies.rows())
    row["timestamp"] = draw(moments())
    row["event_id"] = draw(st.sampled_from((None, "", *map(str, range(5)))))
    if row["channel"] != "campaign":
        row["recipient"] = draw(st.sampled_from((None, "", "ada@example.com", "b@example.org")))
        if draw(st.booleans()):
            kept = {"channel", "timestamp", "event_id", "profile_id", "message_id", "recipient"}
            row = {name: value for name, value in row.items() if name in kept}
            row["send_id"] = draw(st.sampled_from(("a", "a", "b", None)))
            row["kind"] = draw(st.sampled_from(("delivered", "bounced")))
            if row["kind"] == "bounced":
                row["category"] = draw(st.sampled_from((None, "hard", "soft")))
                row["reason"] = draw(st.sampled_from((None, "MailboxFull")))
    return row


SETTINGS = st.fixed_dictionaries(
    {
        "window": st.sampled_from((HOUR, 30 * MINUTE)),
        "resolution": st.sampled_from((MINUTE, MINUTE, 15 * MINUTE, SECOND)),
        "horizon": st.sampled_from((HOUR, 2 * HOUR, 24 * HOUR)),
        "tolerance": st.sampled_from((None, None, HOUR, 0 * HOUR)),
    }
)
FORMS = ("list", "tuple", "one by one", "generator", "arrow", "parts", "batches")


def as_added(data: st.DataObject, rows: list[Row], form: str) -> Iterator[Any]:
    """Yield what is added, in one of the forms that ``add`` takes."""
    match form:
        case "list":
            yield records_of(rows)
        case "tuple":
            yield tuple(records_of(rows))
        case "one by one":
            yield from records_of(rows)
        case "generator":
            yield iter(records_of(rows))
        case "arrow":
            yield data.draw(strategies.arrow_data(rows))
        case "parts":
            half = len(rows) // 2
            yield [data.draw(strategies.tables(rows[:half])), cm.to_arrow(records_of(rows[half:]))]
        case _:
            yield cm.select(cm.to_arrow(records_of(rows)))


def check(live: cm.LiveReport, oracle: LiveOracle, now: dt.datetime) -> None:
    """Compare all that the live report says at a moment."""
    if oracle.is_kept(now):
        rows = oracle.in_window(now)
        assert report(rows, every=HOUR) == figures_of(live.report(now), HOUR, "UTC")
        assert cm.reduce(records_of(rows), resolution=oracle.resolution) == live.tally(now)
    else:
        with pytest.raises(cm.ArgumentError, match="not kept any more"):
            live.report(now)
    assert cm.reduce(records_of(oracle.settled()), resolution=oracle.resolution) == live.totals()
    diagnostics = live.diagnostics
    told = {"older than the horizon": oracle.late, "ahead of the newest event": oracle.ahead}
    assert {cause: count for cause, count in told.items() if count} == diagnostics.not_counted
    assert oracle.events == diagnostics.events == diagnostics.records
    assert oracle.duplicates == diagnostics.duplicates
    assert oracle.without_id == diagnostics.without_id
    assert oracle.without_send == diagnostics.without_send


@given(st.data(), SETTINGS, st.integers(1, 20), st.sampled_from((2, 100)), st.booleans())
def test_it_is_a_plain_recomputation(
    tmp_path_factory: pytest.TempPathFactory,
    data: st.DataObject,
    settings: dict[str, Any],
    rows_enough: int,
    records_at_once: int,
    wait: bool,  # noqa: FBT001 -- drawn
) -> None:
    """Whatever arrives in whatever order and form, all figures are those of the oracle."""
    live, oracle = cm.LiveReport(**settings), LiveOracle(**settings)
    path = tmp_path_factory.mktemp("live") / "checkpoint"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live_module, "_ROWS_ENOUGH", rows_enough)
        patch.setattr(live_module, "RECORDS_AT_ONCE", records_at_once)
        if not wait:
            for module in (counts, members):
                patch.setattr(module, "_ROWS_TO_WAIT_FOR", 0)
                patch.setattr(module, "_PARTS_TO_WAIT_FOR", 1)
            patch.setattr(counts, "_MOST_PLACES", 0)
        for _ in range(data.draw(st.integers(1, 6))):
            rows = data.draw(st.lists(live_rows(), min_size=1, max_size=8))
            rows = data.draw(st.sampled_from((rows, rows + rows[:3], rows[:1] + rows)))
            for part in as_added(data, rows, data.draw(st.sampled_from(FORMS))):
                live.add(part)
            oracle.add(rows)
            match data.draw(st.sampled_from(("ask", "ask", "go on", "reload"))):
                case "ask":
                    check(live, oracle, data.draw(moments()))
                case "reload":
                    live.save(path, position={"offset": oracle.events})
                    live = cm.LiveReport.load(path)
                    assert live.position == {"offset": oracle.events}
        check(live, oracle, data.draw(moments()))


def sent(event: type[Any], event_id: str | None, **fields: object) -> Any:  # noqa: ANN401 -- either class
    """Make an event of nine o'clock."""
    return event(kind="sent", timestamp=NINE, event_id=event_id, **fields)


def test_the_first_of_copies_stays_where_classes_are_mixed() -> None:
    """Records of several classes are counted in the order in which they came."""
    live = cm.LiveReport()
    live.add([sent(cm.EmailEvent, "0"), sent(cm.PushEvent, "1"), sent(cm.EmailEvent, "1")])
    report = live.report(NINE + MINUTE)
    assert (1, 1) == (report.email.total.sent, report.push.total.sent)
