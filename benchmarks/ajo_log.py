"""Write records in the form of Journey Optimizer's datasets as NDJSON, the same for the same seed.

Of a hundred records about 68 are delivery feedback, 20 tracking of emails, 4 of pushes, and
8 journey steps. A record is some 640 bytes long; one in fifty is there twice, as in real exports.
"""
# ruff: noqa: INP001, S311 -- scripts side by side are no package; a seeded draw is what is wanted

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

Record: TypeAlias = dict[str, Any]

START = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
SEED = 20261120
REPEATED = 0.02
CAMPAIGN = "62f746b4-84e6-4ceb-95bd-447e7184d454"
EMAILS, PUSHES, DOMAINS = 16, 4, 500
BOUNCES = (
    ("Hard", "10", "Invalid Recipient"),
    ("Soft", "22", "Mailbox Full"),
    ("Ignored", "51", "Spam Block"),
)
INTERACTIONS = ("open", "bot_open", "click", "unsubscribe", "spam_complaint")
INTERACTION_WEIGHTS = (66, 15, 17, 1.3, 0.7)
STATUSES = ("sent", "bounce", "delay", "error", "exclude", "out_of_band")
STATUS_WEIGHTS = (84, 5, 3, 2, 5.5, 0.5)


class Writer:
    """Draws records; each has an id and a time of its own."""

    def __init__(self, seed: int = SEED) -> None:
        """Draw the messages."""
        self._random = random.Random(seed)
        self._emails = [self._uuid() for _ in range(EMAILS)]
        self._pushes = [self._uuid() for _ in range(PUSHES)]

    def records(self, count: int) -> Iterator[Record]:
        """Yield that many records, some of them a second time."""
        last: Record | None = None
        for _ in range(count):
            if last is None or self._random.random() > REPEATED:
                last = self._record()
            yield last

    def _record(self) -> Record:
        makers = (self._feedback, self._email_tracking, self._push_tracking, self._step)
        (make,) = self._random.choices(makers, (68, 20, 4, 8))
        at = START + dt.timedelta(milliseconds=self._random.randrange(86_400_000))
        time = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"_id": self._uuid(), "timestamp": time, **make()}

    def _feedback(self) -> Record:
        push = self._random.random() < PUSHES / (EMAILS + PUSHES)
        (status,) = self._random.choices(STATUSES, STATUS_WEIGHTS)
        feedback: Record = {"feedbackStatus": status, "retryCount": 0}
        if status in {"bounce", "delay", "out_of_band"}:
            category, code, reason = self._random.choice(BOUNCES)
            how = "async" if status == "out_of_band" else "sync"
            failure = {"category": how, "type": category, "code": code, "reason": reason}
            feedback["messageFailure"] = failure
        elif status == "error":
            feedback["messageFailure"] = {"category": "sync", "reason": "ProviderTimeout"}
        elif status == "exclude":
            feedback["messageExclusion"] = {"code": "EXC-001", "reason": "EmailNoConsent"}
        return self._about(push=push, messageDeliveryfeedback=feedback) | {
            "eventType": "message.feedback"
        }

    def _email_tracking(self) -> Record:
        (kind,) = self._random.choices(INTERACTIONS, INTERACTION_WEIGHTS)
        interaction: Record = {"interactionType": kind}
        if kind == "click":
            link = f"u{self._random.randrange(12)}"
            interaction |= {"urlID": link, "label": "Shop now"}
        return self._about(push=False, messageInteraction=interaction) | {
            "eventType": "message.tracking"
        }

    def _push_tracking(self) -> Record:
        tracking: Record = {"pushProvider": "apns", "pushProviderMessageID": self._uuid()}
        kind = self._random.choice(("applicationOpened", "customAction"))
        if kind == "customAction":
            tracking["customAction"] = {"actionID": self._random.choice(("Dismiss", "Open offer"))}
        return self._about(push=True) | {
            "eventType": f"pushTracking.{kind}",
            "application": {"launches": {"value": 1}},
            "pushNotificationTracking": tracking,
        }

    def _step(self) -> Record:
        step = {
            "profileID": f"profile-{self._random.randrange(100_000):06}",
            "instanceID": self._uuid(),
            "instanceType": "unitary",
            "nodeType": self._random.choice(("start", "start", "start", "action")),
            "journeyVersionID": CAMPAIGN,
        }
        return {"_experience": {"journeyOrchestration": {"stepEvents": step}}}

    def _about(self, *, push: bool, **group: Record) -> Record:
        channel = "push" if push else "email"
        context: Record = {"pushChannelContext": {"platform": self._random.choice(("apns", "fcm"))}}
        if not push:
            number, domain = self._random.randrange(100_000), self._random.randrange(DOMAINS)
            address = {"address": f"user{number}@mail{domain:03}.example", "namespace": "Email"}
            context = {"emailChannelContext": address}
        management = {
            "messageExecution": {
                "messageExecutionID": f"UMA-{self._random.randrange(10**8)}",
                "messageID": self._random.choice(self._pushes if push else self._emails),
                "campaignID": CAMPAIGN,
                "messageType": "marketing",
            },
            "messageProfile": {
                "messageProfileID": self._uuid(),
                "channel": {"_id": f"https://ns.adobe.com/xdm/channels/{channel}"},
                "variant": "en",
            },
            **context,
            **group,
        }
        return {"_experience": {"customerJourneyManagement": management}}

    def _uuid(self) -> str:
        return str(UUID(int=self._random.getrandbits(128)))


def write(path: Path, count: int) -> None:
    """Write that many records, one a line."""
    with path.open("w") as lines:
        for record in Writer().records(count):
            lines.write(json.dumps(record, separators=(",", ":")) + "\n")
