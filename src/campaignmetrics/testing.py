"""The laws of the definitions and strategies of events, for users' own tests; needs Hypothesis.

Each law is a function that raises ``AssertionError`` where it does not hold. They are about any
tallies and reducers: give them tallies made by your own jobs, or a reducer of your own that wraps
the library's. Source of all of them: ``docs/definitions.md``, *Laws*.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from typing import Any, TypeAlias

try:
    from campaignmetrics._strategies import addresses, arrow_data, events, rows, tables, times
except ImportError as error:  # pragma: no cover -- the tests themselves have Hypothesis
    raise ImportError(
        "campaignmetrics.testing needs Hypothesis: pip install 'campaignmetrics[test]'"
    ) from error

import campaignmetrics as cm
from campaignmetrics.duplicates import deduplicate as deduplicate_events
from campaignmetrics.events import Event
from campaignmetrics.metrics import metric_names

__all__ = [
    "EMAIL_METRICS",
    "PUSH_METRICS",
    "addresses",
    "arrow_data",
    "check_bytes_laws",
    "check_complete_stream_laws",
    "check_duplicates_law",
    "check_merge_laws",
    "check_paths_laws",
    "check_report_laws",
    "check_split_laws",
    "events",
    "rows",
    "tables",
    "times",
]

Reducer: TypeAlias = Callable[[Sequence[Event]], cm.Tally]
"""What makes a tally of records, as ``campaignmetrics.reduce`` does."""

ArrowReducer: TypeAlias = Callable[[Any], cm.Tally]
"""What makes a tally of Arrow data, as ``campaignmetrics.reduce_arrow`` does."""

EMAIL_METRICS = metric_names(cm.EmailMetrics, int)
"""The additive metrics of email."""

PUSH_METRICS = metric_names(cm.PushMetrics, int)
"""The additive metrics of push."""

_STEPS = (dt.timedelta(days=1), dt.timedelta(days=7))


def check_merge_laws(a: cm.Tally, b: cm.Tally, c: cm.Tally) -> None:
    """Check law 1: tallies are a commutative monoid under ``+``.

    The law::

        (a + b) + c = a + (b + c)
        a + b = b + a
        Tally() + a = a = a + Tally()
        sum([a, b, c], Tally()) = a + b + c

    Args:
        a: any tally.
        b: another of the same resolution.
        c: a third.

    Raises:
        AssertionError: a law does not hold.
        ResolutionError: the tallies have different resolutions.

    Example:
        >>> check_merge_laws(cm.Tally(), cm.reduce([]), cm.Tally())
    """
    _equal("(a + b) + c = a + (b + c)", (a + b) + c, a + (b + c))
    _equal("a + b = b + a", a + b, b + a)
    for tally in (a, b, c):
        _equal("Tally() + a = a", tally, cm.Tally() + tally)
        _equal("a + Tally() = a", tally, tally + cm.Tally())
    _equal("sum([a, b, c], Tally()) = a + b + c", a + b + c, sum([a, b, c], cm.Tally()))


def check_split_laws(parts: Sequence[Sequence[Event]], *, reduce: Reducer = cm.reduce) -> None:
    """Check law 2: it matters neither how events are cut into batches nor in which order they come.

    The law::

        reduce(a ++ b) = reduce(a) + reduce(b)
        reduce(a ++ b) = reduce(b ++ a)

    Args:
        parts: batches of records.
        reduce: what makes a tally of records.

    Raises:
        AssertionError: a law does not hold.

    Example:
        >>> event = cm.EntryEvent(timestamp=dt.datetime(2026, 11, 20, tzinfo=dt.UTC))
        >>> check_split_laws([[event], [], [event, event]])
    """
    whole = [event for part in parts for event in part]
    merged = sum((reduce(part) for part in parts), cm.Tally())
    _equal("reduce(a ++ b) = reduce(a) + reduce(b)", reduce(whole), merged)
    _equal("reduce(a ++ b) = reduce(b ++ a)", reduce(whole), reduce(whole[::-1]))


def check_paths_laws(
    events: Sequence[Event],
    *,
    reduce: Reducer = cm.reduce,
    reduce_arrow: ArrowReducer = cm.reduce_arrow,
) -> None:
    """Check law 3: records and Arrow data give equal tallies, and so does any mixture of them.

    The law::

        reduce(events) = reduce_arrow(to_arrow(events))
        reduce(a ++ b) = reduce(a) + reduce_arrow(to_arrow(b))

    Args:
        events: records; the second equation is tried with a cut in the middle.
        reduce: what makes a tally of records.
        reduce_arrow: what makes a tally of an Arrow table.

    Raises:
        AssertionError: a law does not hold.

    Example:
        >>> check_paths_laws([cm.EntryEvent(timestamp=dt.datetime(2026, 11, 20, tzinfo=dt.UTC))])
    """
    by_record = reduce(events)
    by_batch = reduce_arrow(cm.to_arrow(events))
    _equal("reduce(events) = reduce_arrow(to_arrow(events))", by_record, by_batch)
    middle = len(events) // 2
    mixed = reduce(events[:middle]) + reduce_arrow(cm.to_arrow(events[middle:]))
    _equal("reduce(a ++ b) = reduce(a) + reduce_arrow(to_arrow(b))", by_record, mixed)


def check_report_laws(report: cm.Report) -> None:
    """Check laws 4 and 5: every breakdown adds up to its total, and the metrics fit together.

    The laws::

        total.metric = sum(row.metric for row in breakdown), for each additive metric
        bounces = hard_bounces + soft_bounces + ignored_bounces
        pending = sent - delivered - bounces
        engagements = opens + actions
        0 <= dismissals <= actions
        unique_opens <= opens

    Args:
        report: any report.

    Raises:
        AssertionError: a law does not hold.

    Example:
        >>> check_report_laws(cm.report(cm.Tally()))
    """
    email, push = report.email, report.push
    for name, tab, metrics in (("email", email, EMAIL_METRICS), ("push", push, PUSH_METRICS)):
        _check_sum(f"{name} by message", tab.total, tab.by_message.values(), metrics)
        for every in _STEPS:
            _check_sum(f"{name} over time", tab.total, tab.over_time(every=every), metrics)
        _check_reasons(name, tab)
        for part in (tab.total, *tab.by_message.values()):
            _check_bounces(part)
            _true("unique_opens <= opens", part.unique_opens <= part.opens)
    for metric in EMAIL_METRICS:
        top = email.top_recipient_domains(1, by=metric)
        counted = sum(row.count for row in top.domains) + top.other + top.unknown
        _equal(f"email by domain: {metric}", getattr(email.total, metric), counted)
    _check_sum("push by platform", push.total, push.by_platform.values(), PUSH_METRICS)
    for part in (push.total, *push.by_message.values(), *push.by_platform.values()):
        _check_bounces(part)
        _equal("engagements = opens + actions", part.engagements, part.opens + part.actions)
        _true("0 <= dismissals <= actions", 0 <= part.dismissals <= part.actions)


def check_complete_stream_laws(report: cm.Report) -> None:
    """Check law 6, which holds where each send has ended: delivered or bounced.

    The law::

        sent = delivered + bounces
        0 <= delivered_ratio <= 1

    Args:
        report: of a stream in which each send ends in one of the two.

    Raises:
        AssertionError: a law does not hold.

    Example:
        >>> check_complete_stream_laws(cm.report(cm.Tally()))
    """
    for tab in (report.email, report.push):
        total = tab.total
        _equal("sent = delivered + bounces", total.sent, total.delivered + total.bounces)
        share = total.delivered_ratio.value
        _true("0 <= delivered_ratio <= 1", share is None or 0 <= share <= 1)


def check_duplicates_law(
    events: Sequence[Event],
    *,
    deduplicate: Callable[[Any], Any] = deduplicate_events,
    reduce_arrow: ArrowReducer = cm.reduce_arrow,
) -> None:
    """Check law 7: where duplicates are removed, repeating an event changes nothing.

    The law::

        reduce_arrow(deduplicate(a)) = reduce(the first event of each (event id, kind) in a)
        reduce_arrow(deduplicate(a ++ a)) = reduce_arrow(deduplicate(a))

    Args:
        events: records; those without an id are left out, since no copy of them can be known.
        deduplicate: what removes duplicates from a stream of Arrow batches.
        reduce_arrow: what makes a tally of that stream.

    Raises:
        AssertionError: the law does not hold.

    Example:
        >>> at = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
        >>> check_duplicates_law([cm.EntryEvent(timestamp=at, event_id="1", profile_id="p-1")])
    """
    known = [event for event in events if event.event_id is not None]

    def tally_of(records: Sequence[Event]) -> cm.Tally:
        return reduce_arrow(deduplicate(cm.to_arrow(records).to_reader(max_chunksize=2)))

    first: dict[tuple[str | None, str], Event] = {}
    for event in cm.from_arrow(cm.to_arrow(known)):  # in the order in which the batches come
        first.setdefault((event.event_id, event.kind), event)
    law = "reduce_arrow(deduplicate(a)) = reduce(first of each)"
    _equal(law, cm.reduce(first.values()), tally_of(known))
    law = "reduce_arrow(deduplicate(a ++ a)) = reduce_arrow(deduplicate(a))"
    _equal(law, tally_of(known), tally_of([*known, *known]))


def check_bytes_laws(*tallies: cm.Tally) -> None:
    """Check law 8: a tally written and read back equals itself, and equal tallies are equal bytes.

    The law::

        Tally.from_bytes(a.to_bytes()) = a
        a = b  if and only if  a.to_bytes() = b.to_bytes()

    Args:
        tallies: any; the second equation is tried on each pair of them.

    Raises:
        AssertionError: a law does not hold.

    Example:
        >>> check_bytes_laws(cm.Tally(), cm.reduce([]))
    """
    written = [(tally, tally.to_bytes()) for tally in tallies]
    for tally, data in written:
        read = cm.Tally.from_bytes(data)
        _equal("Tally.from_bytes(a.to_bytes()) = a", tally, read)
        _equal("Tally.from_bytes(data).to_bytes() = data", data, read.to_bytes())
    for (a, a_data), (b, b_data) in combinations(written, 2):
        _equal("a = b if and only if a.to_bytes() = b.to_bytes()", a == b, a_data == b_data)


def _equal(law: str, expected: object, actual: object) -> None:
    if expected != actual:
        raise AssertionError(f"{law}\n  expected {expected!r}\n  actual   {actual!r}")


def _true(law: str, holds: bool) -> None:  # noqa: FBT001 -- it is the one thing said
    if not holds:
        raise AssertionError(law)


def _check_sum(law: str, total: object, parts: Iterable[object], metrics: Iterable[str]) -> None:
    found = list(parts)
    for metric in metrics:
        counted = sum(getattr(part, metric) for part in found)
        _equal(f"{law}: {metric}", getattr(total, metric), counted)


def _check_reasons(name: str, tab: Any) -> None:  # noqa: ANN401 -- the email or the push tab
    for category in ("hard", "soft", "ignored"):
        counted = getattr(tab.total, f"{category}_bounces")
        _equal(f"{name}: {category} bounces", counted, getattr(tab.bounce_categories, category))
        rows = [row.count for row in tab.bounce_reasons if row.category == category]
        _equal(f"{name}: {category} bounces by reason", counted, sum(rows))
    errors = sum(row.count for row in tab.error_reasons)
    _equal(f"{name}: errors by reason", tab.total.errors, errors)
    exclusions = sum(row.count for row in tab.exclude_reasons)
    _equal(f"{name}: exclusions by reason", tab.total.exclusions, exclusions)


def _check_bounces(part: Any) -> None:  # noqa: ANN401 -- anything with these metrics
    bounces = part.hard_bounces + part.soft_bounces + part.ignored_bounces
    _equal("bounces = hard_bounces + soft_bounces + ignored_bounces", part.bounces, bounces)
    pending = part.sent - part.delivered - part.bounces
    _equal("pending = sent - delivered - bounces", part.pending, pending)
