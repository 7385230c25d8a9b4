"""The Arrow schema of events, derived from the records, and the way between the two.

Reading of foreign columns (other string types, units, zones) is in ``columns.py``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from types import NoneType
from typing import Any, get_args, get_type_hints

import pyarrow as pa
import pyarrow.compute as pc

from campaignmetrics.errors import EventError, SchemaError
from campaignmetrics.events import OWN_FIELDS, RECORDS, Event, misplaced

REQUIRED = ("timestamp", "channel", "kind")
"""The columns that must be there, without nulls."""

_ORDER = (
    "event_id",
    "timestamp",
    "channel",
    "kind",
    "campaign_id",
    "message_id",
    "send_id",
    "profile_id",
    "recipient",
    "recipient_domain",
    "category",
    "asynchronous",
    "reason",
    "platform",
    "machine",
    "action",
    "link",
)
_CHANNEL_OF: dict[type, str] = {record: channel for channel, record in RECORDS.items()}
_OF_NO_KIND: dict[type, list[str]] = {
    record: [field for field in OWN_FIELDS if field not in get_type_hints(record)]
    for record in RECORDS.values()
}
"""For each record class, the fields that only some kinds may carry, but never its own."""


def _arrow_type(hint: Any) -> pa.DataType:  # noqa: ANN401 -- a type hint may be any object
    (python_type,) = [part for part in get_args(hint) or (hint,) if part is not NoneType]
    if issubclass(python_type, dt.datetime):
        return pa.timestamp("us", tz="UTC")
    if issubclass(python_type, bool):
        return pa.bool_()
    return pa.string()


def _derive_schema() -> pa.Schema:
    types = {"channel": pa.string()}
    for record in RECORDS.values():
        types |= {name: _arrow_type(hint) for name, hint in get_type_hints(record).items()}
    return pa.schema(
        [pa.field(name, types[name], nullable=name not in REQUIRED) for name in _ORDER]
    )


EVENT_SCHEMA: pa.Schema = _derive_schema()
"""The columns of events, one row an event.

The strings are UTF-8, ``timestamp`` is microseconds in UTC; only ``timestamp``, ``channel``
(``email``, ``push`` or ``campaign``) and ``kind`` may not be null. Source: ``docs/schema.md``.
"""


def not_a_record(other: type) -> SchemaError:
    """Say that something else stands where records are expected, and where it would belong."""
    names = ", ".join(record.__name__ for record in _CHANNEL_OF)
    return SchemaError(
        f"an event is one of {names}, not {other.__name__}; "
        "Arrow data go into reduce_arrow, and files into read"
    )


def chosen_columns(names: Iterable[str], schema: pa.Schema) -> list[str]:
    """Choose which of the named columns can be read, after checking that they are as they must be.

    Raises:
        SchemaError: a required column is missing, or one has a type that cannot hold its values.
    """
    for name in REQUIRED:
        if name not in schema.names:
            raise missing_column(name, schema)
    chosen = [name for name in names if name in schema.names]
    for name in chosen:
        check_column(name, schema)
    return chosen


def missing_column(name: str, schema: pa.Schema) -> SchemaError:
    """Say that a column is missing, and which there are."""
    there = ", ".join(schema.names) or "no column at all"
    return SchemaError(f"column {name!r} is missing; it is required. There is: {there}")


def check_column(name: str, schema: pa.Schema) -> None:
    """Check that a column is there once, and in a type that the event schema can take.

    Raises:
        SchemaError: naming the column, its type and what was expected.
    """
    if len(schema.get_all_field_indices(name)) > 1:
        raise SchemaError(f"column {name!r} is there more than once")
    if name not in EVENT_SCHEMA.names:
        return
    actual = schema.field(name).type
    wanted = EVENT_SCHEMA.field(name).type
    if pa.types.is_timestamp(wanted):
        fits = pa.types.is_timestamp(actual) and actual.tz is not None
        expected = "a timestamp with a time zone"
    elif pa.types.is_boolean(wanted):
        fits = pa.types.is_boolean(actual)
        expected = "bool"
    else:
        held = actual.value_type if pa.types.is_dictionary(actual) else actual
        fits = held in (pa.string(), pa.large_string(), pa.string_view())
        expected = "a string (plain, dictionary, large or view)"
    if not fits and not pa.types.is_null(actual):
        raise SchemaError(f"column {name!r} is of type {actual}; expected {expected}")


def comparable_times(times: pa.Array) -> pa.Array:
    """Bring a column of times to the type that the event schema has.

    Raises:
        EventError: one is too far away for this type.
    """
    kind = EVENT_SCHEMA.field("timestamp").type
    if pa.types.is_null(times.type):
        return times.cast(kind)
    try:
        return in_microseconds(times).cast(kind)
    except pa.ArrowInvalid as error:
        raise EventError("timestamp", str(error), "a time that can be compared") from None


def to_arrow(events: Iterable[Event]) -> pa.Table:
    """Write records as an Arrow table of the event schema.

    Args:
        events: records, of any classes together.

    Returns:
        A table with ``EVENT_SCHEMA``, one row an event, in their order.

    Raises:
        SchemaError: something else than a record is among them.

    Example:
        >>> import datetime as dt
        >>> import campaignmetrics as cm
        >>> at = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
        >>> cm.to_arrow([cm.EntryEvent(timestamp=at, profile_id="p-1")]).num_rows
        1
    """
    rows = list(events)
    classes = list(map(type, rows))
    for unknown in set(classes) - _CHANNEL_OF.keys():
        raise not_a_record(unknown)
    columns = {
        field.name: pa.array([getattr(row, field.name, None) for row in rows], field.type)
        for field in EVENT_SCHEMA
        if field.name != "channel"
    }
    columns["channel"] = pa.array([_CHANNEL_OF[record] for record in classes], pa.string())
    return pa.table([columns[name] for name in EVENT_SCHEMA.names], schema=EVENT_SCHEMA)


def from_arrow(table: pa.Table | pa.RecordBatch) -> Iterator[Event]:
    """Read the rows of a table of the event schema as records.

    Args:
        table: columns as in ``EVENT_SCHEMA``; any that is not required may be absent.

    Yields:
        A record for each row, in order. What the row's channel does not use (a platform of an
        email) is not read, unless it belongs to other kinds: then the row is refused.

    Raises:
        EventError: a row that is no event; the message names field and value.

    Example:
        >>> import datetime as dt
        >>> import campaignmetrics as cm
        >>> event = cm.EntryEvent(timestamp=dt.datetime(2026, 11, 20, tzinfo=dt.UTC))
        >>> list(cm.from_arrow(cm.to_arrow([event]))) == [event]
        True
    """
    for row in _in_utc(table).to_pylist():
        yield event_of(row)


def _in_utc(table: pa.Table | pa.RecordBatch) -> pa.Table | pa.RecordBatch:
    """Cut times to microseconds of UTC, since Python has not every time in every zone and unit."""
    place = table.schema.get_field_index("timestamp")
    if place < 0 or getattr(table.schema.field(place).type, "tz", None) is None:
        return table
    times = in_microseconds(table.column(place))
    return table.set_column(place, "timestamp", times.cast(EVENT_SCHEMA.field("timestamp").type))


def in_microseconds(times: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Bring times of any unit and zone to microseconds; what is finer is cut, also before 1970.

    Raises:
        pa.ArrowInvalid: one is too far away for this unit.
    """
    kind = times.type
    if kind.unit == "ns":  # without the zone, in which Arrow would look up each of them
        plain = times.cast(pa.int64()).cast(pa.timestamp("ns"))
        times = pc.floor_temporal(plain, unit="microsecond").cast(pa.timestamp("us"))
        return times.cast(pa.int64()).cast(pa.timestamp("us", kind.tz))
    return times.cast(pa.timestamp("us", kind.tz))


def event_of(row: dict[str, Any]) -> Event:
    """Turn one row, as a mapping of columns to Python values, into its record.

    Raises:
        EventError: it is no event, by the rules for a row of Arrow data; the same column is named.
    """
    channel = row.get("channel")
    record = RECORDS.get(channel) if isinstance(channel, str) else None
    if record is None:
        raise EventError("channel", channel, f"one of {', '.join(RECORDS)}")
    names = record.__slots__  # type: ignore[union-attr] # attrs makes slots; mypy cannot see them
    fields = {name: row[name] for name in names if name in row}
    if any(map(row.get, _OF_NO_KIND[record])):
        # Refused in any case, but for a wrong kind or category first, as columns are.
        rest = {n: v for n, v in fields.items() if n == "category" or n not in OWN_FIELDS}
        kind = record(**rest).kind
        field = next(f for f, kinds in OWN_FIELDS.items() if row.get(f) and kind not in kinds)
        raise misplaced(field, row[field], kind)
    return record(**fields)
