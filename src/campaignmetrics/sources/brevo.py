"""Brevo: records of transactional and marketing webhooks. Source: ``docs/sources/brevo.md``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from campaignmetrics.sources.shape import (
    NOT_OURS,
    Fact,
    Source,
    derived_id,
    first,
    holds_any,
    send_to,
    text,
)
from campaignmetrics.sources.times import milliseconds, seconds
from campaignmetrics.sources.words import Said, deciding, not_counted, outcome, states

WORDS = {
    "request": states("sent"),
    "deferred": states("delayed"),
    "delivered": states("delivered"),
    "hard_bounce": states("bounced", category="hard"),
    "soft_bounce": states("bounced", category="soft"),
    "camp_id/delivered": states("sent", "delivered"),
    "camp_id/hard_bounce": states("sent", "bounced", category="hard"),
    "camp_id/soft_bounce": states("sent", "bounced", category="soft"),
    "blocked": states("excluded"),
    "invalid_email": states("excluded"),
    "error": states("errored"),
    "opened": states("opened"),
    "unique_opened": not_counted("event:unique_opened"),
    "proxy_open": states("opened", machine=True),
    "unique_proxy_open": not_counted("event:unique_proxy_open"),
    "click": states("clicked"),
    "unsubscribe": states("unsubscribed"),
    "unsubscribed": states("unsubscribed"),
    "spam": states("complained"),
    "complaint": states("complained"),
    "list_addition": not_counted("event:list_addition"),
    "contact_updated": not_counted("event:contact_updated"),
    "contact_deleted": not_counted("event:contact_deleted"),
}

_OURS = ("message-id", "camp_id", "ts_epoch", "ts_event")
_CONTACTS = ("list_addition", "contact_updated", "contact_deleted")


def _facts(record: Any) -> Iterable[Fact]:  # noqa: ANN401 -- any decoded value
    if type(record) is not dict:
        return NOT_OURS
    event = text(record.get("event"))
    is_contact = event in _CONTACTS and record.get("ts") is not None
    if event is None or not (is_contact or holds_any(record, _OURS)):
        return NOT_OURS
    at, recipient = _time(record), text(record.get("email"))
    link = text(record.get("link")) or text(record.get("URL"))
    send, campaign = text(record.get("message-id")), text(record.get("camp_id"))
    of_campaign = f"camp_id/{event}"
    who = (
        derived_id("brevo", event, send, campaign, recipient, str(at), link),
        campaign,
        _message(record),
        send_to(send or (campaign if recipient else None), recipient),
        text(record.get("contact_id")),
        recipient,
        None,
    )
    reason = text(record.get("reason"))
    said = Said(
        of_campaign if campaign and of_campaign in WORDS else event,
        link=link,
        reason=reason,
        text=reason,
    )
    return outcome("brevo", WORDS, at, who, said)


def _time(record: dict[str, Any]) -> dt.datetime | None:
    """Take the milliseconds, which are right in every account; campaigns have seconds alone."""
    return (
        milliseconds(record.get("ts_epoch"))
        or milliseconds(record.get("s_epoch"))
        or seconds(record.get("ts_event"))
        or seconds(record.get("ts"))
    )


def _message(record: dict[str, Any]) -> str | None:
    """Name the email: by its campaign's name, its first tag, or its template's number."""
    tag = record.get("tag")
    return (
        text(record.get("campaign name"))
        or text(first(record.get("tags")))
        or text(first(tag))
        or text(tag)
        or text(record.get("template_id"))
    )


SOURCE = Source(
    "brevo",
    _facts,
    deciding(WORDS),
    title="Brevo: transactional and marketing webhooks",
    needs="event, message-id or camp_id, ts_epoch or ts_event",
    words=WORDS,
)
events, interpret = SOURCE.events, SOURCE.interpret
