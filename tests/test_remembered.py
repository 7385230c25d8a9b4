"""Keys that are remembered for a time, against a dictionary that holds them as they are."""

import io
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from campaignmetrics.remembered import Remembered

_SLICE = 10
_IDS = st.sampled_from(["", "a", "b", "ab", "ä", "a" * 20, "a" * 300, "c", "d", "e"])
_KEYS = st.tuples(_IDS, st.sampled_from(["sent", "opened"]), st.integers(-60, 60))
_STEPS = st.lists(
    st.one_of(
        st.lists(_KEYS, max_size=12),
        st.integers(-60, 60),  # forget what is before
        st.none(),  # write and read
    ),
    max_size=12,
)


def _columns(keys: list[tuple[str, str, int]]) -> tuple[pa.Array, pa.Array, np.ndarray]:
    ids, groups = (pa.array([key[i] for key in keys], pa.string()) for i in (0, 1))
    return ids, groups, np.array([time for _, _, time in keys], np.int64)


def _through_bytes(table: pa.Table) -> pa.Table:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return pa.ipc.open_stream(sink.getvalue()).read_all()


def _slice_end(time: int) -> int:
    """Give the end of the slice a time is in, from the definition."""
    end = -1000
    while end <= time:
        end += _SLICE
    return end


@given(_STEPS)
def test_it_remembers_what_a_dictionary_does(steps: list[Any]) -> None:
    """New is what is neither remembered nor earlier in the call; the first copy's time counts."""
    remembered, known = Remembered(_SLICE), dict[tuple[str, str], int]()
    for step in steps:
        if step is None:
            remembered = Remembered.from_table(_through_bytes(remembered.table()))
        elif isinstance(step, int):
            remembered.forget(step)
            known = {key: time for key, time in known.items() if _slice_end(time) > step}
        else:
            expected = []
            for *key, time in step:
                expected.append(tuple(key) not in known)
                known.setdefault(tuple(key), time)
            assert expected == remembered.add(*_columns(step)).tolist()
        assert len(known) == len(remembered)
