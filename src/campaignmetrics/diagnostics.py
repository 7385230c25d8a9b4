"""The account of a reading: what was read, what it stated, and what was left out, with the cause.

Nothing that was read vanishes: a record is counted as events, or under a cause, or as unreadable.
Source of the rule: ``docs/definitions.md``, *Nothing vanishes*.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

FEW = 5
"""How many positions are kept for each cause; the counts go on."""


@attrs.frozen
class Position:
    """Where something stood.

    Attributes:
        file: the file as it was named, bytes that are no UTF-8 as backslash escapes; ``-`` is
            standard input.
        line: the line, row or element, counted from 1; None where the whole file is meant.
        cause: why it was not counted or could not be read.
    """

    file: str
    line: int | None
    cause: str


@attrs.define
class Diagnostics:
    """What a reading met, counted while it goes on; complete when the stream is at its end.

    Two of them add up with ``+`` (and ``sum(several, Diagnostics())``), as readings of several
    machines do; both stay as they are.

    Attributes:
        records: lines or rows read, blank lines not counted, unreadable ones counted.
        events: events they stated, before duplicates were removed.
        duplicates: events removed because their (event id, kind) had been seen.
        without_id: events without an id, which cannot be recognised as duplicates.
        not_selected: events outside the chosen campaign or time.
        not_counted: for each cause, how many records (or refused rows) stated no event.
        not_counted_first: for each cause, the first few positions.
        unreadable: how many records could not be read.
        unreadable_first: the first few of them.
        without_send: bounces without a send id, which cannot be recognised as asynchronous.

    Source: ``docs/definitions.md``, *Nothing vanishes*.

    Example:
        >>> import campaignmetrics as cm
        >>> first, second = cm.Diagnostics(records=2, events=3), cm.Diagnostics(records=1)
        >>> first.count_not_counted("test", "feedback.ndjson", 7)
        >>> (first + second).to_dict()["records"], (first + second).not_counted
        (3, {'test': 1})
    """

    records: int = 0
    events: int = 0
    duplicates: int = 0
    without_id: int = 0
    not_selected: int = 0
    not_counted: dict[str, int] = attrs.field(factory=dict)
    not_counted_first: dict[str, list[Position]] = attrs.field(factory=dict)
    unreadable: int = 0
    unreadable_first: list[Position] = attrs.field(factory=list)
    without_send: int = 0

    def count_not_counted(self, cause: str, file: str, line: int | None) -> None:
        """Count a record that stated no event, under its cause."""
        self.not_counted[cause] = self.not_counted.get(cause, 0) + 1
        first = self.not_counted_first.setdefault(cause, [])
        if len(first) < FEW:
            first.append(Position(file, line, cause))

    def count_unreadable(self, cause: str, file: str, line: int | None) -> None:
        """Count a record that could not be read."""
        self.unreadable += 1
        if len(self.unreadable_first) < FEW:
            self.unreadable_first.append(Position(file, line, cause))

    def __add__(self, other: Diagnostics) -> Diagnostics:
        if not isinstance(other, Diagnostics):
            return NotImplemented
        first = {
            cause: [
                *self.not_counted_first.get(cause, []),
                *other.not_counted_first.get(cause, []),
            ][:FEW]
            for cause in {**self.not_counted_first, **other.not_counted_first}
        }
        return Diagnostics(
            records=self.records + other.records,
            events=self.events + other.events,
            duplicates=self.duplicates + other.duplicates,
            without_id=self.without_id + other.without_id,
            without_send=self.without_send + other.without_send,
            not_selected=self.not_selected + other.not_selected,
            not_counted=_added(self.not_counted, other.not_counted),
            not_counted_first=first,
            unreadable=self.unreadable + other.unreadable,
            unreadable_first=[*self.unreadable_first, *other.unreadable_first][:FEW],
        )

    def to_dict(self) -> dict[str, Any]:
        """Write it as it stands in the report's JSON.

        Returns:
            The counts by their names, ``not_counted`` as cause to count in the order of the causes,
            ``not_counted_first`` as cause to positions, and ``unreadable`` as
            ``{"count", "first"}``. A position is ``{"file", "line", "cause"}``.

        Source: ``docs/reference.md``, *Report as JSON*.

        Example:
            >>> import campaignmetrics as cm
            >>> cm.Diagnostics(records=1).to_dict()["unreadable"]
            {'count': 0, 'first': []}
        """
        return {
            "records": self.records,
            "events": self.events,
            "duplicates": self.duplicates,
            "without_id": self.without_id,
            "without_send": self.without_send,
            "not_selected": self.not_selected,
            "not_counted": dict(sorted(self.not_counted.items())),
            "not_counted_first": {
                cause: [attrs.asdict(position) for position in first]
                for cause, first in sorted(self.not_counted_first.items())
            },
            "unreadable": {
                "count": self.unreadable,
                "first": [attrs.asdict(position) for position in self.unreadable_first],
            },
        }


def _added(left: Mapping[str, int], right: Mapping[str, int]) -> dict[str, int]:
    return {cause: left.get(cause, 0) + right.get(cause, 0) for cause in {**left, **right}}
