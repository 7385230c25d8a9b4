"""Identifiers from numbers, many at a time: what makes ten million of them a matter of seconds."""
# ruff: noqa: INP001 -- scripts side by side are no package

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]

_HEX = np.array([list(f"{byte:02x}".encode()) for byte in range(256)], dtype=np.uint8)
_GROUPS = ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))
_UUID_LENGTH = 36


def uuids(numbers: Ints, family: int, valid: Flags | None = None) -> pa.Array:
    """Give each number its own text in the form of a UUID, or null where it is not valid.

    Equal numbers of one family give equal texts, different ones different texts.
    """
    if valid is None:
        valid = np.ones(len(numbers), np.bool_)
    seeds = numbers[valid].astype(np.uint64) * np.uint64(2) + np.uint64(family << 48)
    halves = np.stack([_scramble(seeds), _scramble(seeds + np.uint64(1))], axis=1)
    digits = _HEX[halves.astype(">u8").view(np.uint8)].reshape(-1, 32)
    text = np.full((len(seeds), _UUID_LENGTH), ord("-"), np.uint8)
    for dashes, (start, stop) in enumerate(_GROUPS):
        text[:, start + dashes : stop + dashes] = digits[:, start:stop]
    return strings(text, valid)


def numbered(prefix: str, numbers: Ints, width: int) -> Bytes:
    """Write a prefix and a number of ``width`` digits, one row of bytes each."""
    text = np.empty((len(numbers), len(prefix) + width), np.uint8)
    text[:, : len(prefix)] = np.frombuffer(prefix.encode(), np.uint8)
    rest = numbers.copy()
    for column in range(text.shape[1] - 1, len(prefix) - 1, -1):
        rest, digit = np.divmod(rest, 10)
        text[:, column] = digit + ord("0")
    return text


def strings(text: Bytes, valid: Flags | None = None) -> pa.Array:
    """Turn rows of bytes of one length into an Arrow array, with nulls where not valid."""
    if valid is None:
        valid = np.ones(len(text), np.bool_)
    offsets = np.zeros(len(valid) + 1, np.int32)
    np.cumsum(valid * np.int32(text.shape[1]), out=offsets[1:])
    bitmap = np.packbits(valid, bitorder="little")
    buffers = [pa.py_buffer(part) for part in (bitmap, offsets, np.ascontiguousarray(text))]
    return pa.StringArray.from_buffers(len(valid), buffers[1], buffers[2], buffers[0])


def _scramble(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Spread numbers over 64 bits, one to one (the finaliser of splitmix64)."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
