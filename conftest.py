"""The Python blocks of the documentation and of the README run as tests.

Each page is one story: its blocks share their names, from the first to the last. A page runs in a
folder of its own, beside a copy of ``examples``, so that it can write files and leaves none behind.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from doctest import ELLIPSIS
from pathlib import Path
from typing import Any

from sybil import Sybil
from sybil.parsers.myst import PythonCodeBlockParser, SkipParser

collect_ignore = ["docs/_build"]  # copies of the pages

ROOT = Path(__file__).resolve().parent

_HOME = "_home"
_FOLDER = "_folder"


def _enter(namespace: dict[str, Any]) -> None:
    folder = tempfile.mkdtemp()
    shutil.copytree(ROOT / "examples", Path(folder, "examples"))
    namespace |= {_HOME: Path.cwd(), _FOLDER: folder}
    os.chdir(folder)


def _leave(namespace: dict[str, Any]) -> None:
    os.chdir(namespace[_HOME])
    shutil.rmtree(namespace[_FOLDER])


# Asked about every file below, so that `pytest README.md` alone finds its blocks, too.
pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(doctest_optionflags=ELLIPSIS), SkipParser()],
    path=str(ROOT),
    patterns=["docs/*.md", "docs/sources/*.md", "README.md"],
    setup=_enter,
    teardown=_leave,
).pytest()
