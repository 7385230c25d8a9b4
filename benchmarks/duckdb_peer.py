"""The whole report in DuckDB's SQL.

The way that proved fastest: count the events by what they state (a few thousand cells), by minute,
and by domain; find what is distinct; then compute every metric on the counts. Wide lists of
``count(*) FILTER`` over the events, and all groupings in one query with ``GROUPING SETS``, were
tried and took longer.

It is spared what the data does not call for: domains in other scripts (SQL has no IDNA), and
separate name spaces for the three recipient keys.
"""
# ruff: noqa: INP001 -- scripts side by side are no package

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from figures import Table

THREADS = 2

CELLS = """
CREATE OR REPLACE TEMP TABLE cells AS
SELECT channel, message_id, platform, kind, category, asynchronous, reason, machine,
       action = 'Dismiss' AS dismissed, count(*) AS n
FROM events GROUP BY ALL
"""

MINUTES = """
CREATE OR REPLACE TEMP TABLE minutes AS
SELECT channel, epoch_us("timestamp") // 60_000_000 AS minute, kind, category, asynchronous,
       machine, action = 'Dismiss' AS dismissed, count(*) AS n
FROM events GROUP BY ALL
"""

METRICS = """
WITH cell AS (
    SELECT *, bool_or(kind = 'targeted') OVER (PARTITION BY channel) AS says_targeted
    FROM cells WHERE channel <> 'campaign'
), part AS (
    SELECT 'total' AS breakdown, '' AS name, * FROM cell
    UNION ALL BY NAME
    SELECT 'by_message' AS breakdown, coalesce(message_id, '') AS name, * FROM cell
    UNION ALL BY NAME
    SELECT 'by_platform' AS breakdown, coalesce(platform, 'unknown') AS name, * FROM cell
    WHERE channel = 'push'
    UNION ALL BY NAME
    SELECT 'over_time' AS breakdown,
           strftime(make_timestamp(minute * 60_000_000), '%Y-%m-%dT%H:00:00Z') AS name, *,
           bool_or(kind = 'targeted') OVER (PARTITION BY channel) AS says_targeted
    FROM minutes WHERE channel <> 'campaign'
), counted AS (
    SELECT channel, breakdown, name, any_value(says_targeted) AS says_targeted,
        sum(n) FILTER (kind = 'targeted') AS stated_targeted,
        coalesce(sum(n) FILTER (kind = 'excluded'), 0) AS exclusions,
        coalesce(sum(n) FILTER (kind = 'errored'), 0) AS errors,
        coalesce(sum(n) FILTER (kind = 'sent'), 0) AS sent,
        coalesce(sum(n) FILTER (kind = 'delayed'), 0) AS delays,
        coalesce(sum(n) FILTER (kind = 'delivered'), 0)
            - coalesce(sum(n) FILTER (kind = 'bounced' AND asynchronous), 0) AS delivered,
        coalesce(sum(n) FILTER (kind = 'bounced'), 0) AS bounces,
        sum(n) FILTER (kind = 'bounced' AND category = 'hard') AS hard_bounces,
        sum(n) FILTER (kind = 'bounced' AND category = 'soft') AS soft_bounces,
        sum(n) FILTER (kind = 'bounced' AND coalesce(category, 'ignored') = 'ignored')
            AS ignored_bounces,
        sum(n) FILTER (kind = 'opened' AND machine IS NOT TRUE) AS opens,
        sum(n) FILTER (kind = 'opened' AND machine) AS machine_opens,
        sum(n) FILTER (kind = 'clicked' AND machine IS NOT TRUE) AS clicks,
        sum(n) FILTER (kind = 'clicked' AND machine) AS machine_clicks,
        sum(n) FILTER (kind = 'unsubscribed') AS unsubscribes,
        sum(n) FILTER (kind = 'complained') AS spam_complaints,
        sum(n) FILTER (kind = 'acted') AS actions,
        sum(n) FILTER (kind = 'acted' AND dismissed) AS dismissals,
        sum(n) FILTER (kind = 'acted' OR channel = 'push' AND kind = 'opened'
                       AND machine IS NOT TRUE) AS engagements
    FROM part GROUP BY channel, breakdown, name
)
SELECT * EXCLUDE (says_targeted, stated_targeted), sent - delivered - bounces AS pending,
       CASE WHEN says_targeted THEN stated_targeted ELSE sent + errors + exclusions END AS targeted
FROM counted
"""

UNIQUES = """
SELECT channel,
       CASE WHEN grouping(message_id) = 1 THEN 'total' ELSE 'by_message' END AS breakdown,
       coalesce(message_id, '') AS name,
       count(*) FILTER (kind = 'opened') AS unique_opens,
       count(*) FILTER (kind = 'clicked') AS unique_clicks
FROM (
    SELECT DISTINCT channel, message_id, kind, coalesce(send_id, profile_id, recipient) AS who
    FROM events WHERE kind IN ('opened', 'clicked') AND machine IS NOT TRUE
)
WHERE who IS NOT NULL
GROUP BY GROUPING SETS ((channel), (channel, message_id))
"""

REASONS = """
SELECT channel,
       CASE kind WHEN 'bounced' THEN 'bounce_reasons' WHEN 'errored' THEN 'error_reasons'
                 ELSE 'exclude_reasons' END AS breakdown,
       CASE WHEN kind = 'bounced' THEN coalesce(category, 'ignored') ELSE '' END AS category,
       coalesce(reason, '') AS name, sum(n) AS "count"
FROM cells WHERE kind IN ('bounced', 'errored', 'excluded')
GROUP BY ALL
"""

DOMAIN_OPENS = """
CREATE OR REPLACE TEMP TABLE domains AS
SELECT 'opens' AS counted, count(*) AS n,
       coalesce(recipient_domain,
                CASE WHEN contains(recipient, '@') THEN split_part(recipient, '@', -1) END
       ) AS written
FROM events WHERE channel = 'email' AND kind = 'opened' AND machine IS NOT TRUE
GROUP BY written
"""

DOMAIN_COUNTS = """
CREATE OR REPLACE TEMP TABLE domains AS
WITH cell AS (
    SELECT kind, asynchronous, machine, count(*) AS n,
           coalesce(recipient_domain,
                    CASE WHEN contains(recipient, '@') THEN split_part(recipient, '@', -1) END
           ) AS written
    FROM events WHERE channel = 'email'
    GROUP BY ALL
), wide AS (
    SELECT written,
        sum(n) FILTER (kind = 'sent') AS sent,
        coalesce(sum(n) FILTER (kind = 'delivered'), 0)
            - coalesce(sum(n) FILTER (kind = 'bounced' AND asynchronous), 0) AS delivered,
        sum(n) FILTER (kind = 'bounced') AS bounces,
        sum(n) FILTER (kind = 'opened' AND machine IS NOT TRUE) AS opens,
        sum(n) FILTER (kind = 'clicked' AND machine IS NOT TRUE) AS clicks
    FROM cell GROUP BY written
)
UNPIVOT wide ON sent, delivered, bounces, opens, clicks INTO NAME counted VALUE n
"""

DOMAINS = """
WITH named AS (
    SELECT counted, lower(regexp_replace(written, '[.]$', '')) AS domain, sum(n) AS n
    FROM domains GROUP BY counted, domain
), ranked AS (
    SELECT counted, domain, n,
           coalesce(domain, '') = '' OR regexp_matches(domain, '[][\\s()<>]') AS unusable,
           row_number() OVER (PARTITION BY counted, unusable ORDER BY n DESC, domain) AS rank
    FROM named
)
SELECT CASE WHEN unusable THEN 'unknown' WHEN rank <= 10 THEN 'top' ELSE 'other' END AS breakdown,
       counted AS category,
       CASE WHEN breakdown = 'top' THEN domain ELSE '' END AS name, sum(n) AS "count"
FROM ranked GROUP BY ALL
"""

ENTERED = "SELECT count(DISTINCT profile_id) AS entered_profiles FROM events WHERE kind = 'entered'"


class DuckDB:
    """A database with a table or view ``events``."""

    def __init__(self, source: Path | pa.Table, domains_by: Sequence[str]) -> None:
        """Look at a Parquet file, or copy an Arrow table into a table of DuckDB's own.

        Dictionaries become enumerations, the type DuckDB groups fastest.
        """
        self._domains = DOMAIN_OPENS if domains_by == ("opens",) else DOMAIN_COUNTS
        self._connection = duckdb.connect(config={"threads": THREADS})
        if isinstance(source, Path):
            self._connection.read_parquet(str(source)).create_view("events")
        else:
            self._enumerated(source).create("events")

    def report(self) -> list[Table]:
        """Compute every figure."""
        for table in (CELLS, MINUTES, self._domains):
            self._connection.execute(table)
        return [self._table(query) for query in (METRICS, UNIQUES, REASONS, DOMAINS, ENTERED)]

    def _enumerated(self, table: pa.Table) -> duckdb.DuckDBPyRelation:
        events = self._connection.from_arrow(table)
        names = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
        for name in names:
            words = events.filter(f"{name} IS NOT NULL").select(name).distinct()
            listed = ", ".join(f"'{word}'" for (word,) in sorted(words.fetchall()))
            self._connection.execute(f"CREATE TYPE {name}_type AS ENUM ({listed})")
        typed = ", ".join(f"{name}::{name}_type AS {name}" for name in names)
        return events.select(f"* REPLACE ({typed})") if names else events

    def _table(self, query: str) -> Table:
        result = self._connection.execute(query)
        names = [column[0] for column in result.description or ()]
        return names, result.fetchall()
