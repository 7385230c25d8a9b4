"""The laws that users get also notice where they are broken, and their strategies reach hazards."""

from __future__ import annotations

import datetime as dt
import doctest
import sys
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import campaignmetrics as cm
from campaignmetrics import _strategies, testing
from campaignmetrics.events import KINDS, Event
from campaignmetrics.schema import EVENT_SCHEMA
from figures import records_of

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
SENT = cm.EmailEvent(kind="sent", timestamp=AT, event_id="1", message_id="news")
OPENED = cm.EmailEvent(kind="opened", timestamp=AT, event_id="2", message_id="news")
BOUNCED = cm.EmailEvent(kind="bounced", timestamp=AT, event_id="3", category="hard")
TAPPED = cm.PushEvent(kind="opened", timestamp=AT, event_id="4", platform="ios")
DISMISSED = cm.PushEvent(kind="acted", timestamp=AT, event_id="5", action="Dismiss")
EVENTS: list[Event] = [SENT, OPENED, BOUNCED, TAPPED, DISMISSED]


class Changed:
    """An object whose other attributes are those of a real one."""

    def __init__(self, real: object, **changes: object) -> None:
        self._real = real
        self.__dict__.update(changes)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- whatever the real one has
        return getattr(self._real, name)


class Forgetful(cm.Tally):
    """A tally that drops what is on its right."""

    def __add__(self, other: cm.Tally) -> cm.Tally:
        return self


def test_a_reducer_that_counts_differently_in_parts_is_noticed() -> None:
    """Law 2 does not hold for whoever counts the first event of each batch alone, or the last."""
    with pytest.raises(AssertionError, match="reduce"):
        testing.check_split_laws([[SENT], [OPENED]], reduce=lambda part: cm.reduce(part[:1]))
    with pytest.raises(AssertionError, match="reduce"):
        testing.check_split_laws([[SENT, OPENED]], reduce=lambda part: cm.reduce(part[:1]))


def test_ways_that_differ_are_noticed() -> None:
    """Law 3 does not hold if the batch way leaves out rows, or repeats them only in mixtures."""
    with pytest.raises(AssertionError, match="reduce_arrow"):
        testing.check_paths_laws(EVENTS, reduce_arrow=lambda data: cm.reduce_arrow(data.slice(1)))
    with pytest.raises(AssertionError, match="a \\+\\+ b"):
        testing.check_paths_laws(
            EVENTS,
            reduce_arrow=lambda data: (
                cm.reduce_arrow(data) if len(data) == len(EVENTS) else cm.Tally()
            ),
        )


def test_a_merge_that_forgets_is_noticed() -> None:
    """Law 1 does not hold if one side is dropped."""
    with pytest.raises(AssertionError):
        testing.check_merge_laws(Forgetful(), cm.reduce([SENT]), cm.reduce([OPENED]))


def test_duplicates_that_stay_are_noticed() -> None:
    """Law 7 does not hold if nothing is removed; events without an id are none of its business."""
    with pytest.raises(AssertionError, match="deduplicate"):
        testing.check_duplicates_law(EVENTS, deduplicate=lambda batches: batches)
    nothing = cm.to_arrow([]).to_reader()
    with pytest.raises(AssertionError, match="first of each"):
        testing.check_duplicates_law(EVENTS, deduplicate=lambda _: nothing)
    without_id = [cm.EntryEvent(timestamp=AT, profile_id="p")]
    testing.check_duplicates_law(without_id, deduplicate=lambda batches: batches)


@pytest.mark.parametrize(
    ("tab", "part", "changes"),
    [
        ("email", "total", {"sent": 2}),
        ("email", "total", {"errors": 1}),
        ("email", "total", {"exclusions": 1}),
        ("email", "total", {"hard_bounces": 0}),
        ("email", "total", {"pending": 7}),
        ("email", "total", {"unique_opens": 2}),
        ("email", "bounce_categories", {"soft": 1}),
        ("push", "total", {"engagements": 1}),
        ("push", "total", {"dismissals": 2}),
        ("push", "total", {"dismissals": -1}),
    ],
)
def test_a_report_that_does_not_add_up_is_noticed(
    tab: str, part: str, changes: dict[str, int]
) -> None:
    """Laws 4 and 5 do not hold if any one figure is changed."""
    report = cm.report(cm.reduce(EVENTS))
    testing.check_report_laws(report)
    real = getattr(report, tab)
    wrong = Changed(real, **{part: Changed(getattr(real, part), **changes)})

    with pytest.raises(AssertionError):
        testing.check_report_laws(Changed(report, **{tab: wrong}))  # type: ignore[arg-type] # a stand-in


@pytest.mark.parametrize(
    ("tab", "breakdown"),
    [
        ("email", {"by_message": {}}),
        ("push", {"by_message": {}}),
        ("push", {"by_platform": {}}),
        ("email", {"over_time": lambda **_: ()}),
        ("email", {"bounce_reasons": ()}),
        (
            "email",
            {
                "top_recipient_domains": lambda *_, **__: SimpleNamespace(
                    domains=(), other=0, unknown=0
                )
            },
        ),
    ],
)
def test_a_breakdown_that_lacks_something_is_noticed(tab: str, breakdown: dict[str, Any]) -> None:
    """Law 4 does not hold if a breakdown loses its rows."""
    report = cm.report(cm.reduce(EVENTS))
    wrong = Changed(getattr(report, tab), **breakdown)

    with pytest.raises(AssertionError):
        testing.check_report_laws(Changed(report, **{tab: wrong}))  # type: ignore[arg-type] # a stand-in


def test_an_incomplete_stream_is_noticed() -> None:
    """Law 6 is only for streams in which each send has ended."""
    with pytest.raises(AssertionError, match="delivered"):
        testing.check_complete_stream_laws(cm.report(cm.reduce([SENT])))


def test_bytes_that_say_too_little_are_noticed() -> None:
    """Law 8 does not hold for a tally that writes something else than it is."""
    other = Changed(cm.reduce([SENT]), to_bytes=cm.Tally().to_bytes)
    with pytest.raises(AssertionError, match="from_bytes"):
        testing.check_bytes_laws(other)  # type: ignore[arg-type] # a stand-in


@pytest.mark.parametrize("channel", sorted(KINDS))
def test_strategies_reach_every_kind(channel: str) -> None:
    """Every kind of every channel is generated."""
    for kind in KINDS[channel]:
        found = find(
            testing.events(channel),
            lambda event, kind=kind: event.kind == kind,  # type: ignore[misc] # bound per turn
            settings=settings(max_examples=500, database=None, phases=[Phase.generate]),
        )
        assert kind == found.kind


def test_a_channel_that_is_none_is_refused() -> None:
    """The strategies know the channels of the library alone."""
    with pytest.raises(KeyError):
        find(testing.rows("sms"), lambda _: True, settings=settings(database=None))


@given(rows=st.lists(testing.rows(), max_size=5), data=st.data())
def test_every_encoding_states_the_same_events(
    rows: list[dict[str, Any]], data: st.DataObject
) -> None:
    """What is drawn as a table is read back as the records of the rows."""
    table = data.draw(testing.tables(rows))
    known = table.select([name for name in EVENT_SCHEMA.names if name in table.column_names])
    plain = known.cast(pa.schema([EVENT_SCHEMA.field(name) for name in known.column_names]))

    assert records_of(rows) == records_of(plain.to_pylist())


@pytest.mark.parametrize("module", [testing, _strategies], ids=lambda module: module.__name__)
def test_examples_in_docstrings(module: Any) -> None:  # noqa: ANN401 -- a module
    """Every example of the strategies and laws runs."""
    failed, attempted = doctest.testmod(module)

    assert failed == 0
    assert attempted > 0


def test_hypothesis_is_asked_for_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Hypothesis the import says which extra brings it."""
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    for name in ("campaignmetrics.testing", "campaignmetrics._strategies"):
        monkeypatch.delitem(sys.modules, name)

    with pytest.raises(ImportError, match=r"campaignmetrics\[test\]"):
        __import__("campaignmetrics.testing")
