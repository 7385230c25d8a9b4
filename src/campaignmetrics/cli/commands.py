"""The commands and their options."""

from __future__ import annotations

import datetime as dt
from math import gcd
from zoneinfo import ZoneInfo

import click

from campaignmetrics.cli.bounces import bounces
from campaignmetrics.cli.live import live
from campaignmetrics.cli.options import duration, moment, source_option
from campaignmetrics.cli.options import zone as zone_named
from campaignmetrics.cli.progress import watched
from campaignmetrics.cli.sources import sources
from campaignmetrics.cli.text import print_report
from campaignmetrics.duplicates import deduplicate
from campaignmetrics.errors import ResolutionError
from campaignmetrics.metrics import EmailMetrics, metric_names
from campaignmetrics.reading import read
from campaignmetrics.reducers import DEFAULT_RESOLUTION, reduce_arrow
from campaignmetrics.reports import report as report_of
from campaignmetrics.selection import select
from campaignmetrics.steps import check_step

_SECOND = dt.timedelta(seconds=1)
_DOMAIN_COUNTS = metric_names(EmailMetrics, int)


class _Group(click.Group):
    """Ends quietly where it is interrupted; click would write an empty line first."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise click.Abort from None


@click.group(
    cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="campaignmetrics")
def command() -> None:
    """Turn the event logs of email and push campaigns into figures."""


@command.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@source_option
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people, or for programs.",
)
@click.option(
    "--every",
    type=duration,
    metavar="DURATION",
    default="1h",
    show_default=True,
    help="Step of the time series: 15m, 1h, 1d, 7d ...",
)
@click.option(
    "--zone",
    type=zone_named,
    metavar="ZONE",
    default="UTC",
    show_default=True,
    help="IANA time zone of days and hours, such as Europe/Berlin.",
)
@click.option(
    "--from", "start", metavar="TIME", help="First time that counts: a date, or ISO 8601."
)
@click.option("--to", "end", metavar="TIME", help="First time that no longer counts.")
@click.option("--campaign", metavar="ID", help="Count this campaign alone.")
@click.option(
    "--top",
    type=click.IntRange(min=0),
    metavar="N",
    default=10,
    show_default=True,
    help="How many recipient domains.",
)
@click.option(
    "--by",
    type=click.Choice(_DOMAIN_COUNTS),
    default="opens",
    show_default=True,
    help=f"The count that orders recipient domains, one of: {', '.join(_DOMAIN_COUNTS)}.",
    metavar="METRIC",
)
@click.option("--no-deduplicate", is_flag=True, help="Count copies of an event as often as read.")
@click.option("--strict", is_flag=True, help="Stop at the first record that cannot be read.")
def report(  # noqa: PLR0913 -- one argument for each option
    *,
    files: tuple[str, ...],
    source: str | None,
    style: str,
    every: dt.timedelta,
    zone: ZoneInfo,
    start: str | None,
    end: str | None,
    campaign: str | None,
    top: int,
    by: str,
    no_deduplicate: bool,
    strict: bool,
) -> None:
    """Print the report of event logs.

    FILE is NDJSON (.ndjson, .jsonl, .json, also .gz), Parquet or Arrow IPC; - is standard input.
    """
    resolution = gcd(every // _SECOND, DEFAULT_RESOLUTION // _SECOND) * _SECOND
    try:
        check_step(every, resolution)
    except ResolutionError as error:
        raise click.UsageError(f"--every: {error}") from None
    first, last = moment(start, zone, "--from"), moment(end, zone, "--to")
    with watched(files) as watch:
        batches = read(files, source, strict=strict, progress=watch)
        if (campaign, first, last) != (None, None, None):
            batches = select(batches, campaign=campaign, start=first, end=last)
        if not no_deduplicate:
            batches = deduplicate(batches)
        tally = reduce_arrow(batches, resolution=resolution)
    figures = report_of(tally, diagnostics=batches.diagnostics)
    if style == "json":
        click.echo(figures.to_json(every=every, zone=zone.key, top=top, by=by))
    else:
        print_report(figures, every=every, zone=zone.key, top=top, by=by)


command.add_command(bounces)
command.add_command(live)
command.add_command(sources)
