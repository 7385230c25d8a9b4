"""What the live report has to say, worked out anew from all events that ever arrived.

Plain loops over plain rows, as in ``oracle.py``; it shares no code with the library.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from oracle import Row, text

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICRO = dt.timedelta(microseconds=1)


def micros(time: dt.datetime) -> int:
    """Give a time as microseconds since 1970."""
    return (time - EPOCH) // MICRO


@dataclass(frozen=True)
class Arrived:
    """An event that counts, and the newest time at its arrival."""

    row: Row
    newest: int

    @property
    def time(self) -> int:
        """When it happened."""
        return micros(self.row["timestamp"])

    @property
    def send(self) -> tuple[str, str, str | None]:
        """To whom what was sent, and how; None without a send id."""
        return self.row["channel"], text(self.row, "send_id") or "", text(self.row, "recipient")


@dataclass
class LiveOracle:
    """All lengths are timedeltas, as those of the live report."""

    window: dt.timedelta
    resolution: dt.timedelta
    horizon: dt.timedelta
    tolerance: dt.timedelta | None
    newest: int | None = None
    events: int = 0
    late: int = 0
    ahead: int = 0
    duplicates: int = 0
    without_id: int = 0
    counted: list[Arrived] = field(default_factory=list)
    remembered: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, rows: Iterable[Row]) -> None:
        """Let events arrive, one after the other."""
        for row in rows:
            self._arrive(row)

    def _arrive(self, row: Row) -> None:
        self.events += 1
        time = micros(row["timestamp"])
        newest = time if self.newest is None else self.newest
        if self.tolerance is not None and time > newest + self.tolerance // MICRO:
            self.ahead += 1
            return
        self.newest = newest = max(newest, time)
        oldest = newest - self.horizon // MICRO
        if time < oldest:
            self.late += 1
            return
        # Sixteen slices make a horizon; one is forgotten when the horizon has passed all of it.
        length = -(-(self.horizon // MICRO) // 16)
        for key, first in list(self.remembered.items()):
            if (first // length + 1) * length <= oldest:
                del self.remembered[key]
        event_id = text(row, "event_id")
        if event_id is None:
            self.without_id += 1
        elif (event_id, row["kind"]) in self.remembered:
            self.duplicates += 1
            return
        else:
            self.remembered[event_id, row["kind"]] = time
        self.counted.append(Arrived(row, newest))

    def _is_returned(self, bounce: Arrived) -> bool:
        oldest = bounce.newest - self.horizon // MICRO
        return any(
            other.row["kind"] == "delivered"
            and other.send == bounce.send
            and oldest <= other.time < bounce.time
            for other in self.counted
        )

    def settled(self) -> list[Row]:
        """Give what counts, asynchronous bounces as such."""
        return [
            arrived.row | {"asynchronous": True}
            if arrived.row["kind"] == "bounced"
            and text(arrived.row, "send_id") is not None
            and self._is_returned(arrived)
            else arrived.row
            for arrived in self.counted
        ]

    @property
    def without_send(self) -> int:
        """How many bounces nobody can tell about."""
        return sum(
            arrived.row["kind"] == "bounced"
            and arrived.row.get("asynchronous") is not True
            and text(arrived.row, "send_id") is None
            for arrived in self.counted
        )

    def edges(self, now: dt.datetime) -> tuple[int, int]:
        """Say where the window begins and ends."""
        length = self.resolution // MICRO
        end = micros(now)
        while end % length:  # upwards, to the next edge of a bucket
            end += length - end % length
        return end - self.window // MICRO, end

    def is_kept(self, now: dt.datetime) -> bool:
        """Tell whether all buckets of the window are still known."""
        if self.newest is None:
            return True
        oldest = self.newest - self.horizon // MICRO
        return self.edges(now)[0] >= oldest - oldest % (self.resolution // MICRO)

    def in_window(self, now: dt.datetime) -> list[Row]:
        """Give what counts in the window."""
        start, end = self.edges(now)
        return [row for row in self.settled() if start <= micros(row["timestamp"]) < end]
