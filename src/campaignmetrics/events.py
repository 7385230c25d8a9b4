"""Events as typed records: what happened, to which message, for which profile.

The three classes are the source of truth for the columns of the event schema (``schema.py``), for
the kinds each channel knows, and for which kind may carry which field. Source of the definitions:
``docs/definitions.md``, *Events*.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias, TypeVar

import attrs

from campaignmetrics.errors import EventError

DISMISS = "Dismiss"
"""The action that says a push notification was dismissed."""


class EmailKind(StrEnum):
    """What can happen to an email."""

    TARGETED = "targeted"
    EXCLUDED = "excluded"
    ERRORED = "errored"
    SENT = "sent"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    OPENED = "opened"
    CLICKED = "clicked"
    UNSUBSCRIBED = "unsubscribed"
    COMPLAINED = "complained"


class PushKind(StrEnum):
    """What can happen to a push notification."""

    TARGETED = "targeted"
    EXCLUDED = "excluded"
    ERRORED = "errored"
    SENT = "sent"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    OPENED = "opened"
    ACTED = "acted"


class EntryKind(StrEnum):
    """What can happen to a profile in a campaign as a whole."""

    ENTERED = "entered"


class BounceCategory(StrEnum):
    """How final a bounce is for the address: gone, worth another try, or none of its business."""

    HARD = "hard"
    SOFT = "soft"
    IGNORED = "ignored"


KINDS: Mapping[str, type[StrEnum]] = {"email": EmailKind, "push": PushKind, "campaign": EntryKind}
"""The kinds that each channel knows."""

OWN_FIELDS: Mapping[str, frozenset[str]] = {
    "category": frozenset({"bounced"}),
    "asynchronous": frozenset({"bounced"}),
    "reason": frozenset({"excluded", "errored", "delayed", "bounced"}),
    "machine": frozenset({"opened", "clicked"}),
    "action": frozenset({"acted"}),
    "link": frozenset({"clicked"}),
}
"""The fields that only some kinds may carry, with those kinds."""

_Enum = TypeVar("_Enum", bound=StrEnum)


def one_of(words: type[StrEnum]) -> str:
    """Say which words may stand in a field, for an error message."""
    return "one of " + ", ".join(words)


def carriers(field: str) -> str:
    """Say which kinds may carry a field, for an error message."""
    return f"allowed here: {field} belongs to {', '.join(sorted(OWN_FIELDS[field]))}"


def _word(field: str, value: str, words: type[_Enum]) -> _Enum:
    try:
        return words(value)
    except ValueError:
        raise EventError(field, value, one_of(words)) from None


def _email_kind(value: str) -> EmailKind:
    return _word("kind", value, EmailKind)


def _push_kind(value: str) -> PushKind:
    return _word("kind", value, PushKind)


def _entry_kind(value: str) -> EntryKind:
    return _word("kind", value, EntryKind)


def _category(value: str | None) -> BounceCategory | None:
    return None if value is None or value == "" else _word("category", value, BounceCategory)


def _utc(value: dt.datetime) -> dt.datetime:
    if not isinstance(value, dt.datetime):
        raise EventError("timestamp", value, "a datetime")
    if value.tzinfo is dt.UTC:
        return value
    if value.utcoffset() is None:
        raise EventError("timestamp", value, "a time with a zone")
    try:
        return value.astimezone(dt.UTC)
    except OverflowError:
        raise EventError("timestamp", value, "within the years 1 to 9999 of UTC") from None


def _absent(value: str | None) -> str | None:
    """Read an empty text as an absent one, as which exports write it."""
    return None if value == "" else value


def _text(_: object, field: attrs.Attribute[str | None], value: str | None) -> None:
    if value is None:
        return
    if not isinstance(value, str):
        raise EventError(field.name, value, "text or absent")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise EventError(field.name, value, "text that can be written in UTF-8") from None


def _unset(value: bool | None) -> bool:  # noqa: FBT001 -- attrs calls a converter so
    return False if value is None else value


def _flag(_: object, field: attrs.Attribute[bool], value: object) -> None:
    if not isinstance(value, bool):
        raise EventError(field.name, value, "true, false or absent")


def misplaced(field: str, value: object, kind: str) -> EventError:
    """Say that a field stands on a kind that does not carry it."""
    return EventError(field, value, f"{carriers(field)}, not to {kind}")


def _only_on_its_kinds(event: EmailEvent | PushEvent | EntryEvent) -> None:
    for field, kinds in OWN_FIELDS.items():
        value = getattr(event, field, None)
        if value and event.kind not in kinds:
            raise misplaced(field, value, event.kind)


@attrs.frozen(kw_only=True)
class EmailEvent:
    """One thing that happened to one email for one recipient.

    All fields are keywords. An empty text is an absent value, and is kept as None.

    Attributes:
        kind: an ``EmailKind`` or its string.
        timestamp: when it happened; needs a zone, is kept in UTC with microseconds.
        event_id: what makes copies of it recognisable.
        campaign_id: the campaign or journey.
        message_id: the email of the campaign (not the copy sent to one person).
        send_id: one message to one person.
        profile_id: the person.
        recipient: the email address.
        recipient_domain: used where it is there; else taken from ``recipient``.
        category: hard, soft or ignored; for ``bounced`` alone, where absent counts as ignored.
        asynchronous: the bounce came after the message had been accepted.
        reason: why it was excluded, errored, delayed or bounced, in the source's own words.
        machine: opened or clicked by a proxy or scanner instead of a person.
        link: what was clicked.

    Raises:
        EventError: a time without a zone, an unknown kind or category, a value of another type,
            or a field on a kind that does not carry it; the message names field and value.

    Source: ``docs/definitions.md``, *Events*.

    Example:
        >>> import datetime as dt
        >>> import campaignmetrics as cm
        >>> at = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
        >>> cm.EmailEvent(kind="bounced", timestamp=at, category="hard").category
        <BounceCategory.HARD: 'hard'>
        >>> cm.EmailEvent(kind="opened", timestamp=at, category="hard")
        Traceback (most recent call last):
        ...
        campaignmetrics.errors.EventError: field 'category': <BounceCategory.HARD: 'hard'> is not \
allowed here: category belongs to bounced, not to opened
    """

    kind: EmailKind = attrs.field(converter=_email_kind)
    timestamp: dt.datetime = attrs.field(converter=_utc)
    event_id: str | None = attrs.field(default=None, converter=_absent, validator=_text)
    campaign_id: str | None = attrs.field(default=None, converter=_absent, validator=_text)
    message_id: str | None = attrs.field(default=None, converter=_absent, validator=_text)
    send_id: str | None = attrs.field(default=None, converter=_absent, validator=_text)
    profile_id: str | None = attrs.field(default=None, converter=_absent, validator=_text)
    recipient: str | None = attrs.field(default=None, converter=_absent, validator=_text)
    recipient_domain: str | None = attrs.field(default=None, converter=_absent, validator=_text)
    category: BounceCategory | None = attrs.field(default=None, converter=_category)
    asynchronous: bool = attrs.field(default=False, converter=_unset, validator=_flag)
    reason: str | None = attrs.field(default=None, converter=_absent, validator=_text)
    machine: bool = attrs.field(default=False, converter=_unset, validator=_flag)
    link: str | None = attrs.field(default=None, converter=_absent, validator=_text)

    def __attrs_post_init__(self) -> None:
        _only_on_its_kinds(self)


@attrs.frozen(kw_only=True)
class PushEvent:
    """One thing that happened to one push notification for one device.

    The fields are those of ``EmailEvent`` where they have the same name; those of its own:

    Attributes:
        kind: a ``PushKind`` or its string.
        platform: ``ios``, ``android`` or whatever the source says; absent counts as ``unknown``.
        action: the button that was used; ``Dismiss`` where the notification was dismissed.

    Raises:
        EventError: as for ``EmailEvent``.

    Source: ``docs/definitions.md``, *Events*.

    Example:
        >>> import datetime as dt
        >>> import campaignmetrics as cm
        >>> at = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
        >>> cm.PushEvent(kind="acted", timestamp=at, platform="ios", action="Dismiss").action
        'Dismiss'
    """

    kind: PushKind = attrs.field(converter=_push_kind)
    timestamp: dt.datetime = attrs.field(converter=_utc)
    event_id: str | None = attrs.field(default=None, converter=_absent, validator=_text)
    campaign_id: str | None = attrs.field(default=None, converter=_absent, validator=_text)
    message_id: str | None = attrs.field(default=None, converter=_absent, validator=_text)
    send_id: str | None = attrs.field(default=None, converter=_absent, validator=_text)
    profile_id: str | None = attrs.field(default=None, converter=_absent, validator=_text)
    recipient: str | None = attrs.field(default=None, converter=_absent, validator=_text)
    category: BounceCategory | None = attrs.field(default=None, converter=_category)
    asynchronous: bool = attrs.field(default=False, converter=_unset, validator=_flag)
    reason: str | None = attrs.field(default=None, converter=_absent, validator=_text)
    platform: str | None = attrs.field(default=None, converter=_absent, validator=_text)
    machine: bool = attrs.field(default=False, converter=_unset, validator=_flag)
    action: str | None = attrs.field(default=None, converter=_absent, validator=_text)

    def __attrs_post_init__(self) -> None:
        _only_on_its_kinds(self)


@attrs.frozen(kw_only=True)
class EntryEvent:
    """One profile entered the campaign or journey.

    The fields are those of ``EmailEvent`` where they have the same name; ``kind`` is ``entered``.

    Raises:
        EventError: as for ``EmailEvent``.

    Source: ``docs/definitions.md``, *Events*.

    Example:
        >>> import datetime as dt
        >>> import campaignmetrics as cm
        >>> at = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
        >>> str(cm.EntryEvent(timestamp=at, profile_id="p-1").kind)
        'entered'
    """

    timestamp: dt.datetime = attrs.field(converter=_utc)
    kind: EntryKind = attrs.field(default=EntryKind.ENTERED, converter=_entry_kind)
    event_id: str | None = attrs.field(default=None, converter=_absent, validator=_text)
    campaign_id: str | None = attrs.field(default=None, converter=_absent, validator=_text)
    profile_id: str | None = attrs.field(default=None, converter=_absent, validator=_text)


Event: TypeAlias = EmailEvent | PushEvent | EntryEvent
"""Any of the three records."""

RECORDS: Mapping[str, type[Event]] = {
    "email": EmailEvent,
    "push": PushEvent,
    "campaign": EntryEvent,
}
"""The record class of each channel."""
