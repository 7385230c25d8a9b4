"""The set of keys that only grows, and the digests it keeps."""

import secrets
from hashlib import blake2b

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignmetrics.digests import Digests, digests
from campaignmetrics.seen import Seen

_MASK = (1 << 64) - 1


def _rotated(number: int, bits: int) -> int:
    return (number << bits | number >> (64 - bits)) & _MASK


def _siphash(text: bytes, key: bytes) -> list[int]:
    """SipHash-1-3 with 128 bits of output, one text at a time, from the definition."""
    k0, k1 = (int.from_bytes(key[i : i + 8], "little") for i in (0, 8))
    v = [
        k0 ^ 0x736F6D6570736575,
        k1 ^ 0x646F72616E646F6D ^ 0xEE,
        k0 ^ 0x6C7967656E657261,
        k1 ^ 0x7465646279746573,
    ]

    def turn() -> None:
        v[0] = (v[0] + v[1]) & _MASK
        v[1] = _rotated(v[1], 13) ^ v[0]
        v[0] = _rotated(v[0], 32)
        v[2] = (v[2] + v[3]) & _MASK
        v[3] = _rotated(v[3], 16) ^ v[2]
        v[0] = (v[0] + v[3]) & _MASK
        v[3] = _rotated(v[3], 21) ^ v[0]
        v[2] = (v[2] + v[1]) & _MASK
        v[1] = _rotated(v[1], 17) ^ v[2]
        v[2] = _rotated(v[2], 32)

    whole = len(text) // 8 * 8
    last = text[whole:].ljust(7, b"\0") + bytes([len(text) % 256])
    padded = text[:whole] + last
    for i in range(0, len(padded), 8):
        word = int.from_bytes(padded[i : i + 8], "little")
        v[3] ^= word
        turn()
        v[0] ^= word
    halves = []
    for place, mark in ((2, 0xEE), (1, 0xDD)):
        v[place] ^= mark
        for _ in range(3):
            turn()
        halves.append(v[0] ^ v[1] ^ v[2] ^ v[3])
    return halves


@given(st.lists(st.text(max_size=40), max_size=6), st.sampled_from(["sent", "opened", ""]))
def test_digests_are_siphash_of_the_text(texts: list[str], group: str) -> None:
    """Texts of any lengths together have the digests that each has alone."""
    secret = secrets.token_bytes(16)
    key = blake2b(group.encode(), digest_size=16, key=secret).digest()
    groups = pa.array([group] * len(texts), pa.string())
    actual = digests(pa.array(texts, pa.string()), groups, secret)
    assert [_siphash(text.encode(), key) for text in texts] == actual.tolist()


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_the_type_of_a_column_does_not_matter(kind: pa.DataType) -> None:
    """Equal texts have equal digests, as plain, large, view or dictionary, whole or sliced."""
    texts = pa.array(["", "a", "ä", "a" * 300, "b" * 300])
    groups = pa.array(["sent"] * 5)
    expected = digests(texts, groups).tolist()
    assert expected == digests(texts.cast(kind), groups).tolist()
    assert expected == digests(texts.dictionary_encode(), groups).tolist()
    assert expected[2:4] == digests(texts.cast(kind).slice(2, 2), groups.slice(2, 2)).tolist()
    assert len(set(map(tuple, expected))) == len(expected)


def test_groups_are_apart() -> None:
    """One text in two groups has two digests."""
    first, second = digests(pa.array(["a", "a"]), pa.array(["sent", "opened"])).tolist()
    assert first != second


def _numbers(*pairs: tuple[int, int]) -> Digests:
    return np.array(pairs, np.uint64).reshape(-1, 2)


@given(st.lists(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=8), max_size=8))
def test_it_answers_like_a_set(calls: list[list[tuple[int, int]]]) -> None:
    """Also where digests differ in one half alone, which real ones next to never do."""
    seen, known = Seen(), set[tuple[int, int]]()
    for pairs in calls:
        expected = []
        for pair in pairs:
            expected.append(pair not in known)
            known.add(pair)
        assert expected == seen.add(_numbers(*pairs)).tolist()
    assert len(known) == len(seen)


def test_runs_stay_few() -> None:
    """A thousand small additions leave a number of runs that grows as the logarithm."""
    seen = Seen()
    for first in range(0, 10_000, 10):
        assert seen.add(_numbers(*((n * 7919, n) for n in range(first, first + 10)))).all()
    assert len(seen._runs) <= 11  # noqa: SLF001 -- what memory and speed rest on
    assert not seen.add(_numbers(*((n * 7919, n) for n in range(10_000)))).any()
