"""Postmark: records of its webhooks. Source: ``docs/sources/postmark.md``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from campaignmetrics.sources.shape import (
    NOT_OURS,
    Fact,
    Source,
    derived_id,
    holds_any,
    send_to,
    text,
)
from campaignmetrics.sources.times import iso
from campaignmetrics.sources.words import Said, deciding, not_counted, outcome, states

_DELAY = "Bounce/Transient"
"""Of a delay the answer says why; the type would only say that there is one."""

_RESUMED = "SubscriptionChange/SuppressSending/false"

WORDS = {
    "Delivery": states("sent", "delivered"),
    "Bounce/HardBounce": states("sent", "bounced", category="hard"),
    "Bounce/SoftBounce": states("sent", "bounced", category="soft"),
    "Bounce/BadEmailAddress": states("sent", "bounced"),
    "Bounce/Blocked": states("sent", "bounced"),
    "Bounce/DMARCPolicy": states("sent", "bounced"),
    "Bounce/DnsError": states("sent", "bounced"),
    "Bounce/SpamNotification": states("sent", "bounced"),
    "Bounce/Unknown": states("sent", "bounced"),
    "Bounce/VirusNotification": states("sent", "bounced"),
    _DELAY: states("delayed"),
    "Bounce/ManuallyDeactivated": states("excluded", reason="ManuallyDeactivated"),
    "Bounce/Unconfirmed": states("excluded", reason="Unconfirmed"),
    "Bounce/SMTPApiError": states("errored", reason="SMTPApiError"),
    "Bounce/TemplateRenderingFailed": states("errored", reason="TemplateRenderingFailed"),
    "Bounce/SpamComplaint": states("complained"),
    "Bounce/Unsubscribe": states("unsubscribed"),
    "Bounce/AddressChange": not_counted("event:Bounce/AddressChange"),
    "Bounce/AutoResponder": not_counted("event:Bounce/AutoResponder"),
    "Bounce/ChallengeVerification": not_counted("event:Bounce/ChallengeVerification"),
    "Bounce/InboundError": not_counted("event:Bounce/InboundError"),
    "Bounce/OpenRelayTest": not_counted("event:Bounce/OpenRelayTest"),
    "Bounce/Subscribe": not_counted("event:Bounce/Subscribe"),
    "Open": states("opened"),
    "Click": states("clicked"),
    "SpamComplaint": states("complained"),
    "SubscriptionChange/Recipient/ManualSuppression": states("unsubscribed"),
    "SubscriptionChange/Customer/ManualSuppression": not_counted(
        "event:SubscriptionChange/Customer/ManualSuppression"
    ),
    "SubscriptionChange/Recipient/HardBounce": not_counted(
        "event:SubscriptionChange/Recipient/HardBounce"
    ),
    "SubscriptionChange/Recipient/SpamComplaint": not_counted(
        "event:SubscriptionChange/Recipient/SpamComplaint"
    ),
    _RESUMED: not_counted(f"event:{_RESUMED}"),
}

_OURS = ("MessageID", "MessageStream", "ServerID", "ServerId")
_TIMES = ("DeliveredAt", "BouncedAt", "ReceivedAt", "ChangedAt")
_NO_MESSAGE = "00000000-0000-0000-0000-000000000000"


def _facts(record: Any) -> Iterable[Fact]:  # noqa: ANN401 -- any decoded value
    if type(record) is not dict or not holds_any(record, _OURS):
        return NOT_OURS
    if text(record.get("RecordType")) is None:
        return NOT_OURS
    word = _word(record)
    at = next(filter(None, [iso(record.get(name)) for name in _TIMES]), None)
    message, link = text(record.get("MessageID")), text(record.get("OriginalLink"))
    recipient = text(record.get("Email")) or text(record.get("Recipient"))
    own_id = text(record.get("ID"))
    who = (
        f"postmark:{own_id}"
        if own_id
        else derived_id("postmark", word, message, recipient, str(at), link),
        None,
        text(record.get("Tag")),
        send_to(message, recipient) if message != _NO_MESSAGE else None,
        None,
        recipient,
        None,
    )
    answer = text(record.get("Details"))
    kind = None if answer and word == _DELAY else text(record.get("Type"))
    said = Said(word, link=link, text=answer, source_class=kind)
    return outcome("postmark", WORDS, at, who, said)


def _word(record: dict[str, Any]) -> str:
    """Join the fields that decide what happened."""
    names: tuple[str, ...] = ("RecordType",)
    if record["RecordType"] == "Bounce":
        names = ("RecordType", "Type")
    elif record["RecordType"] == "SubscriptionChange":
        if record.get("SuppressSending") is False:
            return _RESUMED
        names = ("RecordType", "Origin", "SuppressionReason")
    return "/".join(filter(None, [text(record.get(name)) for name in names]))


SOURCE = Source(
    "postmark",
    _facts,
    deciding(WORDS, classes="postmark"),
    title="Postmark: webhooks",
    needs="RecordType, MessageID, DeliveredAt, BouncedAt, ReceivedAt or ChangedAt",
    words=WORDS,
)
events, interpret = SOURCE.events, SOURCE.interpret
