"""The command ``sources``: whose records are understood, and by what they are recognised."""

from __future__ import annotations

import click
from rich import box
from rich.table import Table

from campaignmetrics.cli.tables import output
from campaignmetrics.reading.mixed_rows import EVENTS
from campaignmetrics.sources import NAMES, declared


@click.command()
def sources() -> None:
    """List the sources of records, with the fields that each needs."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("source", no_wrap=True)
    table.add_column("whose records", overflow="fold")
    table.add_column("what they need", overflow="fold")
    table.add_row(EVENTS, "campaignmetrics: the event schema", "channel, kind, timestamp")
    for name in NAMES:
        source = declared(name)
        table.add_row(name, source.title, source.needs)
    console = output()
    with console.capture() as whole:
        console.print(table)
    click.echo(whole.get(), nl=False)
