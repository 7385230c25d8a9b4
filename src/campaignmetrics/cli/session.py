"""A live report of lines that are read on, and the checkpoint from which it goes on."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path
from typing import Self

import attrs

from campaignmetrics.diagnostics import Diagnostics
from campaignmetrics.errors import ArgumentError, CheckpointError
from campaignmetrics.live import LiveReport
from campaignmetrics.reading.lines import Lines, Position, Reader
from campaignmetrics.reports import Report
from campaignmetrics.times import MICROSECOND

_HORIZON = dt.timedelta(days=8)
_SECOND = dt.timedelta(seconds=1)
_SAVE_EVERY = 30.0  # seconds
_SAVE_SHARE = 20  # or as many times as long as the last saving took, if that is longer


@attrs.define
class Session:
    """What is known, from which lines, and where it is kept.

    Attributes:
        window: how much time the report covers.
        position: where the lines go on; None where nothing was read.
    """

    window: dt.timedelta
    position: Position | None
    _live: LiveReport
    _reader: Reader
    _checkpoint: Path | None
    _is_whole: bool = True  # nothing was added in part
    _is_kept: bool = True
    _due: float = attrs.field(factory=lambda: time.monotonic() + _SAVE_EVERY)

    @classmethod
    def begin(cls, window: dt.timedelta, source: str | None, checkpoint: Path | None) -> Self:
        """Begin with nothing.

        Raises:
            ArgumentError: the window is no whole minutes.
        """
        live = LiveReport(window, horizon=max(_HORIZON, window))
        return cls(window, None, live, Reader(source), checkpoint)

    @classmethod
    def resume(cls, source: str | None, checkpoint: Path, *, previous: bool) -> Self:
        """Go on from a checkpoint.

        Raises:
            CheckpointError: it is missing, damaged, foreign or newer, or a program's own.
        """
        live = LiveReport.load(checkpoint, previous=previous)
        kept = live.position
        if not isinstance(kept, dict) or kept.keys() != {"window", "usual", "position"}:
            raise CheckpointError(str(checkpoint), "another program has written this checkpoint")
        window = kept["window"] * _SECOND
        return cls(window, kept["position"], live, Reader(source, kept["usual"]), checkpoint)

    @property
    def diagnostics(self) -> Diagnostics:
        """What became of all lines."""
        return self._live.diagnostics

    def add(self, lines: Lines) -> None:
        """Count what lines state."""
        self._is_whole = self._is_kept = False
        self._live.add(self._reader.batches(lines))
        self.position = lines.position
        self._is_whole = True

    def report(self, clock: dt.datetime | None) -> tuple[Report, dt.datetime, dt.datetime | None]:
        """Give the report of the window, its end before it is rounded up, and the newest time.

        Args:
            clock: the time at which the window ends; None for the newest event.
        """
        newest = self._live.newest
        now = clock or dt.datetime.now(dt.UTC)
        if newest is not None:
            behind = newest + MICROSECOND  # so that the event is in the window, on an edge, too
            if clock is None:
                now = behind
            try:
                return self._live.report(now), now, newest
            except ArgumentError:  # the events are so far ahead that nothing is known of the time
                return self._live.report(behind), behind, newest
        return self._live.report(now), now, newest

    def give_up(self) -> None:
        """Keep nothing more: adding or counting was broken off."""
        self._is_whole = False

    def keep_if_due(self) -> str | None:
        """Save now and then; tell why that failed, if it did, and try again later."""
        begun = time.monotonic()
        if begun < self._due:
            return None
        try:
            self.keep()
        except CheckpointError as error:
            return str(error)
        finally:
            end = time.monotonic()
            self._due = end + max(_SAVE_EVERY, _SAVE_SHARE * (end - begun))
        return None

    def keep(self) -> None:
        """Save, if there is anything new, and where."""
        if self._checkpoint is not None and self._is_whole and not self._is_kept:
            position = {
                "window": self.window // _SECOND,
                "usual": self._reader.usual,
                "position": self.position,
            }
            self._live.save(self._checkpoint, position)
            self._is_kept = True
