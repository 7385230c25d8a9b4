"""JSON text to Python values, strictly: no NaN, no infinity, and one kind of error."""

from __future__ import annotations

import json
from typing import NoReturn


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)
scan = json.scanner.make_scanner(_DECODER)  # type: ignore[attr-defined] # not in its stub
"""Decodes the value at a place, and tells where it ends; its errors are of several kinds."""


def decode(text: str) -> object:
    """Decode one JSON value, blanks around it allowed; of equal names in an object the last counts.

    Raises:
        ValueError: it is none, or one that Python cannot hold; the message says why.
    """
    try:
        value, end = scan(text, 0)
    except (StopIteration, ValueError, RecursionError):
        end = -1
    return value if end == len(text) else _explained(text)


def decode_at(text: str, start: int) -> tuple[object, int]:
    """Decode the JSON value that begins at a place in a text; return it and where it ends.

    Raises:
        ValueError: there is none, or it is not whole.
    """
    try:
        value, end = scan(text, start)
    except json.JSONDecodeError as error:
        raise ValueError(error.msg) from None
    except (StopIteration, RecursionError):
        raise ValueError("nothing that begins a value, or nested too deeply") from None
    return value, end


def _explained(text: str) -> object:
    """Decode with more patience, or say why it cannot be."""
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg}, character {error.pos + 1}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
