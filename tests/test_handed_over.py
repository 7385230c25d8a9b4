"""Providers that have no event for handing over: each message counts as sent once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import campaignmetrics as cm

READER = "ann@shop.example"
POSTMARK = {"MessageID": "m-1", "ServerID": 11}
BREVO = {"camp_id": 31, "email": READER}
MAILTRAP = {"message_id": "m-1", "sending_stream": "bulk", "email": READER}
MAILJET = {"MessageID": 1152921504606846977, "email": READER}

LATE_BOUNCES: dict[str, list[dict[str, Any]]] = {
    "postmark": [
        POSTMARK
        | {"RecordType": "Delivery", "Recipient": READER, "DeliveredAt": "2026-11-20T09:00:00Z"},
        POSTMARK
        | {"RecordType": "Bounce", "ID": 7, "Type": "SoftBounce", "Email": READER}
        | {"BouncedAt": "2026-11-20T10:00:00Z"},
    ],
    "brevo": [
        BREVO | {"event": "delivered", "ts_event": 1795165200},
        BREVO | {"event": "soft_bounce", "ts_event": 1795168800},
    ],
    "mailtrap": [
        MAILTRAP | {"event": "delivery", "event_id": "e-1", "timestamp": 1795165200},
        MAILTRAP | {"event": "soft bounce", "event_id": "e-2", "timestamp": 1795168800},
    ],
    "mailjet": [
        MAILJET | {"event": "sent", "time": 1795165200},
        MAILJET | {"event": "bounce", "time": 1795168800, "hard_bounce": False},
    ],
}


@pytest.mark.parametrize("name", LATE_BOUNCES)
@pytest.mark.parametrize("step", [1, -1])
def test_a_bounce_after_the_delivery_is_not_sent_again(
    name: str, step: int, tmp_path: Path
) -> None:
    """Whichever of the two is read first; both are counted, unless settled: it was returned."""
    file = tmp_path / "log.ndjson"
    file.write_text("".join(json.dumps(record) + "\n" for record in LATE_BOUNCES[name][::step]))
    batches = cm.deduplicate(cm.read(file))
    total = cm.report(cm.reduce_arrow(batches)).email.total
    assert (total.sent, total.delivered, total.soft_bounces) == (1, 1, 1)
    assert (batches.diagnostics.events, batches.diagnostics.duplicates) == (4, 1)
    total = cm.report(cm.reduce_arrow(cm.settle(cm.deduplicate(cm.read(file))))).email.total
    assert (total.sent, total.delivered, total.soft_bounces, total.pending) == (1, 0, 1, 0)


def test_two_readers_of_one_message_are_sent_two(tmp_path: Path) -> None:
    """The id is made of message and recipient."""
    (delivery, _) = LATE_BOUNCES["postmark"]
    file = tmp_path / "log.json"
    file.write_text(json.dumps([delivery, delivery | {"Recipient": "bob@shop.example"}]))
    total = cm.report(cm.reduce_arrow(cm.deduplicate(cm.read(file)))).email.total
    assert (total.sent, total.delivered) == (2, 2)


OPENS: list[dict[str, Any]] = [
    POSTMARK | {"RecordType": "Open", "ReceivedAt": "2026-11-20T09:00:00Z", "Recipient": READER},
    {"message-id": "<m-1>", "ts_epoch": 1795165200000, "event": "opened", "email": READER},
    {"event_type": "opened", "timestamp": "2026-11-20T09:00:00Z", "message_id": "m-1"}
    | {"recipient": READER, "esp_name": "Postmark"},
]


@pytest.mark.parametrize("record", OPENS)
def test_two_readers_of_one_message_are_two_unique_opens(
    record: dict[str, Any], tmp_path: Path
) -> None:
    """Though they have the id of the message in common; and a reader who comes back is one."""
    name = next(name for name, value in record.items() if value == READER)
    time = next(name for name in ("ReceivedAt", "ts_epoch", "timestamp") if name in record)
    later = 1795165260000 if time == "ts_epoch" else "2026-11-20T09:01:00Z"
    file = tmp_path / "log.json"
    file.write_text(
        json.dumps([record, record | {name: "bob@shop.example"}, record | {time: later}])
    )
    total = cm.report(cm.reduce_arrow(cm.deduplicate(cm.read(file)))).email.total
    assert (total.opens, total.unique_opens) == (3, 2)


def test_two_messages_to_one_dead_token_are_sent_two(tmp_path: Path) -> None:
    """Refusals have no id of the provider's: campaign, message and token tell them, copies not."""
    refused = {"provider": "apns", "status": 410, "response": {"reason": "Unregistered"}}
    refused |= {"timestamp": "2026-11-20T09:00:00Z", "recipient": "tok-1", "campaign_id": "sale"}
    log = [refused | {"message_id": name} for name in ("morning", "evening", "evening")]
    file = tmp_path / "log.json"
    file.write_text(json.dumps(log))
    total = cm.report(cm.reduce_arrow(cm.deduplicate(cm.read(file)))).push.total
    assert (total.sent, total.hard_bounces) == (2, 2)
