"""JSON texts in pieces of bytes: one value a line, or one document of several values.

Both are read in bounded memory, and say for each value on which line it begins. What cannot be read
is a fault with its line, never an exception.
"""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Generator, Iterator
from typing import BinaryIO, TypeAlias

from campaignmetrics.reading.decoding import decode, decode_at, quick_decoder

LONGEST = 1 << 24
"""Lines and values of more bytes than this (16 MiB) are not read; no record is so long."""

Found: TypeAlias = tuple[int, object, str | None]
"""The line, counted from 1, the value, and why it cannot be read (then the value is None)."""

_PIECE = 1 << 18
_BLANK = " \t\r\n"
_BLANKS = re.compile(r"[ \t\r\n]*")
_BETWEEN = re.compile(r"[ \t\r\n,]*")
_END_OF_NUMBER = 4  # of fewer characters behind a number, all may belong to it: 1 and e+5
_SEVERAL = 2
_BOM = b"\xef\xbb\xbf"
TOO_LONG = f"longer than {LONGEST >> 20} MiB"


class CutOffError(Exception):
    """The bytes end before they should."""


def pieces(stream: BinaryIO) -> Iterator[bytes]:
    """Read a stream piece by piece.

    Raises:
        CutOffError: after the last piece that could be read.
    """
    read = getattr(stream, "read1", stream.read)  # of gzip: what there is before a cut
    try:
        while piece := read(_PIECE):
            yield piece
    except (EOFError, OSError, zlib.error) as error:
        raise CutOffError(f"cut off or damaged here: {error}") from None


def begun(stream: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Read a stream's beginning, however it comes in pieces; give it, and the stream from there on.

    Returns:
        The beginning without what is no content, to tell its form by; the whole stream anew.
    """
    parts: list[bytes] = []
    fault: CutOffError | None = None
    content = blank = 0
    try:
        while content < _PIECE and blank < LONGEST and (piece := next(stream, None)) is not None:
            parts.append(piece)
            size = len(piece if content else piece.removeprefix(_BOM).lstrip())
            content += size
            blank += len(piece) - size
    except CutOffError as error:
        fault = error
    head = b"".join(parts).removeprefix(_BOM)

    def anew() -> Iterator[bytes]:
        yield head
        if fault is not None:
            raise fault
        yield from stream

    return head.lstrip()[:_PIECE], anew()


def is_document(head: bytes) -> bool:
    """Tell from its beginning whether a text is one document rather than one value a line."""
    first, newline, more = head.lstrip().partition(b"\n")
    opening, first, more = first[:1], first.rstrip(), more.lstrip()
    if opening == b"{" and not newline:
        return len(_side_by_side(head.decode(errors="replace"), "")[0]) >= _SEVERAL
    if opening not in {b"[", b"{"}:
        return False
    try:
        decode(first.decode())
    except ValueError:
        ends_open = first[-1:] in {b"[", b"{", b",", b":"}
        if opening == b"{":
            goes_on = more[:1] in {b",", b":", b"}", b"]"}  # no line of values begins so
            open_here = ends_open and more[:1] in {b'"', b""}
            return goes_on or open_here or (first[-1:] == b"[" and _are_elements(more))
        return ends_open or not newline or more[:1] in {b",", b"]"}
    return opening == b"[" and not more


def _are_elements(lines: bytes) -> bool:
    """Tell the elements of a list from lines that follow one that is damaged."""
    line, _, more = lines.partition(b"\n")
    try:
        decode(line.decode())
    except ValueError:  # with its comma, or over several lines
        return lines[:1] in {b"{", b"["}
    return more.lstrip()[:1] in {b",", b"]"}


def values_by_line(stream: Iterator[bytes]) -> Iterator[Found]:
    """Decode each line, and give each record of a list; blank lines are passed over."""
    number = 1
    try:
        for block in _blocks(stream):
            if block is None:
                yield number, None, TOO_LONG
                number += 1
            else:
                number += yield from _lines(block, number)
    except CutOffError as error:
        yield number, None, str(error)


def _blocks(stream: Iterator[bytes]) -> Iterator[bytes | None]:
    """Join pieces to blocks of whole lines; None stands for one line that is too long."""
    rest, too_long = b"", False
    for piece in stream:
        if too_long:
            _, newline, piece = piece.partition(b"\n")  # noqa: PLW2901 -- what is left of it
            if not newline:
                continue
            too_long = False
            yield None
        whole, newline, last = piece.rpartition(b"\n")
        if newline:
            yield rest + whole
            rest = last
        else:
            rest += last
        if len(rest) > LONGEST:
            rest, too_long = b"", True
    if too_long:
        yield None
    elif rest:
        yield rest


def _lines(block: bytes, number: int) -> Generator[Found, None, int]:
    """Decode the lines of a block, and return how many there are."""
    lines = block.split(b"\n")
    quickly = quick_decoder(block)
    for place, line in enumerate(lines, number):
        try:
            value = quickly(line)  # this runs for every record
        except ValueError:
            yield from _odd_line(line, place)
        else:
            if type(value) is list:
                yield from _each(place, value)
            else:
                yield place, value, None
    return len(lines)


def _odd_line(line: bytes, place: int) -> Iterator[Found]:
    """Decode a line with more patience, or say why it cannot be."""
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        yield place, None, f"not UTF-8: {error.reason}, byte {error.start + 1}"
        return
    if not text.strip(_BLANK):
        return
    try:
        yield from _each(place, decode(text))
    except ValueError as error:
        objects, fault = _side_by_side(text, str(error))
        for each in objects:
            yield place, each, None
        if fault is not None:
            yield place, None, fault


def _each(line: int, value: object) -> Iterator[Found]:
    """Give the records of a list one by one: what a webhook has posted, kept as one line."""
    if type(value) is list and value and type(value[0]) is dict:
        for record in value:
            yield line, record, None
    else:
        yield line, value, None


def _side_by_side(line: str, fault: str) -> tuple[list[object], str | None]:
    """Decode objects with nothing between them, as streams to storage may write them.

    Returns:
        The objects, and why what follows cannot be read. Fewer than two are no such line: then it
        has the fault that it had.
    """
    line = line.strip(_BLANK)
    objects: list[object] = []
    end, later = 0, None
    while line.startswith("{", end):
        try:
            value, end = decode_at(line, end)
        except ValueError as error:
            later = f"not JSON, or not whole: {error}"
            break
        objects.append(value)
    if len(objects) < _SEVERAL:
        return [], fault
    return objects, later or (fault if end < len(line) else None)


def values_of_document(stream: Iterator[bytes]) -> Iterator[Found]:
    """Decode the elements of an array, or values that stand one after the other; as for lines."""
    document = _Document(stream)
    while (found := document.next()) is not None:
        line, value, fault = found
        if fault is not None:
            yield found  # no telling where the next one begins
            return
        yield from _each(line, value)


class _Document:
    """A text of which only the part around the current value is held."""

    def __init__(self, stream: Iterator[bytes]) -> None:
        self._stream = stream
        self._to_text = codecs.getincrementaldecoder("utf-8")()
        self._text = ""
        self._at = 0  # where the current value begins; the text before it is dropped at times
        self._line = 1
        self._is_array = False
        self._fault: str | None = None
        self._skip(0)
        if self._text.startswith("[", self._at):
            self._is_array = True
            self._skip(self._at + 1)

    def next(self) -> Found | None:
        """Decode the next value; None at the end."""
        if self._at == len(self._text) or self._is_closed():
            fault = self._fault
            if fault is None and self._is_array:
                fault = "the array ends without its bracket"
            return None if fault is None else (self._line, None, fault)
        while True:
            try:
                value, end = decode_at(self._text, self._at)
            except ValueError as error:
                held = len(self._text) - self._at
                if held <= LONGEST and self._more(held):
                    continue
                return self._line, None, self._fault or f"not JSON, or not whole: {error}"
            size = end - self._at
            may_go_on = isinstance(value, (int, float)) and len(self._text) - end < _END_OF_NUMBER
            if may_go_on and self._more(1):
                continue
            line = self._line
            self._skip(self._at + size)  # reading more has moved it
            return line, value, None

    def _is_closed(self) -> bool:
        if not self._is_array or self._text[self._at] != "]":
            return False
        self._is_array = False
        self._skip(self._at + 1)
        return self._at == len(self._text)

    def _more(self, size: int) -> bool:
        """Read at least so many further characters, as far as there are any."""
        parts = [self._text[self._at :]]
        try:
            while size > 0 and (piece := next(self._stream, None)) is not None:
                parts.append(self._to_text.decode(piece))
                size -= len(parts[-1])
            if size > 0:
                parts.append(self._to_text.decode(b"", final=True))
        except CutOffError as error:
            self._fault = str(error)
        except UnicodeDecodeError as error:
            parts.append(error.object[: error.start].decode())
            self._fault = f"not UTF-8: {error.reason}"
        grown = sum(map(len, parts[1:])) > 0
        self._text, self._at = "".join(parts), 0
        return grown

    def _skip(self, end: int) -> None:
        """Go on from a place to behind what separates values there."""
        begin = self._at
        while True:
            separators = _BETWEEN if self._is_array else _BLANKS
            self._at = separators.match(self._text, end).end()  # type: ignore[union-attr] # always matches
            self._line += self._text.count("\n", begin, self._at)
            if self._at < len(self._text) or not self._more(1):
                return
            begin = end = 0
