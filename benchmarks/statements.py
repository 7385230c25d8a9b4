"""What an event can state: its kind with the fields of its own, and how often each is stated."""
# ruff: noqa: INP001 -- scripts side by side are no package

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from campaignmetrics import EVENT_SCHEMA


@dataclass(frozen=True)
class Statement:
    """The columns that depend on nothing but the kind of event."""

    kind: str
    category: str | None = None
    asynchronous: bool | None = None
    reason: str | None = None
    machine: bool | None = None
    action: str | None = None
    link: str | None = None


EXCLUSIONS = {
    "EmailNoConsent": 0.5,
    "SuppressionList": 0.25,
    "ControlGroup": 0.15,
    "Capping": 0.08,
    None: 0.02,
}
ERRORS = {"ProviderTimeout": 0.6, "RenderingFailed": 0.3, "PayloadTooLarge": 0.1}
BOUNCES = {
    ("hard", "Invalid Recipient"): 0.34,
    ("hard", "Recipient Refused"): 0.06,
    ("soft", "Mailbox Full"): 0.18,
    ("soft", "DNS Failure"): 0.08,
    ("soft", "Soft Bounce"): 0.10,
    ("ignored", "Spam Block"): 0.12,
    ("ignored", "Mail Block"): 0.06,
    ("ignored", "Timeout"): 0.04,
    (None, None): 0.02,
}
ACTIONS = {"Dismiss": 0.6, "Open offer": 0.3, "Remind me later": 0.1}
LINKS = {f"u{number}": 1 / number for number in range(1, 13)}


BY_MACHINE_OPENED = {True: 0.30, False: 0.70}
BY_MACHINE_CLICKED = {True: 0.12, False: 0.88}

# By what happens in the campaign: a message that comes back after acceptance is a bounce too.
SHARES: dict[str, dict[Statement, float]] = {
    "entered": {Statement("entered"): 1},
    "excluded": {Statement("excluded", reason=reason): n for reason, n in EXCLUSIONS.items()},
    "errored": {Statement("errored", reason=reason): n for reason, n in ERRORS.items()},
    "sent": {Statement("sent"): 1},
    "delivered": {Statement("delivered"): 1},
    "bounced": {
        Statement("bounced", category=category, reason=reason, asynchronous=False): n
        for (category, reason), n in BOUNCES.items()
    },
    "returned": {
        Statement("bounced", category=category, reason=reason, asynchronous=True): n
        for (category, reason), n in BOUNCES.items()
    },
    "opened": {Statement("opened", machine=by): n for by, n in BY_MACHINE_OPENED.items()},
    "clicked": {
        Statement("clicked", machine=by, link=link): n * share
        for by, share in BY_MACHINE_CLICKED.items()
        for link, n in LINKS.items()
    },
    "unsubscribed": {Statement("unsubscribed"): 1},
    "complained": {Statement("complained"): 1},
    "acted": {Statement("acted", action=action): n for action, n in ACTIONS.items()},
}
STATEMENTS = tuple(statement for options in SHARES.values() for statement in options)
COLUMNS: dict[str, pa.Array] = {
    field.name: pa.array(
        [getattr(statement, field.name) for statement in STATEMENTS],
        EVENT_SCHEMA.field(field.name).type,
    )
    for field in fields(Statement)
}
"""The columns of all statements, to be taken from by position."""


def choices(happening: str) -> tuple[list[int], npt.NDArray[np.float64]]:
    """Return the positions of what may be stated when something happens, and their shares."""
    options = SHARES[happening]
    shares = np.array(list(options.values()), np.float64)
    return [STATEMENTS.index(option) for option in options], shares / shares.sum()
