"""A simulated campaign: some thousand events in the shares of a real one, for each seed others."""

from __future__ import annotations

import datetime as dt
from random import Random

from oracle import Row

_REASONS: dict[str, list[str | None]] = {
    "excluded": ["EmailNoConsent", "Suppressed", "ControlGroup", None],
    "errored": ["ProviderTimeout", "RenderingFailed", ""],
    "delayed": ["Greylisted", "RateLimited", None],
    "bounced": ["Invalid Recipient", "MailboxFull", "Spam Block", None],
}
_DOMAINS = ["gmail.com", "GMAIL.com", "gmx.de.", "example.org", "bücher.example", "[192.0.2.1]", ""]
_DOMAIN_SHARES = [40, 10, 20, 15, 10, 3, 2]
_PLATFORMS: list[str | None] = ["ios", "ios", "android", "android", "web", None]


class Campaign:
    """Events of some hundred profiles over a span of days, collected while it is simulated."""

    def __init__(
        self, seed: int, first: dt.datetime, days: int, *, profiles: int, says_targeted: bool
    ) -> None:
        self._random = Random(seed)  # noqa: S311 -- a simulation needs no secrets
        self._first = first
        self._seconds = days * 24 * 3600
        self._says_targeted = says_targeted
        self.rows: list[Row] = []
        for number in range(profiles):
            self._profile(number)
        self._random.shuffle(self.rows)

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _add(self, channel: str, kind: str, **fields: object) -> None:
        within = dt.timedelta(microseconds=self._random.randrange(self._seconds * 1_000_000))
        row: Row = {"channel": channel, "kind": kind, "timestamp": self._first + within, **fields}
        row["event_id"] = f"event-{len(self.rows)}"
        if kind in _REASONS:
            row["reason"] = self._random.choice(_REASONS[kind])
        self.rows.append(row)

    def _profile(self, number: int) -> None:
        profile = f"p-{number}" if self._chance(0.98) else None
        self._add("campaign", "entered", profile_id=profile)
        if self._chance(0.05):
            self._add("campaign", "entered", profile_id=profile)
        (domain,) = self._random.choices(_DOMAINS, _DOMAIN_SHARES)
        for message in ("welcome", "spring-sale", None):
            who: Row = {"message_id": message, "profile_id": profile}
            who["send_id"] = f"{message}-{number}" if self._chance(0.7) else None
            if self._chance(0.75):
                self._send("email", who | {"recipient": f"user{number}@{domain}"})
            if self._chance(0.4):
                self._send("push", who | {"platform": self._random.choice(_PLATFORMS)})

    def _send(self, channel: str, who: Row) -> None:
        if self._says_targeted:
            self._add(channel, "targeted", **who)
        if self._chance(0.06):
            self._add(channel, "excluded", **who)
        elif self._chance(0.02):
            self._add(channel, "errored", **who)
        else:
            self._add(channel, "sent", **who)
            while self._chance(0.1):
                self._add(channel, "delayed", **who)
            if self._chance(0.08):
                self._bounce(channel, who)
            else:
                self._deliver(channel, who)

    def _bounce(self, channel: str, who: Row, **fields: object) -> None:
        category = self._random.choice(["hard", "soft", "ignored", None])
        self._add(channel, "bounced", **who, category=category, **fields)

    def _deliver(self, channel: str, who: Row) -> None:
        self._add(channel, "delivered", **who)
        if self._chance(0.01):
            self._bounce(channel, who, asynchronous=True)
        while self._chance(0.4):
            self._add(channel, "opened", **who, machine=self._chance(0.2))
        if channel == "email":
            while self._chance(0.2):
                self._add(
                    channel, "clicked", **who, machine=self._chance(0.1), link="https://a.example"
                )
            for kind in ("unsubscribed", "complained"):
                if self._chance(0.03):
                    self._add(channel, kind, **who)
        elif self._chance(0.3):
            self._add(channel, "acted", **who, action=self._random.choice(["Dismiss", "Buy", None]))
