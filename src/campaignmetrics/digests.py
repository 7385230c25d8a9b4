"""128-bit digests of many short texts at once.

SipHash-1-3 with 128 bits of output (Aumasson and Bernstein, 2012), over arrays instead of one text
after the other. A text is hashed under a key that is drawn anew in every process, so digests are
compared within one process only, and nobody can choose texts whose digests are equal.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import blake2b
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Digests: TypeAlias = npt.NDArray[np.uint64]
"""One row for each text, its digest in two columns of 64 bits."""

_PROCESS_KEY = os.urandom(32)
_LONG = 256
"""Texts from this many bytes on are shortened first: one long text must not slow the others."""

_AT_ONCE = 1 << 14  # what fits the processor's cache
_INITIAL = tuple(
    np.frombuffer(word, "<u8") for word in (b"uespemos", b"modnarod", b"arenegyl", b"setybdet")
)


def digests(texts: pa.Array, groups: pa.Array, secret: bytes = _PROCESS_KEY) -> Digests:
    """Digest each text in its group.

    Args:
        texts: strings of any Arrow string type, or a dictionary of them; no nulls.
        groups: for each text, a word; equal texts in different groups have unrelated digests.
        secret: what the keys are made of, at most 64 bytes.

    Returns:
        The digest of each text, in order.
    """
    words = groups.cast(pa.large_string()).dictionary_encode()
    keys = np.frombuffer(
        b"".join(
            blake2b(word.encode(), digest_size=16, key=secret).digest()
            for word in words.dictionary.to_pylist()
        ),
        "<u8",
    ).reshape(-1, 2)[words.indices.to_numpy(zero_copy_only=False)]
    result = np.empty((len(texts), 2), np.uint64)
    for rows, matrix in _by_length(texts.cast(pa.large_binary())):
        for first in range(0, len(rows), _AT_ONCE):
            some = rows[first : first + _AT_ONCE]
            result[some] = _siphash(matrix[first : first + _AT_ONCE], keys[some])
    return result


def _by_length(texts: pa.Array) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.uint8]]]:
    """Give the texts of each length as rows of bytes."""
    offsets = np.frombuffer(texts.buffers()[1], np.int64, texts.offset + len(texts) + 1)
    offsets = offsets[texts.offset :]
    data = np.frombuffer(texts.buffers()[2] or b"", np.uint8)
    lengths = np.diff(offsets)
    for length in np.unique(lengths).tolist():
        rows = np.flatnonzero(lengths == length)
        if length >= _LONG:
            yield rows, _shortened(texts.take(pa.array(rows)))
        else:
            yield rows, data[offsets[rows][:, None] + np.arange(length)]


def _shortened(texts: pa.Array) -> npt.NDArray[np.uint8]:
    """Bring long texts to ``_LONG`` bytes, which no text that is hashed as it is has."""
    short = b"".join(blake2b(text).digest() * 4 for text in texts.to_pylist())
    return np.frombuffer(short, np.uint8).reshape(-1, _LONG)


def _siphash(matrix: npt.NDArray[np.uint8], keys: Digests) -> Digests:
    count, length = matrix.shape
    padded = np.zeros((count, length // 8 * 8 + 8), np.uint8)
    padded[:, :length] = matrix
    padded[:, -1] = length % 256
    words = np.ascontiguousarray(padded.view("<u8").T)
    state = [initial ^ keys[:, half] for initial, half in zip(_INITIAL, (0, 1, 0, 1), strict=True)]
    state[1] ^= np.uint64(0xEE)
    for word in words:
        state[3] ^= word
        _round(state)
        state[0] ^= word
    state[2] ^= np.uint64(0xEE)
    first = _finish(state)
    state[1] ^= np.uint64(0xDD)
    return np.stack([first, _finish(state)], axis=1)


def _finish(state: list[npt.NDArray[np.uint64]]) -> npt.NDArray[np.uint64]:
    for _ in range(3):
        _round(state)
    mixed: npt.NDArray[np.uint64] = state[0] ^ state[1] ^ state[2] ^ state[3]
    return mixed


def _round(state: list[npt.NDArray[np.uint64]]) -> None:
    a, b, c, d = state
    a += b
    b = _rotated(b, 13)
    b ^= a
    a = _rotated(a, 32)
    c += d
    d = _rotated(d, 16)
    d ^= c
    a += d
    d = _rotated(d, 21)
    d ^= a
    c += b
    b = _rotated(b, 17)
    b ^= c
    state[:] = a, b, _rotated(c, 32), d


def _rotated(numbers: npt.NDArray[np.uint64], bits: int) -> npt.NDArray[np.uint64]:
    left = numbers << np.uint64(bits)
    left |= numbers >> np.uint64(64 - bits)
    return left
