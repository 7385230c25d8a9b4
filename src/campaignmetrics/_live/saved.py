"""What a checkpoint holds of the state: a header that JSON has, and tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import pyarrow as pa

from campaignmetrics._live.members import Members
from campaignmetrics._live.rows import COUNTED_WORDS
from campaignmetrics._live.state import State
from campaignmetrics._live.window import SETS
from campaignmetrics.diagnostics import Diagnostics, Position
from campaignmetrics.remembered import Remembered

_CELLS = ("cell", "count")


def saved(state: State) -> tuple[dict[str, Any], dict[str, pa.Table]]:
    """Give the header and the tables of a state."""
    header = {
        "newest": state.newest,
        "secret": state.secret.hex(),
        "diagnostics": attrs.asdict(state.diagnostics),
    }
    words = {view: pa.table({"word": state.words[view].array()}) for view in COUNTED_WORDS}
    forgotten = {
        view: pa.table(dict(zip(_CELLS, counts.cells(), strict=True)))
        for view, counts in state.forgotten.items()
    }
    tables = {
        **_named("words", words),
        **_named("forgotten", forgotten),
        **{
            name: table
            for view, members in state.members.items()
            for name, table in _named(view, members.tables()).items()
        },
        **_named("window", state.window.tables()),
        **_named("returns", state.returns.tables()),
        "remembered": state.remembered.table(),
    }
    return header, tables


def restore(state: State, header: Mapping[str, Any], tables: Mapping[str, pa.Table]) -> None:
    """Bring what ``saved`` gave into a state of no events with the same settings."""
    state.newest = header["newest"]
    state.secret = bytes.fromhex(header["secret"])
    state.diagnostics = _diagnostics(header["diagnostics"])
    for view in COUNTED_WORDS:
        state.words[view].load(tables[f"words.{view}"]["word"])
    for view, counts in state.forgotten.items():
        numbers, added = (tables[f"forgotten.{view}"][name].to_numpy() for name in _CELLS)
        counts.load((numbers, added))
    for view in SETS:
        state.members[view] = Members(state.secret)
        state.members[view].load(_of(view, tables))
    state.window.load(_of("window", tables))
    state.returns.load(_of("returns", tables))
    state.remembered = Remembered.from_table(tables["remembered"])


def _named(part: str, tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    return {f"{part}.{name}": table for name, table in tables.items()}


def _of(part: str, tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    start = f"{part}."
    return {
        name.removeprefix(start): table for name, table in tables.items() if name.startswith(start)
    }


def _diagnostics(header: Mapping[str, Any]) -> Diagnostics:
    first = {
        cause: [Position(**position) for position in positions]
        for cause, positions in header["not_counted_first"].items()
    }
    unreadable = [Position(**position) for position in header["unreadable_first"]]
    return Diagnostics(**{**header, "not_counted_first": first, "unreadable_first": unreadable})
