"""Files of events or of a source's records, read as a stream of event batches."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any, BinaryIO, TypeAlias

import pyarrow as pa

from campaignmetrics.batches import Batches, Work, resized
from campaignmetrics.diagnostics import Diagnostics
from campaignmetrics.errors import ArgumentError, EventError, SchemaError
from campaignmetrics.reading import arrow_files, texts
from campaignmetrics.reading.account import Account
from campaignmetrics.reading.event_rows import (
    Unchecked,
    as_events,
    cause_of,
    columns_to_read,
    is_event_row,
    worked,
)
from campaignmetrics.reading.mixed_rows import EVENTS, MixedRows, rows_of
from campaignmetrics.reading.opening import STANDARD_INPUT, opened, printable
from campaignmetrics.reading.records import from_records, telling
from campaignmetrics.schema import EVENT_SCHEMA
from campaignmetrics.sources import NAMES

Path: TypeAlias = str | os.PathLike[str]


def read(
    paths: Path | Iterable[Path],
    source: str | None = None,
    *,
    strict: bool = False,
    progress: Callable[[int], object] | None = None,
) -> Batches:
    r"""Read one file or several as a stream of event batches, in bounded memory.

    Args:
        paths: files, or ``-`` for standard input. NDJSON (gzip or not; a line may hold a list of
            records), a JSON array of records or one record over several lines, Parquet, Arrow IPC
            (file or stream); recognised by how they begin. The files are opened when the stream
            gets to them.
        source: a provider, such as ``"ajo"`` or ``"sendgrid"`` (``campaignmetrics sources`` lists
            them), ``"events"`` (columns or keys of ``EVENT_SCHEMA``), or None to recognise each
            record: files of several providers and files that mix them are read, too.
        strict: stop at the first record that cannot be read, instead of counting it.
        progress: called now and then with how many further bytes of a file were read.

    Returns:
        Batches of ``EVENT_SCHEMA``, times in UTC, not yet deduplicated, with ``.diagnostics``.
        Lines of more than 16 MiB are not read. Of equal keys in one object the last counts.

    Raises:
        ArgumentError: ``source`` is unknown, ``paths`` are none, or name standard input twice.
        ReadError: while the stream is read: a file that cannot be read at all (missing, damaged, a
            directory, in UTF-16 or with null bytes where it begins, or without a column that is
            required); with ``strict`` also the first line or time that cannot be read, or row that
            is refused. It names the file, and the line or row. Without, a line that is not UTF-8
            counts as unreadable.

    Source: ``docs/definitions.md``, *Nothing vanishes*.

    Example:
        >>> import tempfile, pathlib
        >>> import campaignmetrics as cm
        >>> line = '{"timestamp": "2026-11-20T09:00:00Z", "channel": "email", "kind": "sent"}'
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder, "events.ndjson")
        ...     _ = file.write_text(line + "\n" + line[:20])
        ...     batches = cm.read(file)
        ...     cm.reduce_arrow(batches).events, batches.diagnostics.unreadable
        (1, 1)
    """
    if source is not None and source not in {EVENTS, *NAMES}:
        raise ArgumentError("source", source, f"one of {', '.join([EVENTS, *NAMES])}")
    try:
        several = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
        files = [os.fsdecode(path) for path in several]
    except TypeError:
        raise ArgumentError("paths", paths, "the path of a file, or several") from None
    if files.count(STANDARD_INPUT) > 1:
        raise ArgumentError("paths", STANDARD_INPUT, "to be named more than once: it is read once")
    diagnostics = Diagnostics()

    def start(columns: Sequence[str], work: Work[Any]) -> Iterator[Any]:
        for file in files:
            with opened(file) as (stream, magic, position):
                account = Account(printable(file), diagnostics, strict, position, progress)
                yield from worked(_batches(stream, magic, source, columns, account), work)

    def events(columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        return start(columns, partial(as_events, columns=columns))

    return Batches(events, diagnostics, start_unchecked=start)


def _batches(
    stream: BinaryIO, magic: bytes, source: str | None, columns: Sequence[str], account: Account
) -> Iterator[pa.RecordBatch | Unchecked]:
    if magic.startswith((arrow_files.PARQUET, arrow_files.ARROW_FILE, arrow_files.ARROW_STREAM)):
        yield from _from_columns(stream, magic, source, columns, account)
        return
    found, is_document = _values(stream)
    first, told = telling(found)
    if not first and not is_document:  # an array of nothing is a file of no records
        account.unreadable("the file is empty", None)
        account.counted(1, 0)
    # Where nothing tells, any source will do: it counts them as unrecognised.
    rows = rows_of(source, columns) if source else MixedRows(told or NAMES[0], columns)
    yield from from_records(chain(first, found), rows, account)


def _values(stream: BinaryIO) -> tuple[Iterator[texts.Found], bool]:
    """Decode a text, whichever of its two forms it has; tell whether it is one document."""
    head, pieces = texts.begun(texts.pieces(stream))
    is_document = texts.is_document(head)
    form = texts.values_of_document if is_document else texts.values_by_line
    return form(pieces), is_document


def _from_columns(
    stream: BinaryIO, magic: bytes, source: str | None, columns: Sequence[str], account: Account
) -> Iterator[pa.RecordBatch | Unchecked]:
    try:
        file = arrow_files.open_columns(stream, magic)
        there = file.schema.names  # whose bytes may be no text
    except arrow_files.DAMAGED as error:
        raise account.error(f"cut off or damaged: {error}") from None
    if source == EVENTS or (source is None and is_event_row(there)):
        yield from _from_event_columns(file, columns, account)
        return
    found = _from_nested(_whole(file.batches(there), account))
    first, told = telling(found)
    if first and not (source or told):
        names = ", ".join(there)
        raise account.error(f"its columns are those of no known source. There is: {names}")
    rows = rows_of(source, columns) if source else MixedRows(told or EVENTS, columns)
    yield from from_records(chain(first, found), rows, account)


def _from_event_columns(
    file: arrow_files.Columns, columns: Sequence[str], account: Account
) -> Iterator[Unchecked]:
    try:
        names = columns_to_read(columns, file.schema)
    except (SchemaError, UnicodeDecodeError) as error:  # a zone may be no text
        raise account.error(str(error)) from None
    row = 1
    for found in resized(_up_to_damage(file.batches(names))):
        if isinstance(found, Exception):
            nothing = pa.RecordBatch.from_pylist([], EVENT_SCHEMA)
            yield Unchecked(nothing, partial(_damaged, account, found, row))
        else:
            yield Unchecked(found, partial(_accounted, account, row, found.num_rows))
            row += found.num_rows


def _accounted(account: Account, row: int, rows: int, refused: Mapping[int, EventError]) -> None:
    for place, error in sorted(refused.items()):  # whose rows count within their batch
        why = EventError(error.field, error.value, error.expected, row - 1 + place)
        account.not_counted(cause_of(error), row + place, str(why))
    account.counted(rows, rows - len(refused))


def _damaged(account: Account, error: Exception, row: int, *_: object) -> None:
    account.unreadable(f"cut off or damaged here: {error}", row)
    account.counted(1, 0)


def _up_to_damage(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch | Exception]:
    """Read batches as far as the file is whole; what was read before a cut counts."""
    try:
        yield from batches
    except arrow_files.DAMAGED as error:
        yield error


def _whole(batches: Iterator[pa.RecordBatch], account: Account) -> Iterator[pa.RecordBatch]:
    row = 1
    for batch in _up_to_damage(batches):
        if isinstance(batch, Exception):
            _damaged(account, batch, row)
        else:
            yield batch
            row += batch.num_rows


def _from_nested(batches: Iterable[pa.RecordBatch]) -> Iterator[texts.Found]:
    row = 0
    for batch in batches:
        for value in arrow_files.records(batch):
            row += 1
            is_fault = isinstance(value, Exception)
            yield row, None if is_fault else value, str(value) if is_fault else None
