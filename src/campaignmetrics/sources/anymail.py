"""django-anymail: objects or dicts of tracking events. Source: ``docs/sources/anymail.md``."""

from __future__ import annotations

from collections.abc import Iterable

from campaignmetrics.sources.shape import (
    NOT_OURS,
    Fact,
    Source,
    address,
    derived_id,
    first,
    send_to,
    text,
)
from campaignmetrics.sources.times import iso
from campaignmetrics.sources.words import Said, deciding, not_counted, outcome, states

_BOUNCED_AGAIN, _COMPLAINED_AGAIN = (
    f"{word}/Postmark/SubscriptionChange" for word in ("bounced", "complained")
)
"""The address is suppressed after a bounce or complaint, of which there is an event already."""

WORDS = {
    "queued": states("sent"),
    "queued/Postal": not_counted("event:queued/Postal"),
    "sent": states("sent"),
    "delivered": states("delivered"),
    "delivered/Mailjet": states("sent", "delivered"),
    "delivered/Mailtrap": states("sent", "delivered"),
    "delivered/Postal": states("sent", "delivered"),
    "delivered/Postmark": states("sent", "delivered"),
    "deferred": states("delayed"),
    "bounced": states("bounced"),
    "bounced/Mailjet": states("sent", "bounced"),
    "bounced/Mailtrap": states("sent", "bounced"),
    "bounced/Postal": states("bounced", asynchronous=True),
    "bounced/Postmark": states("sent", "bounced"),
    "bounced/suppressed": states("excluded"),
    _BOUNCED_AGAIN: not_counted(f"event:{_BOUNCED_AGAIN}"),
    "rejected": states("excluded"),
    "failed": states("errored"),
    "failed/Postal": states("sent", "bounced"),
    "opened": states("opened"),
    "clicked": states("clicked"),
    "complained": states("complained"),
    _COMPLAINED_AGAIN: not_counted(f"event:{_COMPLAINED_AGAIN}"),
    "unsubscribed": states("unsubscribed"),
    "subscribed": not_counted("event:subscribed"),
    "autoresponded": not_counted("event:autoresponded"),
    "inbound": not_counted("event:inbound"),
    "inbound_failed": not_counted("event:inbound_failed"),
    "unknown": not_counted("event:unknown"),
}

_TELLING = ("esp_event", "esp_name", "reject_reason", "mta_response", "click_url")
_ABSENT = object()
_SUPPRESSED = ("suppress", "not delivering to")
_CLASSES = ("blocked", "invalid", "spam", "timed_out")
_SES_CLASSES = ("Permanent: ", "Transient: ", "Undetermined: ")


def _facts(record: object) -> Iterable[Fact]:
    word = text(_value(record, "event_type"))
    if word is None or "." in word:  # which is Braze's way
        return NOT_OURS
    if all(_value(record, name, _ABSENT) is _ABSENT for name in _TELLING):
        return NOT_OURS
    when = iso(_value(record, "timestamp"))
    message, recipient = text(_value(record, "message_id")), address(_value(record, "recipient"))
    said = _said(word, record)
    # Amazon SES does not tell which recipient opened: Anymail gives one event for each.
    whose = None if _is_open_of_ses(word, record) else recipient
    event_id = derived_id(
        "anymail",
        text(_value(record, "event_id")),
        word,
        message,
        whose,
        when.isoformat() if when else None,
        said.link,
    )
    tag, send = text(first(_value(record, "tags"))), send_to(message, whose)
    who = (event_id, None, tag, send, None, recipient, None)
    return outcome("anymail", WORDS, when, who, said)


def _value(record: object, name: str, absent: object = None) -> object:
    """Give a field of a dict, or an attribute of an object, whatever that does when it is asked."""
    if isinstance(record, dict):
        return record.get(name, absent)
    try:
        return getattr(record, name, absent)
    except Exception:  # noqa: BLE001 -- a property of somebody's class may raise anything
        return None


def _is_open_of_ses(word: str, record: object) -> bool:
    return word in {"opened", "clicked"} and _value(record, "esp_name") == "Amazon SES"


def _said(word: str, record: object) -> Said:
    reject, description = (text(_value(record, name)) for name in ("reject_reason", "description"))
    answer, esp = (text(_value(record, name)) for name in ("mta_response", "esp_name"))
    if word in {"rejected", "failed"} and f"{word}/{esp}" not in WORDS:
        return Said(word, reason=_reason(word, reject, description) or answer)
    again = f"{word}/{esp}/SubscriptionChange"
    if again in WORDS and _value(record, "event_id") is None:
        return Said(again)
    if word == "bounced" and description and _is_suppressed(description):
        return Said("bounced/suppressed", reason=_reason(word, reject, description))
    known_class = _class(description, reject)
    return Said(
        f"{word}/{esp}" if f"{word}/{esp}" in WORDS else word,
        link=text(_value(record, "click_url")),
        text=answer or (description if known_class in {None, reject} else None),
        source_class=known_class,
    )


def _class(description: str | None, reject: str | None) -> str | None:
    """Find what says hard or soft: the type of Amazon SES, a hard bounce, a normalised reason."""
    if description is not None and description.startswith(_SES_CLASSES):
        return description
    if description is not None and "hard bounce" in description.lower():
        return "Permanent"  # and what follows, at Resend, is advice
    return reject if reject in _CLASSES else None


def _reason(word: str, reject: str | None, description: str | None) -> str | None:
    """Take the normalised reason of what was not sent, or the words that say more than it does."""
    vague = word == "failed" or reject == "other"
    return (description or reject) if vague else (reject or description)


def _is_suppressed(description: str) -> bool:
    return any(words in description.lower() for words in _SUPPRESSED)


SOURCE = Source(
    "anymail",
    _facts,
    deciding(WORDS, classes="anymail"),
    title="django-anymail: tracking events",
    needs="event_type, timestamp; esp_event, esp_name, reject_reason, mta_response or click_url",
    words=WORDS,
)
events, interpret = SOURCE.events, SOURCE.interpret
