"""The state of a live report: all that is known of the events that were counted."""

from __future__ import annotations

import os
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from campaignmetrics._live.admission import admit
from campaignmetrics._live.counts import (
    Cells,
    Counts,
    Numbers,
    bucket_of,
    counted,
    outcome_of,
    pack,
    summed,
    without_bucket,
    word_of,
)
from campaignmetrics._live.members import MEMBERS
from campaignmetrics._live.returns import Returns
from campaignmetrics._live.rows import COUNTED_WORDS, IS_DELIVERED, Rows, Words
from campaignmetrics._live.settings import Settings
from campaignmetrics._live.window import COUNTED, Places, Window
from campaignmetrics.columns import Ints
from campaignmetrics.diagnostics import Diagnostics
from campaignmetrics.digests import digests
from campaignmetrics.erasure import IS_ENTRY, IS_UNIQUE
from campaignmetrics.outcomes import CODES, OUTCOMES
from campaignmetrics.remembered import Remembered
from campaignmetrics.sends import Fields
from campaignmetrics.tally import Tally
from campaignmetrics.times import MICROSECOND
from campaignmetrics.views import VIEWS, View

Rowplaces: TypeAlias = npt.NDArray[np.intp]
"""Places of some of the rows, in the order of arrival."""

LATE = "older than the horizon"
AHEAD = "ahead of the newest event"
"""The causes under which events are counted that are in no figure."""

_SETS = ("recipients", "profiles")


def _parts(place: int) -> list[str]:
    return [name.split(".")[place] for name in OUTCOMES]


def _grouped(words: list[str], outcomes: Ints) -> pa.DictionaryArray:
    """Give a word of each outcome as the groups of digests."""
    distinct = sorted(set(words))
    places = np.array([distinct.index(word) for word in words], np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(places[outcomes]), pa.array(distinct))


_CHANNELS, _KINDS = _parts(0), _parts(1)
# For each outcome the one that a bounce has when it is asynchronous; -1 for what is no such bounce.
_ASYNCHRONOUS = np.array([CODES.get(f"{name}.asynchronous", -1) for name in OUTCOMES], np.int8)
_IS_SYNCHRONOUS = _ASYNCHRONOUS >= 0


class State:
    """What the live report knows.

    Attributes:
        words: where words are numbered.
        newest: the newest time, in microseconds since 1970; None before the first event.
        diagnostics: what became of all events.
    """

    def __init__(self, settings: Settings, secret: bytes | None = None) -> None:
        self.words = Words()
        self.newest: int | None = None
        self.diagnostics = Diagnostics()
        self.secret = os.urandom(32) if secret is None else secret
        self.remembered = Remembered(settings.slice_length, self.secret)
        self.returns = Returns(settings.horizon // MICROSECOND)
        self.window = Window()
        self.counts = {view: Counts() for view in COUNTED}
        self.sets = {view: View.empty(VIEWS[view]) for view in _SETS}
        self._settings = settings
        self._length = settings.resolution // MICROSECOND
        self._horizon = settings.horizon // MICROSECOND
        self._forgotten: int | None = None

    def count(self, rows: Rows) -> None:
        """Count rows in the order of their arrival."""
        if not len(rows):
            return
        tolerance = self._settings.tolerance
        limit = None if tolerance is None else tolerance // MICROSECOND
        admission = admit(rows.time, self.newest, self._horizon, limit)
        for cause, refused in ((LATE, admission.late), (AHEAD, admission.ahead)):
            if refused.any():
                told = self.diagnostics.not_counted
                told[cause] = told.get(cause, 0) + int(refused.sum())
        admitted = np.flatnonzero(~(admission.late | admission.ahead))
        places = self._once(rows, admitted, admission.newest)
        outcome = rows.outcome.copy()
        returned = self._settle(rows, places, admission.newest, outcome)
        self._add(_fields(rows, places, outcome))
        if returned is not None:
            self._correct(returned)
        self._add_members(rows, places)
        self.newest = int(admission.newest[-1])
        self._forget(self.newest)

    def kept_from(self) -> int | None:
        """Give the first bucket of which nothing is forgotten; None before the first event."""
        return None if self.newest is None else (self.newest - self._horizon) // self._length

    def between(self, start: int, end: int) -> Tally:
        """Give the tally of the buckets ``[start, end)``."""
        tables = {
            view: self._count_table(view, summed(self.window.cells(view, start, end)))
            for view in COUNTED
        }
        recipients = self._recipient_table(self.window.members("recipients", start, end))
        tables |= {
            "recipients": recipients,
            "profiles": self.window.members("profiles", start, end),
        }
        return Tally.from_views(tables, self._settings.resolution, settled=COUNTED)

    def totals(self) -> Tally:
        """Give the tally of all that was counted."""
        self.sets = {view: found.settle() for view, found in self.sets.items()}
        tables = {view: self._count_table(view, self.counts[view].cells()) for view in COUNTED}
        tables |= {view: found.settled for view, found in self.sets.items()}
        return Tally.from_views(tables, self._settings.resolution, settled=VIEWS)

    def _once(self, rows: Rows, places: Rowplaces, newest: Numbers) -> Rowplaces:
        """Leave out the copies of events that are remembered.

        What is remembered depends on the newest time at an event's arrival alone, and not on what
        else is counted at once: where a slice is forgotten, the rows are cut.
        """
        has_id = rows.event_id.is_valid().to_numpy(zero_copy_only=False)[places]
        is_new = np.ones(len(places), np.bool_)
        named = np.flatnonzero(has_id)
        length = self._settings.slice_length
        slices = (newest[places[named]] - self._horizon) // length
        edges = [0, *(np.flatnonzero(np.diff(slices)) + 1).tolist(), len(named)]
        for first, end in pairwise(edges):
            if first < end:
                some = places[named[first:end]]
                self.remembered.forget(int(slices[first]) * length)
                is_new[named[first:end]] = self.remembered.add(
                    rows.event_id.take(pa.array(some)),
                    _grouped(_KINDS, rows.outcome[some]),
                    rows.time[some],
                )
        self.diagnostics.without_id += len(places) - len(named)
        self.diagnostics.duplicates += int(np.count_nonzero(~is_new))
        return places[is_new]

    def _settle(
        self, rows: Rows, places: Rowplaces, newest: Numbers, outcome: Ints
    ) -> Fields | None:
        """Find the asynchronous bounces, and write their outcomes.

        Returns:
            The fields of the bounces that were counted as synchronous before, and are not; None if
            there are none.
        """
        wanted = places[(IS_DELIVERED | _IS_SYNCHRONOUS)[outcome[places]]]
        who = rows.who.take(pa.array(wanted))
        has_send = who.is_valid().to_numpy(zero_copy_only=False)
        is_bounce = _IS_SYNCHRONOUS[outcome[wanted]]
        self.diagnostics.without_send += int(np.count_nonzero(is_bounce & ~has_send))
        wanted, is_bounce = wanted[has_send], is_bounce[has_send]
        sends = digests(who.drop_null(), _grouped(_CHANNELS, outcome[wanted]), self.secret)
        returned = self.returns.deliver(sends[~is_bounce], rows.time[wanted[~is_bounce]])
        bounces = wanted[is_bounce]
        fields = _fields(rows, bounces, outcome)
        found = bounces[self.returns.bounce(sends[is_bounce], newest[bounces], fields)]
        outcome[found] = _ASYNCHRONOUS[outcome[found]]
        return returned

    def _correct(self, returned: Fields) -> None:
        """Count bounces as asynchronous that were counted as synchronous."""
        twice = {name: np.concatenate([field, field]) for name, field in returned.items()}
        many = len(returned["time"])
        twice["outcome"][many:] = _ASYNCHRONOUS[returned["outcome"]]
        self._add(twice, np.repeat([-1, 1], many))

    def _add(self, fields: Fields, weights: Ints | None = None) -> None:
        """Add events to the window and to the totals, each as often as its weight says."""
        places = Places(fields["time"] // self._length)
        outcome = fields["outcome"]

        def cells_of(chosen: Rowplaces | slice, word: Ints | int) -> Cells:
            numbers = pack(places.buckets[chosen], word, outcome[chosen])
            return counted(numbers) if weights is None else summed([(numbers, weights[chosen])])

        for view, is_counted in COUNTED_WORDS.items():
            chosen = slice(None) if is_counted is None else np.flatnonzero(is_counted[outcome])
            cells = cells_of(chosen, fields[view][chosen])
            self.window.add(view, places, cells)
            self.counts[view].add((without_bucket(cells[0]), cells[1]))
        cells = cells_of(slice(None), 0)
        self.window.add("timeline", places, cells)
        buckets = places.absolute(bucket_of(cells[0]))
        self.counts["timeline"].add((pack(np.int64(0), buckets, outcome_of(cells[0])), cells[1]))

    def _add_members(self, rows: Rows, places: Rowplaces) -> None:
        has_key = rows.who.is_valid().to_numpy(zero_copy_only=False)[places]
        for view, is_member in (("recipients", IS_UNIQUE), ("profiles", IS_ENTRY)):
            chosen = places[has_key & is_member[rows.outcome[places]]]
            columns = {
                "message": rows.messages[chosen],
                "outcome": rows.outcome[chosen],
                "namespace": rows.namespace[chosen],
                "key": rows.who.take(pa.array(chosen)),
            }
            schema = MEMBERS[view].remove(0)
            members = pa.table([columns[name] for name in schema.names], schema=schema)
            self.window.add_members(view, rows.time[chosen] // self._length, members)
            if view == "recipients":
                members = self._recipient_table(members)
            self.sets[view] += View.of(members)

    def _forget(self, newest: int) -> None:
        self.window.forget((newest - self._horizon) // self._length)
        passed = (newest - self._horizon) // self._settings.slice_length
        if passed != self._forgotten:
            self._forgotten = passed
            self.returns.forget(newest)

    def _count_table(self, view: str, cells: Cells) -> pa.Table:
        numbers, counts = cells
        words = word_of(numbers)
        keys = words * self._length if view == "timeline" else self.words.column(view, words)
        return pa.table([keys, outcome_of(numbers), counts], schema=VIEWS[view])

    def _recipient_table(self, members: pa.Table) -> pa.Table:
        words = self.words.column("messages", members["message"].to_numpy())
        return members.set_column(0, "message", words).cast(VIEWS["recipients"])


def _fields(rows: Rows, places: Rowplaces, outcome: Ints) -> Fields:
    """Give what is needed to count some rows."""
    fields = {view: getattr(rows, view)[places] for view in COUNTED_WORDS}
    return fields | {"time": rows.time[places], "outcome": outcome[places]}
