"""Write what SendGrid posts and what Amazon SES publishes as NDJSON, the same for the same seed.

Of a hundred records 40 tell that a mail was handed over, 38 that it was delivered, 14 of opens and
3 of clicks; the rest of delays, bounces, exclusions and complaints, whose answers of servers differ
from each other as real ones do. A record of SendGrid is some 360 bytes long, one of SES some 1,220.
"""
# ruff: noqa: INP001, S311 -- scripts side by side are no package; a seeded draw is what is wanted

from __future__ import annotations

import base64
import datetime as dt
import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

Record: TypeAlias = dict[str, Any]

START = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
SEED = 20261120
MACHINES = 0.3
MESSAGES, PEOPLE, DOMAINS, LINKS = 24, 200_000, 5_000, 30
KINDS = {
    "sent": 40.0,
    "delivered": 38.0,
    "opened": 14.0,
    "clicked": 3.0,
    "delayed": 2.5,
    "bounced": 1.5,
    "excluded": 0.8,
    "complained": 0.2,
}
ANSWERS = (
    ("5.1.1", "550 5.1.1 <{address}>: Recipient address rejected: User unknown ({id})"),
    ("5.2.2", "552 5.2.2 The mailbox {address} is over its quota {id}"),
    ("5.7.1", "554 5.7.1 Message {id} was rejected as spam by our content filter"),
    ("4.4.1", "421 4.4.1 Connection to {domain} timed out (session {id})"),
    ("4.7.1", "451 4.7.1 Greylisting in action, try {address} again in 300 seconds"),
)
ENGINE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
BROWSERS = (
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) {ENGINE} Mobile/15E148",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {ENGINE} Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0",
)


class Writer:
    """Draws what happens to mails, and writes it as one of the providers does."""

    def __init__(self, seed: int = SEED) -> None:
        """Begin anew."""
        self._random = random.Random(seed)

    def sendgrid(self) -> Record:
        """Draw a record of SendGrid's Event Webhook."""
        kind, at, address = self._event()
        send = self._token(16)
        record: Record = {
            "email": address,
            "timestamp": int(at.timestamp()),
            "smtp-id": f"<{send}@geopod-ismtpd-3>",
            "category": [f"mail-{self._random.randrange(MESSAGES):02}", "autumn"],
            "sg_event_id": self._token(24),
            "sg_message_id": f"{send}.recvd-6b9d9b7d5c-{self._token(4)}-1-6740A1B2-1F.0",
            "customer": f"c-{self._random.randrange(PEOPLE)}",
        }
        status, answer = self._answer(address)
        more: Mapping[str, Record] = {
            "sent": {"event": "processed"},
            "delivered": {"event": "delivered", "response": f"250 2.0.0 OK {self._token(9)}"},
            "opened": self._tracked("open") | {"sg_machine_open": self._random.random() < MACHINES},
            "clicked": self._tracked("click") | {"url": self._link()},
            "delayed": {"event": "deferred", "response": answer, "attempt": "1"},
            "bounced": {"event": "bounce", "type": "bounce", "reason": answer, "status": status},
            "excluded": {"event": "dropped", "reason": "Bounced Address", "status": "5.0.0"},
            "complained": {"event": "spamreport"},
        }
        return record | more[kind]

    def ses(self) -> Record:
        """Draw a record of SES as Firehose writes it."""
        kind, at, address = self._event()
        sent = at - dt.timedelta(seconds=self._random.randrange(3600))
        status, answer = self._answer(address)
        told = {"emailAddress": address, "status": status, "diagnosticCode": f"smtp; {answer}"}
        about = {"timestamp": _written(at)}
        feedback = about | {"feedbackId": f"0100019a{self._token(24)}-000000"}
        browser = about | {"userAgent": self._random.choice(BROWSERS), "ipAddress": "203.0.113.9"}
        mta = {"reportingMTA": "a8-70.smtp-out.amazonses.com"}
        more: Mapping[str, Record] = {
            "sent": {"eventType": "Send", "send": {}},
            "delivered": {
                "eventType": "Delivery",
                "delivery": about
                | {"processingTimeMillis": 912, "recipients": [address]}
                | {"smtpResponse": f"250 2.0.0 OK {self._token(9)}", **mta},
            },
            "opened": {"eventType": "Open", "open": browser},
            "clicked": {
                "eventType": "Click",
                "click": browser | {"link": self._link(), "linkTags": None},
            },
            "delayed": {
                "eventType": "DeliveryDelay",
                "deliveryDelay": about | {"delayType": "General", "delayedRecipients": [told]},
            },
            "bounced": {
                "eventType": "Bounce",
                "bounce": feedback
                | {"bounceType": "Permanent", "bounceSubType": "General"}
                | {"bouncedRecipients": [told | {"action": "failed"}], **mta},
            },
            "excluded": {
                "eventType": "Bounce",
                "bounce": feedback
                | {"bounceType": "Permanent", "bounceSubType": "OnAccountSuppressionList"}
                | {"bouncedRecipients": [{"emailAddress": address}]},
            },
            "complained": {
                "eventType": "Complaint",
                "complaint": feedback
                | {"complainedRecipients": [{"emailAddress": address}]}
                | {"complaintFeedbackType": "abuse"},
            },
        }
        event = more[kind]
        return {"eventType": event["eventType"], "mail": self._mail(sent, address)} | event

    def _event(self) -> tuple[str, dt.datetime, str]:
        (kind,) = self._random.choices(list(KINDS), list(KINDS.values()))
        at = START + dt.timedelta(milliseconds=self._random.randrange(86_400_000))
        domain = min(int(self._random.paretovariate(0.6)), DOMAINS)
        return kind, at, f"user{self._random.randrange(PEOPLE)}@mail{domain}.example"

    def _mail(self, sent: dt.datetime, address: str) -> Record:
        message_id = f"0100019a{self._token(24)}-000000"
        message = f"mail-{self._random.randrange(MESSAGES):02}"
        subject = "What is new this autumn"
        headers = {
            "From": "Shop <news@shop.example>",
            "To": address,
            "Subject": subject,
            "MIME-Version": "1.0",
            "Content-Type": 'multipart/alternative; boundary="----=_Part_42_1795132800"',
            "X-SES-MESSAGE-TAGS": f"campaign=autumn, message={message}",
        }
        return {
            "timestamp": _written(sent),
            "source": "Shop <news@shop.example>",
            "sourceArn": "arn:aws:ses:eu-central-1:123456789012:identity/shop.example",
            "sendingAccountId": "123456789012",
            "messageId": message_id,
            "destination": [address],
            "headersTruncated": False,
            "headers": [{"name": name, "value": value} for name, value in headers.items()],
            "commonHeaders": {
                "from": ["Shop <news@shop.example>"],
                "to": [address],
                "messageId": message_id,
                "subject": subject,
            },
            "tags": {
                "ses:configuration-set": ["newsletters"],
                "ses:source-ip": ["203.0.113.25"],
                "ses:from-domain": ["shop.example"],
                "ses:caller-identity": ["mailer"],
                "campaign": ["autumn"],
                "message": [message],
            },
        }

    def _answer(self, address: str) -> tuple[str, str]:
        status, form = self._random.choice(ANSWERS)
        domain = address.rpartition("@")[2]
        return status, form.format(address=address, domain=domain, id=self._token(12))

    def _tracked(self, event: str) -> Record:
        return {"event": event, "useragent": self._random.choice(BROWSERS), "ip": "203.0.113.9"}

    def _link(self) -> str:
        return f"https://shop.example/autumn/{self._random.randrange(LINKS)}?utm_source=mail"

    def _token(self, size: int) -> str:
        return base64.urlsafe_b64encode(self._random.randbytes(size)).decode().rstrip("=")


def _written(at: dt.datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def write(path: Path, draw: Callable[[], Record], count: int) -> None:
    """Write that many records, one a line."""
    with path.open("w") as lines:
        for _ in range(count):
            lines.write(json.dumps(draw(), separators=(",", ":")) + "\n")
