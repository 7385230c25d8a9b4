"""The spellings of a Journey Optimizer record, brought to that of its datasets.

The same fields are written in full (``https://ns.adobe.com/experience/…``, ``xdm:timestamp``), with
dots, with the groups at the root (the webhook), in other letters, and in envelopes. Source:
``docs/journey-optimizer.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, TypeAlias

Record: TypeAlias = dict[str, Any]

JOURNEY = "customerJourneyManagement"
GROUPS = (
    "messageExecution",
    "messageProfile",
    "emailChannelContext",
    "pushChannelContext",
    "messageDeliveryfeedback",
    "messageInteraction",
)
STEPS = ("_experience", "journeyOrchestration", "stepEvents")
_NAMES = (
    *("_id", "timestamp", "eventType", "channel", "identityMap", "_experience", JOURNEY, *GROUPS),
    *("messageExecutionID", "messageID", "campaignID", "ajoCampaignID", "campaignActionID"),
    *("journeyVersionID", "messageProfileID", "isTestExecution", "address", "domain", "platform"),
    *("feedbackStatus", "value", "messageFailure", "messageExclusion", "type", "code", "reason"),
    *("category", "interactionType", "isBot", "urlID", "pushNotificationTracking"),
    *("pushProvider", "customAction", "actionID", "journeyOrchestration", "stepEvents"),
    *("profileID", "nodeType", "entrance", "instanceType", "email", "id", "xdm", "events"),
)
_STANDARD: Mapping[str, str] = {name.lower(): name for name in _NAMES} | {"@id": "_id"}
_FULL = "https://ns.adobe.com/experience"
_DEEPEST = 8
"""No known field lies deeper; below, nothing is looked at."""

_MOST_NAMES = 10_000
_known: set[str] = set()
"""Names met so far that are standard, or that no spelling of a known field has."""

names_known = _known.issuperset
"""Tells the same of one object, where its names were met before: the quick test."""


def is_standard(*objects: Iterable[str]) -> bool:
    """Tell whether all names in these objects may stand as they are.

    Raises:
        TypeError: something else than an object is among them.
    """
    return _known.issuperset(chain.from_iterable(objects)) or all(map(_learn, objects))


def _learn(names: Iterable[str]) -> bool:
    if any(_segments(name) != (name,) for name in names):
        return False
    if len(_known) < _MOST_NAMES:
        _known.update(names)
    return True


def group(parent: Record, name: str) -> Record:
    """Take a group out of another, in standard spelling; empty where there is none."""
    value = parent.get(name)
    if type(value) is not dict:
        return {}
    return value if is_standard(value) else _respelled(value, 0)


def standard(record: object, depth: int = 0) -> Iterator[Record]:
    """Unwrap a record of any spelling; give each record in it in standard spelling."""
    if not isinstance(record, dict) or depth > _DEEPEST:
        yield {}
        return
    names = [(_segments(str(name)), value) for name, value in record.items()]
    envelopes = dict(names)
    inner, several = envelopes.get(("xdm",)), envelopes.get(("events",))
    if any(path[0] == "_experience" for path in envelopes):
        yield _placed(names)
    elif isinstance(inner, dict):
        yield from standard(inner, depth + 1)
    elif isinstance(several, list) and several:
        for each in several:
            yield from standard(each, depth + 1)
    else:
        yield _placed(names)


@lru_cache(_MOST_NAMES)
def _segments(name: str) -> tuple[str, ...]:
    """Split a name as it is written into standard names."""
    path = name.removeprefix("xdm:")
    if path.startswith(_FULL):
        parts = ["_experience", *path.removeprefix(_FULL).split("/")]
    else:
        parts = path.split(".") if path.startswith("_experience.") else [path]
    return tuple(_STANDARD.get(part.lower(), part) for part in parts if part) or (name,)


def _placed(names: Sequence[tuple[tuple[str, ...], Any]]) -> Record:
    """Put the values of a record where they stand in the datasets."""
    record: Record = {}
    has_groups = any(path[0] in GROUPS or path[0] == "_experience" for path, _ in names)
    for path, value in names:
        plain = _respelled(value, 1) if isinstance(value, dict) else value
        if path[0] in GROUPS:
            _put(record, ("_experience", JOURNEY, *path), plain)
        elif path == ("channel",) and isinstance(value, str) and has_groups:
            _put(record, ("_experience", JOURNEY, "messageProfile", "channel", "_id"), value)
        elif path[:2] == STEPS[:2] and len(path) == len(STEPS) and path != STEPS:
            _put(record, (*STEPS, path[-1]), plain)
        else:
            _put(record, path, plain)
    if any(path[0] in GROUPS for path, _ in names):
        address = _email_identity(record.get("identityMap"))
        _put(record, ("_experience", JOURNEY, "emailChannelContext", "address"), address)
    return record


def _email_identity(identities: object) -> object:
    """Take the first email address of an identity map, whose keys are in standard spelling."""
    emails = identities.get("email") if isinstance(identities, dict) else None
    first = emails[0] if isinstance(emails, list) and emails else None
    return _respelled(first, 0).get("id") if isinstance(first, dict) else None


def _respelled(value: Any, depth: int) -> Any:  # noqa: ANN401 -- any decoded value
    """Bring the names inside a group to standard spelling; of a full name the end counts."""
    if not isinstance(value, dict) or depth > _DEEPEST:
        return value
    record: Record = {}
    for name, inner in value.items():
        _put(record, _segments(str(name))[-1:], _respelled(inner, depth + 1))
    return record


def _put(target: Record, path: tuple[str, ...], value: object) -> None:
    """Put a value at a path, where none stands yet; groups are united."""
    *parents, last = path
    for name in parents:
        if not isinstance(target.get(name), dict):
            target[name] = {}
        target = target[name]
    there = target.get(last)
    if isinstance(there, dict) and isinstance(value, dict):
        for name, inner in value.items():
            _put(there, (name,), inner)
    elif there is None:
        target[last] = value
