"""Records on their way to columns: only what a tally is made of, as fast as Python hands it out.

Most fields of an event are one of few words, and most events have the same words as thousands of
others. So the fields with few values are taken together, each combination is numbered when it first
comes, and its words are looked at once. What is left, times and addresses and ids, is taken column
by column.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, count, islice, repeat
from operator import attrgetter, sub
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from campaignmetrics.events import RECORDS, EntryKind, Event
from campaignmetrics.outcomes import UNIQUE_OUTCOMES
from campaignmetrics.schema import EVENT_SCHEMA, not_a_record
from campaignmetrics.times import EPOCH

RECORDS_AT_ONCE = 1 << 15  # more than a processor cache holds makes each pass slower
_WORDS = (
    "kind",
    "message_id",
    "category",
    "asynchronous",
    "reason",
    "platform",
    "machine",
    "action",
)
_TEXTS = ("recipient", "recipient_domain")
_WHO = ("send_id", "profile_id")
# The kinds of which distinct recipients or profiles are counted.
_KINDS_OF_WHOM = (*EntryKind, *dict.fromkeys(name.split(".")[1] for name in UNIQUE_OUTCOMES))
_CHANNELS = {record: channel for channel, record in RECORDS.items()}


def record_batches(events: Iterable[Event]) -> Iterator[pa.RecordBatch]:
    """Turn records into batches of the columns that a tally is made of.

    Who an event was about (send id, profile) is left out where no figure depends on it.

    Raises:
        SchemaError: something else than a record is among the events.
    """
    remaining = iter(events)
    while chunk := list(islice(remaining, RECORDS_AT_ONCE)):
        for _, batch in batches_by_class(chunk):
            yield batch


def batches_by_class(
    events: Sequence[Event],
    texts: Sequence[str] = _TEXTS,
    kinds_of_whom: Sequence[str] = _KINDS_OF_WHOM,
) -> Iterator[tuple[npt.NDArray[np.intp], pa.RecordBatch]]:
    """Turn records into a batch for each class, with the places of its rows among the records.

    Args:
        events: not many more than ``RECORDS_AT_ONCE``.
        texts: the columns of many values that are wanted in each row.
        kinds_of_whom: the kinds of which send id and profile are wanted.

    Raises:
        SchemaError: something else than a record is among the events.
    """
    classes = list(map(type, events))
    numbers = {record: number for number, record in enumerate(dict.fromkeys(classes))}
    class_of = np.fromiter(map(numbers.__getitem__, classes), np.intp, len(classes))
    for record, number in numbers.items():
        if record not in _CHANNELS:
            raise not_a_record(record)
        places = np.flatnonzero(class_of == number)
        chosen = list(map(events.__getitem__, places.tolist()))
        columns = _columns(chosen, record, texts, kinds_of_whom)
        yield places, pa.RecordBatch.from_pydict(columns)


def _columns(
    events: Sequence[Event],
    record: Any,  # noqa: ANN401 -- a class
    texts: Sequence[str],
    kinds_of_whom: Sequence[str],
) -> dict[str, pa.Array]:
    columns = dict(_words(events, [name for name in _WORDS if name in record.__slots__]))
    columns["channel"] = pa.repeat(pa.scalar(_CHANNELS[record]), len(events)).dictionary_encode()
    columns["timestamp"] = _times(events)
    about = np.isin(columns["kind"].dictionary, kinds_of_whom)[columns["kind"].indices]
    for name in texts:
        if name in record.__slots__:
            columns[name] = pa.array(list(map(attrgetter(name), events)), pa.string())
    for name in _WHO:
        if name in record.__slots__:
            columns[name] = _some(events, name, about)
    return columns


def _words(events: Sequence[Event], names: Sequence[str]) -> Iterator[tuple[str, pa.Array]]:
    """Give the columns with few values, looking once at each combination of them."""
    words_of = attrgetter(*names, "__class__")  # the class so that it is a tuple in any case
    numbers: defaultdict[tuple[Any, ...], int] = defaultdict(count().__next__)
    of_events = pa.array(list(map(numbers.__getitem__, map(words_of, events))), pa.int32())
    for name, values in zip(names, zip(*numbers, strict=True), strict=False):
        words = pa.array(values, EVENT_SCHEMA.field(name).type)
        if pa.types.is_string(words.type):
            words = words.dictionary_encode()
            places = words.indices.take(of_events)
            yield name, pa.DictionaryArray.from_arrays(places, words.dictionary)
        else:
            yield name, words.take(of_events)


def _some(events: Sequence[Event], name: str, chosen: npt.NDArray[np.bool_]) -> pa.Array:
    """Give a column in which only the chosen events have their value."""
    values = list(map(attrgetter(name), compress(events, chosen.tolist())))
    place = pa.array(np.cumsum(chosen) - 1, pa.int32(), mask=~chosen)
    return pa.array(values, pa.string()).take(place)


def _times(events: Sequence[Event]) -> pa.Array:
    """Give the times; records hold them in UTC, so that a plain difference will do."""
    since = list(map(sub, map(attrgetter("timestamp"), events), repeat(EPOCH)))
    ticks = pa.array(since, pa.duration("us")).cast(pa.int64())
    return ticks.cast(EVENT_SCHEMA.field("timestamp").type)
