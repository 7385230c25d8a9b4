"""Braze: records of Currents about email, push and canvases. Source: ``docs/sources/braze.md``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from campaignmetrics.events import DISMISS
from campaignmetrics.sources.shape import NOT_OURS, Fact, Source, holds_any, inner, text
from campaignmetrics.sources.times import iso, seconds
from campaignmetrics.sources.words import Said, deciding, not_counted, states

_EMAIL, _PUSH = "users.messages.email.", "users.messages.pushnotification."
_NO_TYPE_BOUNCE = "braze:bounceReason"

WORDS = {
    f"{_EMAIL}Send": states("sent"),
    f"{_EMAIL}Delivery": states("delivered"),
    f"{_EMAIL}Open": states("opened"),
    f"{_EMAIL}Click": states("clicked"),
    f"{_EMAIL}Bounce": states("bounced", category="hard"),
    f"{_EMAIL}Bounce/is_drop": states("excluded"),
    f"{_EMAIL}SoftBounce": states("bounced", category="soft"),
    _NO_TYPE_BOUNCE: states("bounced"),
    f"{_EMAIL}Deferral": states("delayed"),
    f"{_EMAIL}Retry": states("delayed"),
    f"{_EMAIL}MarkAsSpam": states("complained"),
    f"{_EMAIL}Unsubscribe": states("unsubscribed"),
    f"{_EMAIL}Abort": states("excluded"),
    f"{_EMAIL}Abort/error": states("errored"),
    f"{_PUSH}Send": states("sent"),
    f"{_PUSH}Bounce": states("bounced"),
    f"{_PUSH}Retry": states("delayed"),
    f"{_PUSH}Open": states("opened"),
    f"{_PUSH}Open/button_string": states("acted"),
    f"{_PUSH}Abort": states("excluded"),
    f"{_PUSH}Abort/error": states("errored"),
    f"{_PUSH}IosForeground": not_counted(f"event:{_PUSH}IosForeground"),
    "users.campaigns.FrequencyCap": states("excluded", reason="frequency_cap"),
    "users.canvas.FrequencyCap": states("excluded", reason="frequency_cap"),
    "users.canvas.Entry": states("entered"),
}

_SPELLINGS = {word.lower(): word for word in WORDS}
_CHANNELS = {"email": "email", "pushnotification": "push"}
_XDM = ("braze:user", "braze:messaging", "_braze")
_FIELDS_OF_MESSAGES = ("dispatch_id", "message_variation_id", "canvas_step_id")
_ONLY_IN = {
    "braze:isDrop": f"{_EMAIL}Bounce",
    "braze:URL": f"{_EMAIL}Click",
    "braze:machineOpen": f"{_EMAIL}Open",
    "braze:bounceReason": _NO_TYPE_BOUNCE,
}
"""The fields of an email that only one type of record has, or two that mean the same."""

_AVRO = ("string", "int", "long", "boolean")
_CAPITAL = re.compile("(?<=[a-z])(?=[A-Z])")
_DEEPEST = 3


def _facts(record: Any) -> Iterable[Fact]:  # noqa: ANN401 -- any decoded value
    if type(record) is not dict:
        return NOT_OURS
    for name in ("events", "data"):
        several = record.get(name)
        if type(several) is list and any(map(_is_posted, several)):
            return [fact for each in several for fact in _facts_of(each)]
    return _facts_of(record)


def _facts_of(record: Any) -> Iterable[Fact]:  # noqa: ANN401 -- any decoded value
    if type(record) is not dict:
        return NOT_OURS
    if holds_any(record, _XDM):
        flat = _in_plain_names(record)
        when = iso(record.get("timestamp"))
        word = text(record.get("eventType")) or _told_by_fields(inner(record, "braze:messaging"))
    else:
        flat = _in_one(record)
        when = seconds(flat.get("time"))
        word = text(flat.get("event_type")) or ""
        of_a_message = flat.get("time") is not None and holds_any(flat, _FIELDS_OF_MESSAGES)
        if not (_is_ours(word) or of_a_message):
            return NOT_OURS
    return ((when, _who(flat), _said(_SPELLINGS.get(word.lower(), word), flat)),)


def _is_posted(record: object) -> bool:
    """Tell whether a record is of the form that Currents posts."""
    return type(record) is dict and _is_ours(text(record.get("event_type")) or "")


def _is_ours(word: str) -> bool:
    return word.lower().startswith("users.")


def _in_one(record: dict[str, Any]) -> dict[str, Any]:
    """Put the groups of a posted record into one; take values out of the types Avro writes."""
    if dict not in map(type, record.values()):
        return record
    flat = {**inner(record, "properties"), **inner(record, "user"), **record}
    for name, value in flat.items():
        if type(value) is dict and len(value) == 1:
            ((avro_type, flat_value),) = value.items()
            if avro_type in _AVRO:
                flat[name] = flat_value
    return flat


def _in_plain_names(record: dict[str, Any]) -> dict[str, Any]:
    """Bring a record in XDM form to the names of the usual one: all groups in one."""
    flat: dict[str, Any] = {"id": record.get("@id") or record.get("_id")}
    groups = [(record, 0)]
    for group, depth in groups:
        for name, value in group.items():
            if type(value) is dict:
                if depth < _DEEPEST:
                    groups.append((value, depth + 1))
            elif value is not None:
                flat.setdefault(_CAPITAL.sub("_", str(name).removeprefix("braze:")).lower(), value)
    return flat


def _told_by_fields(messaging: dict[str, Any]) -> str:
    """Tell the type of a record in XDM form that does not say it, where only one can be meant."""
    email = inner(messaging, "braze:email")
    if messaging.get("braze:abortType") is not None:
        return f"{_EMAIL}Abort" if _says(email) else ""
    if _says(inner(messaging, "braze:pushNotification")):
        return f"{_PUSH}Open"
    return next((word for name, word in _ONLY_IN.items() if email.get(name) is not None), "")


def _says(group: dict[str, Any]) -> bool:
    """Tell whether anything stands in a group; of an absent one Parquet may give all the fields."""
    return any(value is not None for value in group.values())


def _who(flat: dict[str, Any]) -> tuple[str | None, ...]:
    user, dispatch = text(flat.get("user_id")), text(flat.get("dispatch_id"))
    return (
        text(flat.get("id")),
        text(flat.get("campaign_id")) or text(flat.get("canvas_id")),
        _first(flat, "campaign_name", "canvas_step_name", "campaign_id", "canvas_step_id"),
        f"{dispatch}/{user}" if dispatch and user else None,
        user or text(flat.get("external_user_id")),
        text(flat.get("email_address")) or text(flat.get("device_id")),
        None,
    )


def _first(flat: dict[str, Any], *names: str) -> str | None:
    return next(filter(None, (text(flat.get(name)) for name in names)), None)


def _said(word: str, flat: dict[str, Any]) -> Said:
    channel, platform = _channel(word, flat)
    if word == f"{_PUSH}Open":
        button = text(flat.get("button_string"))
        closes = text(flat.get("button_action_type")) == "CLOSE"
        word = f"{word}/button_string" if button or closes else word
        return Said(word, channel, platform=platform, action=DISMISS if closes else button)
    if word.endswith(".Abort"):
        why = text(flat.get("abort_type"))
        word = f"{word}/error" if why and _is_failure(why) else word
        return Said(word, channel, platform=platform, reason=why)
    reason = text(flat.get("bounce_reason")) or text(flat.get("deferral_reason"))
    if word == f"{_EMAIL}Bounce" and _is_true(flat.get("is_drop")):
        return Said(f"{word}/is_drop", channel, reason=reason)
    return Said(
        word,
        channel,
        platform=platform,
        machine=_is_true(flat.get("machine_open")) or _is_true(flat.get("is_suspected_bot_click")),
        link=text(flat.get("url")),
        reason=reason or text(flat.get("retry_type")),
        text=reason,
    )


def _channel(word: str, flat: dict[str, Any]) -> tuple[str, str | None]:
    """Give the channel of a record, and the platform of a push notification."""
    if word == _NO_TYPE_BOUNCE:
        return "email", None
    kind, _, rest = word.removeprefix("users.").partition(".")
    if kind == "messages":
        name = rest.partition(".")[0]
        channel = _CHANNELS.get(name.lower(), name)
    elif word.endswith(".FrequencyCap"):
        name = text(flat.get("channel")) or ""
        channel = "push" if "push" in name.lower() else name.lower()
    else:
        return "campaign", None
    platform = text(flat.get("platform")) if channel == "push" else None
    return channel, platform.lower() if platform else None


def _is_failure(abort_type: str) -> bool:
    return any(part in abort_type.lower() for part in ("error", "fail"))


def _is_true(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.lower() == "true")


SOURCE = Source(
    "braze",
    _facts,
    deciding(WORDS),
    title="Braze: Currents, as files, as posted, and in XDM form",
    needs="event_type beginning with users., id, time; or @id, braze:user, timestamp, eventType",
    words=WORDS,
)
events, interpret = SOURCE.events, SOURCE.interpret
