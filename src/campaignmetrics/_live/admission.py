"""Admission: which events are counted by their time, and how far the newest one had come.

An event is *late* if it is older than the horizon, counted from the newest time at its arrival, and
*ahead* if it is further after the newest time than the tolerance. Neither is counted, and what is
ahead does not make the newest time newer.
"""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@attrs.frozen(eq=False)
class Admission:
    """What became of events by their times.

    Attributes:
        newest: for each, the newest time at its arrival, its own included.
        late: which are older than the horizon.
        ahead: which are further ahead than the tolerance.
    """

    newest: Times
    late: Bools
    ahead: Bools


def admit(times: Times, newest: int | None, horizon: int, tolerance: int | None) -> Admission:
    """Decide about events in the order of their arrival; all in microseconds.

    Args:
        times: of the events, at least one.
        newest: the newest time before them; None if there was none, and the first sets it.
        horizon: how much older than the newest an event may be.
        tolerance: how much newer it may be; None for any time.
    """
    before = int(times[0]) if newest is None else newest
    reached = np.maximum.accumulate(np.maximum(times, before))
    ahead = np.zeros(len(times), np.bool_)
    if tolerance is not None and (np.diff(reached, prepend=before) > tolerance).any():
        ahead = _ahead(times, before, tolerance)
        reached = np.maximum.accumulate(np.where(ahead, before, np.maximum(times, before)))
    return Admission(reached, times < reached - horizon, ahead)


def _ahead(times: Times, newest: int, tolerance: int) -> Bools:
    """Tell one by one, since what is ahead does not count as the newest for the next."""
    ahead = np.zeros(len(times), np.bool_)
    for row, time in enumerate(times.tolist()):
        if time > newest + tolerance:
            ahead[row] = True
        else:
            newest = max(newest, time)
    return ahead
