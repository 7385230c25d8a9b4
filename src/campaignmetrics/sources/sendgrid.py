"""Twilio SendGrid: records of the Event Webhook. Source: ``docs/sources/sendgrid.md``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from campaignmetrics.sources.shape import NOT_OURS, Fact, Signals, Source, holds_any, text
from campaignmetrics.sources.times import seconds
from campaignmetrics.sources.words import Said, deciding, not_counted, states

WORDS = {
    "processed": states("sent"),
    "deferred": states("delayed"),
    "delivered": states("delivered"),
    "bounce": states("bounced"),
    "dropped": states("excluded"),
    "open": states("opened"),
    "click": states("clicked"),
    "spamreport": states("complained"),
    "unsubscribe": states("unsubscribed"),
    "group_unsubscribe": states("unsubscribed"),
    "group_resubscribe": not_counted("event:group_resubscribe"),
    "account_status_change": not_counted("event:account_status_change"),
}

Record: TypeAlias = dict[str, Any]

_ONLY_THE_WORD: dict[str, Signals] = {word: (word,) for word in ("processed", "delivered")}
_OURS = ("sg_event_id", "sg_message_id", "smtp-id")
_CAMPAIGNS = ("singlesend_id", "mc_auto_id", "marketing_campaign_id")
_NAMES = ("singlesend_name", "marketing_campaign_name")
_OF_CAMPAIGNS = {*_CAMPAIGNS, *_NAMES, "mc_auto_name"}
_TRUE = (True, "true")
_MACHINES = ("filter", "recvd")


def _facts(record: Any) -> Iterable[Fact]:  # noqa: ANN401 -- any decoded value
    if type(record) is not dict or not holds_any(record, _OURS):
        return NOT_OURS
    word = text(record.get("event"))
    if word is None:
        return NOT_OURS
    recipient, category = text(record.get("email")), record.get("category")
    tag = category[0] if type(category) is list and category else category
    campaign, name = None, text(tag)
    if not record.keys().isdisjoint(_OF_CAMPAIGNS):
        campaign = _first(record, *_CAMPAIGNS)
        name = _first(record, *_NAMES) or _step(record) or name
    if name is None:
        name = _first(record, "sg_template_name", "sg_template_id")
    who = (
        text(record.get("sg_event_id")),
        campaign,
        name,
        _send(text(record.get("sg_message_id")), recipient),
        None,
        recipient,
        None,
    )
    signals = _ONLY_THE_WORD.get(word) or _said(word, record)
    return ((seconds(record.get("timestamp")), who, signals),)


def _first(record: Record, *names: str) -> str | None:
    return next(filter(None, [text(record.get(name)) for name in names]), None)


def _step(record: Record) -> str | None:
    """Name the email of an automation: it sends several, one in each step."""
    automation, step = text(record.get("mc_auto_name")), text(record.get("mc_auto_step_id"))
    return f"{automation}/{step}" if automation and step else automation


def _send(message_id: str | None, recipient: str | None) -> str | None:
    """Tell one mail to one person: the id of the request that it came with, and the recipient.

    Behind the first dot stand the machines that handled the mail, but not in every event.
    """
    if message_id is None:
        return None
    request = message_id.partition(".")[0]
    if request.startswith(_MACHINES):  # it came without an id of the request
        request = message_id
    return f"{request}/{recipient}" if recipient else request


def _said(word: str, record: Record) -> Said:
    if word == "bounce":
        kind, named = text(record.get("type")), text(record.get("bounce_classification"))
        kind = None if kind == word and named is None else kind or word
        return Said(
            word,
            text=text(record.get("reason")) or text(record.get("response")),
            status=text(record.get("status")),
            source_class=f"{kind}/{named}" if named else kind,
        )
    if word == "deferred":
        answer = text(record.get("response")) or text(record.get("reason"))
        status = text(record.get("status"))
        return Said(word, text=answer, status=status, source_class=None if answer else word)
    return Said(
        word,
        machine=record.get("sg_machine_open") in _TRUE,
        link=text(record.get("url")),
        reason=text(record.get("reason")),
    )


SOURCE = Source(
    "sendgrid",
    _facts,
    deciding(WORDS, classes="sendgrid"),
    title="Twilio SendGrid: Event Webhook",
    needs="event, sg_event_id, sg_message_id or smtp-id, timestamp",
    words=WORDS,
)
events, interpret = SOURCE.events, SOURCE.interpret
