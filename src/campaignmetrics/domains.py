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
import pyarrow.compute as pc

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


def cut_domains(addresses: pa.Array) -> pa.Array:
    """Cut the part behind the last ``@`` out of each address.

    Args:
        addresses: string or large_string, nulls allowed.

    Returns:
        An array of the same type and length; ``""`` where there is no address or no ``@``. Nothing
        is normalised yet.
    """
    offset_type: type[np.signedinteger] = (
        np.int32 if pa.types.is_string(addresses.type) else np.int64
    )
    _, offset_buffer, data_buffer = addresses.buffers()
    if data_buffer is None or not len(addresses):
        return pa.repeat(pa.scalar("", addresses.type), len(addresses))
    offsets = np.frombuffer(offset_buffer, offset_type)[addresses.offset :][: len(addresses) + 1]
    starts = _domain_starts(addresses, offsets, np.frombuffer(data_buffer, np.uint8))
    # Between the old offsets and the new starts lie [local part@][domain][local part@][domain]…,
    # over the same bytes, so the odd elements of that array are the domains, without a copy so far.
    both = np.empty(2 * len(addresses) + 1, offset_type)
    both[0::2] = offsets
    both[1::2] = starts
    parts = pa.Array.from_buffers(
        addresses.type, 2 * len(addresses), [None, pa.py_buffer(both), data_buffer]
    )
    return parts.take(pa.array(np.arange(1, 2 * len(addresses), 2)))


def _domain_starts(
    addresses: pa.Array, offsets: npt.NDArray[np.integer], data: npt.NDArray[np.uint8]
) -> npt.NDArray[np.integer]:
    """Find where each domain begins; at the end of the address where there is none."""
    begins, ends = offsets[:-1], offsets[1:]
    first = pc.fill_null(pc.find_substring(addresses, "@"), -1).to_numpy(zero_copy_only=False)
    found = first >= 0
    ats = np.count_nonzero(data[offsets[0] : offsets[-1]] == _AT)
    if ats == np.count_nonzero(found):  # one each, as nearly always
        starts = begins + first + 1
    else:
        positions = np.flatnonzero(data[: offsets[-1]] == _AT)
        last = np.searchsorted(positions, ends) - 1
        starts = positions[np.maximum(last, 0)] + 1
    return np.where(found, starts, ends)
