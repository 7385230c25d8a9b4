"""Rows: events as the live report keeps them until they are counted.

A row is an event that is checked, and erased as far as that goes without knowing the others: times
and small numbers, the digests of its id and its send, and the recipient's key where that is counted
once. So a batch is looked at once, in the call that brings it, and many small ones can be counted
together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import attrs
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from campaignmetrics._live.vocabulary import Vocabulary
from campaignmetrics.columns import Coded, EventColumns
from campaignmetrics.digests import Digests, digests
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
from campaignmetrics.forms import Bools, Ints, bools
from campaignmetrics.outcomes import OUTCOMES
from campaignmetrics.record_columns import batches_by_class
from campaignmetrics.sends import digest_sends

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
_IS_DELIVERY_OR_BOUNCE = IS_DELIVERED | outcomes_where(lambda _, kind: kind == "bounced")
_KINDS_OF_WHOM = tuple(
    {
        OUTCOMES[code].split(".")[1]
        for code in np.flatnonzero(IS_UNIQUE | IS_ENTRY | _IS_DELIVERY_OR_BOUNCE)
    }
)


def _parts(place: int) -> Coded:
    """Give a part of the names of all outcomes."""
    parts = pa.array([name.split(".")[place] for name in OUTCOMES]).dictionary_encode()
    return Coded(parts.dictionary, parts.indices.to_numpy())


def _grouped(parts: Coded, outcomes: Ints) -> pa.DictionaryArray:
    """Give a part of the name of each outcome as the groups of digests."""
    return pa.DictionaryArray.from_arrays(pa.array(parts.codes.take(outcomes)), parts.values)


_CHANNELS, _KINDS = _parts(0), _parts(1)


class Words:
    """The words of each view that counts by one, numbered for as long as the report lives."""

    def __init__(self) -> None:
        self._vocabularies = {
            name: Vocabulary(lift_domains if name == "domains" else None) for name in COUNTED_WORDS
        }

    def __getitem__(self, view: str) -> Vocabulary:
        return self._vocabularies[view]

    def column(self, view: str, numbers: Ints) -> pa.DictionaryArray:
        """Give the words of numbers as a column of a view."""
        words = self._vocabularies[view].array()
        if len(words) <= len(numbers):
            return pa.DictionaryArray.from_arrays(pa.array(numbers, pa.int32()), words)
        used, places = np.unique(numbers, return_inverse=True)
        words = words.take(pa.array(used))
        return pa.DictionaryArray.from_arrays(pa.array(places, pa.int32()), words)


@attrs.frozen(eq=False)
class Texts:
    """A text of some of the rows.

    Attributes:
        rows: the places of these rows.
        texts: large_string, without nulls.
    """

    rows: Ints
    texts: pa.Array

    @classmethod
    def of(cls, texts: pa.Array, rows: Ints) -> Self:
        """Leave out the rows that have no text."""
        if not texts.null_count:
            return cls(rows, texts)
        return cls(rows[bools(texts.is_valid())], texts.drop_null())

    def where(self, wanted: Bools) -> Texts:
        """Give those of wanted rows; there is one answer for each of the rows."""
        chosen = wanted[self.rows]
        if chosen.all():
            return self
        return Texts(self.rows[chosen], self.texts.filter(pa.array(chosen)))

    def placed(self, places: Ints) -> Texts:
        """Follow the rows to other places."""
        rows = places[self.rows]
        order = np.argsort(rows)
        return Texts(rows[order], self.texts.take(pa.array(order)))


@attrs.frozen(eq=False)
class Digested:
    """The digest of a text of some of the rows.

    Attributes:
        rows: the places of these rows; those of ids ascend.
        keys: the digests.
    """

    rows: Ints
    keys: Digests

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, chosen: Bools | slice) -> Digested:
        return Digested(self.rows[chosen], self.keys[chosen])

    def placed(self, places: Ints) -> Digested:
        """Follow the rows to other places."""
        rows = places[self.rows]
        order = np.argsort(rows)
        return Digested(rows[order], self.keys[order])


_NUMBERS = ("time", "outcome", "messages", "reasons", "platforms", "domains", "namespace")
_DIGESTED = ("ids", "sends")


@attrs.frozen(eq=False)
class Rows:
    """Events in the order of their arrival.

    Attributes:
        time: microseconds since 1970.
        outcome: its place in ``OUTCOMES``.
        messages, reasons, platforms, domains: the number of the event's word in each view.
        namespace: of the key, as in the view of recipients.
        ids: the ids of the events that have one, each with the kind.
        sends: the sends of deliveries and bounces.
        keys: the recipients' keys of what is counted once a recipient, and the profiles of entries.
    """

    time: npt.NDArray[np.int64]
    outcome: Ints
    messages: Ints
    reasons: Ints
    platforms: Ints
    domains: Ints
    namespace: Ints
    ids: Digested
    sends: Digested
    keys: Texts

    def __len__(self) -> int:
        return len(self.time)

    @classmethod
    def of_batch(cls, batch: pa.RecordBatch, first_row: int, words: Words, secret: bytes) -> Self:
        """Check and erase a batch of ``ROW_COLUMNS``.

        Args:
            batch: those of the columns that there are.
            first_row: the place of its first row in what was added, for errors.
            words: where words are numbered.
            secret: what digests are keyed with.

        Raises:
            EventError: a row that a record would refuse.
        """
        columns = EventColumns(batch, first_row)
        columns.check()
        outcome = columns.outcome
        namespace, keys = _keys(columns)
        return cls(
            columns.micros,
            outcome,
            np.where(IS_ENTRY[outcome], 0, _numbers(words["messages"], columns.message)),
            _numbers(words["reasons"], columns.reason),
            _numbers(words["platforms"], platforms(columns)),
            _numbers(words["domains"], domains(columns)),
            namespace,
            _ids(columns, secret),
            _sends(columns, secret),
            keys,
        )

    @classmethod
    def of_records(cls, events: Sequence[Event], words: Words, secret: bytes) -> Self:
        """Erase records, not many more than ``RECORDS_AT_ONCE``.

        Raises:
            SchemaError: something else than a record is among the events.
        """
        placed = list(batches_by_class(events, _RECORD_TEXTS, _KINDS_OF_WHOM))
        rows = cls.concat([cls.of_batch(batch, 0, words, secret) for _, batch in placed])
        if len(placed) == 1:
            return rows
        return rows.placed(np.concatenate([places for places, _ in placed]))

    @classmethod
    def concat(cls, parts: Sequence[Self]) -> Self:
        """Put rows behind each other."""
        if len(parts) == 1:
            return parts[0]
        fields: dict[str, Any] = {
            name: np.concatenate([getattr(rows, name) for rows in parts]) for name in _NUMBERS
        }
        begins = np.cumsum([0, *map(len, parts)]).tolist()

        def places(name: str) -> Ints:
            found = [getattr(rows, name).rows for rows in parts]
            return np.concatenate(
                [rows + begin for rows, begin in zip(found, begins, strict=False)]
            )

        for name in _DIGESTED:
            keys = Digests.concat([getattr(rows, name).keys for rows in parts])
            fields[name] = Digested(places(name), keys)
        texts = pa.concat_arrays([rows.keys.texts for rows in parts])
        return cls(**fields, keys=Texts(places("keys"), texts))

    def placed(self, places: Ints) -> Self:
        """Put each row at its place."""
        order = np.argsort(places)
        fields: dict[str, Any] = {name: getattr(self, name)[order] for name in _NUMBERS}
        fields |= {name: getattr(self, name).placed(places) for name in (*_DIGESTED, "keys")}
        return type(self)(**fields)


def _numbers(vocabulary: Vocabulary, words: Coded) -> Ints:
    numbers: Ints = vocabulary.numbers(words.values)[words.codes]
    return numbers


def _keys(columns: EventColumns) -> tuple[Ints, Texts]:
    namespace = np.zeros(len(columns), np.int8)
    recipients = np.flatnonzero(IS_UNIQUE[columns.outcome])
    namespace[recipients], keys = recipient_keys(columns, recipients)
    entries = np.flatnonzero(IS_ENTRY[columns.outcome])
    if len(entries):
        keys = pa.concat_arrays([keys, profile_keys(columns, entries)])
    return namespace, Texts.of(keys, np.concatenate([recipients, entries]))


def _ids(columns: EventColumns, secret: bytes) -> Digested:
    ids = Texts.of(present(columns.text("event_id"), len(columns)), np.arange(len(columns)))
    kinds = _grouped(_KINDS, columns.outcome[ids.rows])
    return Digested(ids.rows, digests(ids.texts, kinds, secret))


def _sends(columns: EventColumns, secret: bytes) -> Digested:
    rows = np.flatnonzero(_IS_DELIVERY_OR_BOUNCE[columns.outcome])
    ids = Texts.of(present(columns.text("send_id", rows), len(rows)), rows)
    recipients = columns.text("recipient", ids.rows)
    channels = _grouped(_CHANNELS, columns.outcome[ids.rows])
    return Digested(ids.rows, digest_sends(ids.texts, recipients, channels, secret))
