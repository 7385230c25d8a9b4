"""Lines as they come: of a file that grows, is rotated or truncated, or of standard input.

Where what was read ends is told by a *position*, which JSON can hold: how many bytes of whole lines
were read, and how the file begins, by which it is known again.
"""

from __future__ import annotations

import errno
import glob
import os
import queue
import re
import threading
from collections.abc import Iterator
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import Protocol

from campaignmetrics.errors import ReadError
from campaignmetrics.reading import texts
from campaignmetrics.reading.arrow_files import ARROW_FILE, ARROW_STREAM, PARQUET
from campaignmetrics.reading.lines import Lines, Position
from campaignmetrics.reading.opening import STANDARD_INPUT, printable, standard_input

_PIECE = 1 << 20
_PIECES = 4  # of standard input that wait
_BEGINNING = 1024  # bytes by which a file is known again
_BOM = b"\xef\xbb\xbf"
_PIPE = "a pipe is not followed as a file; standard input is, as -"
_NO_LINES = (PARQUET, ARROW_FILE, ARROW_STREAM, b"\x1f\x8b", b"\xff\xfe", b"\xfe\xff")
_ROTATED = re.compile(r"[.\-_]\d[\d.\-_:T]*")
"""What is put behind the name of a file that is rotated: a number, or a date."""


class Feed(Protocol):
    """Where lines come from.

    Attributes:
        ended: there will be no more.
    """

    ended: bool

    def read(self) -> Lines | None:
        """Give the next lines; None if there are none by now."""

    def take_note(self) -> str | None:
        """Tell once what a user should know about where the lines come from."""

    def close(self) -> None:
        """Read no more."""


class _Cutter:
    """Cuts pieces of bytes into whole lines, and counts the bytes and lines of those."""

    def __init__(self, offset: int = 0, line: int = 1) -> None:
        self.offset = offset
        self.line = line
        self.held = 0  # bytes of a line that is not whole yet
        self._rest = b""

    def cut(self, piece: bytes, *, last: bool = False) -> list[Iterator[texts.Found]]:
        """Give the values of the lines that are whole now; at last, also of one without its end."""
        end = len(piece) if last else piece.rfind(b"\n") + 1
        found: list[Iterator[texts.Found]] = []
        if end or last:
            whole = self._rest + piece[:end]
            if self.held > texts.LONGEST:
                found.append(iter([(self.line, None, texts.TOO_LONG)]))
                whole = whole.partition(b"\n")[2]
                self.line += 1
            found.append(_numbered(whole if self.offset else whole.removeprefix(_BOM), self.line))
            self.line += whole.count(b"\n")
            self.offset += self.held + end
            self._rest, self.held = b"", 0
        self.held += len(piece) - end
        # What is too long to be read need not be kept.
        self._rest = b"" if self.held > texts.LONGEST else self._rest + piece[end:]
        return found


def _numbered(whole: bytes, first: int) -> Iterator[texts.Found]:
    for line, value, fault in texts.values_by_line(iter([whole])):
        yield first + line - 1, value, fault


class FollowedFile:
    """The lines of a file that grows.

    Where the file is rotated, its rest is read, then what was rotated after it (the name with a
    number or a date behind it), then the new file. Where it is truncated, it is read anew.

    Args:
        path: of the file.
        position: where to go on; None, or that of standard input, for the beginning.

    Raises:
        ReadError: there is no such file, or it is none of lines.
    """

    ended = False

    def __init__(self, path: str, position: Position | None = None) -> None:
        self._note: str | None = None
        self._name = printable(path)
        self._path = Path(path)
        self._is_last = False
        self._position = position
        place: Path | None = self._path
        if position:
            place = next((each for each in self._candidates() if _begins(each, position)), None)
            if place is None:
                self._note = "the file that was read last is gone; this one is read from its start"
        if position and place is not None:
            self._open(place, position["offset"], position["line"])
        else:
            self._open(self._path)

    def _open(self, place: Path, offset: int = 0, line: int = 1) -> None:
        try:
            if place.is_fifo():  # to open it could wait for ever
                raise OSError(errno.ESPIPE, _PIPE)  # noqa: TRY301 -- told as the others are
            self._file = place.open("rb", buffering=0)
            self._beginning = self._file.read(_BEGINNING)
            self._file.seek(offset)
        except (OSError, ValueError) as error:  # a null byte in the name
            cause = getattr(error, "strerror", None) or str(error)
            raise ReadError(self._name, cause.lower()) from None
        if self._beginning.startswith(_NO_LINES) or b"\0" in self._beginning[:4]:
            self._file.close()
            raise ReadError(self._name, "only lines of JSON can be followed, as plain UTF-8")
        self._cutter = _Cutter(offset, line)

    def _candidates(self) -> list[Path]:
        """Give the file, then what it may be now, in the order in which that was written."""
        name = self._path.name
        beside = self._path.parent.glob(f"{glob.escape(name)}?*")
        rotated = [each for each in beside if _ROTATED.fullmatch(each.name[len(name) :])]
        return [self._path, *sorted(rotated, key=_changed)]

    def read(self) -> Lines | None:
        """Give the next lines; None if there are none by now."""
        if self._is_truncated():
            rest = self._lines(self._cutter.cut(b"", last=True))
            self._note = "the file was truncated, and is read from its start"
            self._file.close()
            self._open(self._path)
            return rest
        piece = self._file.read(_PIECE)
        if piece:
            self._is_last = False
            self._learn(piece)
            return self._lines(self._cutter.cut(piece))
        following = self._following()
        if following is None:
            return None
        if not self._is_last:  # what is written to it may be on its way
            self._is_last = True
            return None
        self._is_last = False
        rest = self._lines(self._cutter.cut(b"", last=True))
        self._file.close()
        self._open(following)
        return rest

    def take_note(self) -> str | None:
        """Tell once what became of the file."""
        note, self._note = self._note, None
        return note

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _lines(self, found: list[Iterator[texts.Found]]) -> Lines:
        # Before its first line is whole, a file may begin as any other: until then the position is
        # the end of the one before, from which the way leads here.
        if self._cutter.offset:
            self._position = {
                "offset": self._cutter.offset,
                "line": self._cutter.line,
                "length": len(self._beginning),
                "beginning": _digest(self._beginning),
            }
        return Lines(self._name, chain(*found), self._position)

    def _learn(self, piece: bytes) -> None:
        """Learn from what was read how the file begins."""
        at = self._cutter.offset + self._cutter.held
        if at < _BEGINNING:
            self._beginning = (self._beginning[:at] + piece)[:_BEGINNING]

    def _is_truncated(self) -> bool:
        """Tell whether what was read is there no more; on the way, learn how the file begins."""
        at = self._cutter.offset + self._cutter.held
        self._file.seek(0)
        beginning = self._file.read(_BEGINNING)
        self._file.seek(at)
        if os.fstat(self._file.fileno()).st_size < at or not beginning.startswith(self._beginning):
            return True
        self._beginning = beginning
        return False

    def _following(self) -> Path | None:
        """Give what is to be read when this file is at its end; None if it is still the one."""
        mine = os.fstat(self._file.fileno())
        try:
            if os.path.samestat(self._path.stat(), mine):
                return None
        except FileNotFoundError:  # while it is rotated
            return None
        path, *rotated = self._candidates()
        # What was written to this one is no later than its own last change.
        return next((each for each in rotated if _changed(each) > mine.st_mtime_ns), path)


def _changed(path: Path) -> int:
    """Give the time of the last change; 0 where there is no such file any more."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _begins(path: Path, position: Position) -> bool:
    """Tell whether a file is the one of a position."""
    try:
        with path.open("rb") as file:
            beginning = file.read(position["length"])
            is_whole = os.fstat(file.fileno()).st_size >= position["offset"]
    except OSError:
        return False
    return is_whole and _digest(beginning) == str(position["beginning"])


def _digest(beginning: bytes) -> str:
    return blake2b(beginning).hexdigest()


class StandardInput:
    """The lines of standard input, read beside all else, so that nothing waits for them.

    It is read on from where it is: only who writes it knows what was read before.
    """

    def __init__(self) -> None:
        self.ended = False
        self._cutter = _Cutter()
        self._pieces: queue.Queue[bytes] = queue.Queue(_PIECES)
        descriptor = standard_input().fileno()
        threading.Thread(target=self._fill, args=(descriptor,), daemon=True).start()

    def _fill(self, descriptor: int) -> None:
        piece = b"-"
        while piece:
            piece = os.read(descriptor, _PIECE)
            self._pieces.put(piece)

    def read(self) -> Lines | None:
        """Give the next lines; None if there are none by now."""
        try:
            piece = self._pieces.get_nowait()
        except queue.Empty:
            return None
        self.ended = not piece
        found = self._cutter.cut(piece, last=self.ended)
        return Lines(STANDARD_INPUT, chain(*found), {})

    def take_note(self) -> None:
        """Tell nothing: it is what it is."""

    def close(self) -> None:
        """Leave it to the process, whose it is."""
