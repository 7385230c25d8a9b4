"""Mailgun: webhooks and the Events API. Source: ``docs/sources/mailgun.md``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, TypeAlias

from campaignmetrics.sources.shape import (
    NOT_OURS,
    Fact,
    Source,
    address,
    first,
    holds_any,
    inner,
    send_to,
    text,
)
from campaignmetrics.sources.times import seconds
from campaignmetrics.sources.words import Said, deciding, not_counted, states

WORDS = {
    "accepted": states("sent"),
    "delivered": states("delivered"),
    "failed/temporary": states("delayed"),
    "failed/permanent": states("bounced"),
    "failed/suppress-bounce": states("excluded", reason="suppress-bounce"),
    "failed/suppress-unsubscribe": states("excluded", reason="suppress-unsubscribe"),
    "failed/suppress-complaint": states("excluded", reason="suppress-complaint"),
    "rejected": states("excluded"),
    "opened": states("opened"),
    "clicked": states("clicked"),
    "unsubscribed": states("unsubscribed"),
    "complained": states("complained"),
    "stored": not_counted("event:stored"),
    "email_validation": not_counted("event:email_validation"),
    "list_member_uploaded": not_counted("event:list_member_uploaded"),
    "list_member_upload_error": not_counted("event:list_member_upload_error"),
    "list_uploaded": not_counted("event:list_uploaded"),
    "is-test-mode": not_counted("test"),
    "is-system-test": not_counted("test"),
    "is-routed": not_counted("routed"),
}

Record: TypeAlias = dict[str, Any]

_MARKS = ("log-level", "user-variables", "delivery-status", "client-info", "recipient-domain")
_SUPPRESSED = {"605": "suppress-bounce", "606": "suppress-unsubscribe", "607": "suppress-complaint"}
_CODES_OF_ITS_OWN = {"498", "499", "602"}
_OLD_FAILURES = {"bounced", "dropped"}


def _facts(record: Any) -> Iterable[Fact]:  # noqa: ANN401 -- any decoded value
    if type(record) is not dict:
        return NOT_OURS
    items = record.get("items")
    if type(items) is not list:
        return _of_event(inner(record, "event-data") or record)
    facts = [fact for item in items for fact in _of_event(item)]
    is_empty_page = not items and record.get("paging") is not None
    return facts if is_empty_page or any(signals for _, _, signals in facts) else NOT_OURS


def _of_event(event: Any) -> Iterable[Fact]:  # noqa: ANN401 -- any decoded value
    if type(event) is not dict or text(event.get("event")) is None:
        return NOT_OURS
    headers = inner(inner(event, "message"), "headers")
    if event.get("token") is not None and event.get("signature") is not None:
        event = _of_old_form(event)
        headers = event["message"]["headers"]
    elif not headers and not holds_any(event, _MARKS):
        return NOT_OURS
    recipient, message_id = address(event.get("recipient")), text(headers.get("message-id"))
    at = seconds(event.get("timestamp"))
    who = (
        _event_id(event, at, message_id, recipient),
        _campaign(event),
        text(first(event.get("tags"))) or text(inner(event, "template").get("name")),
        # Mails that were sent in one batch have one message id.
        send_to(message_id, recipient),
        None,
        recipient,
        text(event.get("recipient-domain")),
    )
    return ((at, who, _said(event)),)


def _of_old_form(fields: Record) -> Record:
    """Bring the fields of a webhook of before 2018 to where they stand today."""
    word = text(fields.get("event"))
    said = text(fields.get("error")) or text(fields.get("description"))
    campaign = text(fields.get("campaign-id"))
    return {
        **fields,
        "event": "failed" if word in _OLD_FAILURES else word,
        "severity": "permanent",
        "message": {"headers": {"message-id": address(fields.get("Message-Id"))}},
        "tags": [fields.get("tag")],
        "campaigns": [{"id": campaign}],
        "delivery-status": {"code": fields.get("code"), "message": said},
        "client-info": {"client-type": fields.get("client-type")},
    }


def _event_id(
    event: Record, at: dt.datetime | None, message_id: str | None, recipient: str | None
) -> str | tuple[object, ...]:
    own, url = text(event.get("id")), text(event.get("url"))
    if own is None or at is None:
        return "mailgun", text(event.get("event")), message_id, recipient, at, url
    return f"mailgun:{at.date()}:{own}"  # unique within a day


def _campaign(event: Record) -> str | None:
    campaign = first(event.get("campaigns"))
    if type(campaign) is not dict:
        return text(campaign)
    return text(campaign.get("id")) or text(campaign.get("name"))


def _said(event: Record) -> Said:
    word, flags = text(event["event"]) or "", inner(event, "flags")
    for flag in ("is-test-mode", "is-system-test", "is-routed"):
        if flags.get(flag) is True:
            return Said(flag)
    if word == "failed":
        return _failed(event)
    client = inner(event, "client-info")
    return Said(
        word,
        machine=bool(client.get("bot")) or client.get("client-type") == "robot",
        link=text(event.get("url")),
        reason=text(inner(event, "reject").get("reason")),
    )


def _failed(event: Record) -> Said:
    delivery = inner(event, "delivery-status")
    severity, code = text(event.get("severity")), text(delivery.get("code"))
    reason = _SUPPRESSED.get(code or "") or text(event.get("reason"))
    if f"failed/{reason}" in WORDS:
        return Said(f"failed/{reason}")
    word = f"failed/{severity}" if severity else "failed"
    answer = text(delivery.get("message")) or text(delivery.get("description"))
    if code in _CODES_OF_ITS_OWN:
        source_class: str | None = f"code/{code}"
    elif answer and severity == "temporary":
        source_class = None  # it would come before what the server said
    else:
        source_class = f"{word}/{reason}" if reason else word
    kind = text(delivery.get("bounce-type"))
    return Said(
        word,
        category=kind if kind in {"hard", "soft"} else None,
        text=answer,
        status=text(delivery.get("enhanced-code")),
        reply=code,
        remote_host=text(delivery.get("mx-host")),
        source_class=source_class,
    )


SOURCE = Source(
    "mailgun",
    _facts,
    deciding(WORDS, classes="mailgun"),
    title="Mailgun: webhooks, Events API",
    needs="event, timestamp; event-data or items around them, log-level, message.headers …",
    words=WORDS,
)
events, interpret = SOURCE.events, SOURCE.interpret
