"""Write a campaign of any size as Parquet in the event schema, the same for the same seed.

The campaign is drawn send by send: every send is delivered or bounces, only what was delivered is
opened, only what was opened is clicked, and each follows in time what it answers. Rows are in order
of time, as a log has them. Everything grows with the number of events, except messages and domains.

    python benchmarks/campaign.py 10000000 events.parquet
"""
# ruff: noqa: INP001 -- scripts side by side are no package

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from identifiers import Flags, Ints, numbered, strings, uuids
from statements import COLUMNS, choices

from campaignmetrics import EVENT_SCHEMA

Floats = npt.NDArray[np.float64]

START = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
DAY = 24 * 3600.0
SEED = 20261120
MESSAGES = 200
PUSH_MESSAGES = 40
DOMAINS = 20_000
EVENTS_PER_PROFILE = 4
DRAWN_AGAIN = 0.03
ROW_GROUP = 262_144

# Events of each kind in a thousand; deliveries and bounces follow from the sends, and human and
# machine opens take what is left.
ENTERED, EXCLUDED, ERRORED, SENT = 150, 22, 6, 320
CLICKED, UNSUBSCRIBED, COMPLAINED, ACTED = 32, 2, 0.5, 8
BOUNCED_AT_ONCE, BOUNCED_LATER = 0.022, 0.004

LARGE_PROVIDERS = ("gmail.com", "yahoo.com", "outlook.com", "hotmail.com", "icloud.com", "gmx.de")
ODD_ADDRESSES = ("undisclosed", "nobody@", "two words@bad domain.example", "x@[192.0.2.1]")
ODD_SHARE = 0.001
SHOUTED_SHARE = 0.02
SHOUTED_DOMAINS = 100
PLATFORMS = ("ios", "android", None)
PLATFORM_SHARES = (0.44, 0.55, 0.01)


@dataclass(frozen=True)
class Rows:
    """Some sends, or events about them: which send, message and profile, and the second of day."""

    send: Ints
    message: Ints
    profile: Ints
    at: Floats

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.send)

    def __getitem__(self, which: slice | Ints | Flags) -> Rows:
        """Choose rows by slice, mask or position."""
        return Rows(self.send[which], self.message[which], self.profile[which], self.at[which])


class Campaign:
    """The sends of a campaign, and the events that follow from them."""

    def __init__(self, events: int, seed: int = SEED) -> None:
        """Draw how popular each message is and when it is launched."""
        self.events = events
        self.profiles = max(1, events // EVENTS_PER_PROFILE)
        self.random = np.random.default_rng(seed)
        popularity = self.random.pareto(1.5, MESSAGES) + 0.2
        self.popularity = popularity / popularity.sum()
        self.launch = self.random.uniform(0.02, 0.75, MESSAGES) * DAY

    def written(self) -> Iterator[tuple[str, Rows]]:
        """Yield the events with their kind, kind by kind."""
        # Far apart from the numbers of sends: an excluded message was never sent.
        yield "entered", self._addressed(self._count(ENTERED), first=1 << 40)
        yield "excluded", self._addressed(self._count(EXCLUDED), first=2 << 40)
        yield "errored", self._addressed(self._count(ERRORED), first=3 << 40)
        sends = self._addressed(self._count(SENT), first=0)
        yield "sent", sends
        # Sends are in random order, so that the first of them are as good a choice as any.
        refused = round(len(sends) * BOUNCED_AT_ONCE)
        returned = round(len(sends) * BOUNCED_LATER)
        yield "bounced", self._answers(sends[:refused], 20)
        accepted = self._answers(sends[refused:], 20)
        yield "delivered", accepted
        yield "returned", self._answers(accepted[:returned], 1800)
        done = self._count(ENTERED + EXCLUDED + ERRORED) + 2 * len(sends) + returned
        yield from self._responses(accepted[returned:], self.events - done)

    def _responses(self, delivered: Rows, count: int) -> Iterator[tuple[str, Rows]]:
        on_push = delivered.message < PUSH_MESSAGES
        acted = self._some(delivered[on_push], self._count(ACTED), 1800)
        yield "acted", acted
        rare = self._count(CLICKED), self._count(UNSUBSCRIBED), self._count(COMPLAINED)
        opened = self._some(delivered, count - len(acted) - sum(rare), 2 * 3600)
        yield "opened", opened
        emails = opened[opened.message >= PUSH_MESSAGES]
        for kind, size in zip(("clicked", "unsubscribed", "complained"), rare, strict=True):
            yield kind, self._some(emails, size, 120)

    def _count(self, per_mille: float) -> int:
        return round(self.events * per_mille / 1000)

    def _addressed(self, count: int, first: int) -> Rows:
        message = self.random.choice(MESSAGES, count, p=self.popularity)
        launch = self.launch[message]
        rows = Rows(np.arange(first, first + count), message, self._people(count), launch)
        return self._answers(rows, 2400)

    def _people(self, count: int) -> Ints:
        """Draw everyone in turn, and some a second time in between."""
        people = np.resize(self.random.permutation(self.profiles), count)
        again = self.random.random(count) < DRAWN_AGAIN
        people[again] = self.random.integers(0, self.profiles, np.count_nonzero(again))
        return people

    def _some(self, rows: Rows, count: int, seconds: float) -> Rows:
        """Let some rows be answered; one may be answered several times."""
        return self._answers(rows[self.random.integers(0, len(rows), count)], seconds)

    def _answers(self, rows: Rows, seconds: float) -> Rows:
        """Move rows on by exponential delays that end within the day."""
        within = -np.expm1((rows.at - DAY) / seconds)
        delay = -seconds * np.log1p(-self.random.random(len(rows)) * within)
        return Rows(rows.send, rows.message, rows.profile, rows.at + delay)


class Log:
    """The events of a campaign in order of time, ready to be written."""

    def __init__(self, campaign: Campaign) -> None:
        """Draw the events, with what each of them states, and the people they are about."""
        parts, stated = [], []
        for kind, rows in campaign.written():
            options, shares = choices(kind)
            parts.append(rows)
            stated.append(campaign.random.choice(options, len(rows), p=shares).astype(np.int16))
        at = np.concatenate([part.at for part in parts])
        order = np.argsort(at)
        self.at = at[order]
        self.statement = np.concatenate(stated)[order]
        self.send = np.concatenate([part.send for part in parts])[order]
        self.message = np.concatenate([part.message for part in parts])[order]
        self.profile = np.concatenate([part.profile for part in parts])[order]
        self.addresses = addresses(campaign.profiles, campaign.random)
        share = np.array(PLATFORM_SHARES)
        self.platform = campaign.random.choice(len(PLATFORMS), campaign.profiles, p=share)
        self.message_ids = uuids(np.arange(MESSAGES), family=3)

    def table(self, start: int, stop: int) -> pa.Table:
        """Write out some of the events as a table of the event schema."""
        some = slice(start, stop)
        message, profile, stated = self.message[some], self.profile[some], self.statement[some]
        entry = stated == 0
        push = ~entry & (message < PUSH_MESSAGES)
        microseconds = int(START.timestamp()) * 1_000_000 + np.int64(self.at[some] * 1e6)
        columns = {name: values.take(pa.array(stated)) for name, values in COLUMNS.items()}
        columns |= {
            "event_id": uuids(np.arange(start, stop), family=1),
            "timestamp": pa.array(microseconds, pa.timestamp("us", tz="UTC")),
            "channel": _words(("campaign", "push", "email"), np.where(entry, 0, 2 - push)),
            "campaign_id": uuids(np.zeros(stop - start, np.int64), family=4),
            "message_id": self.message_ids.take(pa.array(message, mask=entry)),
            "send_id": uuids(self.send[some], family=2, valid=~entry),
            "profile_id": strings(numbered("profile-", profile, 10)),
            "recipient": self.addresses.take(pa.array(profile, mask=entry | push)),
            "platform": _words(PLATFORMS, np.where(push, self.platform[profile], 2)),
            "recipient_domain": pa.nulls(stop - start, pa.string()),
        }
        return pa.table({name: columns[name] for name in EVENT_SCHEMA.names}, EVENT_SCHEMA)


def addresses(count: int, random: np.random.Generator) -> pa.Array:
    """Draw one address a profile, at domains of which few are large and most are small."""
    rank = np.arange(1, DOMAINS + 1)
    share = 1 / rank**1.1
    rest = DOMAINS - len(LARGE_PROVIDERS)
    domains = [*LARGE_PROVIDERS, *(f"mail{number:05d}.example" for number in range(rest))]
    # Some write an address in capitals, and with the final dot of a full domain name.
    domains += [f"{domain.upper()}." for domain in domains[:SHOUTED_DOMAINS]]
    domain = random.choice(DOMAINS, count, p=share / share.sum())
    shouted = (random.random(count) < SHOUTED_SHARE) & (domain < SHOUTED_DOMAINS)
    domain[shouted] += DOMAINS
    names = [part.decode() for part in map(bytes, numbered("user", np.arange(count), 8))]
    odd = random.random(count) < ODD_SHARE
    texts = [f"{name}@{domains[at]}" for name, at in zip(names, domain.tolist(), strict=True)]
    for position in np.flatnonzero(odd).tolist():
        texts[position] = ODD_ADDRESSES[position % len(ODD_ADDRESSES)]
    return pa.array(texts)


def _words(words: tuple[str | None, ...], positions: npt.NDArray[np.integer]) -> pa.Array:
    return pa.array(words, pa.string()).take(pa.array(positions))


def write(path: Path, events: int) -> None:
    """Write the campaign; the file appears under its name when it is complete."""
    log = Log(Campaign(events))
    partial = path.with_suffix(".partial")
    unique = {"event_id", "send_id", "profile_id", "recipient", "timestamp"}
    dictionary = [name for name in EVENT_SCHEMA.names if name not in unique]
    with pq.ParquetWriter(partial, EVENT_SCHEMA, use_dictionary=dictionary) as writer:
        for start in range(0, events, ROW_GROUP):
            writer.write_table(log.table(start, min(start + ROW_GROUP, events)))
    partial.rename(path)


def main() -> None:
    """Write a campaign where the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=int)
    parser.add_argument("path", type=Path)
    arguments = parser.parse_args()
    write(arguments.path, arguments.events)


if __name__ == "__main__":
    main()
