"""What Journey Optimizer's words mean: its vocabularies, as in ``docs/journey-optimizer.md``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from campaignmetrics.events import BounceCategory
from campaignmetrics.sources.shape import (
    UNRECOGNISED,
    Decision,
    Signals,
    Statement,
    clean,
    named_cause,
)

_CHANNELS = ("email", "push")
_PLATFORMS: Mapping[str, str] = {"apns": "ios", "apnssandbox": "ios", "fcm": "android"}
_NO_PLATFORM = "unknown"
_FAILED = {"delay": "delayed", "error": "errored"}
_SKIPPED = ("duplicate", "denylist")
_ASKED = {"unsubscribe": "unsubscribed", "spam_complaint": "complained"}
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_REPLY = re.compile(r"[245]\d\d")


# Bounces whose type is none of the three, by code and by label.
_BOUNCES = (
    ("1", "Undetermined", "ignored"),
    ("10", "Invalid Recipient", "hard"),
    ("15", "Recipient Refused", "hard"),
    ("20", "Soft Bounce", "soft"),
    ("21", "DNS Failure", "soft"),
    ("22", "Mailbox Full", "soft"),
    ("23", "Too Large", "ignored"),
    ("24", "Timeout", "ignored"),
    ("25", "Admin Failure", "ignored"),
    ("30", "Generic Bounce: NO RCPT", "ignored"),
    ("40", "Generic Bounce", "ignored"),
    ("50", "Mail Block", "ignored"),
    ("51", "Spam Block", "ignored"),
    ("52", "Spam Content", "ignored"),
    ("54", "Relaying Denied", "soft"),
    ("60", "Auto-Reply", "ignored"),
    ("70", "Transient Failure", "ignored"),
    ("100", "Challenge-Response", "soft"),
)
_BY_CODE = {code: category for code, _, category in _BOUNCES}
_BY_LABEL = {label.lower(): category for _, label, category in _BOUNCES}


def decide(signals: Signals) -> Decision:
    """Say what signals mean, as in the tables of ``docs/journey-optimizer.md``."""
    channel_id, test, platform, *rest = signals
    form = rest[0] if rest else None
    if form == "step":
        return Decision((Statement(channel="campaign", kind="entered"),) if rest[1] else ())
    if test:
        return Decision(cause="test")
    channel = str(channel_id or "").rstrip("/").rpartition("/")[2]
    if form == "tracking" and not channel:
        channel = "push"
    if channel.lower() not in _CHANNELS:
        known = form is not None or channel
        return Decision(cause=named_cause("channel", channel) if known else UNRECOGNISED)
    if form is None:
        return Decision(cause=UNRECOGNISED)
    say = _states(channel.lower(), platform)
    decided: Decision = _FORMS[form](channel.lower(), say, *rest[1:])
    return decided


_Say = Callable[..., Statement]


def _states(channel: str, platform: Any) -> _Say:  # noqa: ANN401 -- a signal
    if channel == "email":
        return partial(Statement, channel=channel)
    name = (clean(platform) or _NO_PLATFORM).lower()
    return partial(Statement, channel=channel, platform=_PLATFORMS.get(name, name))


def _of_feedback(
    channel: str,
    say: _Say,
    status: str,
    failure: tuple[str | None, ...] | None,
    exclusion: tuple[str | None, ...] | None,
) -> Decision:
    bounce_type, code, reason, category = map(clean, failure or (None,) * 4)
    word = status.lower()
    if word == "sent":
        return Decision((say(kind="sent"), say(kind="delivered")))
    if word in {"bounce", "out_of_band"}:
        late = word == "out_of_band" or (category or "").lower() == "async"
        bounced = say(
            kind="bounced",
            category=_bounce_category(channel, bounce_type, code, reason),
            asynchronous=late,
            reason=reason,
        )
        return Decision((bounced,) if late else (say(kind="sent"), bounced))
    if word in _FAILED:
        return Decision((say(kind=_FAILED[word], reason=reason),))
    if word == "exclude":
        why, exclusion_code = map(clean, exclusion or (None, None))
        return Decision((say(kind="excluded", reason=why or exclusion_code),))
    if word in _SKIPPED:
        return Decision((say(kind="excluded", reason=word),))
    return Decision(cause=named_cause("status", status))


def _bounce_category(
    channel: str, bounce_type: str | None, code: str | None, label: str | None
) -> str:
    given = (bounce_type or "").strip().lower()
    if given in list(BounceCategory):
        return given
    code, label = (code or "").strip(), (label or "").strip()
    own = _BY_CODE.get(code) or _BY_LABEL.get(label.lower())
    if own is None and channel == "email":
        return _classified(code, label)
    return own or BounceCategory.IGNORED


def _classified(code: str, label: str) -> str:
    """Classify a bounced mail whose code and label are none of Journey Optimizer's own."""
    from campaignmetrics import bounce  # noqa: PLC0415 -- its rules take time, and few need them

    status = code if _STATUS.fullmatch(code) else None
    reply = code if _REPLY.fullmatch(code) else None
    if not (label or status or reply):
        return BounceCategory.IGNORED
    found = bounce.classify(label or None, status=status, reply=reply, profile="adobe")
    if found.reason == bounce.Reason.UNDETERMINED:
        return BounceCategory.IGNORED
    return found.category


def _of_interaction(
    channel: str,
    say: _Say,
    interaction: str,
    is_bot: bool,  # noqa: FBT001 -- always called with all the signals in order
    link: str | None,
) -> Decision:
    word = interaction.lower()
    machine = is_bot or word.startswith("bot_")
    if word in {"open", "bot_open"}:
        return Decision((say(kind="opened", machine=machine),))
    if channel == "email" and word in {"click", "bot_click"}:
        return Decision((say(kind="clicked", machine=machine, link=clean(link)),))
    if channel == "email" and word in _ASKED:
        return Decision((say(kind=_ASKED[word]),))
    return Decision(cause=named_cause("interaction", interaction))


def _of_tracking(channel: str, say: _Say, event_type: str, action: str | None) -> Decision:
    word = event_type.lower().removeprefix("pushtracking.")
    if channel == "push" and word == "applicationopened":
        return Decision((say(kind="opened"),))
    if channel == "push" and word == "customaction":
        return Decision((say(kind="acted", action=clean(action)),))
    return Decision(cause=named_cause("eventType", event_type))


_FORMS: Mapping[Any, Callable[..., Decision]] = {
    "feedback": _of_feedback,
    "interaction": _of_interaction,
    "tracking": _of_tracking,
}
