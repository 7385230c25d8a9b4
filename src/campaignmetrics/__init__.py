"""Email and push campaign figures from event logs, the same by batch, by stream and by machine.

Typed records or Arrow data go into ``reduce`` or ``reduce_arrow``; a ``Tally`` comes out, which
merges with ``+``; ``report`` turns a tally into the figures. ``read`` turns files into events.

Whole mails and the texts of servers go into ``bounce``. Each name is loaded on first use.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from campaignmetrics import bounce, sources
    from campaignmetrics.asynchronous import settle
    from campaignmetrics.batches import Batches
    from campaignmetrics.campaign import CampaignTab
    from campaignmetrics.diagnostics import Diagnostics, Position
    from campaignmetrics.duplicates import deduplicate
    from campaignmetrics.email import DomainCount, EmailStep, EmailTab, TopDomains
    from campaignmetrics.errors import (
        ArgumentError,
        CampaignMetricsError,
        CheckpointError,
        CountError,
        EventError,
        HalfCountedError,
        MetricError,
        ReadError,
        ResolutionError,
        SchemaError,
        StreamConsumedError,
        TallyFormatError,
        ZoneError,
    )
    from campaignmetrics.events import (
        BounceCategory,
        EmailEvent,
        EmailKind,
        EntryEvent,
        EntryKind,
        Event,
        PushEvent,
        PushKind,
    )
    from campaignmetrics.live import LiveReport
    from campaignmetrics.metrics import EmailMetrics, EmailTotals, PushMetrics, PushTotals
    from campaignmetrics.push import PushStep, PushTab
    from campaignmetrics.ratio import Ratio
    from campaignmetrics.reading import read
    from campaignmetrics.reducers import reduce, reduce_arrow
    from campaignmetrics.reports import Report, report
    from campaignmetrics.schema import EVENT_SCHEMA, from_arrow, to_arrow
    from campaignmetrics.selection import select
    from campaignmetrics.tab import BounceCategories, BounceReason, ReasonCount
    from campaignmetrics.tally import Tally
else:
    _NAMES: Mapping[str, str] = {
        "asynchronous": "settle",
        "batches": "Batches",
        "campaign": "CampaignTab",
        "diagnostics": "Diagnostics Position",
        "duplicates": "deduplicate",
        "email": "DomainCount EmailStep EmailTab TopDomains",
        "errors": "ArgumentError CampaignMetricsError CheckpointError CountError EventError"
        " HalfCountedError MetricError ReadError ResolutionError SchemaError StreamConsumedError"
        " TallyFormatError ZoneError",
        "events": "BounceCategory EmailEvent EmailKind EntryEvent EntryKind Event PushEvent"
        " PushKind",
        "live": "LiveReport",
        "metrics": "EmailMetrics EmailTotals PushMetrics PushTotals",
        "push": "PushStep PushTab",
        "ratio": "Ratio",
        "reading": "read",
        "reducers": "reduce reduce_arrow",
        "reports": "Report report",
        "schema": "EVENT_SCHEMA from_arrow to_arrow",
        "selection": "select",
        "tab": "BounceCategories BounceReason ReasonCount",
        "tally": "Tally",
    }
    # Arrow takes longer to load than all else; who only classifies bounces does without it.
    _HOME = {name: module for module, names in _NAMES.items() for name in names.split()}

    def __getattr__(name: str) -> object:
        if name in ("bounce", "sources"):
            return importlib.import_module(f"{__name__}.{name}")
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


__all__ = [
    "EVENT_SCHEMA",
    "ArgumentError",
    "Batches",
    "BounceCategories",
    "BounceCategory",
    "BounceReason",
    "CampaignMetricsError",
    "CampaignTab",
    "CheckpointError",
    "CountError",
    "Diagnostics",
    "DomainCount",
    "EmailEvent",
    "EmailKind",
    "EmailMetrics",
    "EmailStep",
    "EmailTab",
    "EmailTotals",
    "EntryEvent",
    "EntryKind",
    "Event",
    "EventError",
    "HalfCountedError",
    "LiveReport",
    "MetricError",
    "Position",
    "PushEvent",
    "PushKind",
    "PushMetrics",
    "PushStep",
    "PushTab",
    "PushTotals",
    "Ratio",
    "ReadError",
    "ReasonCount",
    "Report",
    "ResolutionError",
    "SchemaError",
    "StreamConsumedError",
    "Tally",
    "TallyFormatError",
    "TopDomains",
    "ZoneError",
    "bounce",
    "deduplicate",
    "from_arrow",
    "read",
    "reduce",
    "reduce_arrow",
    "report",
    "select",
    "settle",
    "sources",
    "to_arrow",
]
