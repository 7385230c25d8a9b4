"""The state of a live report: all that is known of the events that were counted."""

from __future__ import annotations

import os
from functools import partial
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
    counted,
    distinct,
    outcome_of,
    pack,
    summed,
    word_of,
)
from campaignmetrics._live.members import (
    Members,
    groups_of,
    messages_of,
    namespaces_of,
    outcomes_of,
)
from campaignmetrics._live.returns import Returns
from campaignmetrics._live.rows import COUNTED_WORDS, IS_DELIVERED, Rows, Words
from campaignmetrics._live.settings import Settings
from campaignmetrics._live.window import COUNTED, SETS, Places, Window
from campaignmetrics.diagnostics import Diagnostics
from campaignmetrics.erasure import IS_ENTRY, IS_UNIQUE
from campaignmetrics.forms import Bools, Ints
from campaignmetrics.outcomes import CODES, OUTCOMES
from campaignmetrics.remembered import Remembered
from campaignmetrics.runs import Fields
from campaignmetrics.tally import Tally
from campaignmetrics.times import MICROSECOND
from campaignmetrics.views import VIEWS, Unwritten

Rowplaces: TypeAlias = npt.NDArray[np.intp]
"""Places of some of the rows, in the order of arrival."""

LATE = "older than the horizon"
AHEAD = "ahead of the newest event"
"""The causes under which events are counted that are in no figure."""


# For each outcome the one that a bounce has when it is asynchronous; -1 for what is no such bounce.
_ASYNCHRONOUS = np.array([CODES.get(f"{name}.asynchronous", -1) for name in OUTCOMES], np.int8)
_IS_SYNCHRONOUS = _ASYNCHRONOUS >= 0


class State:
    """What the live report knows.

    Attributes:
        words: where words are numbered.
        newest: the newest time, in microseconds since 1970; None before the first event.
        diagnostics: what became of all events.
        secret: what digests are keyed with.
        remembered: which events were there.
        returns: which sends were delivered or have bounced.
        window: what was counted within the horizon, by time.
        forgotten: what was counted before that, without the sets.
        members: who was ever counted.
    """

    def __init__(self, settings: Settings) -> None:
        self.words = Words()
        self.newest: int | None = None
        self.diagnostics = Diagnostics()
        self.secret = os.urandom(32)
        self.remembered = Remembered(settings.slice_length)
        self.returns = Returns(settings.horizon // MICROSECOND)
        self.window = Window()
        self.forgotten = {view: Counts() for view in COUNTED}
        self.members = {view: Members(self.secret) for view in SETS}
        self._settings = settings
        self._length = settings.resolution // MICROSECOND
        self._horizon = settings.horizon // MICROSECOND
        self._forgotten: int | None = None

    def count(self, rows: Rows) -> None:
        """Count rows in the order of their arrival; there is one at least."""
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
        sets = {}
        for view in SETS:
            cells = self.window.cells(view, start, end)
            sets[view] = self._set(view, distinct(word_of(numbers) for numbers, _ in cells))
        return Tally.from_views(tables, self._settings.resolution, settled=True, sets=sets)

    def totals(self) -> Tally:
        """Give the tally of all that was counted."""
        tables = {
            view: self._count_table(
                view, summed([self.forgotten[view].cells(), *self.window.cells(view)])
            )
            for view in COUNTED
        }
        sets = {view: self._set(view) for view in SETS}
        return Tally.from_views(tables, self._settings.resolution, settled=True, sets=sets)

    def _once(self, rows: Rows, places: Rowplaces, newest: Numbers) -> Rowplaces:
        """Leave out the copies of events that are remembered.

        What is remembered depends on the newest time at an event's arrival alone, and not on what
        else is counted at once: where a slice is forgotten, the rows are cut.
        """
        ids = rows.ids
        if len(places) < len(rows):
            ids = ids[_mask(len(rows), places)[ids.rows]]
        is_new = np.ones(len(rows), np.bool_)
        length = self._settings.slice_length
        slices = (newest[ids.rows] - self._horizon) // length
        edges = [0, *(np.flatnonzero(np.diff(slices)) + 1).tolist(), len(ids)]
        for first, end in pairwise(edges):
            if first < end:
                some = ids[first:end]
                self.remembered.forget(int(slices[first]) * length)
                is_new[some.rows] = self.remembered.add(some.keys, rows.time[some.rows])
        self.diagnostics.without_id += len(places) - len(ids)
        self.diagnostics.duplicates += int(np.count_nonzero(~is_new))
        return places[is_new[places]]

    def _settle(
        self, rows: Rows, places: Rowplaces, newest: Numbers, outcome: Ints
    ) -> Fields | None:
        """Find the asynchronous bounces, and write their outcomes.

        Returns:
            The fields of the bounces that were counted as synchronous before, and are not; None if
            there are none.
        """
        found, sends = rows.sends.rows, rows.sends.keys
        counts = _mask(len(rows), places)[found]
        is_bounce = counts & _IS_SYNCHRONOUS[outcome[found]]
        all_bounces = np.count_nonzero(_IS_SYNCHRONOUS[outcome[places]])
        self.diagnostics.without_send += int(all_bounces - np.count_nonzero(is_bounce))
        is_delivery = counts & IS_DELIVERED[outcome[found]]
        returned = self.returns.deliver(sends[is_delivery], rows.time[found[is_delivery]])
        bounces = found[is_bounce]
        fields = _fields(rows, bounces, outcome)
        late = bounces[self.returns.bounce(sends[is_bounce], newest[bounces], fields)]
        outcome[late] = _ASYNCHRONOUS[outcome[late]]
        return returned

    def _correct(self, returned: Fields) -> None:
        """Count bounces as asynchronous that were counted as synchronous."""
        twice = {name: np.concatenate([field, field]) for name, field in returned.items()}
        many = len(returned["time"])
        twice["outcome"][many:] = _ASYNCHRONOUS[returned["outcome"]]
        self._add(twice, np.repeat([-1, 1], many))

    def _add(self, fields: Fields, weights: Numbers | None = None) -> None:
        """Add events to the window, each as often as its weight says; once by default."""
        places = Places(fields["time"].astype(np.int64) // self._length)
        outcome = fields["outcome"]

        def cells_of(chosen: Rowplaces | slice, words: Ints) -> Cells:
            keys = places.buckets[chosen], words[chosen], outcome[chosen]
            return counted(*keys) if weights is None else summed([(pack(*keys), weights[chosen])])

        for view, is_counted in COUNTED_WORDS.items():
            chosen = slice(None) if is_counted is None else np.flatnonzero(is_counted.take(outcome))
            self.window.add(view, places, cells_of(chosen, fields[view]))
        no_words = np.zeros(len(outcome), np.int8)
        self.window.add("timeline", places, cells_of(slice(None), no_words))

    def _add_members(self, rows: Rows, places: Rowplaces) -> None:
        there = rows.keys.where(_mask(len(rows), places))
        for view, is_member in (("recipients", IS_UNIQUE), ("profiles", IS_ENTRY)):
            some = there.where(is_member.take(rows.outcome))
            columns = (rows.messages, rows.outcome, rows.namespace)
            groups = groups_of(*(column[some.rows] for column in columns))
            numbers = self.members[view].add(groups, some.texts)
            blocks = Places(rows.time[some.rows] // self._length)
            self.window.add(view, blocks, counted(blocks.buckets, numbers, np.zeros_like(numbers)))

    def _forget(self, newest: int) -> None:
        for view, cells in self.window.forget((newest - self._horizon) // self._length):
            self.forgotten[view].add(cells)
        passed = (newest - self._horizon) // self._settings.slice_length
        if passed != self._forgotten:
            self._forgotten = passed
            self.returns.forget(newest)

    def _count_table(self, view: str, cells: Cells) -> pa.Table:
        numbers, counts = cells
        words = word_of(numbers)
        keys = words * self._length if view == "timeline" else self.words.column(view, words)
        return pa.table([keys, outcome_of(numbers), counts], schema=VIEWS[view])

    def _set(self, view: str, numbers: Numbers | None = None) -> Unwritten:
        """Give some of the members, or all that there are now."""
        members = self.members[view]
        counts = self._count_table("messages", members.counts(numbers))
        if numbers is None:
            numbers = np.arange(len(members))
        # Whoever keeps the tally keeps these two alive, and not the whole state.
        return Unwritten(counts, partial(_member_table, members, self.words, VIEWS[view], numbers))


def _member_table(members: Members, words: Words, schema: pa.Schema, numbers: Numbers) -> pa.Table:
    groups = members.groups(numbers)
    columns = {
        "message": words.column("messages", messages_of(groups)),
        "outcome": outcomes_of(groups),
        "namespace": namespaces_of(groups),
        "key": members.keys(numbers),
    }
    return pa.table([columns[name] for name in schema.names], schema=schema)


def _mask(length: int, places: Rowplaces) -> Bools:
    mask = np.zeros(length, np.bool_)
    mask[places] = True
    return mask


def _fields(rows: Rows, places: Ints, outcome: Ints) -> Fields:
    """Give what is needed to count some rows."""
    fields = {view: getattr(rows, view).take(places) for view in COUNTED_WORDS}
    return fields | {"time": rows.time.take(places), "outcome": outcome.take(places)}
