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
    offset_type: type[np.signedinteger] = (
        np.int32 if pa.types.is_string(addresses.type) else np.int64
    )
    rows = len(addresses)
    _, offset_buffer, data_buffer = addresses.buffers()
    if not rows:
        return pa.repeat(pa.scalar("", addresses.type), rows).dictionary_encode()
    offsets = np.frombuffer(offset_buffer, offset_type)[addresses.offset :][: rows + 1]
    # Between the offsets and the starts lie [local part@][domain][local part@][domain]…, over the
    # same bytes. So the odd elements of that array are the domains, without a copy; the even ones
    # are null, so that encoding passes over them.
    both = np.empty(2 * rows + 1, offset_type)
    both[0::2] = offsets
    both[1::2] = _domain_starts(offsets, np.frombuffer(data_buffer, np.uint8))
    if addresses.null_count:  # under a null there may be anything
        nowhere = addresses.is_null().to_numpy(zero_copy_only=False)
        both[1::2][nowhere] = offsets[1:][nowhere]
    odd = pa.py_buffer(np.full(rows // 4 + 1, 0b10101010, np.uint8))
    parts = pa.Array.from_buffers(
        addresses.type, 2 * rows, [odd, pa.py_buffer(both), data_buffer], null_count=rows
    ).dictionary_encode()
    places = np.frombuffer(parts.indices.buffers()[1], np.int32)[1 : 2 * rows : 2]
    return pa.DictionaryArray.from_arrays(pa.array(places), parts.dictionary)


def _domain_starts(
    offsets: npt.NDArray[np.signedinteger], data: npt.NDArray[np.uint8]
) -> npt.NDArray[np.signedinteger]:
    """Find where each domain begins; at the end of the address where there is none."""
    begins, ends = offsets[:-1], offsets[1:]
    first, last = int(offsets[0]), int(offsets[-1])
    ats = np.flatnonzero(data[first:last] == _AT).astype(offsets.dtype) + first
    rows = np.flatnonzero(ends > begins)
    if len(rows) == len(ats) and _one_each(ats, begins, ends, rows):  # as nearly always
        starts = ends.copy()
        starts[rows] = ats + 1
        return starts
    nearest = np.searchsorted(ats, ends) - 1
    at = ats[np.maximum(nearest, 0)] if len(ats) else ends
    return np.where((nearest >= 0) & (at >= begins), at + 1, ends)


def _one_each(
    ats: npt.NDArray[np.signedinteger],
    begins: npt.NDArray[np.signedinteger],
    ends: npt.NDArray[np.signedinteger],
    rows: npt.NDArray[np.intp],
) -> bool:
    if len(rows) < len(ends):
        begins, ends = begins[rows], ends[rows]
    return bool(((ats >= begins) & (ats < ends)).all())
