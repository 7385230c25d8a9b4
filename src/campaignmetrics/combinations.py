"""What an event's words come to together: its outcome, or the column at fault.

Few words decide an outcome, and each has few values. So a row is one number, with a digit for each
word, and each number that is there is decided once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from campaignmetrics.events import DISMISS, KINDS, OWN_FIELDS, BounceCategory, carriers, one_of
from campaignmetrics.outcomes import CODES, outcome

# What decides an event's outcome, as digits: the place of its word in one of these. The last place
# of the first three is for words that are not known.
CHANNELS = (*KINDS, None)
KINDS_OF_ALL = (*dict.fromkeys(kind for kinds in KINDS.values() for kind in kinds), None)
CATEGORIES = ("", *BounceCategory, None)
ACTIONS = ("", DISMISS, "another")
_FLAGS = (False, True)
_DIGITS = (CHANNELS, KINDS_OF_ALL, CATEGORIES, ACTIONS, _FLAGS, _FLAGS, _FLAGS, _FLAGS)
SHAPE = tuple(len(digit) for digit in _DIGITS)
# The narrowest type that numbers every combination: there is a pass over all rows for each digit.
NUMBER = np.min_scalar_type(-math.prod(SHAPE)).type


def places(words: tuple[str | None, ...]) -> Callable[[str], int]:
    """Say where a word stands; one that is not known has the last place."""
    known: Mapping[str | None, int] = {word: place for place, word in enumerate(words)}
    return lambda word: known.get(word, len(words) - 1)


@cache
def decide(number: int) -> tuple[int, tuple[str, str] | None]:
    """Tell the outcome of a combination; or, with -1, why there is none."""
    found = np.unravel_index(number, SHAPE)
    words: list[Any] = [digit[place] for digit, place in zip(_DIGITS, found, strict=True)]
    fault = _misfit(*words)
    if fault is not None:
        return -1, fault
    channel, kind, category, action, asynchronous, machine, _, _ = words
    name = outcome(
        channel,
        kind,
        category=category,
        asynchronous=asynchronous,
        machine=machine,
        action=action,
    )
    return CODES[name], None


def _misfit(  # noqa: PLR0913, PLR0917 -- one argument for each digit
    channel: str | None,
    kind: str,
    category: str | None,
    action: str,
    asynchronous: bool,  # noqa: FBT001 -- always called with all the digits in order
    machine: bool,  # noqa: FBT001 -- the same
    reason: bool,  # noqa: FBT001 -- the same
    link: bool,  # noqa: FBT001 -- the same
) -> tuple[str, str] | None:
    """Tell which column is at fault and what was expected there, if this is no event."""
    if channel is None:
        return "channel", f"one of {', '.join(KINDS)}"
    if kind not in list(KINDS[channel]):
        return "kind", f"{one_of(KINDS[channel])}, the kinds of channel {channel!r}"
    if category is None:
        return "category", one_of(BounceCategory)
    given = {
        "category": category,
        "asynchronous": asynchronous,
        "reason": reason,
        "machine": machine,
        "action": action,
        "link": link,
    }
    for field, value in given.items():
        if value and kind not in OWN_FIELDS[field]:
            return field, f"{carriers(field)}, not to {kind}"
    return None
