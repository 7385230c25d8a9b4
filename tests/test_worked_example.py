"""The figures of docs/worked-example.md, each worked out by hand there and written out here."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

import campaignmetrics as cm

Fields = dict[str, Any]

DAY = dt.timedelta(days=1)
READER_1: Fields = {"send_id": "s1", "recipient": "reader1@example.com"}
READER_2: Fields = {"send_id": "s2", "recipient": "reader2@example.com"}
READER_3: Fields = {"send_id": "s3", "recipient": "reader3@Example.ORG"}
READER_4: Fields = {"send_id": "s4", "recipient": "reader4@example.org"}
READER_5: Fields = {"send_id": "s5", "recipient": "reader5@example.net"}
PHONE: Fields = {"send_id": "d1", "platform": "ios"}


def at(time: str) -> dt.datetime:
    """Return a time of 4 May 2026 in UTC."""
    return dt.datetime.fromisoformat(f"2026-05-04T{time}:00+00:00")


def entry(time: str, profile: str) -> cm.EntryEvent:
    """Return an entry of a profile."""
    return cm.EntryEvent(timestamp=at(time), profile_id=profile)


def email(time: str, kind: str, who: Fields, **own: Any) -> cm.EmailEvent:  # noqa: ANN401 -- any field
    """Return an event of the email."""
    return cm.EmailEvent(
        kind=cm.EmailKind(kind), timestamp=at(time), message_id="invitation", **who, **own
    )


def push(time: str, kind: str, who: Fields, **own: Any) -> cm.PushEvent:  # noqa: ANN401 -- any field
    """Return an event of the push notification."""
    return cm.PushEvent(
        kind=cm.PushKind(kind), timestamp=at(time), message_id="doors-open", **who, **own
    )


EVENTS: list[cm.EmailEvent | cm.PushEvent | cm.EntryEvent] = [
    entry("20:00", "p1"),
    entry("20:00", "p2"),
    entry("20:01", "p1"),
    email("21:10", "sent", READER_1),
    email("21:10", "sent", READER_2),
    email("21:10", "sent", READER_3),
    email("21:10", "sent", READER_4),
    email("21:10", "sent", READER_5),
    email("21:10", "excluded", {"recipient": "reader6@example.com"}, reason="EmailNoConsent"),
    email("21:10", "errored", {"recipient": "reader7@example.com"}, reason="ProviderTimeout"),
    email("21:11", "delivered", READER_1),
    email("21:11", "delivered", READER_2),
    email("21:11", "delivered", READER_3),
    email("21:11", "bounced", READER_4, category="hard", reason="Invalid Recipient"),
    email("21:11", "delivered", READER_5),
    email("21:12", "opened", READER_1, machine=True),
    email("21:40", "opened", READER_1),
    push("21:59", "excluded", {}, reason="PushNoConsent"),
    push("22:00", "sent", PHONE),
    push("22:00", "delivered", PHONE),
    email("22:05", "opened", READER_1),
    email("22:10", "clicked", READER_1, link="shop"),
    push("22:20", "acted", PHONE, action="Dismiss"),
    email("22:30", "opened", READER_3),
    email("22:31", "unsubscribed", READER_3),
    email("22:40", "opened", {"recipient": "reader8"}),
    email("23:15", "bounced", READER_2, asynchronous=True, category="soft", reason="Mailbox Full"),
]


@pytest.fixture(params=["records", "arrow"])
def report(request: pytest.FixtureRequest) -> cm.Report:
    """Return the report of the events, by each way."""
    if request.param == "records":
        return cm.report(cm.reduce(EVENTS))
    return cm.report(cm.reduce_arrow(cm.to_arrow(EVENTS)))


def pair(ratio: cm.Ratio) -> tuple[int, int, float | None]:
    """Return all of a ratio."""
    return ratio.numerator, ratio.denominator, ratio.value


def test_there_are_27_events() -> None:
    """The table of the page has 27 rows."""
    assert 27 == len(EVENTS)


def test_a_profile_that_enters_twice_is_one(report: cm.Report) -> None:
    """Three entries, two profiles."""
    assert 2 == report.campaign.entered_profiles


@pytest.mark.parametrize(
    ("metric", "figure"),
    [
        ("sent", 5),
        ("bounces", 2),
        ("hard_bounces", 1),
        ("soft_bounces", 1),
        ("ignored_bounces", 0),
        ("delivered", 3),
        ("pending", 0),
        ("errors", 1),
        ("exclusions", 1),
        ("targeted", 7),
        ("delays", 0),
        ("opens", 4),
        ("machine_opens", 1),
        ("unique_opens", 3),
        ("clicks", 1),
        ("machine_clicks", 0),
        ("unique_clicks", 1),
        ("unsubscribes", 1),
        ("spam_complaints", 0),
    ],
)
def test_email_count(report: cm.Report, metric: str, figure: int) -> None:
    """Each count of the email stands in the total and, there being one email, by message."""
    assert figure == getattr(report.email.total, metric)
    assert figure == getattr(report.email.by_message["invitation"], metric)


@pytest.mark.parametrize(
    ("ratio", "numerator", "denominator", "value"),
    [
        ("delivered", 3, 5, 0.6),
        ("bounce", 2, 5, 0.4),
        ("hard_bounce", 1, 5, 0.2),
        ("soft_bounce", 1, 5, 0.2),
        ("ignored_bounce", 0, 5, 0.0),
        ("error", 1, 7, 1 / 7),
        ("exclusion", 1, 7, 1 / 7),
        ("open", 4, 3, 4 / 3),
        ("unique_open", 3, 3, 1.0),
        ("click_through", 1, 3, 1 / 3),
        ("unique_click_through", 1, 3, 1 / 3),
        ("click_to_open", 1, 3, 1 / 3),
        ("unsubscribe", 1, 3, 1 / 3),
        ("complaint", 0, 3, 0.0),
    ],
)
def test_email_ratio(
    report: cm.Report, ratio: str, numerator: int, denominator: int, value: float
) -> None:
    """Each ratio keeps what it is made of, and is not rounded."""
    assert (numerator, denominator, value) == pair(getattr(report.email.total, f"{ratio}_ratio"))


def test_bounces_by_reason_and_category(report: cm.Report) -> None:
    """The synchronous and the asynchronous bounce, each under its reason."""
    rows = [(row.reason, row.category, row.count) for row in report.email.bounce_reasons]
    categories = report.email.bounce_categories

    assert [("Invalid Recipient", "hard", 1), ("Mailbox Full", "soft", 1)] == rows
    assert (1, 1, 0) == (categories.hard, categories.soft, categories.ignored)


def test_reasons_of_errors_and_exclusions(report: cm.Report) -> None:
    """In the source's own words."""
    errors = [(row.reason, row.count) for row in report.email.error_reasons]
    exclusions = [(row.reason, row.count) for row in report.email.exclude_reasons]
    push_exclusions = [(row.reason, row.count) for row in report.push.exclude_reasons]

    assert [("ProviderTimeout", 1)] == errors
    assert [("EmailNoConsent", 1)] == exclusions
    assert [("PushNoConsent", 1)] == push_exclusions


def test_top_domains(report: cm.Report) -> None:
    """An address without a domain is unknown; letters' case makes no other domain."""
    top = report.email.top_recipient_domains(10, by="opens")
    rows = [(row.domain, row.count) for row in top.domains if row.count]

    assert [("example.com", 2), ("example.org", 1)] == rows
    assert (0, 1) == (top.other, top.unknown)


def test_top_domain_alone(report: cm.Report) -> None:
    """What is beyond the number asked for is one figure."""
    top = report.email.top_recipient_domains(1, by="opens")

    assert [("example.com", 2)] == [(row.domain, row.count) for row in top.domains]
    assert (1, 1) == (top.other, top.unknown)


def test_push_counts(report: cm.Report) -> None:
    """A dismissal is an action and an engagement, and no open."""
    total = report.push.total

    assert (1, 1, 0, 1, 0, 2) == (
        total.sent,
        total.delivered,
        total.bounces,
        total.exclusions,
        total.errors,
        total.targeted,
    )
    assert (0, 1, 1, 1) == (total.opens, total.actions, total.dismissals, total.engagements)


def test_push_ratios(report: cm.Report) -> None:
    """Each with what it is made of."""
    total = report.push.total

    assert (1, 1, 1.0) == pair(total.delivered_ratio)
    assert (1, 2, 0.5) == pair(total.exclusion_ratio)
    assert (0, 1, 0.0) == pair(total.open_ratio)
    assert (1, 1, 1.0) == pair(total.engagement_ratio)


def test_push_by_platform(report: cm.Report) -> None:
    """An event without a platform is under unknown, where a ratio to nothing has no value."""
    ios, unknown = (report.push.by_platform[platform] for platform in ("ios", "unknown"))

    assert ["ios", "unknown"] == sorted(report.push.by_platform)
    assert (1, 1, 0, 1, 1, 1) == (
        ios.sent,
        ios.delivered,
        ios.exclusions,
        ios.actions,
        ios.dismissals,
        ios.engagements,
    )
    assert (0, 0, 1, 0, 0, 0) == (
        unknown.sent,
        unknown.delivered,
        unknown.exclusions,
        unknown.actions,
        unknown.dismissals,
        unknown.engagements,
    )
    assert (0, 0, None) == pair(unknown.delivered_ratio)


def test_email_days_in_amsterdam(report: cm.Report) -> None:
    """Midnight there is in the middle of the evening in UTC; a day can be negative."""
    rows = [
        (
            row.start.isoformat(),
            row.sent,
            row.delivered,
            row.bounces,
            row.opens,
            row.machine_opens,
            row.clicks,
            row.unsubscribes,
            row.errors,
            row.exclusions,
        )
        for row in report.email.over_time(every=DAY, zone="Europe/Amsterdam")
    ]

    assert [
        ("2026-05-04T00:00:00+02:00", 5, 4, 1, 1, 1, 0, 0, 1, 1),
        ("2026-05-05T00:00:00+02:00", 0, -1, 1, 3, 0, 1, 1, 0, 0),
    ] == rows


def test_negative_day_has_no_ratio(report: cm.Report) -> None:
    """A negative count of deliveries, of no sends, is no ratio."""
    _, second = report.email.over_time(every=DAY, zone="Europe/Amsterdam")

    assert (-1, 0, None) == pair(second.delivered_ratio)


def test_push_days_in_amsterdam(report: cm.Report) -> None:
    """A day has its own midnight, and not the next one."""
    rows = [
        (
            row.start.isoformat(),
            row.sent,
            row.delivered,
            row.exclusions,
            row.actions,
            row.dismissals,
            row.engagements,
        )
        for row in report.push.over_time(every=DAY, zone="Europe/Amsterdam")
    ]

    assert [
        ("2026-05-04T00:00:00+02:00", 0, 0, 1, 0, 0, 0),
        ("2026-05-05T00:00:00+02:00", 1, 1, 0, 1, 1, 1),
    ] == rows


def test_in_utc_it_is_one_day(report: cm.Report) -> None:
    """The same events, in the zone they are kept in."""
    rows = report.email.over_time(every=DAY, zone="UTC")

    assert [("2026-05-04T00:00:00+00:00", 5, 3, 2, 4)] == [
        (row.start.isoformat(), row.sent, row.delivered, row.bounces, row.opens) for row in rows
    ]
