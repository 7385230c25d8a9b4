"""JSON text to Python values, strictly: no NaN, no infinity, and one kind of error.

What decides is the standard library. Where orjson is installed it goes first, since it takes a
third of the time, and what it refuses is looked at again. The one thing that it reads otherwise,
whole numbers of more than 64 bits, is kept from it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NoReturn

import numpy as np

try:
    import orjson
except ImportError:  # the extra ``fast`` brings it
    orjson = None  # type: ignore[assignment] # the module is complete, or is not there


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)
_scan = json.scanner.make_scanner(_DECODER)  # type: ignore[attr-defined] # not in its stub
"""Decodes the value at a place, and tells where it ends; its errors are of several kinds."""


def quick_decoder(block: bytes) -> Callable[[bytes], object]:
    """Choose the quickest way to decode the lines of a block.

    Returns:
        A function that takes a line and gives its value, the same as ``decode`` gives; or raises a
        ValueError, of lines that ``decode`` may be able to read all the same.
    """
    return _scanned if orjson is None or _has_long_number(block) else orjson.loads


def _has_long_number(block: bytes) -> bool:
    """Tell whether there are 19 digits in a row, as many as -2**63 has."""
    digits = np.frombuffer(block, np.uint8) - np.uint8(ord("0")) < 10  # noqa: PLR2004 -- the digits
    for step in (1, 2, 4, 8, 3):  # 2 of them, 4, 8, 16, 19
        digits = digits[step:] & digits[:-step]
    return bool(digits.any())


def _scanned(line: bytes) -> object:
    text = line.decode()
    try:
        value, end = _scan(text, 0)
    except (StopIteration, RecursionError):
        end = -1
    if end != len(text):
        raise ValueError
    return value


def decode(text: str) -> object:
    """Decode one JSON value, blanks around it allowed; of equal names in an object the last counts.

    Raises:
        ValueError: it is none, or one that Python cannot hold; the message says why.
    """
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg}, character {error.pos + 1}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None


def decode_at(text: str, start: int) -> tuple[object, int]:
    """Decode the JSON value that begins at a place in a text; return it and where it ends.

    Raises:
        ValueError: there is none, or it is not whole.
    """
    try:
        value, end = _scan(text, start)
    except json.JSONDecodeError as error:
        raise ValueError(error.msg) from None
    except (StopIteration, RecursionError):
        raise ValueError("nothing that begins a value, or nested too deeply") from None
    return value, end
