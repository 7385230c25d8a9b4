"""A small campaign, played through: what happened to whom, as a list of facts.

A fact is what the campaign did, before anyone wrote a log of it. ``logs.py`` writes facts down as
Journey Optimizer and as the event schema do; ``counting.py`` counts them without either log.

Only ``random()`` and ``getrandbits()`` of the seeded generator are used, and no function of the
platform's mathematics library, so that every Python on every machine plays the same campaign.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

T = TypeVar("T")

CAMPAIGN = "spring-sale"
START = dt.datetime(2026, 5, 4, 6, 30, tzinfo=dt.UTC)


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One thing that happened. What the thing does not have is None."""

    what: str
    at: dt.datetime
    id: str | None
    channel: str = "campaign"
    message: str | None = None
    send: str | None = None
    address: str | None = None
    device: str | None = None
    profile: str | None = None
    reason: str | None = None
    code: str | None = None
    category: str | None = None
    machine: bool = False
    action: str | None = None
    link: str | None = None
    test: bool = False
    spelling: int = 0
    """Which of the spellings that logs have for the same thing is used for this one."""


@dataclass(frozen=True)
class Failure:
    """A reason to bounce, as the sender names and numbers it, and what it means."""

    reason: str
    code: str | None
    category: str


@dataclass(frozen=True)
class Plan:
    """How large the campaign is; ``emails`` and ``pushes`` are the messages, with who gets them."""

    seed: int
    profiles: int
    emails: dict[str, float]
    pushes: dict[str, float]
    unreadable: tuple[str, ...] = field(default=('{"_id": "a line that was cut o',))


SMALL = Plan(
    seed=117,
    profiles=120,
    emails={"email-invitation": 0.9, "email-last-day": 0.5},
    pushes={"push-doors-open": 0.5},
)
LARGE = Plan(
    seed=1,
    profiles=400,
    emails={"email-invitation": 0.8, "email-favourites": 0.5, "email-last-day": 0.3},
    pushes={"push-doors-open": 0.4, "push-last-hours": 0.3},
    unreadable=('{"_id": "a line that was cut o', "no record at all", "[1, 2, 3]"),
)

EMAIL_FAILURES = (
    Failure("Invalid Recipient", "10", "hard"),
    Failure("Invalid Recipient", "10", "hard"),
    Failure("Recipient Refused", "15", "hard"),
    Failure("Mailbox Full", "22", "soft"),
    Failure("Mailbox Full", "22", "soft"),
    Failure("DNS Failure", "21", "soft"),
    Failure("Spam Content", "52", "ignored"),
    Failure("Admin Failure", "25", "ignored"),
    Failure("Auto-Reply", "60", "ignored"),
)
PUSH_FAILURES = (
    Failure("Unregistered", None, "hard"),
    Failure("QuotaExceeded", None, "soft"),
    Failure("Internal", None, "ignored"),
)
ERRORS = ("ProviderTimeout", "RuntimeRenderingError", "ThrottlingError")
EMAIL_EXCLUSIONS = (
    "EmailNoConsent",
    "EmailSuppressed",
    "EmailMalformedAddress",
    "duplicate",
    "denylist",
)
PUSH_EXCLUSIONS = ("PushNoConsent", "PushNoTokenFoundInProfile")
DOMAINS = (
    "example.com",
    "example.com",
    "example.com",
    "mail.example.com",
    "example.org",
    "Example.NET",
    "bücher.example",
)
IN_CAPITALS = range(7, 1000, 40)
"""Whose addresses are written in capitals."""
DEVICES = ("apns", "apns", "apnsSandbox", "fcm", "fcm", "fcm")
LINKS = ("shop", "opening-hours", "terms")


class Campaign:
    """Plays a plan. ``facts`` is what happened; ``unreadable`` are lines a log has besides."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._random = random.Random(plan.seed)  # noqa: S311 -- the same each time is the point
        self.facts: list[Fact] = []
        for number in range(plan.profiles):
            self._play_profile(number)
        self._play_oddities()
        self._play_test_sends()

    def delivered_log(self) -> list[Fact]:
        """All facts by time, about one in 25 of them a second time, some while later."""
        copies = [
            (self._later(fact.at, hours=1), fact)
            for fact in self.facts
            if fact.id and self._chance(0.04)
        ]
        arrivals = [(fact.at, fact) for fact in self.facts] + copies
        return [fact for _, fact in sorted(arrivals, key=lambda arrival: arrival[0])]

    # -- chance ----------------------------------------------------------------------------------

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def _pick(self, options: Sequence[T]) -> T:
        return options[int(self._random.random() * len(options))]

    def _later(self, at: dt.datetime, hours: float) -> dt.datetime:
        """Pick a time after another, sooner rather than later."""
        share = self._random.random() * self._random.random()
        return at + dt.timedelta(milliseconds=1 + int(share * hours * 3_600_000))

    def _id(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def _happen(self, about: Fact, what: str, at: dt.datetime, **more: object) -> Fact:
        """Add a fact that concerns the same message to the same person as another."""
        changes = {"id": self._id(), "spelling": self._random.getrandbits(16)} | more
        fact = replace(about, what=what, at=at, **changes)  # type: ignore[arg-type] # fields of Fact
        self.facts.append(fact)
        return fact

    def _message(self, channel: str, message: str, at: dt.datetime, **whom: str) -> Fact:
        """Begin one message to one person: what all facts about it have in common."""
        about = Fact(what="", at=at, id=None, channel=channel, message=message, send=self._id())
        return replace(about, **whom)  # type: ignore[arg-type] # address or device

    # -- the campaign ----------------------------------------------------------------------------

    def _play_profile(self, number: int) -> None:
        at = self._later(START, hours=8)
        profile = Fact(what="", at=at, id=None, profile=f"profile-{number:04}")
        entries = 2 if self._chance(0.05) else 1
        for _ in range(entries):
            self._happen(profile, "entered", at)
            at = self._later(at, hours=1)
        self._happen(profile, "step", at)
        address = f"reader{number}@{DOMAINS[number % len(DOMAINS)]}"
        if number in IN_CAPITALS:
            address = address.upper()
        for message, share in self.plan.emails.items():
            if self._chance(share):
                self._play_email(message, address, at)
            at = self._later(at, hours=3)
        for message, share in self.plan.pushes.items():
            if self._chance(share):
                self._play_push(message, self._pick(DEVICES), at)
            at = self._later(at, hours=3)

    def _play_email(self, message: str, address: str, at: dt.datetime) -> None:
        about = self._message("email", message, at, address=address)
        if self._chance(0.08):
            self._exclude_email(about)
        elif self._chance(0.03):
            self._happen(about, "errored", at, reason=self._pick(ERRORS))
        else:
            while self._chance(0.06):
                delay = {"reason": "Transient Failure", "code": "70"}
                at = self._later(self._happen(about, "delayed", at, **delay).at, hours=1)
            self._send(about, at, EMAIL_FAILURES, refused=0.08, returned=0.03)

    def _exclude_email(self, about: Fact) -> None:
        reason = self._pick(EMAIL_EXCLUSIONS)
        address = "reader.example.com" if reason == "EmailMalformedAddress" else about.address
        self._happen(about, "excluded", about.at, reason=reason, address=address)

    def _play_push(self, message: str, device: str, at: dt.datetime) -> None:
        about = self._message("push", message, at, device=device)
        if self._chance(0.12):
            self._happen(about, "excluded", at, reason=self._pick(PUSH_EXCLUSIONS), device=None)
        elif self._chance(0.04):
            self._happen(about, "errored", at, reason=self._pick(ERRORS))
        else:
            self._send(about, at, PUSH_FAILURES, refused=0.07, returned=0)

    def _send(
        self,
        about: Fact,
        at: dt.datetime,
        failures: Sequence[Failure],
        *,
        refused: float,
        returned: float,
    ) -> None:
        failure = vars(self._pick(failures))
        if self._chance(refused):
            self._happen(about, "refused", at, **failure)
            return
        self._happen(about, "accepted", at)
        if self._chance(returned):
            self._happen(about, "returned", self._later(at, hours=9), **failure)
        elif about.channel == "email":
            self._answer_email(about, at)
        else:
            self._answer_push(about, at)

    def _answer_email(self, about: Fact, at: dt.datetime) -> None:
        if self._chance(0.2):  # a scanner looks at the mail, and at times follows its links
            scan = self._happen(about, "opened", self._later(at, hours=0.1), machine=True)
            if self._chance(0.25):
                self._happen(about, "clicked", scan.at, machine=True, link=self._pick(LINKS))
        if not self._chance(0.5):
            return
        opened = self._happen(about, "opened", self._later(at, hours=9))
        if self._chance(0.3):
            self._happen(about, "opened", self._later(opened.at, hours=5))
        while self._chance(0.3):
            # One request may be logged as an open and as a click under the same id.
            same = {"id": opened.id} if opened.what == "opened" and self._chance(0.2) else {}
            at = self._later(opened.at, hours=1)
            opened = self._happen(about, "clicked", at, link=self._pick(LINKS), **same)
        if self._chance(0.06):
            self._happen(about, "unsubscribed", self._later(opened.at, hours=1))
        if self._chance(0.03):
            self._happen(about, "complained", self._later(opened.at, hours=1))

    def _answer_push(self, about: Fact, at: dt.datetime) -> None:
        if self._chance(0.25):
            self._happen(about, "opened", self._later(at, hours=4))
        if self._chance(0.3):
            action = "Dismiss" if self._chance(0.6) else "shop"
            self._happen(about, "acted", self._later(at, hours=4), action=action)

    def _play_oddities(self) -> None:
        """Facts that a larger campaign meets by itself: parts of a record are missing."""
        opened = (fact for fact in self.facts if fact.what == "opened" and not fact.machine)
        first = next(fact for fact in opened if fact.channel == "email")
        at = self._later(first.at, hours=2)
        self._happen(first, "opened", at, send=None)
        self._happen(first, "opened", self._later(at, hours=1), send=None)
        self._happen(first, "opened", at, send=None, address=None)
        self._happen(first, "complained", at, id=None)

    def _play_test_sends(self) -> None:
        for message in self.plan.emails:
            proof = self._message("email", message, START, address="proof@example.com")
            proof = replace(proof, test=True)
            self._happen(proof, "accepted", START)
            self._happen(proof, "opened", self._later(START, hours=0.2))
