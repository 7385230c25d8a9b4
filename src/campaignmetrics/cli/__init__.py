"""The command ``campaignmetrics``; it needs the extra ``cli``, which brings click and rich."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

_OK = 0
_DATA_ERROR = 1
_WRONG_USE = 2
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: as on a command line; default those of the process.

    Returns:
        The exit status: 0; 1 for data that cannot be read; 2 for wrong use; 130 when interrupted.
    """
    if sys.stdout is None:
        return _fail("standard output is closed", _WRONG_USE)
    try:
        return _run(arguments)
    except KeyboardInterrupt:  # before click would notice
        return _fail("interrupted", _INTERRUPTED)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        import click  # noqa: PLC0415 -- so that its absence can be explained

        from campaignmetrics.cli.commands import command  # noqa: PLC0415 -- the same
    except ImportError as error:
        return _fail(f"{error}; the command needs: pip install 'campaignmetrics[cli]'", _WRONG_USE)
    from campaignmetrics.errors import CampaignMetricsError  # noqa: PLC0415 -- the same

    try:
        command.main(arguments, prog_name="campaignmetrics", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        return _fail("interrupted", _INTERRUPTED)
    except click.ClickException as error:
        return _fail(error.format_message(), _WRONG_USE)
    except CampaignMetricsError as error:
        return _fail(str(error), _DATA_ERROR)
    except BrokenPipeError:
        # Whoever read the output has seen enough. Python would complain when it closes the pipe.
        _give_up_output()
    except OSError as error:
        _give_up_output()
        return _fail(f"the report cannot be written: {error.strerror}", _DATA_ERROR)
    return _OK


def _give_up_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(message: str, status: int) -> int:
    line = " ".join(message.split())
    sys.stderr.write(f"campaignmetrics: {line}\n")
    return status
