"""OneSignal: Event Streams about email and push. Source: ``docs/sources/onesignal.md``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from campaignmetrics.events import DISMISS
from campaignmetrics.sources.fcm_words import APNS, EXPO, FCM
from campaignmetrics.sources.fcm_words import WORDS as ANSWERS
from campaignmetrics.sources.shape import NOT_OURS, Fact, Source, Who, inner, text
from campaignmetrics.sources.times import iso, seconds
from campaignmetrics.sources.words import Said, deciding, not_counted, outcome, states

_EMAIL, _PUSH = "message.email.", "message.push."
_FAILED, _CLICKED = f"{_PUSH}failed", f"{_PUSH}clicked"

WORDS = {
    f"{_EMAIL}sent": states("sent"),
    f"{_EMAIL}delivered": states("delivered"),
    f"{_EMAIL}received": states("delivered"),
    f"{_EMAIL}opened": states("opened"),
    f"{_EMAIL}clicked": states("clicked"),
    f"{_EMAIL}bounced": states("bounced"),
    f"{_EMAIL}failed": states("errored"),
    f"{_EMAIL}suppressed": states("excluded"),
    f"{_EMAIL}unsubscribed": states("unsubscribed"),
    f"{_EMAIL}resubscribed": not_counted(f"event:{_EMAIL}resubscribed"),
    f"{_EMAIL}reported_spam": states("complained"),
    f"{_PUSH}sent": states("sent"),
    f"{_PUSH}received": states("delivered"),
    _FAILED: states("sent", "bounced"),
    f"{_FAILED}/failure_reason": states("errored"),
    _CLICKED: states("opened"),
    f"{_CLICKED}/action": states("acted"),
    f"{_PUSH}dismissed": states("acted"),
    f"{_PUSH}unsubscribed": not_counted(f"event:{_PUSH}unsubscribed"),
}

_BROWSERS = ("chrome", "edge", "firefox", "safari")
_CATEGORIES = ("hard", "soft")


def _facts(record: Any) -> Iterable[Fact]:  # noqa: ANN401 -- any decoded value
    if type(record) is not dict:
        return NOT_OURS
    event = _group(record, "event")
    word = text(event.get("kind"))
    if word is None or not (word.startswith("message.") or event.get("app_id") is not None):
        return NOT_OURS
    channel = _channel(word)
    return outcome(
        "onesignal", WORDS, _time(event), _who(channel, event, record), _said(word, channel, event)
    )


def _group(record: dict[str, Any], name: str) -> dict[str, Any]:
    """Give a group of fields, nested as by default, or with names like ``event.kind``."""
    if record.get(name) is not None:
        return inner(record, name)
    prefix = f"{name}."
    return {
        str(field).removeprefix(prefix): value
        for field, value in record.items()
        if str(field).startswith(prefix)
    }


def _time(event: dict[str, Any]) -> dt.datetime | None:
    return (
        iso(event.get("datetime")) or seconds(event.get("timestamp")) or iso(event.get("timestamp"))
    )


def _channel(word: str) -> str:
    """Give the channel of a message; what is not about messages counts nothing on any."""
    parts = word.split(".")
    return parts[1] if parts[0] == "message" and len(parts) > 1 else "campaign"


def _who(channel: str, event: dict[str, Any], record: dict[str, Any]) -> Who:
    message, user = _group(record, "message"), _group(record, "user")
    profile = text(user.get("onesignal_id")) or text(user.get("external_id"))
    subscription, sent = text(event.get("subscription_id")), text(message.get("id"))
    address = text(event.get("subscription_token")) or text(user.get("email"))
    whose = subscription or profile
    return (
        text(event.get("id")),
        None,
        _in_one_language(message.get("name")) or _in_one_language(message.get("title")),
        f"{sent}/{whose}" if sent and whose else None,
        profile,
        address if channel == "email" else whose,
        None,
    )


def _in_one_language(value: object) -> str | None:
    """Read a text that may be there once for each language: in English, else the first."""
    if type(value) is dict:
        return text(value.get("en")) or next(filter(None, map(text, value.values())), None)
    return text(value)


def _said(word: str, channel: str, event: dict[str, Any]) -> Said:
    data = _group(event, "data")
    reason = next(filter(None, map(text, map(data.get, ("failure_reason", "reason")))), None)
    if channel == "email":
        kind = text(data.get("bounce_type"))
        return Said(
            word,
            link=text(data.get("url")),
            reason=reason,
            category=kind.lower() if kind and kind.lower() in _CATEGORIES else None,
            text=reason,
        )
    platform, action, category = _platform(event), None, None
    if word == _CLICKED:
        action = text(data.get("action_id")) or text(data.get("actionId"))
        word = f"{word}/action" if action else word
    elif word == f"{_PUSH}dismissed":
        action = DISMISS
    elif word == _FAILED:
        known = _known(reason)
        word = f"{word}/failure_reason" if known == "errored" else word
        category = known if known in _CATEGORIES else None
    return Said(word, channel, platform=platform, action=action, reason=reason, category=category)


def _platform(event: dict[str, Any]) -> str | None:
    """Name the platform of a push, ``ios`` of ``iOSPush``; browsers are the web."""
    kind = (text(event.get("subscription_device_type")) or "").lower().removesuffix("push")
    return "web" if kind.startswith(_BROWSERS) else kind or None


def _known(reason: str | None) -> str | None:
    """Give the category of a reason that APNs, FCM or Expo is known to give, or ``errored``."""
    for provider in (APNS, FCM, EXPO):
        meaning = ANSWERS.get(f"{provider}/{reason}")
        if meaning is not None:
            return meaning.category or meaning.kinds[0]
    return None


SOURCE = Source(
    "onesignal",
    _facts,
    deciding(WORDS),
    title="OneSignal: Event Streams",
    needs="event.kind, event.id, event.timestamp or event.datetime",
    words=WORDS,
)
events, interpret = SOURCE.events, SOURCE.interpret
