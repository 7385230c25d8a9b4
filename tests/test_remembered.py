"""Keys that are remembered for a time, against a dictionary that holds them as they are."""

import io
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from campaignmetrics.digests import Digests, digests
from campaignmetrics.remembered import Remembered

_SLICE = 10
_IDS = st.sampled_from(["", "a", "b", "ab", "ä", "a" * 20, "a" * 300, "c", "d", "e"])
_KEYS = st.tuples(_IDS, st.sampled_from(["sent", "opened"]), st.integers(-120, 120))
_STEPS = st.lists(
    st.one_of(
        st.lists(_KEYS, max_size=12),
        st.integers(-120, 120),  # forget what is before
        st.none(),  # write and read
    ),
    max_size=12,
)


def _columns(keys: list[tuple[str, str, int]]) -> tuple[Digests, np.ndarray]:
    ids, groups = (pa.array([key[i] for key in keys], pa.string()) for i in (0, 1))
    return digests(ids, groups, b"secret"), np.array([time for _, _, time in keys], np.int64)


def _sent(ids: pa.Array) -> Digests:
    return digests(ids, pa.repeat("sent", len(ids)), b"secret")


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


def test_many_keys() -> None:
    """In slices that begin one after the other, with late ones and copies, in 16 bytes each."""
    draw = np.random.default_rng(3)
    remembered, known = Remembered(1000), dict[int, int]()
    for call in range(180):
        time = call * 50
        numbers = draw.integers(0, 2_000_000, 4_000)
        times = np.maximum(time - draw.integers(0, 3000, 4_000) * (draw.random(4_000) < 0.05), 0)
        ids = pa.array([f"event-{number}" for number in numbers.tolist()])
        expected = []
        for number, at in zip(numbers.tolist(), times.tolist(), strict=True):
            expected.append(number not in known)
            known.setdefault(number, at)
        assert expected == remembered.add(_sent(ids), times).tolist()
    assert len(known) == len(remembered)
    again = Remembered.from_table(_through_bytes(remembered.table()))
    for each in (remembered, again):
        assert 12 < each.nbytes / len(each) < 17
    remembered.forget(5_999)
    assert sum(at >= 5_000 for at in known.values()) == len(remembered)
    some = list(known.items())[::7]
    ids = pa.array([f"event-{number}" for number, _ in some])
    is_new = remembered.add(_sent(ids), np.full(len(some), 9_000))
    assert [at < 5_000 for _, at in some] == is_new.tolist()
