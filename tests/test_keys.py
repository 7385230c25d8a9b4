"""Under whom and under which domain an event counts: small cases, counted by hand."""

from __future__ import annotations

import datetime as dt

import pytest

import campaignmetrics as cm
import oracle
from figures import records_of
from oracle import Row

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
OPENED: Row = {"channel": "email", "kind": "opened", "timestamp": AT, "message_id": "news"}


def both_ways(rows: list[Row]) -> list[cm.Report]:
    """Give the reports of the records and of their Arrow rows."""
    records = records_of(rows)
    return [cm.report(cm.reduce(records)), cm.report(cm.reduce_arrow(cm.to_arrow(records)))]


@pytest.mark.parametrize(
    ("unique", "who"),
    [
        (1, [{"send_id": "s", "profile_id": "p"}, {"send_id": "s", "profile_id": "q"}]),
        (2, [{"send_id": "s", "profile_id": "p"}, {"send_id": "t", "profile_id": "p"}]),
        (1, [{"profile_id": "p", "recipient": "a@b"}, {"profile_id": "p", "recipient": "c@d"}]),
        (2, [{"profile_id": "p", "recipient": "a@b"}, {"profile_id": "q", "recipient": "a@b"}]),
        (2, [{"send_id": "s", "profile_id": "p"}, {"profile_id": "p"}]),
        (3, [{"send_id": "x"}, {"profile_id": "x"}, {"recipient": "x"}]),
        (1, [{"send_id": "", "profile_id": "p"}, {"profile_id": "p"}]),
        (0, [{}, {"send_id": "", "profile_id": "", "recipient": ""}]),
        (2, [{"send_id": "s"}, {"send_id": "s", "message_id": "other"}]),
        (1, [{"send_id": "s"}, {"send_id": "s", "timestamp": AT + dt.timedelta(days=9)}]),
        (0, [{"send_id": "s", "machine": True}]),
        (1, [{"send_id": "s", "machine": True}, {"send_id": "s"}]),
    ],
)
@pytest.mark.parametrize("channel", ["email", "push"])
def test_unique_opens(unique: int, who: list[Row], channel: str) -> None:
    """The send counts, else the profile, else the address; without any of them nobody does."""
    rows = [OPENED | {"channel": channel} | fields for fields in who]

    for report in both_ways(rows):
        assert unique == getattr(report, channel).total.unique_opens
    assert unique == oracle.unique(rows, "opened")


def test_channels_and_kinds_have_unique_counts_of_their_own() -> None:
    """One recipient who opens and clicks an email and taps a push is unique in each of them."""
    rows = [
        OPENED | {"send_id": "s"},
        OPENED | {"send_id": "s", "kind": "clicked"},
        OPENED | {"send_id": "s", "channel": "push"},
    ]

    for report in both_ways(rows):
        assert (1, 1) == (report.email.total.unique_opens, report.email.total.unique_clicks)
        assert report.push.total.unique_opens == 1


@pytest.mark.parametrize(
    ("domain", "fields"),
    [
        ("c.example", {"recipient": "a@b@c.example"}),
        ("c.example", {"recipient_domain": "a@b@c.example"}),
        ("c.example", {"recipient_domain": "C.Example.", "recipient": "a@b.example"}),
        ("b.example", {"recipient_domain": "", "recipient": "a@b.example"}),
        ("xn--bcher-kva.example", {"recipient": "a@Bücher.example"}),
        ("b", {"recipient": "a@b"}),
        (None, {"recipient_domain": "[192.0.2.1]", "recipient": "a@b.example"}),
        (None, {"recipient": "b.example"}),
        (None, {"recipient": "a@b example"}),
        (None, {"recipient": "a@b\texample"}),
        (None, {"recipient": "<a@b.example>"}),
        (None, {"recipient": "a@b{example"}),
        (None, {"recipient": "a@b.example(work)"}),
        (None, {"recipient": "a@."}),
        (None, {"recipient": "a@b..example"}),
        (None, {"recipient": "a@b.example.."}),
        (None, {"recipient": "a@" + "b" * 64}),
        (None, {}),
    ],
)
def test_domain(domain: str | None, fields: Row) -> None:
    """A domain is what is given, else the part behind the last ``@``, in its one written form."""
    rows = [OPENED | fields]

    for report in both_ways(rows):
        top = report.email.top_recipient_domains()
        found = [(row.domain, row.count) for row in top.domains]
        expected = [] if domain is None else [(domain, 1)]
        assert (expected, 0, 1 - len(expected)) == (found, top.other, top.unknown)
    assert domain == oracle.domain(rows[0])
