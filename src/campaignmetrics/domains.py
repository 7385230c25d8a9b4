"""The recipient domain of an address: one definition in Python, and its lift to Arrow columns.

The lift cuts the part behind the last ``@`` out of millions of addresses with array operations, and
leaves all that needs thought to the Python definition, which then sees each distinct part once.
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

_UNUSABLE = re.compile(r"[\s()\[\]{}<>]")
_AT = ord("@")


@lru_cache(maxsize=1 << 16)  # batch after batch asks for the same few thousand
def normalise_domain(name: str) -> str:
    """Bring a domain into the one form under which it is counted.

    Args:
        name: a domain, or what stands behind the last ``@`` of an address. If it holds an ``@``
            itself, the part behind the last one counts.

    Returns:
        The domain in lower case and ASCII, without a final dot; ``""`` if it is not usable: empty,
        with white space or brackets, or not to be written in ASCII.

    Source: ``docs/definitions.md``, *Top recipient domains*.

    Example:
        >>> normalise_domain("Müller.Example.")
        'xn--mller-kva.example'
        >>> normalise_domain("[192.0.2.1]")
        ''
    """
    domain = name.rpartition("@")[2].lower()
    try:
        domain = domain.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        return ""
    return "" if _UNUSABLE.search(domain) else domain


def lift_domains(names: pa.Array) -> pa.Array:
    """Apply ``normalise_domain`` to an array of distinct names."""
    return pa.array(map(normalise_domain, names.to_pylist()), pa.string())


def recipient_domain(recipient: str | None, given: str | None = None) -> str:
    """Name the domain under which one event counts.

    Args:
        recipient: the email address, if any.
        given: the domain as the source states it; it goes before the address.

    Returns:
        The normalised domain, or ``""`` where there is none that is usable.

    Source: ``docs/definitions.md``, *Top recipient domains*.

    Example:
        >>> recipient_domain("Reader@News.Example.COM")
        'news.example.com'
        >>> recipient_domain("no address")
        ''
    """
    if given:
        return normalise_domain(given)
    return normalise_domain(recipient) if recipient and "@" in recipient else ""


def cut_domains(addresses: pa.Array) -> pa.DictionaryArray:
    """Cut the part behind the last ``@`` out of each address.

    Args:
        addresses: string or large_string, nulls allowed.

    Returns:
        The parts as they are, not normalised; ``""`` where there is no address or no ``@``.
    """
    rows = len(addresses)
    if not rows:
        return pa.array([], addresses.type).dictionary_encode()
    offset_type: type[np.signedinteger] = (
        np.int32 if pa.types.is_string(addresses.type) else np.int64
    )
    _, offset_buffer, data_buffer = addresses.buffers()
    offsets = np.frombuffer(offset_buffer, offset_type)[addresses.offset :][: rows + 1]
    row, starts = _domain_starts(offsets, np.frombuffer(data_buffer, np.uint8))
    if addresses.null_count:  # under a null there may be anything
        there = addresses.is_valid().to_numpy(zero_copy_only=False)[row]
        row, starts = row[there], starts[there]
    # Over the same bytes lie [domain][local part@][domain][local part@]…, of which every other one
    # is taken.
    both = np.empty(2 * len(row) + 1, offset_type)
    both[:-1:2] = starts
    both[1::2] = offsets[1:][row]
    both[-1] = offsets[-1]
    parts = pa.Array.from_buffers(
        addresses.type, 2 * len(row), [None, pa.py_buffer(both), data_buffer]
    )
    domains = parts.take(pa.array(np.arange(0, 2 * len(row), 2))).dictionary_encode()
    words = pa.concat_arrays([domains.dictionary, pa.array([""], addresses.type)])
    places = np.full(rows, len(words) - 1, np.int32)
    places[row] = domains.indices
    return pa.DictionaryArray.from_arrays(pa.array(places), words)


def _domain_starts(
    offsets: npt.NDArray[np.signedinteger], data: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Find the rows with an ``@``, and where what is behind their last one begins."""
    first, last = int(offsets[0]), int(offsets[-1])
    ats = np.flatnonzero(data[first:last] == _AT) + first
    row = np.searchsorted(offsets[1:], ats.astype(offsets.dtype), side="right")
    is_last = np.ones(len(row), np.bool_)
    is_last[:-1] = row[1:] != row[:-1]
    return row[is_last], ats[is_last] + 1
