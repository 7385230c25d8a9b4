"""What can go wrong, under one base.

Each error is also the built-in kind that a caller expects, so that ``except ValueError`` catches a
wrong value, and ``except CampaignMetricsError`` catches all that this library refuses.
"""

from __future__ import annotations

_LONGEST_VALUE = 80


class CampaignMetricsError(Exception):
    """The base of every error that this library raises on purpose."""


class EventError(CampaignMetricsError, ValueError):
    """A record or a row that is no event: the message names field, value and what was expected.

    Attributes:
        field: the field or column.
        value: what stood there.
        expected: what may stand there.
        row: the row, counted from 0 over the whole stream; None for a record.
    """

    def __init__(self, field: str, value: object, expected: str, row: int | None = None) -> None:
        self.field = field
        self.value = value
        self.expected = expected
        self.row = row
        where = f"column {field!r}, row {row}" if row is not None else f"field {field!r}"
        super().__init__(f"{where}: {shorten(value)} is not {expected}")

    def __reduce__(self) -> tuple[type[EventError], tuple[str, object, str, int | None]]:
        """Survive the way back from a worker process, which calls the class with its arguments."""
        return type(self), (self.field, self.value, self.expected, self.row)


class SchemaError(CampaignMetricsError, TypeError):
    """Columns that are missing or of a type that cannot hold what the event schema asks for."""


class ArgumentError(CampaignMetricsError, ValueError):
    """An argument that cannot be meant: the message names it, its value and what was expected.

    Attributes:
        argument: the argument.
        value: what was given.
        expected: what may be given.
    """

    def __init__(self, argument: str, value: object, expected: str) -> None:
        self.argument = argument
        self.value = value
        self.expected = expected
        super().__init__(f"argument {argument!r}: {shorten(value)} is not {expected}")

    def __reduce__(self) -> tuple[type[ArgumentError], tuple[str, object, str]]:
        """Survive the way back from a worker process, which calls the class with its arguments."""
        return type(self), (self.argument, self.value, self.expected)


class StreamConsumedError(CampaignMetricsError, RuntimeError):
    """A stream that can be read once was read a second time."""


class ResolutionError(CampaignMetricsError, ValueError):
    """A time resolution that does not fit: two tallies differ in it, or it divides no step."""


class ZoneError(CampaignMetricsError, ValueError):
    """A time zone that does not exist, or whose calendar does not reach a time."""


class MetricError(CampaignMetricsError, ValueError):
    """A metric that does not exist, or not where it was asked for."""


class CountError(CampaignMetricsError, OverflowError):
    """More events than a tally can count, which is 2**63 - 1."""


class TallyFormatError(CampaignMetricsError, ValueError):
    """Bytes that are no written tally, or one of a newer version, or a damaged one."""


class CheckpointError(CampaignMetricsError, ValueError):
    """A checkpoint that cannot be written or read.

    Attributes:
        file: the file as it was named.
        cause: why: it is missing, damaged, foreign or of another version, or there is no room.
    """

    def __init__(self, file: str, cause: str) -> None:
        self.file = file
        self.cause = cause
        super().__init__(f"{file}: {cause}")

    def __reduce__(self) -> tuple[type[CheckpointError], tuple[str, str]]:
        """Survive the way back from a worker process, which calls the class with its arguments."""
        return type(self), (self.file, self.cause)


class HalfCountedError(CampaignMetricsError, RuntimeError):
    """A live report whose counting was broken off, by Ctrl-C or for want of memory.

    Its figures are not right any more, so it gives none, and cannot be saved.
    """


class ReadError(CampaignMetricsError, ValueError):
    """A file that cannot be read, or under ``strict`` the first record that cannot be.

    Attributes:
        file: the file as it was named, bytes that are no UTF-8 as backslash escapes.
        line: the line or row, counted from 1; None where the whole file is meant.
        cause: why.
    """

    def __init__(self, file: str, cause: str, line: int | None = None) -> None:
        self.file = file
        self.line = line
        self.cause = cause
        where = file if line is None else f"{file}, line {line}"
        super().__init__(f"{where}: {cause}")

    def __reduce__(self) -> tuple[type[ReadError], tuple[str, str, int | None]]:
        """Survive the way back from a worker process, which calls the class with its arguments."""
        return type(self), (self.file, self.cause, self.line)


def shorten(value: object) -> str:
    """Write a value so that a huge one does not fill the screen."""
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
