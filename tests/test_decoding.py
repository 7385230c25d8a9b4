"""JSON is read alike with orjson and without it: by what the standard library makes of it."""

import json
import subprocess
import sys
from unittest import mock

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from campaignmetrics.reading import decoding, texts

NUMBERS = (
    *("0", "-0", "-0.0", "1.0", "1e5", "0.1", "1.5e-7", "5e-324", "1e-400", "1e400", "-1e400"),
    *(str(sign * (2**bits + by)) for sign in (1, -1) for bits in (53, 63, 64) for by in (-1, 0, 1)),
    "9" * 400,
    "0." + "1" * 30,
)
TEXTS = (
    '"\\ud800"',
    '"\\udc00x"',
    '"\\ud83d\\ude00"',
    '"\\u0000"',
    '"\x7f"',
    '"\xe9"',
    '"\U0001f600"',
)
FAULTS = (
    *("", " ", "01", "1.", ".5", "+1", "tru", "[1,]", '{"a":1,}', "{'a': 1}", '"\t"', '"\\x"'),
    *("NaN", "[Infinity]", '{"a":-Infinity}', "nan", "Inf", "\ufeff1", "\x0b1", "\xa01", "1\x00"),
    *("1 2", "{}{}", "{} {}", '{"a":1}{"b"', "//", "1//", "[" * 5000, "1" * 5000),
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def odd_json(draw: st.DrawFn) -> bytes:
    """JSON as it may come, with one slip here and there."""
    written = json.dumps(draw(json_values), ensure_ascii=draw(st.booleans())).encode(
        errors="surrogatepass"
    )
    at = draw(st.integers(0, len(written)))
    pieces = [b"", b'"', b"\\", b",", b"{", b"]", b"e", b"-", b"0", b"\n", b"\r", b"\xff", b"\xc3"]
    slip = draw(st.sampled_from(pieces))
    return written[:at] + slip + written[at + draw(st.integers(0, 1)) :]


def _is_alike(content: bytes) -> None:
    with_it = _found(content)
    with mock.patch.object(decoding, "orjson", None):
        assert _found(content) == with_it


def _found(content: bytes) -> str:
    return repr(list(texts.values_by_line(iter([content]))))


@given(st.lists(odd_json(), max_size=3).map(b"\n".join))
@example(b"\n".join(number.encode() for number in NUMBERS))
@example("\n".join(TEXTS).encode())
@example("\n".join(FAULTS).encode())
@example(b'{"a":1,"b":2,"a":3}\r\n\r\n [1] \n')
def test_with_orjson_and_without_it(content: bytes) -> None:
    """Values, lines and what is said of the others: also the type and sign of each number."""
    _is_alike(content)


@pytest.mark.parametrize("written", [*NUMBERS, *TEXTS])
def test_a_value_is_what_the_standard_library_says(written: str) -> None:
    """By itself, so that no neighbour keeps it from orjson."""
    ((line, value, fault),) = texts.values_by_line(iter([b"\n" + written.encode() + b"\n"]))
    assert (2, repr(json.loads(written)), None) == (line, repr(value), fault)


@pytest.mark.parametrize("content", [*FAULTS, '"' + "1" * 19 + '"\nx'])
def test_a_fault_is_told_the_same(content: str) -> None:
    """By itself, too."""
    _is_alike(content.encode())


def test_orjson_goes_first_where_it_can() -> None:
    """Or nothing above would compare two ways."""
    assert decoding.quick_decoder(b'{"id": 123456789012345678}') is orjson.loads
    assert decoding.quick_decoder(b'{"id": 1234567890123456789}') is not orjson.loads


def test_orjson_is_not_needed() -> None:
    """Reading works where the extra is not installed."""
    script = """if True:
        import sys
        sys.modules["orjson"] = None  # what makes an import of it fail
        from campaignmetrics.reading import decoding, texts
        assert decoding.orjson is None
        print(*texts.values_by_line(iter([b'{"a": 1}\\n{"a": NaN}'])))
    """
    run = subprocess.run(  # noqa: S603 -- this very Python
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert run.stdout == "(1, {'a': 1}, None) (2, None, 'NaN is not JSON')\n"
