"""Members: who ever opened, clicked or entered, each with a number.

Members are numbered from 0 as they are met, and keep their numbers; the window holds numbers alone.
A member is found again by its digest. Its key is needed only where the rows of a set are written
out, so keys are kept packed. Nothing that was added is put in order again, but for the digests,
which are merged run by run.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from campaignmetrics._live.counts import Cells, Counts, Numbers, counted
from campaignmetrics.digests import Digests, digests
from campaignmetrics.erasure import IS_ENTRY, IS_UNIQUE
from campaignmetrics.forms import Ints
from campaignmetrics.runs import Run, Runs, first_copies, rough_order

Groups = npt.NDArray[np.uint32]
"""What members have besides their keys, as one number: message, outcome and name space."""

_OUTCOMES = np.flatnonzero(IS_UNIQUE | IS_ENTRY).astype(np.int8)
_RANKS = np.searchsorted(_OUTCOMES, np.arange(len(IS_UNIQUE))).astype(np.uint32)
_RANK_BITS = 2
_NAMESPACE_BITS = 2
_MESSAGE_SHIFT = _RANK_BITS + _NAMESPACE_BITS  # which leaves room for 2**28 messages

_ROWS_OF_A_PIECE = 1 << 16
_GROWTH = 1.25
_WRITTEN = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", 1))
_KEY = pa.schema({"key": pa.large_string()})


def groups_of(messages: Ints, outcomes: Ints, namespaces: Ints) -> Groups:
    """Make one number of a message's number, an outcome of a set, and a name space."""
    groups: Groups = messages.astype(np.uint32) << np.uint32(_MESSAGE_SHIFT)
    groups |= _RANKS[outcomes] << np.uint32(_NAMESPACE_BITS)
    groups |= namespaces.astype(np.uint32)
    return groups


def messages_of(groups: Groups) -> Numbers:
    """Give the number of the message in each group."""
    return (groups >> np.uint32(_MESSAGE_SHIFT)).astype(np.int64)


def outcomes_of(groups: Groups) -> npt.NDArray[np.int8]:
    """Give the outcome in each group."""
    ranks = (groups >> np.uint32(_NAMESPACE_BITS)) & np.uint32(2**_RANK_BITS - 1)
    outcomes: npt.NDArray[np.int8] = _OUTCOMES[ranks]
    return outcomes


def namespaces_of(groups: Groups) -> npt.NDArray[np.int8]:
    """Give the name space in each group."""
    return (groups & np.uint32(2**_NAMESPACE_BITS - 1)).astype(np.int8)


class Members:
    """The members of one set.

    Args:
        secret: what the digests are keyed with.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._runs = Runs(few=True)
        self._groups: Groups = np.empty(0, np.uint32)
        self._count = 0
        self._counts = Counts()
        self._keys = _Keys()

    def __len__(self) -> int:
        return self._count

    def add(self, groups: Groups, keys: pa.Array) -> Numbers:
        """Add members, which may be there before, and give the number of each.

        Args:
            groups: of the members.
            keys: large_string, without nulls.
        """
        found = digests(keys, _words(groups), self._secret)
        order = rough_order(found)
        found = found[order]
        numbers: Numbers = np.full(len(groups), -1)
        unknown = np.arange(len(groups))
        for run in self._runs:
            rows, places = run.find(found, unknown)
            numbers[rows] = run.fields["number"][places]
            unknown = unknown[numbers[unknown] < 0]
        new = unknown[first_copies(found[unknown])]
        if len(new):
            numbers[new] = self._count + np.arange(len(new))
            run = Run.of(found[new], {"number": numbers[new].astype(np.uint32)})
            rows, places = run.find(found, unknown)  # the others are copies of these
            numbers[rows] = run.fields["number"][places]
            self._runs.append(run)
            self._keys.add(keys.take(pa.array(order[new])))
            self._extend(groups[order[new]])
        in_order = np.empty_like(numbers)
        in_order[order] = numbers
        return in_order

    def groups(self, numbers: Numbers | slice) -> Groups:
        """Give the groups of some members."""
        groups: Groups = self._groups[: self._count][numbers]
        return groups

    def keys(self, numbers: Numbers) -> pa.ChunkedArray:
        """Give the keys of some members, whose numbers ascend."""
        return self._keys.take(numbers)

    def counts(self, numbers: Numbers | None = None) -> Cells:
        """Count some members, or all, by message and outcome."""
        return self._counts.cells() if numbers is None else _counted(self.groups(numbers))

    def _extend(self, groups: Groups) -> None:
        end = self._count + len(groups)
        if end > len(self._groups):
            grown = np.empty(int(end * _GROWTH), np.uint32)
            grown[: self._count] = self.groups(slice(None))
            self._groups = grown
        self._groups[self._count : end] = groups
        self._count = end
        self._counts.add(_counted(groups))

    def tables(self) -> dict[str, pa.Table]:
        """Give all as tables, for a checkpoint."""
        runs = list(self._runs)
        columns = {
            "high": [run.keys.high for run in runs],
            "low": [run.keys.low for run in runs],
            "number": [run.fields["number"] for run in runs],
        }
        types = (pa.uint64(), pa.uint32(), pa.uint32())
        chunked = map(pa.chunked_array, columns.values(), types)
        return {
            "digests": pa.table(dict(zip(columns, chunked, strict=True))),
            "groups": pa.table({"group": self.groups(slice(None))}),
            "keys": self._keys.table(),
        }

    def load(self, tables: Mapping[str, pa.Table]) -> None:
        """Take what ``tables`` gave into an empty set, which has the same secret."""
        if tables["groups"].num_rows:
            high, low, number = (column.to_numpy() for column in tables["digests"].columns)
            self._runs.append(Run.of(Digests(high, low), {"number": number}))
            self._extend(tables["groups"]["group"].to_numpy())
            self._keys.load(tables["keys"])


def _words(groups: Groups) -> pa.DictionaryArray:
    """Give a word for each group, as digests take them."""
    coded = pa.array(groups).dictionary_encode()
    return pa.DictionaryArray.from_arrays(coded.indices, coded.dictionary.cast(pa.string()))


def _counted(groups: Groups) -> Cells:
    return counted(np.zeros(len(groups), np.int64), messages_of(groups), outcomes_of(groups))


class _Keys:
    """Texts by number, of which the last wait until they are a piece, and the others are packed."""

    def __init__(self) -> None:
        self._pieces: list[pa.Buffer] = []
        self._ends = [0]
        self._waiting: list[pa.Array] = []
        self._rows_waiting = 0

    def add(self, keys: pa.Array) -> None:
        """Add the next."""
        self._waiting.append(keys)
        self._rows_waiting += len(keys)
        if self._rows_waiting >= _ROWS_OF_A_PIECE:
            self._pieces.append(_packed(self._waiting))
            self._ends.append(self._ends[-1] + self._rows_waiting)
            self._waiting, self._rows_waiting = [], 0

    def take(self, numbers: Numbers) -> pa.ChunkedArray:
        """Give those of some numbers, which ascend."""
        edges = np.searchsorted(numbers, self._ends).tolist()
        some = []
        for piece, begin, first, end in zip(
            self._pieces, self._ends, edges, edges[1:], strict=False
        ):
            if first < end:
                some.append(_unpacked(piece).take(pa.array(numbers[first:end] - begin)))
        if edges[-1] < len(numbers):
            waiting = pa.concat_arrays(self._waiting)
            some.append(waiting.take(pa.array(numbers[edges[-1] :] - self._ends[-1])))
        return pa.chunked_array(some, pa.large_string())

    def table(self) -> pa.Table:
        """Give all as pieces, with the count of rows in each."""
        pieces = [*self._pieces, _packed(self._waiting)]
        rows = [*np.diff(self._ends).tolist(), self._rows_waiting]
        packed = pa.array([piece.to_pybytes() for piece in pieces], pa.large_binary())
        return pa.table({"piece": packed, "rows": rows})

    def load(self, table: pa.Table) -> None:
        """Take what ``table`` gave."""
        self._pieces = [pa.py_buffer(piece) for piece in table["piece"].to_pylist()]
        self._ends = np.cumsum([0, *table["rows"].to_pylist()]).tolist()


def _packed(keys: list[pa.Array]) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, _KEY, options=_WRITTEN) as stream:
        whole = pa.chunked_array(keys, pa.large_string()).combine_chunks()
        stream.write_table(pa.table([whole], schema=_KEY))
    return sink.getvalue()


def _unpacked(piece: pa.Buffer) -> pa.Array:
    with pa.ipc.open_stream(piece) as stream:
        return stream.read_all()["key"].combine_chunks()
