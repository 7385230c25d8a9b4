"""Anymail's tracking events as objects: attributes are read as the fields of a dict are."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

import campaignmetrics as cm
from campaignmetrics.reading.source_rows import SourceRows
from campaignmetrics.schema import EVENT_SCHEMA, from_arrow
from campaignmetrics.sources import NAMES, declared

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
FIELDS: dict[str, Any] = {
    "event_type": "bounced",
    "timestamp": AT,
    "event_id": "b-1",
    "esp_event": object(),
    "message_id": "m-1",
    "recipient": "gone@shop.example",
    "reject_reason": "bounced",
    "description": None,
    "mta_response": "550 5.1.1 <gone@shop.example>: no such user here",
    "tags": ["autumn"],
    "metadata": {},
    "click_url": None,
    "user_agent": None,
}


class Stubborn:
    """Has attributes that cannot be read."""

    event_type = "opened"

    @property
    def esp_event(self) -> None:
        """Fail, as a request that was read before does."""
        raise RuntimeError("cannot be read twice")

    @property
    def timestamp(self) -> None:
        """Fail in another way."""
        raise ZeroDivisionError


def test_an_object_is_read_as_a_dict() -> None:
    """By its attributes; one by one and in bulk."""
    event = SimpleNamespace(**FIELDS)
    expected = cm.EmailEvent(
        kind="bounced",
        timestamp=AT,
        event_id=cm.sources.anymail.events(FIELDS)[0].event_id,
        message_id="autumn",
        send_id="m-1/gone@shop.example",
        recipient="gone@shop.example",
        category="hard",
        reason="user_unknown",
    )
    assert cm.sources.anymail.events(event) == (expected,)
    rows = SourceRows(declared("anymail"), EVENT_SCHEMA.names)
    assert not rows.add(event)
    assert list(from_arrow(rows.take())) == [expected]
    assert [name for name in NAMES if declared(name).recognises(event)] == ["anymail"]


def test_the_provider_may_be_set_on_the_object() -> None:
    """What the signal gives beside the event; the handing over is known again by it."""
    delivered = SimpleNamespace(**FIELDS | {"event_type": "delivered", "esp_name": "Postmark"})
    bounced = SimpleNamespace(**FIELDS | {"esp_name": "Postmark"})
    both = [each for one in (delivered, bounced) for each in cm.sources.anymail.events(one)]
    assert [str(each.kind) for each in both] == ["sent", "delivered", "sent", "bounced"]
    assert both[0].event_id == both[2].event_id
    assert len({each.event_id for each in both}) == 3


@pytest.mark.parametrize("value", [Stubborn(), Stubborn, object(), cm, len, FIELDS.keys(), b"x"])
def test_no_object_makes_it_raise(value: object) -> None:
    """Attributes that cannot be read are absent ones."""
    reading = cm.sources.anymail.interpret(value)
    expected = "timestamp" if value is Stubborn or isinstance(value, Stubborn) else "unrecognised"
    assert reading.causes == (expected,)
