"""What every source has in common: how its records become events, one by one or in bulk.

A source says two things. ``facts`` takes a record apart: who and when, and the *signals*, the few
values that decide what happened. ``decide`` turns signals into a decision: the statements they make
or the cause why they make none. Signals repeat, so in bulk each distinct combination is decided
once, and no event object is made. Both ways use the same two functions, and so agree.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Iterable, Mapping
from hashlib import blake2b
from typing import Any, TypeAlias

import attrs

from campaignmetrics.events import RECORDS, EmailEvent, EntryEvent, Event, PushEvent

Who: TypeAlias = tuple[Any, ...]
"""The values of ``WHO``, in its order; text that is not empty, or None.

The event id may be the arguments of ``derived_id`` instead: it is made where it is needed.
"""

Signals: TypeAlias = tuple[Hashable, ...]

Fact: TypeAlias = tuple[object, Who, Signals]
"""The time as it stands in the record, who, and the signals."""

NOBODY: Who = (None,) * 7

WHO = (
    "event_id",
    "campaign_id",
    "message_id",
    "send_id",
    "profile_id",
    "recipient",
    "recipient_domain",
)
"""The columns that a record gives to each of its events, beside the time."""

NO_TIME = "timestamp"
UNRECOGNISED = "unrecognised"

NOT_OURS: tuple[Fact, ...] = ((None, NOBODY, ()),)
"""The facts of a record that is not one of the source: ``decide`` calls them unrecognised."""

_LONGEST_CAUSE = 80


@attrs.frozen(kw_only=True)
class Statement:
    """One event, but for who and when."""

    channel: str
    kind: str
    category: str | None = None
    asynchronous: bool = False
    reason: str | None = None
    platform: str | None = None
    machine: bool = False
    action: str | None = None
    link: str | None = None


@attrs.frozen
class Meaning:
    """What a provider's word states, or why it is not counted.

    Attributes:
        kinds: the kinds of event that it states, in their order.
        cause: under what it is accounted for, where it states none.
        category: of a bounce, where the word is one of the three.
        reason: of a bounce, a delay, an error or an exclusion, where the word tells it.
        asynchronous: the bounce came after the delivery.
        machine: a machine opened or clicked.
    """

    kinds: tuple[str, ...] = ()
    cause: str | None = None
    category: str | None = None
    reason: str | None = None
    asynchronous: bool = False
    machine: bool = False


@attrs.frozen
class Decision:
    """What signals mean: statements, or the cause why there are none.

    Neither of the two means that the record is understood and is not about messages.
    """

    statements: tuple[Statement, ...] = ()
    cause: str | None = None


@attrs.frozen
class Reading:
    """What one record says.

    Attributes:
        events: its events, in the order of the record.
        causes: why parts of it were not counted; an envelope of several records may have several.
    """

    events: tuple[Event, ...]
    causes: tuple[str, ...] = ()

    @property
    def cause(self) -> str | None:
        """Why nothing was counted; None if something was, or if there was nothing to count."""
        return self.causes[0] if self.causes and not self.events else None


@attrs.frozen
class Source:
    """A provider's records, declared once and read in two ways.

    Attributes:
        name: what ``read`` calls it.
        facts: takes any decoded record apart, envelopes included, without ever raising.
        decide: says what signals mean, without ever raising.
        title: what people call it.
        needs: the fields by which a record is known, and without which it states nothing.
        words: what each word of the provider's means, where ``decide`` goes by such a table.
    """

    name: str
    facts: Callable[[object], Iterable[Fact]]
    decide: Callable[[Signals], Decision]
    title: str
    needs: str
    words: Mapping[str, Meaning] = attrs.field(factory=dict)

    def events(self, record: object) -> tuple[Event, ...]:
        """Turn one decoded record into its events.

        Args:
            record: as for ``interpret``.

        Returns:
            The events, in the order of the record; none where ``interpret`` gives a cause.

        Source: the provider's page in the documentation.

        Example:
            >>> import campaignmetrics as cm
            >>> record = {"event": "open", "email": "ann@example.com", "timestamp": 1795165200}
            >>> record["sg_event_id"] = "b3Blbi0x"
            >>> [str(event.kind) for event in cm.sources.sendgrid.events(record)]
            ['opened']
        """
        return self.interpret(record).events

    def interpret(self, record: object) -> Reading:
        """Turn one decoded record into its events, or say why it has none.

        Args:
            record: a decoded JSON value, or a row of Parquet as Python values.

        Returns:
            ``.events``, and ``.cause``: None, or why nothing was counted. ``.causes`` has all of
            them where a record holds several. No value whatever makes it raise.

        Source: the provider's page in the documentation.

        Example:
            >>> import campaignmetrics as cm
            >>> cm.sources.sendgrid.interpret({"hello": "world"}).cause
            'unrecognised'
        """
        events: list[Event] = []
        causes: list[str] = []
        for when, who, signals in self.facts(record):
            decision = self.decide(signals)
            at = moment(when) if decision.statements else None
            if at is not None:
                events += [_event(statement, at, who) for statement in decision.statements]
            elif decision.statements:
                causes.append(NO_TIME)
            elif decision.cause is not None:
                causes.append(decision.cause)
        return Reading(tuple(events), tuple(causes))

    def recognises(self, record: object) -> bool:
        """Tell whether a record is one of this source, countable or not."""
        reading = self.interpret(record)
        return bool(reading.events) or set(reading.causes) != {UNRECOGNISED}


def _event(statement: Statement, at: dt.datetime, who: Who) -> Event:
    texts = map(clean, (made_id(who[0]), *who[1:]))
    values: dict[str, Any] = attrs.asdict(statement) | dict(zip(WHO, texts, strict=True))
    record = RECORDS[values.pop("channel")]
    return record(
        timestamp=at, **{name: values[name] for name in _FIELDS[record] if name in values}
    )


_FIELDS: Mapping[type[Event], tuple[str, ...]] = {
    record: tuple(field.name for field in attrs.fields(record))
    for record in (EmailEvent, PushEvent, EntryEvent)
}


def moment(value: object) -> dt.datetime | None:
    """Read a time, in ISO 8601 or as a datetime, in UTC; None where it cannot be or has no zone."""
    try:
        time = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
        if not isinstance(time, dt.datetime) or time.utcoffset() is None:
            return None
        return time.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def text(value: object) -> str | None:
    """Read a value as text: a whole number is its digits, empty text and all else is absent."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, int) and not isinstance(value, bool):
        return _digits(value)
    return None


def inner(parent: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Give the object that a field holds; an empty one where it holds anything else."""
    value = parent.get(name)
    return value if type(value) is dict else {}


def first(value: object) -> object:
    """Give the first of a list; None of an empty one and of anything else."""
    return value[0] if type(value) is list and value else None


def holds_any(record: Mapping[str, Any], names: Iterable[str]) -> bool:
    """Tell whether a record has any of these fields; null is none: Parquet gives it to all rows."""
    return any(record.get(name) is not None for name in names)


def address(value: object) -> str | None:
    """Take the bare address out of ``Ann <ann@shop.example>``; leave all other text as it is."""
    written = text(value)
    if written is None or "<" not in written:
        return written
    bare = written.rpartition("<")[2].partition(">")[0].strip()
    return bare or written


def send_to(message_id: str | None, recipient: str | None) -> str | None:
    """Tell one message to one reader, where readers of one call have its message id in common."""
    return f"{message_id}/{recipient}" if message_id and recipient else message_id


def named_cause(prefix: str, value: str | None) -> str:
    """Name the cause of an unknown value by the value, cut where it is long."""
    return f"{prefix}:{(clean(value) or '')[:_LONGEST_CAUSE]}"


def derived_id(source: str, *parts: str | dt.datetime | None) -> str:
    """Make an event id from what makes an event unique, for providers that give none.

    Equal parts give equal ids, always and everywhere; which part is absent makes a difference.
    """
    said = ["-" if part is None else f"{len(text := str(part))}:{text}" for part in parts]
    digest = blake2b("".join(said).encode("utf-8", "surrogatepass"), digest_size=16)
    return f"{source}:{digest.hexdigest()}"


def made_id(event_id: str | tuple[Any, ...] | None) -> str | None:
    """Give the event id of a fact, which may still have to be derived."""
    return derived_id(*event_id) if isinstance(event_id, tuple) else event_id


def _digits(value: int) -> str | None:
    try:
        return str(value)
    except ValueError:  # more digits than Python is ready to write
        return None


def clean(value: str | None) -> str | None:
    """Replace what cannot be written in UTF-8: half a surrogate pair, where text was cut inside.

    It is no reason to lose the event.
    """
    if value is None or value.isascii():
        return value
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
