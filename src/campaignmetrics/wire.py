"""The written form of a tally: one Arrow record batch of one row, and a digest behind it.

Each view is a column that holds a list of structs, so that a tally is a *row*: any Arrow reader
opens it, and many tallies make a table. The stream ends before the digest, which such readers do
not look at. Names are written, not codes, so that a later version may order its outcomes as it
likes. Equal tallies have equal rows in the same order, hence equal bytes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from hashlib import blake2b

import pyarrow as pa
import pyarrow.compute as pc

from campaignmetrics.errors import TallyFormatError
from campaignmetrics.outcomes import CODES, OUTCOMES
from campaignmetrics.times import FIRST_TIME, LAST_TIME, MICROSECOND, check_resolution
from campaignmetrics.views import VIEWS, WORD, canonical

_VERSION = 1
_DIGEST_SIZE = 32
_MARK = b"campaignmetrics.tally.version"
_RESOLUTION = b"campaignmetrics.tally.resolution_us"
_NAMESPACES = ("send", "profile", "address")


def _written_type(name: str, held: pa.DataType) -> pa.DataType:
    if name in {"outcome", "namespace"} or held == WORD:
        return pa.string()
    return pa.timestamp("us", tz="UTC") if name == "start" else held


_WRITTEN = {
    view: pa.schema([(field.name, _written_type(field.name, field.type)) for field in schema])
    for view, schema in VIEWS.items()
}


def write(views: Mapping[str, pa.Table], resolution: dt.timedelta | None) -> bytes:
    """Write settled views.

    Args:
        views: the settled table of each of ``VIEWS``.
        resolution: of the timeline; None where there is no event.

    Returns:
        The bytes: an Arrow IPC stream, then 32 bytes of BLAKE2b over it.
    """
    columns = [_as_one_row(_named(canonical(views[view]))) for view in VIEWS]
    metadata = {_MARK: str(_VERSION)}
    if resolution is not None:
        metadata[_RESOLUTION] = str(resolution // MICROSECOND)
    batch = pa.RecordBatch.from_arrays(columns, list(VIEWS)).replace_schema_metadata(metadata)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    body: bytes = sink.getvalue().to_pybytes()
    return body + _digest(body)


def read(data: bytes) -> tuple[dict[str, pa.Table], dt.timedelta | None]:
    """Read what ``write`` has written, refusing all else.

    Raises:
        TallyFormatError: the bytes are damaged, foreign or of a newer version.
    """
    written = memoryview(data)
    body, digest = written[:-_DIGEST_SIZE], written[-_DIGEST_SIZE:]
    if len(written) <= _DIGEST_SIZE or digest != _digest(body):
        raise TallyFormatError("these bytes are no tally, or are damaged: their digest is wrong")
    try:
        return _parse(body)
    except TallyFormatError:
        raise
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise TallyFormatError(f"these bytes hold no tally: {error}") from error


def _parse(body: memoryview) -> tuple[dict[str, pa.Table], dt.timedelta | None]:
    with pa.ipc.open_stream(pa.py_buffer(body)) as stream:
        metadata = stream.schema.metadata or {}
        _check_version(metadata)
        row = stream.read_all()
    row.validate(full=True)
    if row.column_names != list(VIEWS) or row.num_rows != 1:
        raise TallyFormatError(f"version {_VERSION} of a tally is one row of: {', '.join(VIEWS)}")
    views = {name: _read_view(row.column(name).combine_chunks(), name) for name in VIEWS}
    resolution = _resolution(metadata)
    _check_counts(views, resolution)
    return views, resolution


def _digest(body: bytes | memoryview) -> bytes:
    return blake2b(body, digest_size=_DIGEST_SIZE).digest()


def _check_version(metadata: Mapping[bytes, bytes]) -> None:
    version = metadata.get(_MARK)
    if version is None:
        raise TallyFormatError("these bytes hold Arrow data, but no tally")
    if version != str(_VERSION).encode():
        raise TallyFormatError(
            f"this tally has the version {version.decode(errors='replace')}; this release reads "
            f"version {_VERSION}: a newer campaignmetrics reads it"
        )


def _resolution(metadata: Mapping[bytes, bytes]) -> dt.timedelta | None:
    written = metadata.get(_RESOLUTION)
    if written is None:
        return None
    resolution = int(written) * MICROSECOND
    check_resolution(resolution)
    return resolution


def _check_counts(views: Mapping[str, pa.Table], resolution: dt.timedelta | None) -> None:
    """Refuse what no events could have led to."""
    for name, table in views.items():
        if "count" in table.column_names and table.num_rows and pc.min(table["count"]).as_py() < 1:
            raise TallyFormatError(f"view {name!r} of this tally has a count below 1")
    events, timed = (sum(views[name]["count"].to_pylist()) for name in ("messages", "timeline"))
    if events != timed or (resolution is None) != (events == 0):
        raise TallyFormatError("the views of this tally do not count the same events")
    if resolution is not None:
        length = resolution // MICROSECOND
        for start in views["timeline"]["start"].to_pylist():
            if start % length or not FIRST_TIME <= start <= LAST_TIME:
                raise TallyFormatError(f"{start} is no start of a bucket of {resolution}")


def _named(table: pa.Table) -> pa.Table:
    """Put names where the view has codes."""
    for column, names in (("outcome", OUTCOMES), ("namespace", _NAMESPACES)):
        if column in table.column_names:
            places = table.column(column)
            place = table.column_names.index(column)
            table = table.set_column(place, column, pa.array(names, pa.string()).take(places))
    if "start" in table.column_names:
        start = table.column("start").cast(pa.timestamp("us", tz="UTC"))
        table = table.set_column(0, "start", start)
    return table


def _as_one_row(table: pa.Table) -> pa.Array:
    rows = table.to_struct_array().combine_chunks()
    return pa.LargeListArray.from_arrays(pa.array([0, len(rows)], pa.int64()), rows)


def _read_view(column: pa.Array, name: str) -> pa.Table:
    written = pa.large_list(pa.struct(_WRITTEN[name]))
    if column.type != written or column.null_count:
        raise TallyFormatError(f"view {name!r} of this tally is not what version {_VERSION} writes")
    table = pa.Table.from_struct_array(column.flatten())
    columns = {
        field.name: _held(table.column(field.name), field.name, field.type) for field in VIEWS[name]
    }
    empty = "key" in columns and pc.any(pc.equal(pc.binary_length(columns["key"]), 0)).as_py()
    if empty or any(held.null_count for held in columns.values()):
        raise TallyFormatError(
            f"view {name!r} of this tally has nulls, or keys or names that are not known"
        )
    return pa.table(columns, schema=VIEWS[name])


def _held(column: pa.ChunkedArray, name: str, held: pa.DataType) -> pa.ChunkedArray:
    """Put codes where names are written; a name that is not known becomes null."""
    if name == "outcome":
        return pc.index_in(column, pa.array(list(CODES))).cast(held)
    if name == "namespace":
        return pc.index_in(column, pa.array(_NAMESPACES)).cast(held)
    return column.dictionary_encode() if held == WORD else column.cast(held)
