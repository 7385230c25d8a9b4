"""Push providers: the BigQuery export of FCM, and answers of FCM, APNs and Expo.

Source: ``docs/sources/fcm.md``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from campaignmetrics.sources.fcm_answers import ANSWERS, Answer, whose, without_nulls
from campaignmetrics.sources.fcm_words import APNS, RETRY, WORDS
from campaignmetrics.sources.shape import (
    NOT_OURS,
    WHO,
    Fact,
    Source,
    Who,
    derived_id,
    holds_any,
    inner,
    text,
)
from campaignmetrics.sources.times import iso, microseconds, seconds
from campaignmetrics.sources.words import Said, deciding, outcome

_SEND = WHO.index("send_id")
_EXPORT = ("instance_id", "sdk_platform", "project_number")


def _facts(record: Any) -> Iterable[Fact]:  # noqa: ANN401 -- any decoded value
    if type(record) is not dict:
        return NOT_OURS
    word = text(record.get("event"))
    if word is not None and holds_any(record, _EXPORT):
        return _of_a_row(word, record)
    provider = text(record.get("provider"))
    if provider and provider in ANSWERS and "response" in record:
        return _of_answers(provider, without_nulls(inner(record, "response")), record)
    record = without_nulls(record)
    provider = whose(record)
    return _of_answers(provider, record, record) if provider else NOT_OURS


def _of_a_row(word: str, row: dict[str, Any]) -> Iterable[Fact]:
    """Take a row of the BigQuery export apart."""
    when = _time(row.get("event_timestamp"))
    message, device = text(row.get("message_id")), text(row.get("instance_id"))
    who = (
        derived_id("fcm", "export", message, device, word, when.isoformat() if when else None),
        text(row.get("bulk_id")),
        text(row.get("analytics_label")) or text(row.get("topic")),
        message,
        None,
        device,
        None,
    )
    platform = text(row.get("sdk_platform"))
    said = Said(word, "push", platform=platform.lower() if platform else None, reason=word)
    return outcome("fcm", WORDS, when, who, said)


def _time(value: object) -> dt.datetime | None:
    """Read a time as BigQuery writes it: always in UTC, in words or as a number.

    Whole numbers are microseconds; its interface for programs writes seconds, as ``1.55E9``.
    """
    if type(value) is int or (isinstance(value, str) and value.isdigit()):
        return microseconds(value)
    return seconds(value) or iso(value, dt.UTC)


def _of_answers(provider: str, answer: dict[str, Any], beside: dict[str, Any]) -> Iterable[Fact]:
    """Take an answer apart, with what the sender wrote beside it."""
    when = iso(beside.get("timestamp"))  # a number is APNs's: since when the token is dead
    recipients = beside.get("recipient")
    facts: list[Fact] = []
    for place, each in enumerate(ANSWERS[provider](answer, beside.get("status"))):
        recipient = recipients
        if type(recipients) is list:
            recipient = recipients[place] if place < len(recipients) else None
        who = _who(each, text(recipient), str(place), when, beside)
        said = _said(provider, each, beside)
        # A refusal without an id may be one of several messages of its campaign.
        facts += outcome("fcm", WORDS, when, who, said) if who[_SEND] else [(when, who, said)]
    return facts


def _who(
    answer: Answer,
    recipient: str | None,
    place: str,
    when: dt.datetime | None,
    beside: dict[str, Any],
) -> Who:
    campaign, message, profile, send_id = (
        text(beside.get(name)) for name in ("campaign_id", "message_id", "profile_id", "send_id")
    )
    send_id = send_id or answer.send_id
    event_id = None
    if send_id or recipient:
        at = when.isoformat() if when else None
        event_id = derived_id("fcm", answer.word, campaign, message, send_id, recipient, at, place)
    return event_id, campaign, message, send_id, profile, recipient, None


def _said(provider: str, answer: Answer, beside: dict[str, Any]) -> Said:
    meaning = WORDS.get(answer.word)
    is_soft = meaning is not None and meaning.category == "soft"
    word = RETRY if is_soft and beside.get("retry") is True else answer.word
    platform = text(beside.get("platform")) or ("ios" if provider == APNS else None)
    return Said(word, "push", platform=platform.lower() if platform else None, reason=answer.reason)


SOURCE = Source(
    "fcm",
    _facts,
    deciding(WORDS),
    title="Firebase Cloud Messaging: BigQuery export; answers of FCM, APNs and Expo",
    needs="event, event_timestamp, instance_id; or provider, response, timestamp",
    words=WORDS,
)
events, interpret = SOURCE.events, SOURCE.interpret
