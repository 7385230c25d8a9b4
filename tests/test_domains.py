"""Recipient domains: the definition for one address, and its lift to columns of them."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignmetrics._strategies import addresses
from campaignmetrics.domains import cut_domains, lift_domains, normalise_domain, recipient_domain

columns = st.lists(st.none() | addresses() | st.text(alphabet="a@.É >", max_size=8), max_size=30)


def lifted(column: pa.Array) -> list[str]:
    """Cut and normalise a column of addresses."""
    cut = cut_domains(column)
    return lift_domains(cut.dictionary).take(cut.indices).to_pylist()  # type: ignore[no-any-return] # pyarrow has no types


@given(texts=columns, start=st.integers(0, 5))
@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()], ids=str)
def test_the_lift_is_the_definition(texts: list[str | None], start: int, kind: pa.DataType) -> None:
    """A column gives for each address what the definition gives, wherever it is sliced."""
    expected = [recipient_domain(text) for text in texts[start:]]

    assert expected == lifted(pa.array(texts, kind)[start:])


def test_what_stands_under_a_null_is_no_address() -> None:
    """Arrow lets any bytes stand where a value is null."""
    column = pa.array(["a@one.example", "b@two.example", "c@three.example"])
    _, offsets, data = column.buffers()
    hidden = pa.Array.from_buffers(pa.string(), 3, [pa.py_buffer(b"\x05"), offsets, data])

    assert ["one.example", "", "three.example"] == lifted(hidden)


def test_a_column_without_any_bytes() -> None:
    """Where nothing is written there is no domain."""
    assert ["", ""] == lifted(pa.array(["", None], pa.string()))
    assert [] == lifted(pa.array([], pa.string()))


@pytest.mark.parametrize(
    ("recipient", "stated", "domain"),
    [
        ("reader@example.com", "Given.Example.", "given.example"),
        ("reader@example.com", "[given]", ""),
        ("reader@example.com", "", "example.com"),
        (None, "x@given.example", "given.example"),
        (None, None, ""),
    ],
)
def test_a_domain_that_is_given_goes_first(
    recipient: str | None, stated: str | None, domain: str
) -> None:
    """What the source states is used where it is there, usable or not."""
    assert domain == recipient_domain(recipient, stated)


@given(st.text(max_size=20))
def test_a_normal_domain_stays(name: str) -> None:
    """Normalising twice is normalising once."""
    assert normalise_domain(name) == normalise_domain(normalise_domain(name))
