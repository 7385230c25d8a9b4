"""Outcomes: what an event comes down to once *who*, *when* and *which message* are erased.

An outcome is a short name such as ``email.bounced.hard`` or ``push.opened.machine``. There are a
few dozen of them, all listed here, and every additive metric is a sum of counts of outcomes. Both
entry points erase through the one function below: a record by calling it, an Arrow batch by looking
up the few combinations that it really holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from campaignmetrics.events import DISMISS, KINDS, OWN_FIELDS, BounceCategory

_NO_CATEGORY = BounceCategory.IGNORED  # a bounce without a category counts as ignored


def outcome(  # noqa: PLR0913 -- these are all the fields that a metric can tell apart
    channel: str,
    kind: str,
    *,
    category: str | None = None,
    asynchronous: bool = False,
    machine: bool = False,
    action: str | None = None,
) -> str:
    """Name what an event comes down to.

    Args:
        channel: ``email``, ``push`` or ``campaign``.
        kind: one of the channel's kinds.
        category: hard, soft or ignored; of a bounce, absent counts as ignored.
        asynchronous: of a bounce: it came after the message had been accepted.
        machine: of an open or click: by a proxy or scanner.
        action: of an action on a push notification; only ``Dismiss`` is told apart.

    Returns:
        The outcome, one of ``OUTCOMES``.

    Source: ``docs/definitions.md``, *Events*.

    Example:
        >>> outcome("email", "bounced", category="hard", asynchronous=True)
        'email.bounced.hard.asynchronous'
    """
    parts = [channel, kind]
    if kind == "bounced":
        parts.append(category or _NO_CATEGORY)
    if asynchronous:
        parts.append("asynchronous")
    if machine:
        parts.append("machine")
    if action == DISMISS:
        parts.append("dismissal")
    return ".".join(parts)


def _all_outcomes() -> Iterator[str]:
    for channel, kinds in KINDS.items():
        for kind in kinds:
            if kind in OWN_FIELDS["category"]:
                for category, late in product(BounceCategory, (False, True)):
                    yield outcome(channel, kind, category=category, asynchronous=late)
            elif kind in OWN_FIELDS["machine"]:
                yield outcome(channel, kind)
                yield outcome(channel, kind, machine=True)
            elif kind in OWN_FIELDS["action"]:
                yield outcome(channel, kind)
                yield outcome(channel, kind, action=DISMISS)
            else:
                yield outcome(channel, kind)


OUTCOMES: tuple[str, ...] = tuple(_all_outcomes())
"""Every outcome there is."""

CODES = {name: code for code, name in enumerate(OUTCOMES)}
"""The place of each outcome in ``OUTCOMES``; only for use within one process."""

UNIQUE_OUTCOMES = ("email.opened", "email.clicked", "push.opened")
"""The outcomes whose recipients are counted once per message."""
