"""Columns are classified as rows are, at the price of their distinct values."""

from __future__ import annotations

from typing import Any

import attrs
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from campaignmetrics import bounce

TEXTS = ["552 mailbox full", "550 5.1.1 user unknown", "hm", "", None]
COLUMNS = ("text", "status", "reply", "remote_host", "source", "source_class")
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "text": st.sampled_from(TEXTS),
            "status": st.sampled_from(["5.2.2", "4.0.0", None]),
            "reply": st.sampled_from(["550", None]),
            "remote_host": st.sampled_from(["mx.shop.example", None]),
            "source": st.sampled_from(["ses", "ajo"]),
            "source_class": st.sampled_from(["10", "Permanent/NoEmail", None]),
        }
    ),
    max_size=30,
)


def by_row(row: dict[str, Any], profile: str) -> dict[str, Any] | None:
    """Classify one row with the plain function; a row without evidence is None."""
    if not any(row.get(name) for name in row if name != "source"):
        return None
    answer = bounce.classify(row.pop("text", None), **row, profile=profile)
    return attrs.asdict(answer)


@example([dict.fromkeys(COLUMNS) | {"source": "ses"}], "default")
@given(ROWS, st.sampled_from(["default", "adobe"]))
def test_columns_and_rows_agree(rows: list[dict[str, Any]], profile: str) -> None:
    """Row by row, the answer is that of ``classify``."""
    columns = {name: [row[name] for row in rows] for name in COLUMNS}
    table = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    answers = bounce.classify_arrow(table, profile=profile).to_pylist()
    expected = [by_row(dict(row), profile) for row in rows]
    empty = dict.fromkeys(bounce.classify_arrow(table).schema.names)
    assert answers == [row or empty for row in expected]


@pytest.mark.parametrize(
    "kind",
    [
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.dictionary(pa.int8(), pa.string()),
        pa.dictionary(pa.uint32(), pa.large_string()),
    ],
)
def test_strings_of_any_kind_are_read(kind: pa.DataType) -> None:
    """The result does not depend on how strings are stored."""
    plain = pa.array(["552 mailbox full", None, "550 user unknown", "552 mailbox full"])
    table = pa.table({"text": plain.cast(kind)})
    assert bounce.classify_arrow(table)["reason"].to_pylist() == [
        "mailbox_full",
        None,
        "user_unknown",
        "mailbox_full",
    ]


def test_a_batch_gives_a_batch_and_chunks_do_not_matter() -> None:
    """Neither do slices, an empty batch or a batch of one."""
    texts = pa.array(["552 mailbox full", "550 user unknown", "hm"])
    whole = pa.record_batch({"text": texts})
    done = bounce.classify_arrow(whole)
    assert isinstance(done, pa.RecordBatch)
    chunked = pa.table({"text": pa.chunked_array([texts[:1], texts[1:]])})
    assert bounce.classify_arrow(chunked).to_pylist() == done.to_pylist()
    assert bounce.classify_arrow(whole.slice(1, 1)).to_pylist() == done.to_pylist()[1:2]
    assert bounce.classify_arrow(whole.slice(0, 0)).num_rows == 0
    assert bounce.classify_arrow(chunked.slice(0, 0)).num_rows == 0


def test_reply_codes_may_be_integers_and_columns_all_null() -> None:
    """As they are in many logs."""
    table = pa.table({"reply": pa.array([552, None]), "text": pa.nulls(2)})
    assert bounce.classify_arrow(table)["reason"].to_pylist() == ["mailbox_full", None]


def test_columns_that_say_nothing_are_refused() -> None:
    """None of the known columns, or one that is no text."""
    with pytest.raises(bounce.BounceError, match="none of text"):
        bounce.classify_arrow(pa.table({"txt": ["x"]}))
    with pytest.raises(bounce.BounceError, match="'text': int64"):
        bounce.classify_arrow(pa.table({"text": [1]}))


def test_rules_of_ones_own_hold_for_columns_too() -> None:
    """They go first there as well."""
    ours = bounce.rules_from_toml(
        '[[rule]]\nid = "a"\nreason = "excluded"\nsource = "us"\nphrases = ["hm"]'
    )
    table = pa.table({"text": ["hm"]})
    assert bounce.classify_arrow(table, rules=ours)["rule_id"].to_pylist() == ["a"]
