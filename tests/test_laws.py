"""The laws of docs/definitions.md hold: hazards written out, all other inputs searched for."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import campaignmetrics as cm
import oracle
from campaignmetrics import testing
from campaignmetrics.events import Event
from figures import figures_of, records_of, top_domains_of
from oracle import Row
from oracle_steps import HOUR, MINUTE

AT = dt.datetime(2026, 3, 29, 0, 59, 59, 999_999, tzinfo=dt.UTC)
INDIA = dt.timezone(dt.timedelta(hours=5, minutes=30))

SENT: Row = {"channel": "email", "kind": "sent", "timestamp": AT}
TWO_ATS: Row = SENT | {"kind": "opened", "recipient": '"ada@home"@Example.org', "send_id": "a"}
ELSEWHERE: Row = SENT | {"kind": "delivered", "timestamp": AT.astimezone(INDIA)}
ALL_NULL: Row = dict.fromkeys(cm.EVENT_SCHEMA.names) | SENT
ALL_EMPTY: Row = ALL_NULL | dict.fromkeys(
    ("event_id", "message_id", "send_id", "profile_id", "recipient", "category", "reason"), ""
)
LATE_BOUNCE: Row = {
    "channel": "push",
    "kind": "bounced",
    "timestamp": AT,
    "asynchronous": True,
    "platform": "ios",
}
SAME_WORD_IN_EACH_NAME_SPACE: list[Row] = [
    SENT | {"kind": "opened", name: "a"} for name in ("send_id", "profile_id", "recipient")
]
HAZARDS: list[Row] = [
    TWO_ATS,
    ELSEWHERE,
    ALL_NULL,
    ALL_EMPTY,
    LATE_BOUNCE,
    *SAME_WORD_IN_EACH_NAME_SPACE,
]

some_rows = st.lists(testing.rows(), max_size=12)
resolutions = st.sampled_from(
    [None, *(dt.timedelta(seconds=seconds) for seconds in (1e-6, 1, 20, 60, 900, 3600, 86400))]
)


def reduce_one_way(
    data: st.DataObject,
    rows: Sequence[Row],
    start: cm.Tally | None,
    resolution: dt.timedelta | None,
) -> cm.Tally:
    """Reduce rows by one of the two entry points, drawn."""
    if data.draw(st.booleans()):
        return cm.reduce(records_of(rows), start, resolution=resolution)
    return cm.reduce_arrow(data.draw(testing.arrow_data(rows)), start, resolution=resolution)


@given(a=some_rows, b=some_rows, c=some_rows, resolution=resolutions)
@example(a=[], b=[], c=[], resolution=None)
@example(a=HAZARDS, b=[SENT], c=HAZARDS, resolution=None)
def test_merge_is_a_commutative_monoid(
    a: list[Row], b: list[Row], c: list[Row], resolution: dt.timedelta | None
) -> None:
    """Law 1: merging is associative and commutative, and the empty tally is its identity."""
    tallies = [cm.reduce(records_of(rows), resolution=resolution) for rows in (a, b, c)]

    testing.check_merge_laws(*tallies)


@given(rows=some_rows, data=st.data(), resolution=resolutions)
@example(rows=[], data=None, resolution=None)
@example(rows=[SENT], data=None, resolution=None)
@example(rows=HAZARDS, data=None, resolution=None)
def test_every_cut_order_and_mixture_gives_the_same_tally(
    rows: list[Row], data: st.DataObject | None, resolution: dt.timedelta | None
) -> None:
    """Laws 2 and 3: however events are ordered, cut and fed, by whatever way, the tally is one."""
    expected = cm.reduce(records_of(rows), resolution=resolution)
    assert expected == cm.reduce_arrow(
        pa.Table.from_pylist(rows[::-1], cm.EVENT_SCHEMA), resolution=resolution
    )
    if data is None:
        return

    shuffled = data.draw(st.permutations(rows))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=3)))
    on = cm.Tally()
    merged = cm.Tally()
    for first, last in itertools.pairwise([0, *cuts, len(rows)]):
        part = shuffled[first:last]
        on = reduce_one_way(data, part, on, resolution)
        merged = reduce_one_way(data, part, None, resolution) + merged

    assert expected == on
    assert expected == merged
    assert expected.to_bytes() == on.to_bytes() == merged.to_bytes()


@given(parts=st.lists(st.lists(testing.events(), max_size=4), max_size=4))
@example(parts=[])
@example(parts=[records_of(HAZARDS), [], records_of([SENT])])
def test_the_shipped_laws_of_reducing_hold(parts: list[list[Event]]) -> None:
    """Laws 2 and 3, in the form in which users run them."""
    testing.check_split_laws(parts)
    testing.check_paths_laws([event for part in parts for event in part])


@given(rows=st.lists(testing.rows(), max_size=25), data=st.data())
@example(rows=[], data=None)
@example(rows=[ALL_NULL], data=None)
@example(rows=[TWO_ATS], data=None)
@example(rows=[ELSEWHERE], data=None)
@example(rows=HAZARDS, data=None)
def test_every_figure_is_the_oracles(rows: list[Row], data: st.DataObject | None) -> None:
    """Both ways and their mixture give the figures that plain counting gives."""
    half = len(rows) // 2
    tally = cm.reduce(records_of(rows[:half]))
    if data is None:
        table = pa.Table.from_pylist(rows[half:], cm.EVENT_SCHEMA)
    else:
        table = data.draw(testing.arrow_data(rows[half:]))
    report = cm.report(cm.reduce_arrow(table, tally))

    assert oracle.report(rows, HOUR) == figures_of(report, HOUR, "UTC")


@given(
    addresses=st.lists(testing.addresses(), max_size=15),
    size=st.integers(0, 4),
    by=st.sampled_from(["opens", "machine_opens", "targeted"]),
    data=st.data(),
)
@example(addresses=["a@b@c.example", "@c.example", "c.example"], size=1, by="opens", data=None)
def test_domains_are_the_oracles(
    addresses: list[str | None], size: int, by: str, data: st.DataObject | None
) -> None:
    """Each domain counts under its one written form, the rest and the unusable ones beside."""
    rows = [SENT | {"kind": "opened", "recipient": address} for address in addresses]
    expected = oracle.top_domains(rows, size, by)

    by_record = cm.report(cm.reduce(records_of(rows)))
    assert expected == top_domains_of(by_record.email, size, by)
    if data is not None:
        by_batch = cm.report(cm.reduce_arrow(data.draw(testing.arrow_data(rows))))
        assert expected == top_domains_of(by_batch.email, size, by)


@given(rows=st.lists(testing.rows(), max_size=25))
@example(rows=[])
@example(rows=HAZARDS)
def test_every_breakdown_adds_up(rows: list[Row]) -> None:
    """Laws 4 and 5: totals equal the sums of their breakdowns, and metrics fit together."""
    testing.check_report_laws(cm.report(cm.reduce(records_of(rows))))


@given(sends=st.lists(st.tuples(st.sampled_from(["email", "push"]), st.integers(0, 4))))
@example(sends=[])
@example(sends=[("email", 3)])
def test_on_a_complete_stream_sends_are_delivered_or_bounced(sends: list[tuple[str, int]]) -> None:
    """Law 6: where each send ends, nothing is pending, and the delivered ratio is at most 1.

    A message that is returned after it was accepted has both events, and is a bounce.
    """
    ends: list[list[Row]] = [
        [{"kind": "delivered"}],
        [{"kind": "bounced", "category": "hard"}],
        [{"kind": "bounced"}],
        [{"kind": "delivered"}, {"kind": "bounced", "category": "soft", "asynchronous": True}],
        [{"kind": "delayed"}, {"kind": "delivered"}, {"kind": "opened"}],
    ]
    rows = [
        {"channel": channel, "timestamp": AT} | fields
        for channel, end in sends
        for fields in [{"kind": "sent"}, *ends[end]]
    ]
    report = cm.report(cm.reduce(records_of(rows)))

    testing.check_complete_stream_laws(report)
    assert report.email.total.pending == report.push.total.pending == 0


@given(events=st.lists(testing.events(), max_size=12))
@example(events=[])
@example(events=records_of([SENT | {"event_id": "1"}, SENT | {"event_id": "1", "kind": "opened"}]))
def test_a_repeated_event_changes_nothing_where_duplicates_are_removed(
    events: list[Event],
) -> None:
    """Law 7: an event counts once per event id and kind."""
    testing.check_duplicates_law(events)


@given(a=some_rows, b=some_rows, data=st.data())
@example(a=[], b=[SENT], data=None)
@example(a=HAZARDS, b=HAZARDS, data=None)
def test_the_written_form_is_canonical(
    a: list[Row], b: list[Row], data: st.DataObject | None
) -> None:
    """Law 8: what is read back equals what was written; equal tallies are equal bytes."""
    first, second = (cm.reduce(records_of(rows)) for rows in (a, b))
    again = cm.reduce(records_of([*b, *a]))
    if data is not None:
        again = cm.reduce_arrow(data.draw(testing.arrow_data([*b, *a])))

    testing.check_bytes_laws(first, second, first + second, second + first, again, cm.Tally())
    assert first + second == again


@given(rows=some_rows, resolution=resolutions)
def test_the_resolution_changes_no_total(rows: list[Row], resolution: dt.timedelta | None) -> None:
    """Resolution decides about the time series alone, which has each bucket of that length."""
    report = cm.report(cm.reduce(records_of(rows), resolution=resolution))
    every = max(resolution or MINUTE, dt.timedelta(seconds=1))

    total = oracle.with_unique(
        oracle.of_channel(rows, "email"),
        "email",
        targeted_is_told=any(row["kind"] == "targeted" for row in oracle.of_channel(rows, "email")),
    )
    found = figures_of(report, every, "UTC")["email"]
    assert total == found["total"]
    emails = oracle.of_channel(rows, "email")
    assert oracle.over_time(emails, "email", every, "UTC", every) == found["over_time"]


def test_tallies_of_different_resolutions_do_not_merge() -> None:
    """Minutes and hours cannot be added, and the refusal is the library's own error."""
    minutes = cm.reduce(records_of([SENT]))
    hours = cm.reduce(records_of([SENT]), resolution=dt.timedelta(hours=1))

    assert minutes != hours
    with pytest.raises(cm.ResolutionError):
        minutes + hours
    with pytest.raises(cm.ResolutionError):
        cm.reduce(records_of([SENT]), hours, resolution=dt.timedelta(minutes=1))
    with pytest.raises(cm.ResolutionError):
        cm.report(hours).email.over_time(every=dt.timedelta(minutes=15))


def test_going_on_keeps_the_resolution_of_the_start() -> None:
    """Without a resolution of its own, a reduction goes on in that of the tally it starts from."""
    hours = dt.timedelta(hours=1)
    first = cm.reduce(records_of([SENT]), resolution=hours)
    expected = cm.reduce(records_of([SENT, ELSEWHERE]), resolution=hours)

    assert expected == cm.reduce(records_of([ELSEWHERE]), first)
    assert expected == cm.reduce_arrow(cm.to_arrow(records_of([ELSEWHERE])), first)


@pytest.mark.parametrize("seconds", [0, -60, 7 * 60, 2 * 86400])
def test_a_resolution_that_does_not_divide_a_day_is_refused(seconds: int) -> None:
    """Such buckets would not begin where days do."""
    with pytest.raises(cm.ResolutionError):
        cm.reduce([], resolution=dt.timedelta(seconds=seconds))


def test_a_large_count_is_kept_exactly() -> None:
    """Merging a tally with itself doubles every additive figure, far beyond 32 bits."""
    tally = cm.reduce(records_of([SENT]))
    for _ in range(40):
        tally += tally

    assert cm.report(tally).email.total.sent == 2**40
    testing.check_report_laws(cm.report(tally))
    testing.check_bytes_laws(tally)
