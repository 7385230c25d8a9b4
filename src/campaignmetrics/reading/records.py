"""Decoded records on their way to batches of events, from wherever they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import pyarrow as pa

from campaignmetrics.reading import texts
from campaignmetrics.reading.account import Account
from campaignmetrics.reading.mixed_rows import Rows, source_of

_RECORDS_AT_ONCE = 1 << 15
_TELLING = 100
_TELLING_AT_MOST = 1000


def telling(found: Iterator[texts.Found]) -> tuple[list[texts.Found], str | None]:
    """Read the first records, more of them where they do not tell their source; and tell it."""
    first: list[texts.Found] = []
    name = None
    while name is None and len(first) < _TELLING_AT_MOST:
        further = list(islice(found, _TELLING))
        if not further:
            break
        name = source_of([value for _, value, _ in further if type(value) is dict])
        first += further
    return first, name


def from_records(
    found: Iterable[texts.Found], rows: Rows, account: Account
) -> Iterator[pa.RecordBatch]:
    """Turn records into batches of events; what states no event goes to the account."""
    count = 0
    for line, value, fault in found:
        count += 1
        if fault is not None:
            account.unreadable(fault, line)
        elif type(value) is not dict:
            account.unreadable("not a JSON object", line)
        else:
            try:
                causes = rows.add(value)
            except RecursionError:
                causes = ()
                account.unreadable("nested too deeply", line)
            for cause in causes:
                account.not_counted(cause, line)
        if count == _RECORDS_AT_ONCE:
            yield _taken(rows, count, account)
            count = 0
    yield _taken(rows, count, account)


def _taken(rows: Rows, records: int, account: Account) -> pa.RecordBatch:
    batch = rows.take()
    account.counted(records, batch.num_rows)
    return batch
