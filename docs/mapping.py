"""Writes the tables of words in the pages of the sources, from the declarations themselves.

``python docs/mapping.py`` brings them up to date; with ``--check`` it only tells whether they are.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from campaignmetrics.sources import NAMES, declared
from campaignmetrics.sources.shape import Meaning, Source

PAGES = Path(__file__).parent / "sources"
BEGIN, END = "<!-- words -->", "<!-- end of words -->"


def table(source: Source) -> str:
    """Lay the words of a source out as a table."""
    lines = ["| word | states |", "|---|---|"]
    lines += [f"| `{word}` | {_told(meaning)} |" for word, meaning in source.words.items()]
    return "\n".join(lines)


def _told(meaning: Meaning) -> str:
    if meaning.cause is not None:
        return f"not counted: `{meaning.cause}`"
    told = " and ".join(f"`{kind}`" for kind in meaning.kinds)
    if meaning.category:
        told += f", {meaning.category}"
    if meaning.asynchronous:
        told += ", asynchronous"
    if meaning.machine:
        told += ", by a machine"
    if meaning.reason:
        told += f", reason `{meaning.reason}`"
    return told


def current(page: str, source: Source) -> str:
    """Give a page with the table that belongs there."""
    written = f"{BEGIN}\n\n{table(source)}\n\n{END}"
    return re.sub(f"{BEGIN}.*?{END}", lambda _: written, page, flags=re.DOTALL)


def main() -> int:
    """Write or check every page that has a table."""
    old = []
    for name in NAMES:
        file = PAGES / f"{name}.md"
        if not declared(name).words:
            continue
        page = file.read_text(encoding="utf-8")
        if current(page, declared(name)) != page or BEGIN not in page:
            old.append(file.name)
            if "--check" not in sys.argv:
                file.write_text(current(page, declared(name)), encoding="utf-8")
    if old:
        print(f"not as declared: {', '.join(old)}")  # noqa: T201 -- a script
    return 1 if old and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
