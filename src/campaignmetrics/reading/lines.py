"""Lines that come one lot after the other, turned into events as ``read`` turns a whole file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, TypeAlias

import attrs
import pyarrow as pa

from campaignmetrics.batches import Batches
from campaignmetrics.diagnostics import Diagnostics
from campaignmetrics.reading import texts
from campaignmetrics.reading.account import Account
from campaignmetrics.reading.mixed_rows import MixedRows, rows_of
from campaignmetrics.reading.records import from_records, telling
from campaignmetrics.sources import NAMES

Position: TypeAlias = Mapping[str, Any]
"""Where to go on: how many bytes of whole lines were read, and of which file; JSON can hold it."""


@attrs.frozen
class Lines:
    """Some whole lines.

    Attributes:
        file: whose they are, as it was named.
        found: their values, to be gone through once.
        position: where to go on behind them; None for the beginning.
    """

    file: str
    found: Iterator[texts.Found]
    position: Position | None


class Reader:
    """Turns lines into events, as ``read`` does.

    Args:
        source: whose records these are; None to recognise each.
        usual: whose most of them are, where that was recognised before.

    Attributes:
        usual: whose most of them are; None as long as that is not known.
    """

    def __init__(self, source: str | None, usual: str | None = None) -> None:
        self._source = source
        self.usual = source or usual

    def batches(self, lines: Lines) -> Batches:
        """Give the events of lines, with the account of their reading."""
        diagnostics = Diagnostics()
        account = Account(lines.file, diagnostics, strict=False, position=int, progress=None)

        def start(columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
            found = lines.found
            if self.usual is None:
                first, self.usual = telling(found)
                found = chain(first, found)
            if self._source is not None:
                return from_records(found, rows_of(self._source, columns), account)
            # Where nothing tells, any source will do: it counts them as unrecognised.
            return from_records(found, MixedRows(self.usual or NAMES[0], columns), account)

        return Batches(start, diagnostics)
