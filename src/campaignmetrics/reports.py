"""The report: the three tabs as one value, and as JSON.

Source: ``docs/definitions.md``, *Widgets of the report*.
"""

from __future__ import annotations

import datetime as dt
import json

import attrs

from campaignmetrics.campaign import CampaignTab
from campaignmetrics.diagnostics import Diagnostics
from campaignmetrics.email import EmailTab
from campaignmetrics.push import PushTab
from campaignmetrics.tab import groups_to_dict
from campaignmetrics.tally import Tally


@attrs.frozen
class Report:
    """The figures of a campaign, in three tabs.

    Attributes:
        campaign: who entered.
        email: the email tab.
        push: the push tab.
        diagnostics: what was read and not counted, and why; empty if no reading was given.
    """

    campaign: CampaignTab
    email: EmailTab
    push: PushTab
    diagnostics: Diagnostics

    def to_dict(
        self,
        *,
        every: dt.timedelta | None = None,
        zone: str = "UTC",
        top: int = 10,
        by: str = "opens",
    ) -> dict[str, object]:
        """Give the report as plain values, in the form of its JSON.

        Args:
            every: the step of the time series; default one hour, or the tally's resolution if that
                is longer.
            zone: the IANA time zone whose days and hours are meant.
            top: how many recipient domains.
            by: the count by which domains are ordered.

        Returns:
            Maps by key, lists by count descending and then name, times by time. Counts are ints;
            each ratio is its numerator, denominator and value (None where it has none).

        Raises:
            ResolutionError: the step does not fit the resolution or the day.
            ZoneError: there is no such zone.
            MetricError: domains have no such count.

        Source: ``docs/definitions.md``.
        """
        email = self.email.to_dict(every, zone)
        domains = self.email.top_recipient_domains(top, by).to_dict()
        push = self.push.to_dict(every, zone)
        return {
            "campaign": {"entered_profiles": self.campaign.entered_profiles},
            "email": email | {"top_recipient_domains": domains},
            "push": push | {"by_platform": groups_to_dict(self.push.by_platform)},
            "diagnostics": self.diagnostics.to_dict(),
        }

    def to_json(
        self,
        *,
        every: dt.timedelta | None = None,
        zone: str = "UTC",
        top: int = 10,
        by: str = "opens",
    ) -> str:
        """Give the report as JSON text; arguments and errors are those of ``to_dict``."""
        figures = self.to_dict(every=every, zone=zone, top=top, by=by)
        return json.dumps(figures, indent=1, ensure_ascii=False, allow_nan=False)


def report(tally: Tally, *, diagnostics: Diagnostics | None = None) -> Report:
    """Compute the report of a tally.

    Args:
        tally: of any events.
        diagnostics: the account of the reading that led to it, to stand beside the figures.

    Returns:
        The three tabs. Figures are computed when they are asked for.

    Source: ``docs/definitions.md``.

    Example:
        >>> import campaignmetrics as cm
        >>> cm.report(cm.Tally()).email.total.delivered_ratio.value is None
        True
    """
    return Report(
        CampaignTab(tally),
        EmailTab(tally),
        PushTab(tally),
        diagnostics or Diagnostics(),
    )
