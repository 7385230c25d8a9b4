"""The set of keys that only grows, and the digests it keeps."""

import secrets
from hashlib import blake2b, shake_256

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignmetrics.digests import Digests, digests
from campaignmetrics.seen import Seen
from campaignmetrics.sends import SendIndex


def _digest(text: bytes, group: str, secret: bytes) -> tuple[int, int]:
    """Digest one text by the definition, in whole numbers as they are."""
    size = min(len(text), 256)
    if size == 256:
        text = blake2b(text).digest() * 4
    random = shake_256(b"factors" + secret).digest(3 * 65 * 8)
    starts = blake2b(group.encode(), digest_size=24, key=secret).digest()
    parts = []
    for part in range(3):
        factor = [
            int.from_bytes(random[place : place + 8], "little")
            for place in range(part * 65 * 8, (part + 1) * 65 * 8, 8)
        ]
        total = int.from_bytes(starts[part * 8 : part * 8 + 8], "little") + size * factor[0]
        for place in range(0, size, 4):
            number = int.from_bytes(text[place : place + 4], "little")
            total += number * factor[1 + place // 4]
        parts.append(total % 2**64 >> 32)
    high = parts[0] << 32 | parts[1]
    for multiplier in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        high = (high ^ high >> 33) * multiplier % 2**64
    return high ^ high >> 33, parts[2]


def _pairs(digested: Digests) -> list[tuple[int, int]]:
    return list(zip(digested.high.tolist(), digested.low.tolist(), strict=True))


_TEXTS = st.one_of(st.text(max_size=40), st.text("ab", min_size=240, max_size=270))


@given(st.lists(st.tuples(_TEXTS, st.sampled_from(["sent", "opened", ""])), max_size=6))
def test_digests_are_multilinear_hashes(keys: list[tuple[str, str]]) -> None:
    """Texts of any lengths together have the digests that each has alone."""
    secret = secrets.token_bytes(32)
    texts, groups = (pa.array([key[i] for key in keys], pa.string()) for i in (0, 1))
    expected = [_digest(text.encode(), group, secret) for text, group in keys]
    assert expected == _pairs(digests(texts, groups, secret))
    assert expected == _pairs(digests(texts, groups.dictionary_encode(), secret))


def test_many_texts_have_the_digests_of_each() -> None:
    """Also more than are hashed at once, of one length and of many."""
    for texts in ([f"{n:08}" for n in range(20_000)], [str(n) for n in range(20_000)]):
        actual = _pairs(digests(pa.array(texts), pa.array(["sent"] * 20_000), b"key"))
        for row in range(0, 20_000, 999):
            assert _digest(texts[row].encode(), "sent", b"key") == actual[row]
        assert len(set(actual)) == 20_000


@pytest.mark.parametrize(
    "lengths", [(5, 4, 6, 5), (8, 8, 8), (5, 5, 5), (5, 12, 5), (300, 300, 8), (5, 4, 6), (6, 6, 5)]
)
def test_texts_behind_each_other_have_the_digests_of_each(lengths: tuple[int, ...]) -> None:
    """Of one length, of several that come to the same, and with others between them."""
    texts = [f"{place}" * length for place, length in enumerate(lengths)]
    expected = [_digest(text.encode(), "sent", b"key") for text in texts]
    assert expected == _pairs(digests(pa.array(texts), pa.repeat("sent", len(texts)), b"key"))


def test_similar_texts_spread() -> None:
    """Texts that are counted up share no more first bits than random ones would."""
    texts = pa.array([f"event-{n:012}" for n in range(1 << 16)])
    actual = digests(texts, pa.repeat("sent", 1 << 16), secrets.token_bytes(32))
    for bits in (actual.high >> np.uint64(48), actual.high & np.uint64(0xFFFF)):
        taken = len(np.unique(bits)) / (1 << 16)
        assert 0.62 < taken < 0.645  # 1 - 1/e = 0.632, give or take six standard deviations


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_the_type_of_a_column_does_not_matter(kind: pa.DataType) -> None:
    """Equal texts have equal digests, as plain, large, view or dictionary, whole or sliced."""
    texts = pa.array(["", "a", "ä", "a" * 300, "b" * 300])
    groups = pa.array(["sent"] * 5)
    expected = _pairs(digests(texts, groups, b"key"))
    assert expected == _pairs(digests(texts.cast(kind), groups, b"key"))
    assert expected == _pairs(digests(texts.dictionary_encode(), groups, b"key"))
    some = digests(texts.cast(kind).slice(2, 2), groups.slice(2, 2), b"key")
    assert expected[2:4] == _pairs(some)
    assert len(set(expected)) == len(expected)


def test_groups_are_apart() -> None:
    """One text in two groups has two digests."""
    first, second = _pairs(digests(pa.array(["a", "a"]), pa.array(["sent", "opened"]), b"key"))
    assert first != second


def _numbers(*pairs: tuple[int, int]) -> Digests:
    columns = np.array(pairs, np.uint64).reshape(-1, 2)
    return Digests(columns[:, 0], columns[:, 1].astype(np.uint32))


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
        assert seen.add(_numbers(*((n * 7919 << 36, n) for n in range(first, first + 10)))).all()
    assert len(list(seen._runs)) <= 24  # noqa: SLF001 -- what memory and speed rest on
    assert not seen.add(_numbers(*((n * 7919 << 36, n) for n in range(10_000)))).any()


@pytest.mark.parametrize("few", [False, True])
def test_sends_are_found_after_others_were_dropped(few: bool) -> None:  # noqa: FBT001 -- a parameter
    """In runs of any length, merged before and after, each with its own numbers."""
    index, times = SendIndex(few=few), np.arange(6_000)
    sends = digests(pa.array([f"s-{n}" for n in times]), pa.repeat("email", 6_000), b"key")
    for first in range(0, 5_000, 500):
        some = slice(first, first + 500)
        index.add(sends[some], {"time": times[some]})
    index.keep(lambda fields: fields["time"] % 3 == 1)
    for end in (5_000, 6_000):
        index.add(sends[5_000:end], {"time": times[5_000:end]})
        found = [(asked, fields["time"][places]) for asked, places, fields in index.find(sends)]
        asked, time = (np.concatenate(parts) for parts in zip(*found, strict=True))
        assert (sends.high[asked] == sends.high[time]).all()
        assert sorted(time) == [n for n in range(end) if n >= 5_000 or n % 3 == 1]
