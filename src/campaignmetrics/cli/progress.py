"""A progress bar on standard error, where that is a terminal and the work is long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

_LONG = 0.5  # seconds; a bar that flashes by tells nothing


@contextmanager
def watched(files: Iterable[str]) -> Iterator[Callable[[int], None]]:
    """Show how much of the files has been read.

    Args:
        files: paths; of ``-`` and of what is no file the size is not known.

    Yields:
        A function to be told of each number of bytes that has been read.
    """
    console = Console(stderr=True)
    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    task = progress.add_task("reading", total=_size(files))
    begun = time.monotonic()

    def watch(size: int) -> None:
        if not progress.live.is_started and time.monotonic() - begun > _LONG:
            progress.start()
        progress.advance(task, size)

    try:
        yield watch
    finally:
        progress.stop()


def _size(files: Iterable[str]) -> int | None:
    try:
        paths = [Path(file) for file in files]
        return sum(path.stat().st_size for path in paths) if all(map(Path.is_file, paths)) else None
    except OSError:  # a name that no file can have; reading tells
        return None
