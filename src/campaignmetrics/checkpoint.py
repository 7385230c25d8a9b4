"""Checkpoints: a header and tables in one file, which is whole or not there.

The file is a mark, the version, the length of the header, the header as JSON, each table as an
Arrow IPC stream, and 32 bytes of BLAKE2b over all that. A new one is written beside the old one,
and takes its name when it is on the disk; the old one is kept, with ``.previous`` behind its name.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from campaignmetrics.errors import CheckpointError

_MARK = b"campaignmetrics checkpoint\n"
_VERSION = 2
_NUMBER = 8  # bytes of the version, and of the length of the header
_DIGEST = 32  # bytes
_AT_ONCE = 1 << 20

_Path = str | os.PathLike[str]
_Content = tuple[dict[str, Any], dict[str, pa.Table]]


def write(path: _Path, header: Mapping[str, Any], tables: Mapping[str, pa.Table]) -> None:
    """Write a checkpoint in place of the one that is there, which is kept beside it.

    Whatever happens meanwhile, there is a whole checkpoint under the name, the old or the new one.

    Args:
        path: of the file.
        header: values that JSON has.
        tables: by name.

    Raises:
        CheckpointError: it cannot be written, for want of room, of rights or of a header that is
            JSON; what was there is as it was, unless only the folder could not be brought to disk.
    """
    try:
        _check_keys(header)
        text = json.dumps({"header": header, "tables": list(tables)}, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise CheckpointError(str(path), f"cannot be written: {error}") from error
    try:
        place = Path(path).resolve()  # what a link points to is replaced, not the link
        unfinished = _beside(place, "unfinished")
        try:
            with unfinished.open("wb") as file:
                _write(file, text, tables)
                file.flush()
                os.fsync(file.fileno())
            if place.exists():
                _keep(place)
            unfinished.replace(place)
        finally:
            unfinished.unlink(missing_ok=True)
        _sync_folder(place.parent)
    except OSError as error:
        cause = error.strerror or str(error)
        raise CheckpointError(str(path), f"cannot be written: {cause}") from error


def read(path: _Path, *, previous: bool = False) -> _Content:
    """Read a checkpoint.

    Args:
        path: of the file.
        previous: take the one before it.

    Returns:
        The header and the tables that were written.

    Raises:
        CheckpointError: it is missing, damaged, foreign or of another version.
    """
    try:
        place = _beside(Path(path).resolve(), "previous") if previous else Path(path)
        with place.open("rb") as file:
            _check(file, str(place))
            return _read(file)
    except FileNotFoundError:
        raise CheckpointError(str(place), "there is no such checkpoint") from None
    except OSError as error:
        cause = error.strerror or str(error)
        raise CheckpointError(str(path), f"cannot be read: {cause}") from error


def _check_keys(value: object) -> None:
    """Refuse keys that would come back as other ones, since JSON makes text of a number."""
    if isinstance(value, dict):
        for key, each in value.items():
            if not isinstance(key, str):
                raise TypeError(f"keys must be text, not {key!r}")
            _check_keys(each)
    elif isinstance(value, list | tuple):
        for each in value:
            _check_keys(each)


def _beside(place: Path, what: str) -> Path:
    return place.with_name(f"{place.name}.{what}")


class _Digesting:
    """A file to write to, with a digest of all that is written."""

    closed = False

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = blake2b(digest_size=_DIGEST)

    def write(self, data: bytes) -> None:
        self.digest.update(data)
        self._file.write(data)


def _write(file: BinaryIO, header: bytes, tables: Mapping[str, pa.Table]) -> None:
    sink = _Digesting(file)
    sink.write(_MARK + b"".join(n.to_bytes(_NUMBER, "little") for n in (_VERSION, len(header))))
    sink.write(header)
    for table in tables.values():
        with pa.ipc.new_stream(pa.PythonFile(sink, "w"), table.schema) as stream:
            stream.write_table(table)
    file.write(sink.digest.digest())


def _check(file: BinaryIO, name: str) -> None:
    """Go through the file up to the header, if it is a whole checkpoint that can be read."""
    if file.read(len(_MARK)) != _MARK:
        raise CheckpointError(name, "this is no checkpoint of campaignmetrics")
    digest = blake2b(_MARK, digest_size=_DIGEST)
    tail = b""
    while data := file.read(_AT_ONCE):
        whole = tail + data
        digest.update(memoryview(whole)[:-_DIGEST])
        tail = whole[-_DIGEST:]
    if tail != digest.digest():
        raise CheckpointError(name, "this checkpoint is damaged: its digest is wrong")
    file.seek(len(_MARK))
    version = int.from_bytes(file.read(_NUMBER), "little")
    if version != _VERSION:
        which = "no newer one" if version > _VERSION else "no older one"
        raise CheckpointError(
            name, f"this checkpoint has version {version}, and {which} than {_VERSION} is known"
        )


def _read(file: BinaryIO) -> _Content:
    length = int.from_bytes(file.read(_NUMBER), "little")
    about = json.loads(file.read(length))
    tables = {}
    for name in about["tables"]:
        with pa.ipc.open_stream(pa.PythonFile(file, "r")) as stream:
            tables[name] = stream.read_all()
    return about["header"], tables


def _keep(place: Path) -> None:
    """Give a checkpoint a second name, the one by which it is kept when it is replaced."""
    second = _beside(place, "second")
    second.unlink(missing_ok=True)
    try:
        try:
            second.hardlink_to(place)
        except OSError:  # not every file system has links
            shutil.copyfile(place, second)
            with second.open("rb+") as file:
                os.fsync(file.fileno())
        second.replace(_beside(place, "previous"))
    finally:
        second.unlink(missing_ok=True)  # it stays where both names are of one file


def _sync_folder(folder: Path) -> None:
    """Make sure that the names are on the disk, too."""
    if os.name == "nt":  # pragma: no cover -- where folders cannot be opened
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
