"""The push tab of the report: its widgets, as views of a tally.

The metrics themselves are in ``metrics.py``. Source: ``docs/definitions.md``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cached_property

import attrs

from campaignmetrics.metrics import PushMetrics, PushTotals
from campaignmetrics.tab import ChannelTab
from campaignmetrics.tally import Tally


@attrs.frozen(kw_only=True, repr=False)
class PushStep(PushMetrics):
    """The additive metrics of one step of time, from ``start`` (aware, in the chosen zone)."""

    start: dt.datetime


@attrs.frozen(init=False)
class PushTab(ChannelTab[PushMetrics, PushTotals, PushStep]):
    """All widgets of the push tab.

    Source: ``docs/definitions.md``, *Widgets of the report*.

    Example:
        >>> import datetime as dt
        >>> import campaignmetrics as cm
        >>> at = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
        >>> tapped = cm.PushEvent(kind="opened", timestamp=at, platform="ios")
        >>> cm.report(cm.reduce([tapped])).push.by_platform["ios"].engagements
        1
    """

    def __init__(self, tally: Tally) -> None:
        self.__attrs_init__(tally, "push", PushMetrics, PushTotals, PushStep)

    @cached_property
    def by_platform(self) -> Mapping[str, PushMetrics]:
        """The additive metrics of each platform; ``unknown`` is for events without one."""
        return self._by("platforms")
