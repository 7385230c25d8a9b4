"""Returns: bounces that come after the delivery of the same send, whoever of the two arrives first.

Deliveries are remembered, and bounces that are not known to be asynchronous are held with all that
is needed to count them anew, until the horizon has passed them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from campaignmetrics.digests import Digests
from campaignmetrics.runs import Bools, Fields, rough_order
from campaignmetrics.sends import SendIndex

Times = npt.NDArray[np.int64]

_DECIDED = np.iinfo(np.int64).min
"""The time of a held bounce that has turned out to be asynchronous."""


class Returns:
    """The deliveries and the synchronous bounces of the horizon.

    Args:
        horizon: in microseconds.
    """

    def __init__(self, horizon: int) -> None:
        self._horizon = horizon
        self._deliveries = SendIndex(few=False)  # only bounces ask for one
        self._bounces = SendIndex(few=True)

    def deliver(self, sends: Digests, times: Times) -> Fields | None:
        """Take deliveries in.

        Returns:
            The fields of the bounces that were held and turn out to be asynchronous; None if there
            are none.
        """
        found: list[Fields] = []
        order = rough_order(sends)  # what is ordered is found sooner
        sends, times = sends[order], times[order]
        for asked, held, fields in self._bounces.find(sends):
            returned = np.unique(held[times[asked] < fields["time"][held]])
            if len(returned):
                found.append({name: field[returned] for name, field in fields.items()})
                fields["time"][returned] = _DECIDED
        self._deliveries.add(sends, {"time": times})
        if not found:
            return None
        return {name: np.concatenate([part[name] for part in found]) for name in found[0]}

    def bounce(self, sends: Digests, newest: Times, fields: Fields) -> Bools:
        """Take bounces in that are not said to be asynchronous.

        Args:
            sends: the sends of the bounces.
            newest: the newest time when each arrived.
            fields: ``time``, and what is needed to count them anew.

        Returns:
            Which are asynchronous all the same: a delivery within the horizon came before. The
            others are held.
        """
        returned = np.zeros(len(sends), np.bool_)
        for asked, known, deliveries in self._deliveries.find(sends):
            time = deliveries["time"][known]
            before = (time < fields["time"][asked]) & (time >= newest[asked] - self._horizon)
            returned[asked[before]] = True
        held = ~returned
        self._bounces.add(sends[held], {name: field[held] for name, field in fields.items()})
        return returned

    def forget(self, newest: int) -> None:
        """Drop what the horizon has passed."""
        oldest = newest - self._horizon
        for index in (self._deliveries, self._bounces):
            index.keep(lambda fields: fields["time"] >= oldest)

    def tables(self) -> dict[str, pa.Table]:
        """Give all as tables, for a checkpoint."""
        return {"deliveries": self._deliveries.table(), "bounces": self._bounces.table()}

    def load(self, tables: Mapping[str, pa.Table]) -> None:
        """Take what ``tables`` gave."""
        self._deliveries.load(tables["deliveries"])
        self._bounces.load(tables["bounces"])
