"""96-bit digests of many short texts at once.

Three multilinear hashes of 32 bits each (Lemire and Kaser, *Strongly universal string hashing is
fast*, 2014) over arrays of texts: the text is cut into numbers of 32 bits, each is multiplied with
a random number of 64 bits, and the upper half of the sum is kept. Two different texts have equal
digests in one of 2⁹⁶ choices of the random numbers, whatever the texts are. The random numbers come
from a secret, so digests are compared under one secret only, and who does not know it cannot choose
texts whose digests are equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b, shake_256
from typing import TypeAlias

import attrs
import numpy as np
import numpy.typing as npt
import pyarrow as pa

Words: TypeAlias = npt.NDArray[np.uint64]
Ints: TypeAlias = npt.NDArray[np.integer]

_LONG = 256
"""Texts from this many bytes on are shortened first: one long text must not slow the others."""

_PARTS = 3
_NUMBERS = 1 + _LONG // 4  # for the length of a text, and for each four bytes of it
_AT_ONCE = 1 << 12  # what fits the processor's cache
_HALF = np.uint64(32)
_LOWER = np.uint64(2**32 - 1)
_FIRST_BYTES = np.array([2**64 - 1, *(2 ** (8 * count) - 1 for count in range(1, 8))], np.uint64)
"""What keeps the bytes of a text's last word, by its length modulo 8."""


@attrs.frozen(eq=False)
class Digests:
    """One digest in each row: 64 bits that are spread evenly, and 32 more."""

    high: Words
    low: npt.NDArray[np.uint32]

    def __len__(self) -> int:
        return len(self.high)

    def __getitem__(self, rows: npt.NDArray[np.intp] | npt.NDArray[np.bool_] | slice) -> Digests:
        if isinstance(rows, np.ndarray) and rows.dtype == np.intp:  # sooner taken than indexed
            return Digests(self.high.take(rows), self.low.take(rows))
        return Digests(self.high[rows], self.low[rows])

    @classmethod
    def concat(cls, parts: Sequence[Digests]) -> Digests:
        """Put digests behind each other."""
        highs, lows = ([part.high for part in parts], [part.low for part in parts])
        return cls(np.concatenate(highs), np.concatenate(lows))


def digests(texts: pa.Array, groups: pa.Array, secret: bytes) -> Digests:
    """Digest each text in its group.

    Args:
        texts: strings of any Arrow string type, or a dictionary of them; no nulls.
        groups: for each text, a word; equal texts in different groups have unrelated digests.
        secret: what the random numbers are made of, at most 64 bytes.

    Returns:
        The digest of each text, in order.
    """
    factors = _factors(secret)
    starts, codes = _starts(groups, secret)
    offsets, lengths, words = _words(texts.cast(pa.large_binary()))
    high, low = np.empty(len(texts), np.uint64), np.empty(len(texts), np.uint32)
    products = np.empty((_PARTS, _AT_ONCE), np.uint64)
    for count, rows in _by_count(lengths):
        where, sizes = offsets[rows], lengths[rows]
        sums = starts.take(codes[rows], axis=1)
        numbers = _numbers(words, where, sizes, count)
        for place, number in enumerate(numbers):
            product = products[:, : len(where)]
            np.multiply(number, factors[:, place, None], out=product)
            sums += product
        high[rows] = _spread((sums[0] & ~_LOWER) | (sums[1] >> _HALF))
        low[rows] = sums[2] >> _HALF
    return Digests(high, low)


def _numbers(words: Words, where: Ints, sizes: Ints, count: int) -> Iterator[Words]:
    """Give the numbers of texts that have the same count of words: first their lengths."""
    yield sizes.astype(np.uint64)
    size, first = int(sizes[0]), int(where[0])
    are_even = (sizes == size).all() and where[-1] - first == (len(where) - 1) * size
    for place in range(count):
        if are_even:  # texts of one length behind each other, which are got at without searching
            begin = first + 8 * place
            word = words[begin : begin + (len(where) - 1) * size + 1 : size].copy()
        else:
            word = words[where + 8 * place]
        if place == count - 1:
            word &= _FIRST_BYTES[sizes % 8]
        yield word & _LOWER
        yield word >> _HALF


@lru_cache
def _factors(secret: bytes) -> Words:
    """Give the random numbers: a row for each part, a column for each number of a text."""
    stream = shake_256(b"factors" + secret).digest(8 * _PARTS * _NUMBERS)
    return np.frombuffer(stream, "<u8").reshape(_PARTS, _NUMBERS)


def _starts(groups: pa.Array, secret: bytes) -> tuple[Words, Ints]:
    """Give the words from which the sums of each group start, and the place of each row's word."""
    if not pa.types.is_dictionary(groups.type):
        groups = groups.cast(pa.large_string()).dictionary_encode()
    stream = b"".join(
        blake2b(word.encode(), digest_size=8 * _PARTS, key=secret).digest()
        for word in groups.dictionary.to_pylist()
    )
    starts = np.frombuffer(stream, "<u8").reshape(-1, _PARTS)
    return starts.T.copy(), groups.indices.to_numpy(zero_copy_only=False)


def _words(texts: pa.Array) -> tuple[Ints, Ints, Words]:
    """Give where each text begins, how many bytes it has, and the eight bytes at each place."""
    offsets = np.frombuffer(texts.buffers()[1], np.int64, texts.offset + len(texts) + 1)
    offsets = offsets[texts.offset :]
    lengths = np.diff(offsets)
    data = np.frombuffer(texts.buffers()[2] or b"", np.uint8)[offsets[0] : offsets[-1]]
    offsets = offsets[:-1] - offsets[0]
    long = np.flatnonzero(lengths >= _LONG)
    if len(long):
        short = b"".join(blake2b(texts[row].as_py()).digest() * 4 for row in long.tolist())
        offsets[long] = len(data) + _LONG * np.arange(len(long))
        lengths[long] = _LONG  # which no text that is hashed as it is has
        data = np.concatenate([data, np.frombuffer(short, np.uint8)])
    data = np.concatenate([data, np.zeros(8, np.uint8)])  # the last words reach over the end
    return offsets, lengths, np.ndarray((len(data) - 7,), "<u8", data, strides=(1,))


def _by_count(lengths: Ints) -> Iterator[tuple[int, npt.NDArray[np.intp] | slice]]:
    """Give the rows whose texts have the same count of words, not too many at once."""
    counts = (lengths + 7) // 8
    present = np.flatnonzero(np.bincount(counts)).tolist()
    for count in present:
        if len(present) == 1:
            for first in range(0, len(counts), _AT_ONCE):
                yield count, slice(first, first + _AT_ONCE)
        else:
            rows = np.flatnonzero(counts == count)
            for first in range(0, len(rows), _AT_ONCE):
                yield count, rows[first : first + _AT_ONCE]


def _spread(words: Words) -> Words:
    """Spread words evenly over all words, each to another (the finalizer of MurmurHash3)."""
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        words ^= words >> np.uint64(33)
        words *= np.uint64(factor)
    words ^= words >> np.uint64(33)
    return words
