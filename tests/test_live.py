"""The live report against a plain recomputation, in histories of every kind."""

from __future__ import annotations

import datetime as dt
import gc
import weakref
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import campaignmetrics as cm
from campaignmetrics import _strategies as strategies
from campaignmetrics import erasure
from campaignmetrics import live as live_module
from campaignmetrics._live import counts, members, state, vocabulary, waiting
from campaignmetrics._live.rows import Rows
from campaignmetrics.outcomes import OUTCOMES
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
def test_it_is_a_plain_recomputation(  # noqa: PLR0913, PLR0917 -- all that is drawn
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
        patch.setattr(waiting, "_ROWS_ENOUGH", rows_enough)
        for module in (live_module, waiting):
            patch.setattr(module, "RECORDS_AT_ONCE", records_at_once)
        if not wait:
            patch.setattr(counts, "_ROWS_TO_WAIT_FOR", 0)
            patch.setattr(counts, "_PARTS_TO_WAIT_FOR", 1)
            patch.setattr(counts, "_FEW_PLACES", 0)
            patch.setattr(members, "_ROWS_OF_A_PIECE", 2)
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


def email(kind: str, minutes: float, **fields: Any) -> cm.EmailEvent:  # noqa: ANN401 -- any field
    """Make an event of one send, some minutes after nine."""
    fields = {"send_id": "s-1", "message_id": "news", **fields}
    return cm.EmailEvent(kind=kind, timestamp=NINE + minutes * MINUTE, **fields)


def test_the_first_of_copies_stays_where_classes_are_mixed() -> None:
    """Records of several classes are counted in the order in which they came."""
    live = cm.LiveReport()
    live.add([sent(cm.EmailEvent, "0"), sent(cm.PushEvent, "1"), sent(cm.EmailEvent, "1")])
    report = live.report(NINE + MINUTE)
    assert (1, 1) == (report.email.total.sent, report.push.total.sent)


def test_the_first_of_copies_stays_where_records_and_arrow_data_are_mixed() -> None:
    """Records that wait are counted before the Arrow data that came after them."""
    live = cm.LiveReport()
    live.add(sent(cm.PushEvent, "1"))
    live.add(cm.to_arrow([sent(cm.EmailEvent, "1")]))
    report = live.report(NINE + MINUTE)
    assert (0, 1) == (report.email.total.sent, report.push.total.sent)


# -- the window ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (NINE - HOUR, 0),
        (NINE, 0),  # the edge of a bucket: the event at nine is in the next one
        (NINE + dt.timedelta(microseconds=1), 1),
        (NINE + MINUTE, 1),
        (NINE + HOUR, 1),
        (NINE + HOUR + dt.timedelta(microseconds=1), 0),
        (NINE.astimezone(dt.timezone(dt.timedelta(hours=5, minutes=30))) + MINUTE, 1),
    ],
)
def test_the_window_is_half_open(now: dt.datetime, expected: int) -> None:
    """It ends at ``now``, rounded up to the resolution, and begins its length before."""
    live = cm.LiveReport(window=HOUR)
    live.add(email("sent", 0))
    assert expected == live.tally(now).events == live.report(now).email.total.sent


@pytest.mark.parametrize("now", [NINE.replace(tzinfo=None), "2026-11-20T09:00:00Z", None])
def test_now_needs_a_zone(now: Any) -> None:  # noqa: ANN401 -- all that is wrong
    """A time without a zone is refused, and so is what is no time."""
    live = cm.LiveReport()
    for ask in (live.report, live.tally):
        with pytest.raises(cm.ArgumentError, match=r"'now'.* is not a datetime with a zone"):
            ask(now)


def test_what_is_not_kept_is_not_shown() -> None:
    """A window that begins before the horizon is refused with the first one that is not."""
    live = cm.LiveReport(window=HOUR, horizon=2 * HOUR)
    live.add([email("sent", 0), email("sent", 180.5)])
    assert 0 == live.tally(NINE + 2 * HOUR).events
    with pytest.raises(cm.ArgumentError, match="is not 2026-11-20T11:00:00\\+00:00 or later"):
        live.report(NINE + 2 * HOUR - MINUTE)


def test_what_is_not_kept_is_told_at_the_beginning_of_time() -> None:
    """What is kept begins before the year 1 there."""
    live = cm.LiveReport(window=dt.timedelta(days=7))
    live.add(cm.EmailEvent(kind="sent", timestamp=dt.datetime(1, 1, 8, tzinfo=dt.UTC)))
    with pytest.raises(cm.ArgumentError, match="0001-01-07T00:00:00"):
        live.tally(dt.datetime(1, 1, 2, tzinfo=dt.UTC))


def test_an_entry_is_of_no_message() -> None:
    """Whatever its row says, as for the reducers."""
    table = cm.to_arrow([cm.EntryEvent(timestamp=NINE, profile_id="p")])
    place = table.column_names.index("message_id")
    table = table.set_column(place, "message_id", pa.array(["news"]))
    live = cm.LiveReport()
    live.add(table)
    assert cm.reduce_arrow(table) == live.totals() == live.tally(NINE + MINUTE)


def test_a_recipient_stays_as_long_as_one_of_its_buckets(tmp_path: Path) -> None:
    """Who opened twice is there once, and leaves with the later open, loaded anew or not."""
    live = cm.LiveReport(window=HOUR)
    live.add([email("opened", 0), email("opened", 50), email("opened", 50), email("clicked", 20)])
    live.add(cm.EntryEvent(timestamp=NINE + 20 * MINUTE, profile_id="p"))
    live.save(tmp_path / "checkpoint")
    for one in (live, cm.LiveReport.load(tmp_path / "checkpoint")):
        one.add(email("opened", 51))
        for minute, expected in (
            (10, (1, 0, 0)),
            (60, (1, 1, 1)),
            (81, (1, 0, 0)),
            (112, (0, 0, 0)),
        ):
            report = one.report(NINE + minute * MINUTE)
            total = report.email.total
            uniques = total.unique_opens, total.unique_clicks, report.campaign.entered_profiles
            assert expected == uniques
        assert 1 == cm.report(one.totals()).email.total.unique_opens


def test_one_key_is_several_members() -> None:
    """One for each message, for each outcome, and for each thing that the key is."""
    whom: list[dict[str, str | None]] = [
        {"send_id": "a"},
        {"send_id": None, "profile_id": "a"},
        {"send_id": None, "recipient": "a"},
    ]
    events = [
        email(kind, 0, message_id=message, **who)
        for kind in ("opened", "clicked", "opened")
        for message in ("news", "offer")
        for who in whom
    ]
    live = cm.LiveReport()
    live.add(events)
    expected = {message: {"opened": 3, "clicked": 3} for message in ("news", "offer")}
    assert expected == live.totals().uniques("email") == live.tally(NINE + HOUR).uniques("email")
    assert cm.reduce(events) == live.totals() == live.tally(NINE + HOUR)


def test_many_members(tmp_path: Path) -> None:
    """In pieces and in what waits to be one, counted little by little, loaded in between."""
    live, events = cm.LiveReport(), []
    for part in range(12):
        sends = range(part * 7_000, part * 7_000 + 10_000)  # some of them again
        events += [email("opened", part, send_id=f"s-{n}", message_id=f"{n % 3}") for n in sends]
        live.add(events[-10_000:])
        assert 10_000 + part * 7_000 == cm.report(live.totals()).email.total.unique_opens
        if part % 5 == 4:
            live.save(tmp_path / "checkpoint")
            live = cm.LiveReport.load(tmp_path / "checkpoint")
    assert cm.reduce(events) == live.totals() == live.tally(NINE + HOUR)
    assert cm.reduce(events[50_000:70_000]) == _between(live, 5, 7)


def _between(live: cm.LiveReport, first: int, end: int) -> cm.Tally:
    """Give the tally of some minutes after nine."""
    start = (NINE - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // MINUTE
    return live._state.between(start + first, start + end)  # noqa: SLF001 -- no window is so short


def test_a_tally_stays_as_it_was() -> None:
    """Its sets are written out when they are asked for, and hold who was there when it was made."""
    live = cm.LiveReport()
    events = [email("opened", number, send_id=f"s-{number}") for number in range(3)]
    entries = [cm.EntryEvent(timestamp=NINE, profile_id=f"p-{number}") for number in range(3)]
    live.add([*events[:2], *entries[:2]])
    tallies = live.tally(NINE + HOUR), live.totals()
    live.add([*events, *entries])
    for tally in tallies:
        for _ in ("counted", "written out"):
            assert {"news": {"opened": 2}} == tally.uniques("email")
            assert 2 == tally.entered_profiles()
            assert cm.reduce([*events[:2], *entries[:2]]) == tally


def test_tallies_merge_with_others() -> None:
    """In either order, and with each other, members of both counting once."""
    live = cm.LiveReport()
    here: list[Any] = [email("opened", 0), cm.EntryEvent(timestamp=NINE, profile_id="p")]
    there = [email("opened", 1), email("opened", 1, send_id="s-2")]
    live.add(here)
    expected = cm.reduce([*here, *there])
    assert expected == live.tally(NINE + HOUR) + cm.reduce(there)
    assert expected == cm.reduce(there) + live.tally(NINE + HOUR)
    assert cm.reduce(here + here) == live.tally(NINE + HOUR) + live.totals()
    assert 2 == (live.totals() + cm.reduce(there)).uniques("email")["news"]["opened"]
    with pytest.raises(TypeError, match="unsupported operand"):
        live.tally(NINE + HOUR) + 5  # type: ignore[operator] # that is what is refused


def test_the_newest_time_is_told() -> None:
    """It is that of an event that was counted."""
    live = cm.LiveReport(tolerance=HOUR)
    live.add([email("sent", 5), email("sent", 3), email("sent", 600)])
    assert NINE + 5 * MINUTE == live.newest


def test_nothing_is_an_empty_report() -> None:
    """Before the first event there is no window that could not be shown."""
    live = cm.LiveReport()
    assert live.newest is None
    live.add([])
    live.add(cm.EVENT_SCHEMA.empty_table())
    assert cm.Tally() == live.tally(NINE) == live.totals()
    assert cm.Diagnostics() == live.diagnostics == live.report(NINE).diagnostics


@pytest.mark.parametrize("resolution", [dt.timedelta(milliseconds=1), MINUTE, 24 * HOUR])
def test_all_times_there_are(resolution: dt.timedelta) -> None:
    """From the year 1 to the year 9999, in buckets of any length, added at once or one by one."""
    events = [
        cm.EmailEvent(kind="bounced", timestamp=time, send_id=str(time), reason="Gone")
        for time in sorted(strategies.EXTREME_TIMES)
    ]
    expected = cm.reduce(events, resolution=resolution)
    for parts in ([events], events):
        live = cm.LiveReport(resolution=resolution)
        for part in parts:
            live.add(part)
            assert live.newest is not None
            live.report(live.newest)
        assert expected == live.totals()


def test_one_cell_holds_many_events() -> None:
    """Counts do not stop where narrow numbers do."""
    live = cm.LiveReport()
    total = 0
    for many in (127, 1, 128, 40_000):
        live.add([email("sent", 0)] * many)
        total += many
        assert total == live.report(NINE + MINUTE).email.total.sent == live.totals().events


# -- what is too old and too new -----------------------------------------------------------------


def test_the_horizon_and_the_tolerance_are_inclusive() -> None:
    """What is just as old, or as far ahead, as allowed is counted; a moment more is not."""
    live = cm.LiveReport(window=HOUR, horizon=2 * HOUR, tolerance=HOUR)
    tick = 1 / 60_000_000
    live.add([email("sent", minutes) for minutes in (0, 60, 120 + tick, 120, 0, tick, 0 - tick)])
    assert 5 == live.totals().events
    expected = {"ahead of the newest event": 1, "older than the horizon": 1}
    assert expected == live.diagnostics.not_counted


def test_copies_are_recognised_within_the_horizon_alone() -> None:
    """What is forgotten counts again, if it is not too old itself."""
    live = cm.LiveReport(window=HOUR, horizon=16 * HOUR)
    live.add([email("sent", 30, event_id="1"), email("sent", 900, event_id="1")])
    assert (1, 1) == (live.totals().events, live.diagnostics.duplicates)
    more = [email("sent", 960, event_id="2"), email("opened", 17 * 60)]
    live.add([*more, email("sent", 16.5 * 60, event_id="1")])
    assert (4, 1) == (live.totals().events, live.diagnostics.duplicates)


# -- late truth ----------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["delivered", "bounced"])
@pytest.mark.parametrize("together", [True, False])
def test_a_bounce_at_the_time_of_the_delivery_is_not_after_it(
    first: str,
    together: bool,  # noqa: FBT001 -- a parameter
) -> None:
    """Whichever came first, and whether they are counted at once."""
    live = cm.LiveReport()
    for kind in sorted(("delivered", "bounced"), key=lambda each: each != first):
        live.add(email(kind, 1))
        if not together:
            assert 0 == live.diagnostics.duplicates  # what waits is counted here
    total = live.report(NINE + HOUR).email.total
    assert (1, 1) == (total.delivered, total.bounces)


def test_a_late_delivery_corrects_the_minute_of_the_bounce() -> None:
    """What was counted as synchronous is counted anew, everywhere, and only once."""
    live = cm.LiveReport()
    bounce = email("bounced", 30, category="hard", reason="Gone", recipient="a@example.com")
    live.add([email("sent", 0, recipient="a@example.com"), bounce])
    before = live.totals()
    assert before == cm.reduce([email("sent", 0, recipient="a@example.com"), bounce])
    for event_id in ("1", "2"):
        live.add(email("delivered", 1, event_id=event_id, recipient="a@example.com"))
        report = live.report(NINE + 40 * MINUTE)
    total = report.email.total
    assert (1, 1, 1, 1) == (total.sent, total.delivered, total.bounces, total.hard_bounces)
    (row,) = [row for row in report.email.over_time(every=MINUTE) if row.bounces]
    assert (NINE + 30 * MINUTE, 1, -1) == (row.start, row.bounces, row.delivered)
    assert before != live.totals()
    assert live.totals() == live.tally(NINE + HOUR)


@pytest.mark.parametrize(("delivered", "expected"), [(0, 1), (-1 / 60, 0)])
def test_a_delivery_is_remembered_for_the_horizon(delivered: float, expected: int) -> None:
    """A bounce comes after a delivery if that is not older than the horizon when it arrives."""
    live = cm.LiveReport(window=HOUR, horizon=2 * HOUR)
    for one in (email("delivered", delivered), email("sent", 120), email("bounced", 119)):
        live.add(one)
        live.totals()  # counts what waits, and forgets what is too old
    total = cm.report(live.totals()).email.total
    assert (1 - expected, 1) == (total.delivered, total.bounces)


# -- what is added -------------------------------------------------------------------------------


def refused_row(rows: int, place: int) -> pa.Table:
    """Make a table of which one row is no event."""
    table = cm.to_arrow([email("sent", 0)] * rows)
    kinds = ["sent"] * rows
    kinds[place] = "nonsense"
    return table.set_column(table.column_names.index("kind"), "kind", pa.array(kinds))


@pytest.mark.parametrize("form", ["table", "batch", "list", "large"])
def test_what_is_refused_leaves_all_as_it_was(form: str) -> None:
    """A table or a list is added whole or not at all, by the call that brought it."""
    live = cm.LiveReport()
    live.add([email("sent", 0), email("delivered", 1)])
    before = live.totals()
    rows, place = (70_000, 69_000) if form == "large" else (9, 7)
    bad = refused_row(rows, place)
    data = {
        "batch": bad.combine_chunks().to_batches()[0],
        "list": [cm.to_arrow([email("sent", 0)]), bad.slice(1)],
    }.get(form, bad)
    with pytest.raises(cm.EventError, match=f"column 'kind', row {place}: 'nonsense'"):
        live.add(data)
    assert before == live.totals()
    assert 2 == live.diagnostics.events == live.diagnostics.records


def test_records_among_which_is_something_else_are_refused() -> None:
    """Not one of them is added."""
    live = cm.LiveReport()
    with pytest.raises(cm.SchemaError, match=r"an event is one of .*, not dict"):
        live.add([email("sent", 0), {}])
    assert cm.Tally() == live.totals()


def test_of_a_stream_stays_what_came_before() -> None:
    """A stream can be longer than memory, so it is not held back."""
    live = cm.LiveReport()
    good = cm.to_arrow([email("sent", 0)])
    with pytest.raises(cm.EventError, match="row 1"):
        live.add(batch for table in (good, refused_row(1, 0)) for batch in table.to_batches())
    assert 1 == live.totals().events == live.diagnostics.events


def test_of_a_stream_of_records_stays_what_came_before() -> None:
    """Whatever broke it off: an error of its own, or something else among them."""

    def broken(count: int) -> Iterator[cm.EmailEvent]:
        for number in range(count):
            yield email("sent", number / 1000)
        raise ConnectionError

    live = cm.LiveReport()
    with pytest.raises(ConnectionError):
        live.add(broken(3))
    assert 3 == live.totals().events
    with pytest.raises(ConnectionError):
        live.add(broken(40_000))
    assert 40_003 == live.totals().events
    with pytest.raises(cm.SchemaError, match="not int"):
        live.add(iter([email("sent", 0), email("sent", 1), 5, email("sent", 2)]))
    assert 40_005 == live.totals().events == live.diagnostics.events


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
@pytest.mark.parametrize(
    ("where", "name"),
    [(state.State, "_add_members"), (Rows, "of_records"), (Rows, "concat")],
)
def test_what_is_half_counted_is_not_shown_nor_saved(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: type[BaseException],
    where: type,
    name: str,
) -> None:
    """Rather no figure than one that is not right."""
    live = cm.LiveReport()
    live.add(email("sent", 0))
    live.save(tmp_path / "c")
    live.add(email("sent", 1))

    def broken_off(*_: object) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(where, name, broken_off)
        with pytest.raises(error):
            live.report(NINE + HOUR)
    with pytest.raises(cm.HalfCountedError, match="load the last checkpoint"):
        live.add(cm.to_arrow([email("sent", 2)]))
    for ask in (live.totals, lambda: live.report(NINE + HOUR), lambda: live.save(tmp_path / "c")):
        with pytest.raises(cm.HalfCountedError, match="load the last checkpoint"):
            ask()
    assert 1 == cm.LiveReport.load(tmp_path / "c").totals().events


def test_a_table_is_not_half_added(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is cut into parts, and a later one is broken off, there are no figures any more."""
    monkeypatch.setattr(live_module, "_ROWS_AT_ONCE", 2)
    monkeypatch.setattr(waiting, "_ROWS_ENOUGH", 2)
    concat = Rows.concat
    parts: list[object] = []

    def second_fails(rows: Any) -> Any:  # noqa: ANN401 -- whatever it is
        parts.append(rows)
        if len(parts) == 2:
            raise MemoryError
        return concat(rows)

    live = cm.LiveReport()
    with monkeypatch.context() as patched:
        patched.setattr(Rows, "concat", second_fails)
        with pytest.raises(MemoryError):
            live.add(cm.to_arrow([email("sent", minute) for minute in range(5)]))
    with pytest.raises(cm.HalfCountedError):
        live.totals()


def test_what_was_read_before_is_not_in_the_account_again() -> None:
    """A stream can be read once."""
    live, events = cm.LiveReport(), cm.to_arrow([email("sent", 0), email("sent", 1)])
    batches = cm.select(events, start=NINE)
    live.add(batches)
    account = live.diagnostics
    with pytest.raises(cm.StreamConsumedError):
        live.add(batches)
    assert account == live.diagnostics
    assert 2 == account.events == live.totals().events


def test_a_tally_does_not_keep_the_state_alive() -> None:
    """Only what its distinct recipients are written out from."""
    live = cm.LiveReport()
    live.add([email("opened", 0, recipient="reader@example.com"), email("delivered", 0)])
    tally, report = live.totals(), live.report(NINE + HOUR)
    kept = weakref.ref(live._state)  # noqa: SLF001 -- to see it go
    del live
    gc.collect()
    assert kept() is None
    assert 1 == report.email.total.unique_opens
    assert tally == cm.Tally.from_bytes(tally.to_bytes())


@pytest.mark.parametrize("nothing", [42, "events.ndjson", b"", {"kind": "sent"}, None, [1], [{}]])
def test_what_is_no_event_is_refused(nothing: object) -> None:
    """The error says what was expected."""
    with pytest.raises(cm.SchemaError, match="expected records or Arrow data, not "):
        cm.LiveReport().add(nothing)


def test_columns_are_checked() -> None:
    """Data without a required column is refused as by ``reduce_arrow``."""
    with pytest.raises(cm.SchemaError, match="column 'kind' is missing"):
        cm.LiveReport().add(cm.to_arrow([email("sent", 0)]).drop_columns("kind"))


def test_the_account_of_a_reading_is_kept(tmp_path: Path) -> None:
    """What a file held besides events is in the diagnostics, before and after a checkpoint."""
    file = tmp_path / "events.ndjson"
    file.write_text(
        '{"timestamp": "2026-11-20T09:00:00Z", "channel": "email", "kind": "sent"}\nno\n'
    )
    live = cm.LiveReport()
    live.add(cm.read(file))
    live.save(tmp_path / "checkpoint")
    for one in (live, cm.LiveReport.load(tmp_path / "checkpoint")):
        diagnostics = one.report(NINE + MINUTE).diagnostics
        assert (2, 1, 1) == (diagnostics.records, diagnostics.events, diagnostics.unreadable)
        assert 2 == diagnostics.unreadable_first[0].line


def test_the_diagnostics_of_a_report_stay() -> None:
    """They are as they were when it was made."""
    live = cm.LiveReport()
    live.add(email("sent", 0))
    report = live.report(NINE)
    live.add(email("sent", 0))
    assert (1, 2) == (report.diagnostics.events, live.diagnostics.events)


def test_many_spellings_of_domains(monkeypatch: pytest.MonkeyPatch) -> None:
    """How a domain is spelled is looked up again when too many spellings are known."""
    monkeypatch.setattr(vocabulary, "_MOST_SPELLINGS", 3)
    live = cm.LiveReport()
    for place in range(12):
        live.add(
            [email("opened", 0, recipient=f"a@{d}") for d in (f"{place}.Example", "B.example")]
        )
        live.add(cm.to_arrow([email("opened", 0, recipient=f"a@{place}.example.")]))
    top = live.report(NINE + MINUTE).email.top_recipient_domains(2)
    assert [("b.example", 12), ("0.example", 2)] == [(row.domain, row.count) for row in top.domains]
    assert (22, 0) == (top.other, top.unknown)


# -- settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"window": 0 * HOUR}, cm.ArgumentError, "'window'.* is not a timedelta above 0"),
        ({"window": 24}, cm.ArgumentError, "'window': 24 is not a timedelta"),
        (
            {"window": 90 * SECOND},
            cm.ArgumentError,
            "'window'.* multiple of the resolution, 0:01:00",
        ),
        (
            {"horizon": 90.5 * HOUR + SECOND},
            cm.ArgumentError,
            "'horizon'.* multiple of the resolut",
        ),
        ({"horizon": HOUR}, cm.ArgumentError, "'horizon'.* as long as the window, 1 day"),
        ({"resolution": 7 * MINUTE}, cm.ResolutionError, "divides a day"),
        ({"resolution": 60}, cm.ArgumentError, "'resolution': 60 is not a timedelta"),
        ({"resolution": dt.timedelta(microseconds=1)}, cm.ResolutionError, "or more, not"),
        ({"tolerance": -HOUR}, cm.ArgumentError, "'tolerance'.* is not a timedelta of 0 or more"),
        ({"tolerance": 5}, cm.ArgumentError, "'tolerance': 5 is not a timedelta"),
        ({"tolerance": dt.timedelta.max}, cm.ArgumentError, "'tolerance'.* at most as long"),
        ({"horizon": 10**9 * HOUR}, cm.ArgumentError, "'horizon'.* at most as long"),
    ],
)
def test_settings_that_do_not_fit_are_refused(
    settings: dict[str, Any], error: type[Exception], message: str
) -> None:
    """The error names the argument, its value and what was expected."""
    with pytest.raises(error, match=message):
        cm.LiveReport(**settings)


def test_every_outcome_has_room_in_a_cell() -> None:
    """Cells are numbers that have some bits for the outcome."""
    codes = np.arange(len(OUTCOMES))
    cells = counts.pack(np.zeros(1, np.int64), np.full(1, 7), codes)
    assert [7] == np.unique(counts.word_of(cells)).tolist()
    assert codes.tolist() == counts.outcome_of(cells).tolist()


def test_every_outcome_of_a_set_has_room_in_a_group() -> None:
    """Groups are numbers that have some bits for the outcome and for the name space."""
    outcomes = np.flatnonzero(erasure.IS_UNIQUE | erasure.IS_ENTRY)
    for message, namespace in ((0, 0), (5, 2), (2**28 - 1, 1)):
        columns = (np.full(len(outcomes), each) for each in (message, namespace))
        messages, namespaces = columns
        groups = members.groups_of(messages, outcomes, namespaces)
        assert messages.tolist() == members.messages_of(groups).tolist()
        assert outcomes.tolist() == members.outcomes_of(groups).tolist()
        assert namespaces.tolist() == members.namespaces_of(groups).tolist()


# -- checkpoints ---------------------------------------------------------------------------------


def test_the_checkpoint_before_is_kept(tmp_path: Path) -> None:
    """It has its own position, and is there when the last one is damaged."""
    path = tmp_path / "checkpoint"
    live = cm.LiveReport(window=HOUR, resolution=15 * MINUTE, horizon=3 * HOUR, tolerance=HOUR)
    assert live.position is None
    for offset in (1, 2):
        live.add(email("sent", offset, event_id=str(offset)))
        live.save(path, position=[offset])
        assert [offset] == live.position
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(cm.CheckpointError, match="checkpoint"):
        cm.LiveReport.load(path)
    before = cm.LiveReport.load(path, previous=True)
    assert [1] == before.position
    before.add([email("sent", 1, event_id="1"), email("sent", 2, event_id="2")])
    assert live.totals() == before.totals()
    with pytest.raises(cm.ArgumentError, match="not kept any more"):
        before.report(NINE - 2 * HOUR - 15 * MINUTE)


@pytest.mark.parametrize("first", ["delivered", "bounced"])
def test_late_truth_survives_a_checkpoint(tmp_path: Path, first: str) -> None:
    """A delivery is known, or a bounce held, whoever comes after the loading."""
    events = [email("delivered", 1), email("bounced", 2)]
    before, after = sorted(events, key=lambda event: event.kind != first)
    live = cm.LiveReport()
    live.add(before)
    live.save(tmp_path / "checkpoint")
    live = cm.LiveReport.load(tmp_path / "checkpoint")
    live.add(after)
    total = live.report(NINE + HOUR).email.total
    assert (0, 1) == (total.delivered, total.bounces)


def test_a_position_that_json_lacks_is_refused(tmp_path: Path) -> None:
    """Nothing is written then."""
    with pytest.raises(cm.CheckpointError):
        cm.LiveReport().save(tmp_path / "checkpoint", position=object())
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("position", [{0: 1234}, {"log": [{0: 1234}]}, ({None: 5},)])
def test_a_position_that_would_come_back_as_another_is_refused(
    tmp_path: Path, position: object
) -> None:
    """JSON makes text of numbers that are keys, and the offset of partition 0 would be missed."""
    with pytest.raises(cm.CheckpointError, match="cannot be written: keys must be text, not"):
        cm.LiveReport().save(tmp_path / "checkpoint", position=position)
    assert [] == list(tmp_path.iterdir())


def test_memory_does_not_grow_after_the_first_horizon(tmp_path: Path) -> None:
    """What is known, by the size of a checkpoint, is as much after five horizons as after two."""
    live = cm.LiveReport(window=HOUR, horizon=16 * HOUR)
    sizes = []
    for horizon in range(5):
        for half_hour in range(32):
            start = horizon * 16 * 60 + half_hour * 30
            fields = [{"event_id": f"{start}-{n}", "send_id": f"{start}-{n}"} for n in range(40)]
            live.add([email("delivered", start + n % 30, **f) for n, f in enumerate(fields)])
            live.add([email("bounced", start, **f) for f in fields])
        live.save(tmp_path / "checkpoint")
        sizes.append((tmp_path / "checkpoint").stat().st_size)
    growth = [after - before for before, after in pairwise(sizes)]
    per_minute = 16 * 60 * 2 * 16  # the timeline of the totals: two outcomes a minute
    assert max(growth[1:]) <= per_minute
    assert 5 * 32 * 80 == live.totals().events


def test_keys_are_packed_in_pieces(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each member has its own key again, whether its piece is packed or waits."""
    monkeypatch.setattr(members, "_ROWS_OF_A_PIECE", 2)
    events = [email("opened", n, recipient=f"reader-{n % 5}@example.com") for n in range(9)]
    live = cm.LiveReport()
    for event in events:
        live.add(event)
        assert live.diagnostics.events  # what waits is counted here
    live.save(tmp_path / "checkpoint")
    again = cm.LiveReport.load(tmp_path / "checkpoint")
    assert cm.reduce(events) == live.totals() == again.totals()


@pytest.mark.parametrize("numbers", [[], [3], [7, 3, 7], [10**6, 0, 10**6, 5]])
def test_distinct_numbers(numbers: list[int]) -> None:
    """Near each other, far apart, and none."""
    assert sorted(set(numbers)) == counts.distinct([np.array(numbers, np.int64)]).tolist()
