"""The command ``live``: the report of the last hours, while events are still written."""

from __future__ import annotations

import datetime as dt
import json
import signal
import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType
from typing import Self

import attrs
import click
from click.core import ParameterSource
from rich.console import Console, RenderableType
from rich.live import Live

from campaignmetrics.cli.options import duration, source_option, written
from campaignmetrics.cli.screen import screen
from campaignmetrics.cli.session import Session
from campaignmetrics.cli.text import reading
from campaignmetrics.errors import ArgumentError
from campaignmetrics.reading.following import Feed, FollowedFile, StandardInput
from campaignmetrics.reading.opening import STANDARD_INPUT
from campaignmetrics.times import EPOCH

_MINUTE = dt.timedelta(minutes=1)
_HOUR = dt.timedelta(hours=1)
_NOTES = 3
_LOOK_EVERY = 0.2  # seconds, where there is nothing to read


@click.command()
@click.argument("file", metavar="FILE")
@source_option
@click.option(
    "--window",
    type=duration,
    metavar="DURATION",
    default="24h",
    show_default=True,
    help="How much time the report covers: 30m, 24h, 7d ...",
)
@click.option(
    "--every",
    type=duration,
    metavar="DURATION",
    default="5s",
    show_default=True,
    help="How often the report is shown anew.",
)
@click.option(
    "--now",
    "end",
    type=click.Choice(["clock", "newest"]),
    default="clock",
    show_default=True,
    help="Where the window ends: at the time of the clock, or of the newest event.",
)
@click.option(
    "--checkpoint",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PATH",
    help="Keep what is known in this file, and go on from it.",
)
@click.option("--previous", is_flag=True, help="Go on from the checkpoint before the last one.")
@click.pass_context
def live(  # noqa: PLR0913 -- one argument for each option
    context: click.Context,
    *,
    file: str,
    source: str | None,
    window: dt.timedelta,
    every: dt.timedelta,
    end: str,
    checkpoint: Path | None,
    previous: bool,
) -> None:
    """Show the report of the last hours, while events are written to FILE.

    FILE is NDJSON that grows, also when it is rotated or truncated; - is standard input.
    """
    if previous and checkpoint is None:
        raise click.UsageError("--previous goes with --checkpoint")
    if checkpoint is not None and (previous or checkpoint.exists()):
        session = Session.resume(source, checkpoint, previous=previous)
        is_default = context.get_parameter_source("window") is ParameterSource.DEFAULT
        if window != session.window and not is_default:
            kept = f"the window of {checkpoint} is {written(session.window)}"
            raise click.UsageError(f"--window: {kept}, and stays as it is")
    else:
        try:
            session = Session.begin(window, source, checkpoint)
        except ArgumentError as error:
            raise click.UsageError(f"--window: {error}") from None
    lines: Feed
    lines = StandardInput() if file == STANDARD_INPUT else FollowedFile(file, session.position)
    console = Console(highlight=False, emoji=False)
    show = _Screen(file, end, console) if console.is_terminal else _Lines(end)
    with closing(lines), _until_stopped() as stop, show:
        try:
            _follow(lines, session, stop, show, every)
        except BrokenPipeError:  # who read the reports has seen enough
            context.exit()
        except KeyboardInterrupt:  # perhaps while it counted, and what is half counted is wrong
            session.give_up()
            raise
        finally:
            session.keep()
    show.last(session)
    if checkpoint is not None:
        click.echo(f"kept in {checkpoint}, from which the same command goes on", err=True)


def _follow(
    lines: Feed,
    session: Session,
    stop: _Wish,
    show: _Screen | _Lines,
    every: dt.timedelta,
) -> None:
    due = time.monotonic() + every.total_seconds()
    is_blank = isinstance(show, _Screen)
    while not (stop.asked or lines.ended):
        found = lines.read()
        if found is None and is_blank:  # nobody should look at nothing for long
            is_blank, due = False, time.monotonic()
        elif found is None:
            time.sleep(_LOOK_EVERY)
        else:
            session.add(found)
        for note in (lines.take_note(), session.keep_if_due()):
            if note is not None:
                show.note(note)
        if time.monotonic() >= due:
            show.show(session)
            due = time.monotonic() + every.total_seconds()


@attrs.define
class _Wish:
    """Whether it is to end; no lock, since signals come at any moment."""

    asked: bool = False


@contextmanager
def _until_stopped() -> Iterator[_Wish]:
    """Take the first signal to stop as a wish, and leave further ones to what they mean."""
    stop = _Wish()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def wish(_number: int, _frame: FrameType | None) -> None:
        stop.asked = True
        restore()

    for number in before:
        signal.signal(number, wish)
    try:
        yield stop
    finally:
        restore()


class _Lines:
    """Shows reports as lines of JSON, and notes beside them."""

    def __init__(self, end: str) -> None:
        self._end = end

    def __enter__(self) -> None:
        """Begin at once."""

    def __exit__(self, *_: object) -> None:
        """End as it is."""

    def note(self, text: str) -> None:
        click.echo(f"campaignmetrics: {text}", err=True)

    def show(self, session: Session) -> None:
        report, now, _ = session.report(_clock(self._end))
        last = EPOCH - (EPOCH - now) // _MINUTE * _MINUTE
        span = {"start": _written(last - session.window), "end": _written(last)}
        click.echo(json.dumps({"window": span, **report.to_dict(every=_HOUR)}))

    def last(self, session: Session) -> None:
        self.show(session)
        for line in reading(session.diagnostics):
            click.echo(line, err=True)


class _Screen:
    """Shows reports in place, on a screen of their own, with the last notes.

    Where the terminal can only write on, as TERM=dumb says, they follow each other.
    """

    def __init__(self, file: str, end: str, console: Console) -> None:
        self._file = file
        self._end = end
        self._console = console
        self._notes: deque[str] = deque(maxlen=_NOTES)
        self._live = Live(console=console, screen=True, auto_refresh=False)

    def __enter__(self) -> Self:
        if not self._console.is_dumb_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def note(self, text: str) -> None:
        self._notes.append(f"{_clock('clock'):%H:%M:%S} {text}")

    def show(self, session: Session) -> None:
        if self._console.is_dumb_terminal:
            self.last(session)
        else:
            self._live.update(self._laid_out(session), refresh=True)

    def last(self, session: Session) -> None:
        """Leave the last report behind."""
        self._console.print(self._laid_out(session))

    def _laid_out(self, session: Session) -> RenderableType:
        report, now, newest = session.report(_clock(self._end))
        title = f"{self._file}: the last {written(session.window)} to {now:%Y-%m-%d %H:%M:%S} UTC"
        return screen(self._console, title, self._notes, report, now, newest)


def _clock(end: str) -> dt.datetime | None:
    return dt.datetime.now(dt.UTC) if end == "clock" else None


def _written(time: dt.datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
