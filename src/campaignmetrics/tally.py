"""The tally: what is left of events once *who* and *when* are erased. It merges with ``+``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from campaignmetrics import wire
from campaignmetrics.errors import CountError, ResolutionError
from campaignmetrics.outcomes import CODES
from campaignmetrics.views import VIEWS, WORD, Unwritten, View, canonical, count_members

_MOST_EVENTS = 2**63 - 1


class Tally:
    """The counts and sets that the whole report is computed from.

    A tally never changes. ``Tally()`` is the tally of no events, and the identity of ``+``, which
    is associative and commutative. Equal tallies are equal with ``==`` and as bytes.

    It holds counts of each outcome by message, by reason, by platform, by recipient domain and by
    time bucket, and two sets, which are the part that grows with people: the recipients who opened
    or clicked each message, and the profiles that entered. All of it is Arrow tables (``views``).

    Raises:
        ResolutionError: by ``+``, if both have events and their resolutions differ.
        CountError: by ``+``, with more than 2**63 - 1 events.

    Source: ``docs/definitions.md``, *Laws*.

    Example:
        >>> import datetime as dt
        >>> import campaignmetrics as cm
        >>> at = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
        >>> morning = cm.reduce([cm.EmailEvent(kind="sent", timestamp=at)])
        >>> evening = cm.reduce([cm.EmailEvent(kind="sent", timestamp=at + dt.timedelta(hours=9))])
        >>> day = sum([morning, evening], cm.Tally())
        >>> day.events
        2
        >>> cm.Tally.from_bytes(day.to_bytes()) == evening + morning
        True
    """

    __slots__ = ("_events", "_resolution", "_views")

    _events: int
    _resolution: dt.timedelta | None
    _views: dict[str, View | Unwritten]

    def __init__(self) -> None:
        self._events = 0
        self._resolution = None
        self._views = {name: View.empty(schema) for name, schema in VIEWS.items()}

    @classmethod
    def _of(
        cls, views: dict[str, View | Unwritten], events: int, resolution: dt.timedelta | None
    ) -> Tally:
        if events > _MOST_EVENTS:
            raise CountError(f"{events} events are more than a tally can count ({_MOST_EVENTS})")
        tally = cls.__new__(cls)
        tally._events = events  # noqa: SLF001 -- a tally in the making
        tally._resolution = resolution if events else None  # noqa: SLF001 -- the same
        tally._views = views  # noqa: SLF001 -- the same
        return tally

    @classmethod
    def from_views(
        cls,
        tables: Mapping[str, pa.Table],
        resolution: dt.timedelta,
        *,
        settled: bool = False,
        sets: Mapping[str, Unwritten] = MappingProxyType({}),
    ) -> Tally:
        """Make a tally of the rows of ``VIEWS``; keys may repeat where they are not settled."""
        view_of = View.of_settled if settled else View.of
        views = {name: view_of(table) for name, table in tables.items()}
        events = pc.sum(tables["messages"]["count"]).as_py() or 0
        return cls._of({**views, **sets}, events, resolution)

    @property
    def events(self) -> int:
        """How many events were counted."""
        return self._events

    @property
    def resolution(self) -> dt.timedelta | None:
        """How long a time bucket is; None where nothing was counted yet."""
        return self._resolution

    def __add__(self, other: Tally) -> Tally:
        if not isinstance(other, Tally):
            return NotImplemented
        mine, theirs = self._resolution, other._resolution
        if mine and theirs and mine != theirs:
            raise ResolutionError(f"tallies of resolution {mine} and {theirs} do not merge")
        views: dict[str, View | Unwritten] = {
            name: view + other._views[name] for name, view in self._views.items()
        }
        return self._of(views, self._events + other._events, mine or theirs)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tally):
            return NotImplemented
        if (self._events, self._resolution) != (other._events, other._resolution):
            return False
        return all(canonical(self.view(name)).equals(canonical(other.view(name))) for name in VIEWS)

    __hash__ = None  # type: ignore[assignment] # as bytes it can be a key; as it is, it is a state

    def __repr__(self) -> str:
        return f"<Tally of {self._events} events>"

    def __reduce__(self) -> tuple[Callable[[bytes], Tally], tuple[bytes]]:
        return Tally.from_bytes, (self.to_bytes(),)

    def view(self, name: str) -> pa.Table:
        """Give the settled table of one of ``VIEWS``."""
        self._views[name] = view = self._views[name].settle()
        return view.settled

    def settle(self) -> Tally:
        """Settle the sets now, side by side, for which a report would wait; the value stays."""
        with ThreadPoolExecutor(pa.cpu_count()) as threads:
            list(threads.map(self.view, ("recipients", "profiles")))
        return self

    def rename(self, name: str, names: Callable[[pa.Array], pa.Array]) -> Tally:
        """Give the keys of a view other names; those that become the same merge.

        Args:
            name: a view whose keys are words.
            names: from an array of distinct words to an array of their new names.
        """
        views = self._views | {name: View.of_settled(self.view(name)).rename(names)}
        return self._of(views, self._events, self._resolution)

    def breakdown(self, name: str, channel: str) -> dict[Any, dict[str, int]]:
        """Give the counts of a channel's outcomes for each key of a view.

        Args:
            name: one of the views that are counts.
            channel: ``email``, ``push`` or ``campaign``; it is left out of the outcomes' names.

        Returns:
            For each key that has any, a count above 0 for each outcome. Keys are texts; those of
            ``timeline`` are microseconds since 1970, UTC.
        """
        return _grouped(self.view(name), channel)

    def count_arrays(
        self, name: str, channel: str
    ) -> tuple[list[str], dict[str, npt.NDArray[np.int64]]]:
        """Give the counts of a view with many keys, as one array for each outcome.

        Args:
            name: one of the views that are counts, with texts as keys.
            channel: ``email``, ``push`` or ``campaign``; it is left out of the outcomes' names.

        Returns:
            The keys, and for each outcome that is there the counts in the order of the keys.
        """
        table = self.view(name)
        if not table.num_rows:
            return [], {}
        words = table.column(0).combine_chunks()
        place, code, count = (
            column.to_numpy() for column in (words.indices, table["outcome"], table["count"])
        )
        arrays = {}
        for outcome, wanted in _codes_of(channel).items():
            rows = np.flatnonzero(code == wanted)
            if len(rows):
                arrays[outcome] = np.zeros(len(words.dictionary), np.int64)
                arrays[outcome][place[rows]] = count[rows]
        return words.dictionary.to_pylist(), arrays

    def uniques(self, channel: str) -> dict[str, dict[str, int]]:
        """Count the distinct recipients who opened or clicked each message of a channel.

        Args:
            channel: ``email`` or ``push``; it is left out of the outcomes' names.

        Returns:
            For each message that has any, a count above 0 for each outcome.
        """
        recipients = self._views["recipients"]
        if isinstance(recipients, Unwritten):
            return _grouped(recipients.counts, channel)
        return _grouped(count_members(self.view("recipients")), channel)

    def entered_profiles(self) -> int:
        """Count the distinct profiles that entered."""
        profiles = self._views["profiles"]
        if isinstance(profiles, Unwritten):
            return pc.sum(profiles.counts["count"]).as_py() or 0
        return int(self.view("profiles").num_rows)

    def to_bytes(self) -> bytes:
        """Write the tally: versioned, canonical, with a digest, readable for ever.

        Returns:
            One Arrow IPC stream of one row, a column for each view, followed by 32 bytes of digest.
            Equal tallies give equal bytes.
        """
        return wire.write({name: self.view(name) for name in VIEWS}, self._resolution)

    @classmethod
    def from_bytes(cls, data: bytes) -> Tally:
        """Read what ``to_bytes`` has written.

        Args:
            data: the bytes, of this or an older version.

        Returns:
            A tally equal to the one that was written.

        Raises:
            TallyFormatError: damaged or foreign bytes, or those of a newer version.
        """
        tables, resolution = wire.read(data)
        views: dict[str, View | Unwritten] = {
            name: View.of(table) for name, table in tables.items()
        }
        return cls._of(views, sum(tables["messages"]["count"].to_pylist()), resolution)


def _codes_of(channel: str) -> dict[str, int]:
    """Give the codes of a channel's outcomes, by their names without the channel."""
    start = f"{channel}."
    return {name.removeprefix(start): CODES[name] for name in CODES if name.startswith(start)}


def _grouped(table: pa.Table, channel: str) -> dict[Any, dict[str, int]]:
    """Arrange rows of (key, outcome, count) by key, for the outcomes of one channel."""
    names = {code: outcome for outcome, code in _codes_of(channel).items()}
    table = table.filter(pc.is_in(table["outcome"], pa.array(names, pa.int8())))
    keys = table.column(0).cast(pa.string()) if table.column(0).type == WORD else table.column(0)
    groups: dict[Any, dict[str, int]] = {}
    for key, code, count in zip(
        keys.to_pylist(), table["outcome"].to_pylist(), table["count"].to_pylist(), strict=True
    ):
        groups.setdefault(key, {})[names[code]] = count
    return groups
