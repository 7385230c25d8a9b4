"""The email tab of the report: its widgets, as views of a tally.

The metrics themselves are in ``metrics.py``. Source: ``docs/definitions.md``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from heapq import nsmallest
from typing import cast

import attrs
import numpy as np

from campaignmetrics.errors import MetricError
from campaignmetrics.metrics import EmailMetrics, EmailTotals, metric_names
from campaignmetrics.tab import ChannelTab
from campaignmetrics.tally import Tally


@attrs.frozen(kw_only=True, repr=False)
class EmailStep(EmailMetrics):
    """The additive metrics of one step of time, from ``start`` (aware, in the chosen zone)."""

    start: dt.datetime


@attrs.frozen
class DomainCount:
    """How many events a recipient domain has."""

    domain: str
    count: int


@attrs.frozen
class TopDomains:
    """The recipient domains with the most events.

    Attributes:
        by: the metric that was counted.
        domains: the most first, then by name.
        other: the count of all other domains together.
        unknown: the count of events without a usable domain.
    """

    by: str
    domains: tuple[DomainCount, ...]
    other: int
    unknown: int

    def to_dict(self) -> dict[str, object]:
        """Give the domains in the form that the report's JSON has."""
        return {
            "by": self.by,
            "domains": [attrs.asdict(row) for row in self.domains],
            "other": self.other,
            "unknown": self.unknown,
        }


@attrs.frozen(init=False)
class EmailTab(ChannelTab[EmailMetrics, EmailTotals, EmailStep]):
    """All widgets of the email tab.

    Source: ``docs/definitions.md``, *Widgets of the report*.

    Example:
        >>> import datetime as dt
        >>> import campaignmetrics as cm
        >>> at = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
        >>> to = {"message_id": "news", "recipient": "reader@example.com"}
        >>> email = cm.report(cm.reduce([cm.EmailEvent(kind="sent", timestamp=at, **to)])).email
        >>> email.total.sent, email.by_message["news"].delivered_ratio
        (1, Ratio(numerator=0, denominator=1))
        >>> email.top_recipient_domains(by="sent").domains
        (DomainCount(domain='example.com', count=1),)
        >>> [(row.start.hour, row.sent) for row in email.over_time(zone="Europe/Berlin")]
        [(10, 1)]
    """

    def __init__(self, tally: Tally) -> None:
        self.__attrs_init__(tally, "email", EmailMetrics, EmailTotals, EmailStep)

    def top_recipient_domains(self, top: int = 10, by: str = "opens") -> TopDomains:
        """Give the recipient domains with the most opens, or the most of another count.

        Args:
            top: how many.
            by: an additive count, such as ``opens``, ``sent`` or ``bounces``.

        Returns:
            The domains, the count of all others, and that of events without a usable domain.

        Raises:
            MetricError: there is no such count.
        """
        if by not in metric_names(EmailMetrics, int):
            known = ", ".join(metric_names(EmailMetrics, int))
            raise MetricError(f"domains are not counted by {by!r}, but by one of: {known}")
        domains, arrays = self._tally.count_arrays("domains", "email")
        # Metrics are arithmetic, so one formula serves all domains at once, as arrays.
        metrics = self._metrics(cast("Mapping[str, int]", arrays))
        values = np.broadcast_to(getattr(metrics, by), len(domains)).tolist()
        counts = dict(zip(domains, values, strict=True))
        unknown = counts.pop("", 0)
        ranked = nsmallest(top, counts.items(), key=lambda item: (-item[1], item[0]))
        first = tuple(DomainCount(*item) for item in ranked if item[1] > 0)
        other = sum(counts.values()) - sum(row.count for row in first)
        return TopDomains(by, first, other, unknown)
