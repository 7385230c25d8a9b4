"""Rows: events as the live report keeps them until they are counted.

A row is an event that is checked, and erased as far as that goes without knowing the others: times
and small numbers, and two texts, the event's id and who it is about. So a batch is looked at once,
in the call that brings it, and many small ones can be counted together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Self

import attrs
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from campaignmetrics._live.vocabulary import Vocabulary
from campaignmetrics.columns import Bools, Coded, EventColumns, Ints
from campaignmetrics.domains import lift_domains
from campaignmetrics.erasure import (
    ERASED_COLUMNS,
    HAS_REASON,
    IS_EMAIL,
    IS_ENTRY,
    IS_PUSH,
    IS_UNIQUE,
    domains,
    outcomes_where,
    platforms,
    present,
    profile_keys,
    recipient_keys,
)
from campaignmetrics.events import Event
from campaignmetrics.outcomes import OUTCOMES
from campaignmetrics.record_columns import batches_by_class
from campaignmetrics.sends import send_texts

ROW_COLUMNS = (*ERASED_COLUMNS, "event_id")
"""The columns of events that rows are made of."""

COUNTED_WORDS: dict[str, Bools | None] = {
    "messages": None,
    "reasons": HAS_REASON,
    "platforms": IS_PUSH,
    "domains": IS_EMAIL,
}
"""The views that count by a word, with the outcomes that they count; None for all."""

_RECORD_TEXTS = ("event_id", "recipient", "recipient_domain")

IS_DELIVERED = outcomes_where(lambda _, kind: kind == "delivered")
IS_BOUNCED = outcomes_where(lambda _, kind: kind == "bounced")
_KINDS_OF_WHOM = tuple(
    {
        OUTCOMES[code].split(".")[1]
        for code in np.flatnonzero(IS_UNIQUE | IS_ENTRY | IS_DELIVERED | IS_BOUNCED)
    }
)


def _lifted(names: pa.Array) -> pa.Array:
    return lift_domains(names.cast(pa.string()))


class Words:
    """The words of each view that counts by one, numbered for as long as the report lives."""

    def __init__(self) -> None:
        self._vocabularies = {
            name: Vocabulary(_lifted if name == "domains" else None) for name in COUNTED_WORDS
        }

    def __getitem__(self, view: str) -> Vocabulary:
        return self._vocabularies[view]

    def column(self, view: str, numbers: Ints) -> pa.DictionaryArray:
        """Give the words of numbers as a column of a view."""
        used, places = np.unique(numbers, return_inverse=True)
        words = self._vocabularies[view].words(used)
        return pa.DictionaryArray.from_arrays(pa.array(places, pa.int32()), words)


@attrs.frozen(eq=False)
class Rows:
    """Events in the order of their arrival.

    Attributes:
        time: microseconds since 1970.
        outcome: its place in ``OUTCOMES``.
        messages, reasons, platforms, domains: the number of the event's word in each view.
        event_id: large_string; null where there is none.
        namespace: the name space of ``who`` in the view of recipients.
        who: large_string, null where there is none: of what is counted once a recipient, the
            recipient's key; of an entry the profile; of a delivery or bounce its send.
    """

    time: npt.NDArray[np.int64]
    outcome: Ints
    messages: Ints
    reasons: Ints
    platforms: Ints
    domains: Ints
    event_id: pa.Array
    namespace: Ints
    who: pa.Array

    def __len__(self) -> int:
        return len(self.time)

    @classmethod
    def of_batch(cls, batch: pa.RecordBatch, first_row: int, words: Words) -> Self:
        """Check and erase a batch of ``ROW_COLUMNS``.

        Args:
            batch: those of the columns that there are.
            first_row: the place of its first row in what was added, for errors.
            words: where words are numbered.

        Raises:
            EventError: a row that a record would refuse.
        """
        columns = EventColumns(batch, first_row)
        columns.check()
        namespace, who = _who(columns)
        return cls(
            columns.micros,
            columns.outcome,
            np.where(IS_ENTRY[columns.outcome], 0, _numbers(words["messages"], columns.message)),
            _numbers(words["reasons"], columns.reason),
            _numbers(words["platforms"], platforms(columns)),
            _numbers(words["domains"], domains(columns)),
            present(columns.text("event_id"), len(columns)),
            namespace,
            who,
        )

    @classmethod
    def of_records(cls, events: Sequence[Event], words: Words) -> Self:
        """Erase records, not many more than ``RECORDS_AT_ONCE``.

        Raises:
            SchemaError: something else than a record is among the events.
        """
        placed = list(batches_by_class(events, _RECORD_TEXTS, _KINDS_OF_WHOM))
        rows = cls.concat([cls.of_batch(batch, 0, words) for _, batch in placed])
        if len(placed) == 1:
            return rows
        return rows.take(np.argsort(np.concatenate([places for places, _ in placed])))

    def take(self, places: Ints) -> Self:
        """Give some of the rows, in this order."""
        fields = attrs.astuple(self, recurse=False)
        return type(self)(
            *(f[places] if isinstance(f, np.ndarray) else f.take(pa.array(places)) for f in fields)
        )

    @classmethod
    def concat(cls, parts: Iterable[Self]) -> Self:
        """Put rows behind each other."""
        fields = zip(*(attrs.astuple(part, recurse=False) for part in parts), strict=True)
        return cls(
            *(
                np.concatenate(field)
                if isinstance(field[0], np.ndarray)
                else pa.concat_arrays(field)
                for field in fields
            )
        )


def _numbers(vocabulary: Vocabulary, words: Coded) -> Ints:
    numbers: Ints = vocabulary.numbers(words.values)[words.codes]
    return numbers


def _who(columns: EventColumns) -> tuple[Ints, pa.Array]:
    namespace = np.zeros(len(columns), np.int8)
    place = np.full(len(columns), -1, np.int64)
    parts: list[pa.Array] = []
    known = 0
    for chosen, keys_of in _WHO:
        rows = np.flatnonzero(chosen[columns.outcome])
        namespace[rows], keys = keys_of(columns, rows)
        place[rows] = np.arange(known, known + len(rows))
        known += len(rows)
        parts.append(keys)
    return namespace, pa.concat_arrays(parts).take(pa.array(place, mask=place < 0))


def _sends(columns: EventColumns, rows: Ints) -> tuple[int, pa.Array]:
    return 0, send_texts(columns.text("send_id", rows), columns.text("recipient", rows), len(rows))


def _entered(columns: EventColumns, rows: Ints) -> tuple[int, pa.Array]:
    return 0, profile_keys(columns, rows)


_WHO: tuple[tuple[Bools, Callable[[EventColumns, Ints], tuple[Ints | int, pa.Array]]], ...] = (
    (IS_UNIQUE, recipient_keys),
    (IS_ENTRY, _entered),
    (IS_DELIVERED | IS_BOUNCED, _sends),
)
