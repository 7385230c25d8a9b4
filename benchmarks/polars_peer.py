"""The whole report in Polars' expressions.

The way that proved fastest: count the events by what they state (a few thousand cells), by minute,
and by domain, and find what is distinct, all lazily and collected together by the streaming engine;
then compute every metric on the counts. The in-memory engine, and wide lists of sums over the
events, were tried and took longer.

It is spared what the data does not call for: domains in other scripts, and separate name spaces for
the three recipient keys.
"""
# ruff: noqa: INP001 -- scripts side by side are no package

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa
from polars import col

from figures import Table

TOP = 10

STATED = ("channel", "kind", "category", "asynchronous", "machine")
BY_PERSON = col("machine").ne_missing(other=True)
WHO = pl.coalesce("send_id", "profile_id", "recipient")


def kind(word: str) -> pl.Expr:
    """Select the events of a kind."""
    return col("kind") == word


def count(condition: pl.Expr) -> pl.Expr:
    """Add up the cells that meet a condition."""
    return col("n").filter(condition).sum()


OPENED = kind("opened") & BY_PERSON
COUNTS = {
    "stated_targeted": count(kind("targeted")),
    "exclusions": count(kind("excluded")),
    "errors": count(kind("errored")),
    "sent": count(kind("sent")),
    "delays": count(kind("delayed")),
    "delivered": count(kind("delivered"))
    - count(kind("bounced") & col("asynchronous").fill_null(value=False)),
    "bounces": count(kind("bounced")),
    "hard_bounces": count(kind("bounced") & (col("category") == "hard")),
    "soft_bounces": count(kind("bounced") & (col("category") == "soft")),
    "ignored_bounces": count(
        kind("bounced") & (col("category").is_null() | (col("category") == "ignored"))
    ),
    "opens": count(OPENED),
    "machine_opens": count(kind("opened") & col("machine")),
    "clicks": count(kind("clicked") & BY_PERSON),
    "machine_clicks": count(kind("clicked") & col("machine")),
    "unsubscribes": count(kind("unsubscribed")),
    "spam_complaints": count(kind("complained")),
    "actions": count(kind("acted")),
    "dismissals": count(kind("acted") & col("dismissed")),
    "engagements": count(kind("acted") | (OPENED & (col("channel") == "push"))),
}


class Polars:
    """A lazy frame of events."""

    def __init__(self, source: Path | pa.Table, domains_by: Sequence[str]) -> None:
        """Look at a Parquet file, or take an Arrow table as a frame of Polars' own.

        Dictionaries become enumerations, the type Polars groups fastest.
        """
        self._domains_by = domains_by
        if isinstance(source, Path):
            self._events = pl.scan_parquet(source)
        else:
            self._events = _enumerated(pl.from_arrow(source)).lazy()

    def report(self) -> list[Table]:
        """Compute every figure."""
        queries = [
            query(self._events) for query in (_cells, _minutes, _uniques, _domains, _entered)
        ]
        results = pl.collect_all(queries, engine="streaming")
        cells, minutes, uniques, domains, entered = results
        frames = [metrics(cells, minutes), *unique_counts(uniques), reasons(cells)]
        tops = [top(domains, by) for by in self._domains_by]
        return [(frame.columns, frame.rows()) for frame in [*frames, *tops, entered]]


def _enumerated(frame: pl.DataFrame | pl.Series) -> pl.DataFrame:
    if not isinstance(frame, pl.DataFrame):
        raise TypeError("a table becomes a frame")
    columns = [column for column in frame if column.dtype == pl.Categorical]
    enums = {c.name: pl.Enum(c.drop_nulls().unique().cast(pl.String).sort()) for c in columns}
    return frame.with_columns(col(name).cast(enum) for name, enum in enums.items())


def _cells(events: pl.LazyFrame) -> pl.LazyFrame:
    dismissed = (col("action") == "Dismiss").alias("dismissed")
    return events.group_by(*STATED, "message_id", "platform", "reason", dismissed).agg(n=pl.len())


def _minutes(events: pl.LazyFrame) -> pl.LazyFrame:
    dismissed = (col("action") == "Dismiss").alias("dismissed")
    minute = col("timestamp").dt.truncate("1m").alias("minute")
    return events.group_by(*STATED, dismissed, minute).agg(n=pl.len())


def _uniques(events: pl.LazyFrame) -> pl.LazyFrame:
    return (
        events.filter(col("kind").is_in(["opened", "clicked"]) & BY_PERSON)
        .group_by("channel", "message_id", "kind")
        .agg(n=WHO.drop_nulls().n_unique())
    )


def _written() -> pl.Expr:
    address = col("recipient")
    cut = pl.when(address.str.contains("@", literal=True)).then(address.str.split("@").list.last())
    return pl.coalesce("recipient_domain", cut).alias("written")


def _domains(events: pl.LazyFrame) -> pl.LazyFrame:
    emails = events.filter(col("channel") == "email")
    return emails.group_by(*STATED, _written()).agg(n=pl.len().cast(pl.Int64))


def _opened_domains(events: pl.LazyFrame) -> pl.LazyFrame:
    opens = events.filter(OPENED & (col("channel") == "email"))
    return opens.group_by(_written()).agg(opens=pl.len().cast(pl.Int64))


def _entered(events: pl.LazyFrame) -> pl.LazyFrame:
    profiles = col("profile_id").drop_nulls().n_unique()
    return events.filter(kind("entered")).select(entered_profiles=profiles)


def metrics(cells: pl.DataFrame, minutes: pl.DataFrame) -> pl.DataFrame:
    """Compute the metrics of all breakdowns."""
    cells, minutes = (frame.filter(col("channel") != "campaign") for frame in (cells, minutes))
    push = cells.filter(col("channel") == "push")
    hour = col("minute").dt.strftime("%Y-%m-%dT%H:00:00Z")
    parts = [
        _part(cells, "total", pl.lit("")),
        _part(cells, "by_message", _text("message_id", "")),
        _part(push, "by_platform", _text("platform", "unknown")),
        _part(minutes, "over_time", hour),
    ]
    sent = col("sent")
    possible = sent + col("errors") + col("exclusions")
    return (
        pl.concat(parts)
        .group_by("channel", "breakdown", "name")
        .agg(**COUNTS)
        .with_columns(
            pending=sent - col("delivered") - col("bounces"),
            says_targeted=(col("stated_targeted") > 0).any().over("channel"),
        )
        .with_columns(targeted=pl.when("says_targeted").then("stated_targeted").otherwise(possible))
        .drop("says_targeted", "stated_targeted")
    )


def _part(counted: pl.DataFrame, breakdown: str, name: pl.Expr) -> pl.DataFrame:
    return counted.select(*STATED, "dismissed", "n", name.alias("name")).with_columns(
        col("n").cast(pl.Int64), breakdown=pl.lit(breakdown)
    )


def _text(name: str, absent: str) -> pl.Expr:
    return col(name).cast(pl.String).fill_null(absent)


def unique_counts(uniques: pl.DataFrame) -> list[pl.DataFrame]:
    """Count unique opens and clicks by message, and in total as their sum."""
    counts = {"unique_opens": count(kind("opened")), "unique_clicks": count(kind("clicked"))}
    total = uniques.group_by("channel", breakdown=pl.lit("total")).agg(**counts)
    message = _text("message_id", "")
    by_message = uniques.group_by("channel", breakdown=pl.lit("by_message"), name=message)
    return [total, by_message.agg(**counts)]


def reasons(cells: pl.DataFrame) -> pl.DataFrame:
    """Count bounces by category and reason, errors and exclusions by reason."""
    widget = {
        "bounced": "bounce_reasons",
        "errored": "error_reasons",
        "excluded": "exclude_reasons",
    }
    category = pl.when(kind("bounced")).then(_text("category", "ignored"))
    return (
        cells.filter(col("kind").is_in(list(widget)))
        .group_by(
            "channel",
            breakdown=col("kind").cast(pl.String).replace(widget),
            category=category,
            name=_text("reason", ""),
        )
        .agg(count=col("n").sum())
    )


def top(domains: pl.DataFrame, by: str) -> pl.DataFrame:
    """Bring the domains into one form and order them by a count."""
    domain = col("written").str.strip_suffix(".").str.to_lowercase()
    unusable = domain.is_null() | (domain == "") | domain.str.contains(r"[\s()\[\]<>]")
    amount = col(by).sum() if by in domains.columns else COUNTS[by]
    named = domains.group_by(name=pl.when(~unusable).then(domain)).agg(count=amount)
    usable = named.drop_nulls("name").sort(["count", "name"], descending=[True, False])
    total = pl.lit("").alias("name"), col("count").sum()
    parts = {
        "top": usable.head(TOP),
        "other": usable.slice(TOP).select(total),
        "unknown": named.filter(col("name").is_null()).select(total),
    }
    labelled = [
        part.select(breakdown=pl.lit(breakdown), category=pl.lit(by), name="name", count="count")
        for breakdown, part in parts.items()
    ]
    return pl.concat(labelled)
