"""The same classification for columns of Arrow data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from campaignmetrics._bounce.asking import ask
from campaignmetrics._bounce.rules import Rules
from campaignmetrics._bounce.vocabulary import BounceError, Classification

COLUMNS = ("text", "status", "reply", "remote_host", "source", "source_class")
"""The columns that are read, named as the arguments of ``classify``."""

_Codes: TypeAlias = npt.NDArray[np.int64]
_WORDS = pa.dictionary(pa.int32(), pa.string())
RESULT_SCHEMA = pa.schema(
    [
        ("category", _WORDS),
        ("reason", _WORDS),
        ("sub_reason", _WORDS),
        ("rule_id", _WORDS),
        ("evidence", _WORDS),
        ("retryable", pa.bool_()),
        ("confidence", _WORDS),
    ]
)


def classify_columns(
    batch: pa.RecordBatch | pa.Table, profile: str, rules: Rules | None
) -> pa.RecordBatch | pa.Table:
    """Classify each row; see ``bounce.classify_arrow``."""
    if isinstance(batch, pa.Table):
        done = [_classify_batch(part, profile, rules) for part in batch.to_batches()]
        return pa.Table.from_batches(done, RESULT_SCHEMA)
    return _classify_batch(batch, profile, rules)


def _classify_batch(batch: pa.RecordBatch, profile: str, rules: Rules | None) -> pa.RecordBatch:
    columns = {name: batch.column(name) for name in COLUMNS if name in batch.schema.names}
    if not columns:
        there = ", ".join(batch.schema.names) or "none"
        raise BounceError(f"columns: none of {', '.join(COLUMNS)} is there, but {there}")
    rows, distinct = _distinct(columns, batch.num_rows)
    answers = [_answer(values, profile, rules) for values in distinct]
    return pa.RecordBatch.from_arrays(
        [_spread(answers, name, rows) for name in RESULT_SCHEMA.names], schema=RESULT_SCHEMA
    )


def _answer(
    values: dict[str, str | None], profile: str, rules: Rules | None
) -> Classification | None:
    given = [values.get(name) or "" for name in COLUMNS]
    text, status, reply, remote_host, source, source_class = given
    if not (text or status or reply or remote_host or source_class):
        return None
    return ask(text, status, reply, remote_host, source, source_class, profile, rules)


def _distinct(
    columns: dict[str, pa.Array], length: int
) -> tuple[_Codes, list[dict[str, str | None]]]:
    """Give the distinct combinations, and for each row the number of its one."""
    numbers: _Codes = np.zeros(length, dtype=np.int64)
    combinations: list[dict[str, str | None]] = [{}]
    for name, column in columns.items():
        codes, values = _encode(name, column)
        if len(values) == 1:
            combinations = [{**known, name: values[0]} for known in combinations]
            continue
        joint = numbers * len(values) + codes
        # One column alone needs no search for combinations, and is by far the usual case.
        used = (
            np.arange(len(values), dtype=np.int64) if len(combinations) == 1 else np.unique(joint)
        )
        numbers = joint if len(combinations) == 1 else np.searchsorted(used, joint)
        pairs = [divmod(int(code), len(values)) for code in used]
        combinations = [{**combinations[old], name: values[new]} for old, new in pairs]
    return numbers, combinations


def _encode(name: str, column: pa.Array) -> tuple[_Codes, list[str | None]]:
    """Give each row's position among a column's distinct values, the last of which is null."""
    if pa.types.is_dictionary(column.type):
        encoded = column
    else:
        if pa.types.is_integer(column.type) and name == "reply":
            column = pc.cast(column, pa.string())
        encoded = pc.dictionary_encode(column)
    texts = encoded.dictionary
    if not _is_text(texts.type):
        raise BounceError(f"column {name!r}: {column.type} is no text")
    values: list[str | None] = [*texts.to_pylist(), None]
    indices = encoded.indices
    if indices.null_count:
        indices = pc.fill_null(pc.cast(indices, pa.int64()), len(values) - 1)
    return indices.to_numpy(zero_copy_only=False).astype(np.int64, copy=False), values


def _is_text(kind: pa.DataType) -> bool:
    return kind in (pa.string(), pa.large_string(), pa.string_view(), pa.null())


def _spread(answers: Sequence[Classification | None], name: str, rows: _Codes) -> pa.Array:
    """Write one attribute of the answers for all rows: as positions among its distinct values."""
    found = [None if answer is None else getattr(answer, name) for answer in answers]
    if name == "retryable":
        return pa.array(found, pa.bool_()).take(pa.array(rows))
    words = list(dict.fromkeys(str(value) for value in found if value is not None))
    position = {word: number for number, word in enumerate(words)}
    code_of = np.array(
        [-1 if value is None else position[str(value)] for value in found], dtype=np.int32
    )
    codes = code_of[rows]
    missing = codes < 0 if (code_of < 0).any() else None
    return pa.DictionaryArray.from_arrays(
        pa.array(codes, pa.int32(), mask=missing), pa.array(words, pa.string())
    )
