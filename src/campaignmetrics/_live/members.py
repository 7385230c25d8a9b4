"""Members: who opened or clicked or entered, in each bucket of the window and ever."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from campaignmetrics.views import View, settle

BUCKETS = 60
"""How many buckets a block has: with buckets of a minute it is an hour."""

MEMBERS = {
    "recipients": pa.schema(
        {
            "bucket": pa.int8(),
            "message": pa.int32(),
            "outcome": pa.int8(),
            "namespace": pa.int8(),
            "key": pa.large_string(),
        }
    ),
    "profiles": pa.schema({"bucket": pa.int8(), "key": pa.large_string()}),
}
"""The columns of the members of each set; ``bucket`` is counted within its block of time."""

_ROWS_TO_WAIT_FOR = 1 << 15
_PARTS_TO_WAIT_FOR = 64


class Members:
    """The members of one set in one block, as those that stand once and those that wait for it."""

    def __init__(self, schema: pa.Schema) -> None:
        self._settled = schema.empty_table()
        self._waiting: list[pa.Table] = []
        self._rows_waiting = 0

    def add(self, members: pa.Table) -> None:
        """Add members, which may be there before."""
        self._waiting.append(members)
        self._rows_waiting += members.num_rows
        most = self._settled.num_rows + _ROWS_TO_WAIT_FOR
        if self._rows_waiting > most or len(self._waiting) > _PARTS_TO_WAIT_FOR:
            self.table()

    def load(self, members: pa.Table) -> None:
        """Take what ``table`` gave."""
        self._settled = members

    def parts(self, first: int, end: int) -> list[pa.Table]:
        """Give those of the buckets ``[first, end)``, without their bucket; they may repeat."""
        parts = self._all()
        if first > 0 or end < BUCKETS:
            bucket = pc.field("bucket")
            parts = [part.filter((bucket >= first) & (bucket < end)) for part in parts]
        return [part.drop_columns("bucket") for part in parts]

    def table(self) -> pa.Table:
        """Give all, each once in its bucket."""
        if self._waiting:
            self._settled = settle(pa.concat_tables(self._all()))
            self._waiting, self._rows_waiting = [], 0
        return self._settled

    def _all(self) -> list[pa.Table]:
        return [self._settled, *self._waiting]


class EveryMember:
    """The members of one set that there ever were: rows of a view of the tally."""

    def __init__(self, schema: pa.Schema) -> None:
        self._view = View.empty(schema)
        self._waiting: list[pa.Table] = []
        self._rows_waiting = 0

    def add(self, members: pa.Table) -> None:
        """Add members, which may be there before."""
        self._waiting.append(members)
        self._rows_waiting += members.num_rows
        if self._rows_waiting > _ROWS_TO_WAIT_FOR:
            self._join()

    def table(self) -> pa.Table:
        """Give all, each once."""
        self._join()
        self._view = self._view.settle()
        return self._view.settled

    def load(self, members: pa.Table) -> None:
        """Take what ``table`` gave."""
        self._view = View.of_settled(members)

    def _join(self) -> None:
        """Put what waits into the view, as one piece: many small ones would slow it."""
        if self._waiting:
            joined = pa.concat_tables(self._waiting).unify_dictionaries().combine_chunks()
            self._view += View.of(joined)
            self._waiting, self._rows_waiting = [], 0
