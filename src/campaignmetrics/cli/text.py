"""The report as a person likes to read it: the three tabs, widget by widget."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import Console, RenderableType
from rich.text import Text

from campaignmetrics.cli.tables import Row, number, output, percentage, tables
from campaignmetrics.diagnostics import Diagnostics
from campaignmetrics.email import EmailStep, EmailTab
from campaignmetrics.metrics import SendingMetrics
from campaignmetrics.push import PushStep, PushTab
from campaignmetrics.ratio import Ratio
from campaignmetrics.reports import Report

NONE = "(none)"

SENDING = (
    ("Targeted", "targeted", ""),
    ("Excluded", "exclusions", "exclusion_ratio"),
    ("Errors", "errors", "error_ratio"),
    ("Sent", "sent", ""),
    ("Delivered", "delivered", "delivered_ratio"),
    ("Bounces", "bounces", "bounce_ratio"),
    ("  hard", "hard_bounces", "hard_bounce_ratio"),
    ("  soft", "soft_bounces", "soft_bounce_ratio"),
    ("  ignored", "ignored_bounces", "ignored_bounce_ratio"),
    ("Pending", "pending", ""),
    ("Delays", "delays", ""),
)
_OPENS = (
    ("Opens", "opens", "open_ratio"),
    ("  unique", "unique_opens", "unique_open_ratio"),
    ("  by machines", "machine_opens", ""),
)
EMAIL_TRACKING = (
    *_OPENS,
    ("Clicks", "clicks", "click_through_ratio"),
    ("  unique", "unique_clicks", "unique_click_through_ratio"),
    ("  by machines", "machine_clicks", ""),
    ("Unsubscribes", "unsubscribes", "unsubscribe_ratio"),
    ("Spam complaints", "spam_complaints", "complaint_ratio"),
)
PUSH_TRACKING = (
    *_OPENS,
    ("Actions", "actions", ""),
    ("  dismissals", "dismissals", ""),
    ("Engagements", "engagements", "engagement_ratio"),
)
_OF_TARGETED = frozenset({"exclusion_ratio", "error_ratio"})
_OF_SENT = frozenset(ratio for _, _, ratio in SENDING if ratio) - _OF_TARGETED

_OUTCOMES = {"Sent": "sent", "Delivered": "delivered", "Bounces": "bounces", "Errors": "errors"}
BY_EMAIL = _OUTCOMES | {
    "Opens": "opens",
    "Clicks": "clicks",
    "Unsubscribes": "unsubscribes",
    "Complaints": "spam_complaints",
}
BY_PUSH = _OUTCOMES | {"Opens": "opens", "Actions": "actions", "Engagements": "engagements"}
_BY_PLATFORM = BY_PUSH | {"Excluded": "exclusions"}
_BOUNCES = {"Hard": "hard_bounces", "Soft": "soft_bounces", "Ignored": "ignored_bounces"}


def print_report(report: Report, *, every: dt.timedelta, zone: str, top: int, by: str) -> None:
    """Print the report on standard output, as wide as the terminal is."""
    console = output()
    with console.capture() as whole:  # so that an error leaves no part of a report behind
        for part in _parts(console, report, every, zone, top, by):
            # Sentences are left to the terminal, so that a long path can be copied as it is.
            console.print(part, markup=False, soft_wrap=isinstance(part, str))
    sys.stdout.write(whole.get())


def _parts(  # noqa: PLR0913, PLR0917 -- passed on as given
    console: Console, report: Report, every: dt.timedelta, zone: str, top: int, by: str
) -> Iterator[RenderableType]:
    yield _heading("Campaign")
    yield f"Entered profiles  {number(report.campaign.entered_profiles)}"
    email, push = report.email, report.push
    yield _heading("Email")
    if email.by_message:
        yield from _totals(console, "Sending statistics", email.total, SENDING)
        yield from _totals(console, "Tracking statistics", email.total, EMAIL_TRACKING)
        title = "Sending metrics by email"
        yield from _groups(console, title, "Email", email.by_message, BY_EMAIL)
        title = "Hard, soft and ignored bounces by email"
        yield from _groups(console, title, "Email", email.by_message, _BOUNCES)
        steps = email.over_time(every, zone)
        yield from _over_time(console, "Email summary", steps, BY_EMAIL, zone)
        yield from _reasons(console, email)
        yield from _domains(console, email, top, by)
    else:
        yield "no email events"
    yield _heading("Push")
    if push.by_message:
        yield from _totals(console, "Sending performance", push.total, SENDING)
        yield from _totals(console, "Tracking", push.total, PUSH_TRACKING)
        title = "Sending metrics by push"
        yield from _groups(console, title, "Push", push.by_message, BY_PUSH)
        title = "Breakdown by platform"
        yield from _groups(console, title, "Platform", push.by_platform, _BY_PLATFORM)
        title = "Push notification summary"
        yield from _over_time(console, title, push.over_time(every, zone), BY_PUSH, zone)
        yield from _reasons(console, push)
    else:
        yield "no push events"
    yield _heading("Reading")
    yield from reading(report.diagnostics)


def _heading(name: str) -> Text:
    return Text(f"\n{name.upper()}\n", style="bold")


def _totals(
    console: Console, title: str, metrics: SendingMetrics, lines: Sequence[tuple[str, str, str]]
) -> Iterator[RenderableType]:
    rows = []
    for label, count, ratio in lines:
        quotient = getattr(metrics, ratio) if ratio else None
        whole = (
            "targeted" if ratio in _OF_TARGETED else "sent" if ratio in _OF_SENT else "delivered"
        )
        of = f"of {whole}" if ratio else ""
        numbers = (number(getattr(metrics, count)), percentage(quotient), of)
        rows.append(Row(label, numbers, quotient))
    yield from tables(console, title, "", ("Events", "Ratio", ""), rows)


def _groups(
    console: Console,
    title: str,
    label: str,
    groups: Mapping[str, SendingMetrics],
    columns: Mapping[str, str],
) -> Iterator[RenderableType]:
    rows = [Row(name or NONE, _numbers(metrics, columns)) for name, metrics in groups.items()]
    yield from tables(console, title, label, list(columns), rows)


def _over_time(
    console: Console,
    title: str,
    steps: Sequence[EmailStep] | Sequence[PushStep],
    columns: Mapping[str, str],
    zone: str,
) -> Iterator[RenderableType]:
    """List the steps; the bars show opens, as against the step with the most."""
    most = max((step.opens for step in steps), default=0)
    rows = [
        Row(f"{step.start:%Y-%m-%d %H:%M}", _numbers(step, columns), Ratio(step.opens, most))
        for step in steps
    ]
    yield from tables(console, f"{title} ({zone})", "From", list(columns), rows)


def _numbers(metrics: SendingMetrics, columns: Mapping[str, str]) -> list[str]:
    return [number(getattr(metrics, metric)) for metric in columns.values()]


def _reasons(console: Console, tab: EmailTab | PushTab) -> Iterator[RenderableType]:
    total, categories = tab.total, tab.bounce_categories
    bounces = [(f"{row.reason or NONE} ({row.category})", row.count) for row in tab.bounce_reasons]
    yield from _shares(console, "Bounce reasons", "Reason", bounces, total.bounces)
    split = [(name.lower(), getattr(categories, name.lower())) for name in _BOUNCES]
    yield from _shares(console, "Bounce categories", "Category", split, total.bounces)
    failed = [("errors", total.errors), ("bounces", total.bounces)]
    if isinstance(tab, PushTab):
        title = "Sending statistics: failed"
        yield from _shares(console, title, "", failed, total.errors + total.bounces)
    errors = [(row.reason or NONE, row.count) for row in tab.error_reasons]
    yield from _shares(console, "Error reasons", "Reason", errors, total.errors)
    excluded = [(row.reason or NONE, row.count) for row in tab.exclude_reasons]
    yield from _shares(console, "Exclude reasons", "Reason", excluded, total.exclusions)


def _domains(console: Console, email: EmailTab, top: int, by: str) -> Iterator[RenderableType]:
    found = email.top_recipient_domains(top, by)
    counts = [(row.domain, row.count) for row in found.domains]
    counts += [("(other domains)", found.other)] if found.other else []
    counts += [("(no usable domain)", found.unknown)] if found.unknown else []
    title = f"Top recipient domains by {by.replace('_', ' ')}"
    yield from _shares(console, title, "Domain", counts, getattr(email.total, by))


def _shares(
    console: Console, title: str, label: str, counts: Iterable[tuple[str, int]], whole: int
) -> Iterator[RenderableType]:
    """List counts with their shares of a whole; nothing where there is nothing to list."""
    rows = []
    for name, count in counts:
        share = Ratio(count, whole)
        rows.append(Row(name, (number(count), percentage(share)), share))
    if rows:
        yield from tables(console, title, label, ("Events", "Share"), rows)


def reading(diagnostics: Diagnostics) -> Iterator[str]:
    """Give the account of a reading, line by line."""
    records, events = diagnostics.records, diagnostics.events
    state = "which states" if records == 1 else "which state"
    read = f"{number(records)} {_noun('record', records)} read"
    yield f"{read}, {state} {number(events)} {_noun('event', events)}"
    for count, one, several in (
        (
            diagnostics.duplicates,
            "event was a duplicate and is not counted again",
            "events were duplicates and are not counted again",
        ),
        (
            diagnostics.without_id,
            "event has no id, so that duplicates of it cannot be recognised",
            "events have no id, so that duplicates cannot be recognised",
        ),
        (
            diagnostics.without_send,
            "bounce has no send id, so that a delivery before it cannot be recognised",
            "bounces have no send id, so that deliveries before them cannot be recognised",
        ),
        (
            diagnostics.not_selected,
            "event is outside the chosen campaign or time",
            "events are outside the chosen campaign or time",
        ),
        *(
            (count, f"not counted: {cause}", f"not counted: {cause}")
            for cause, count in diagnostics.not_counted.items()
        ),
        (diagnostics.unreadable, "unreadable:", "unreadable; the first of them:"),
    ):
        if count:
            yield f"{number(count)} {one if count == 1 else several}"
    for position in diagnostics.unreadable_first:
        line = "" if position.line is None else f", line {position.line}"
        yield f"  {position.file}{line}: {position.cause}"


def _noun(one: str, count: int) -> str:
    return one if count == 1 else f"{one}s"
