"""Files by name, opened, and what they hold told from how they begin."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from campaignmetrics.errors import ReadError
from campaignmetrics.reading.arrow_files import ARROW_FILE, ARROW_STREAM, PARQUET

STANDARD_INPUT = "-"

_MAGIC = 8
_GZIP = b"\x1f\x8b"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_SUFFIXES = {
    ".parquet": ((PARQUET,), "Parquet"),
    ".arrow": ((ARROW_FILE, ARROW_STREAM), "Arrow"),
    ".feather": ((ARROW_FILE,), "Arrow"),
    ".arrows": ((ARROW_STREAM,), "Arrow"),
    ".ipc": ((ARROW_FILE, ARROW_STREAM), "Arrow"),
}


class _Joined(io.RawIOBase):
    """A stream of which the beginning was read already."""

    def __init__(self, beginning: bytes, rest: BinaryIO) -> None:
        self._beginning = beginning
        self._read = getattr(rest, "read1", rest.read)  # of gzip: what there is before a cut

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 -- what io hands over
        try:
            piece = self._beginning[: len(buffer)] or self._read(len(buffer))
        except (EOFError, zlib.error) as error:  # of gzip; an EOFError means more elsewhere
            raise OSError(str(error)) from None
        self._beginning = self._beginning[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)


def printable(file: str) -> str:
    """Write the name of a file as text: of bytes that are no UTF-8, their backslash escapes."""
    try:
        return os.fsencode(file).decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # the name of no file
        return file.encode("utf-8", "backslashreplace").decode()


@contextmanager
def opened(file: str) -> Iterator[tuple[BinaryIO, bytes, Callable[[], int]]]:
    """Open a file, or standard input for ``-``.

    Yields:
        The stream, unpacked if it is gzip, and its first bytes, which say what it holds: one of the
        marks of ``arrow_files.py``, or the beginning of a text; and a function that tells how many
        bytes of the file were read so far. A stream of columns can be sought in.

    Raises:
        ReadError: the file cannot be opened, or is not what its name says.
    """
    name = printable(file)
    with ExitStack() as stack:
        stream = standard_input() if file == STANDARD_INPUT else stack.enter_context(_open(file))
        packed, begin = stream, stream.tell() if _is_file(stream) else 0
        stream, magic = _begin(name, stream)
        if magic.startswith(_GZIP):
            unpacked = stack.enter_context(gzip.GzipFile(fileobj=stream))
            stream, magic = _begin(name, cast("BinaryIO", unpacked))
        _check(name, magic)
        if magic.startswith((PARQUET, ARROW_FILE)) and not (_is_file(stream) and begin == 0):
            spool = stack.enter_context(tempfile.TemporaryFile())
            _copy(name, stream, spool)
            stream = cast("BinaryIO", spool)
        yield stream, magic, lambda: packed.tell() - begin if _is_file(packed) else 0
        if file == STANDARD_INPUT and _is_file(packed):  # columns are not read in order
            packed.seek(0, io.SEEK_END)


def standard_input() -> BinaryIO:
    """Give standard input as bytes.

    Raises:
        ReadError: it is closed.
    """
    stream: BinaryIO | None = getattr(sys.stdin, "buffer", None)
    if stream is None or stream.closed:
        raise ReadError(STANDARD_INPUT, "standard input is closed")
    return stream


def _copy(name: str, stream: BinaryIO, spool: IO[bytes]) -> None:
    """Copy a stream to where it can be sought in and begins with its first byte."""
    try:
        shutil.copyfileobj(stream, spool)
    except OSError as error:
        raise ReadError(name, f"cut off or damaged: {error}") from None
    spool.seek(0)


def _open(file: str) -> BinaryIO:
    try:
        return Path(file).open("rb")
    except ValueError as error:  # a null byte in the name
        raise ReadError(printable(file), str(error)) from None
    except OSError as error:
        raise ReadError(printable(file), (error.strerror or str(error)).lower()) from None


def _begin(name: str, stream: BinaryIO) -> tuple[BinaryIO, bytes]:
    begin = stream.tell() if _is_file(stream) else 0  # of standard input, some may be read
    try:
        magic = stream.read(_MAGIC)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ReadError(name, f"cut off or damaged: {error}") from None
    except OSError as error:
        raise ReadError(name, f"cannot be read: {error}") from None
    if _is_file(stream):
        stream.seek(begin)
        return stream, magic
    return cast("BinaryIO", io.BufferedReader(_Joined(magic, stream), 1 << 18)), magic


def _is_file(stream: BinaryIO) -> bool:
    return isinstance(stream, io.BufferedReader) and stream.seekable()


def _check(name: str, magic: bytes) -> None:
    foreign = magic.startswith(_UTF_16) or b"\0" in magic[:4]
    if foreign and not magic.startswith(ARROW_STREAM):
        raise ReadError(name, "neither UTF-8 text nor a Parquet or Arrow file (UTF-16?)")
    marks, form = _SUFFIXES.get(Path(name).suffix.lower(), ((), ""))
    if marks and not magic.startswith(marks):
        what = "empty" if not magic else f"not a {form} file, whatever its name says"
        raise ReadError(name, f"the file is {what}")
