"""What the email and the push tab of the report share.

Source: ``docs/definitions.md``, *Widgets of the report*.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar

import attrs
import numpy as np
import numpy.typing as npt

from campaignmetrics.events import BounceCategory
from campaignmetrics.metrics import SendingMetrics, metric_names
from campaignmetrics.ratio import Ratio
from campaignmetrics.steps import check_step, local_time, step_starts, zone_of
from campaignmetrics.tally import Tally

Counts = Mapping[str, int]

_HOUR = dt.timedelta(hours=1)

_Metrics = TypeVar("_Metrics", bound=SendingMetrics)
_Totals = TypeVar("_Totals", bound=SendingMetrics)
_Step = TypeVar("_Step", bound=SendingMetrics)


@attrs.frozen
class ReasonCount:
    """How many events gave a reason; ``""`` where none was given."""

    reason: str
    count: int


@attrs.frozen
class BounceReason:
    """How many bounces of a category gave a reason; ``""`` where none was given."""

    reason: str
    category: BounceCategory
    count: int


@attrs.frozen
class BounceCategories:
    """Bounces by category."""

    hard: int
    soft: int
    ignored: int


@attrs.frozen
class ChannelTab(Generic[_Metrics, _Totals, _Step]):
    """The widgets of one channel, as views of a tally.

    It is made with the three classes in which the channel's metrics are given: of any group, of a
    group that also has distinct counts, of a step of time.
    """

    _tally: Tally
    _channel: str
    _metrics_class: Callable[..., _Metrics]
    _totals_class: Callable[..., _Totals]
    _step_class: Callable[..., _Step]

    @cached_property
    def _messages(self) -> dict[str, dict[str, int]]:
        return self._tally.breakdown("messages", self._channel)

    @cached_property
    def _counts(self) -> Counts:
        return _added(self._messages.values())

    @cached_property
    def _says_targeted(self) -> bool:
        """Tell whether the source states who was targeted: once, for every breakdown."""
        return "targeted" in self._counts

    @cached_property
    def _uniques(self) -> dict[str, dict[str, int]]:
        return self._tally.uniques(self._channel)

    @cached_property
    def _by_reason(self) -> dict[str, _Metrics]:
        return self._by("reasons")

    def _by(self, view: str) -> dict[str, _Metrics]:
        groups = self._tally.breakdown(view, self._channel)
        return {key: self._metrics(groups[key]) for key in sorted(groups)}

    def _metrics(self, counts: Counts) -> _Metrics:
        return self._metrics_class(counts=counts, source_says_targeted=self._says_targeted)

    def _totals(self, counts: Counts, uniques: Counts) -> _Totals:
        return self._totals_class(
            counts=counts, source_says_targeted=self._says_targeted, uniques=uniques
        )

    @cached_property
    def total(self) -> _Totals:
        """The metrics of all messages together."""
        return self._totals(self._counts, _added(self._uniques.values()))

    @cached_property
    def by_message(self) -> Mapping[str, _Totals]:
        """The metrics of each message, by its id; ``""`` is for events without one."""
        return {
            message: self._totals(self._messages[message], self._uniques.get(message, {}))
            for message in sorted(self._messages)
        }

    def over_time(self, every: dt.timedelta | None = None, zone: str = "UTC") -> tuple[_Step, ...]:
        """Give the additive metrics over time.

        Args:
            every: the length of a step: a multiple of the resolution that divides a day, or whole
                days. Steps are counted from local midnight, several days from a Monday. Default:
                one hour, or the resolution if that is longer.
            zone: an IANA name; days and hours are those of this zone.

        Returns:
            A row for each step that has events, in the order of time: ``start`` (aware, in the
            zone), then the metrics.

        Raises:
            ResolutionError: the step does not fit the resolution or the day.
            ZoneError: there is no such zone.
        """
        return tuple(
            self._step_class(counts=counts, source_says_targeted=self._says_targeted, start=start)
            for start, counts in self._counts_over_time(every, zone)
        )

    def _counts_over_time(
        self, every: dt.timedelta | None, zone: str
    ) -> list[tuple[dt.datetime, Counts]]:
        named, resolution = zone_of(zone), self._tally.resolution
        every = max(_HOUR, resolution or _HOUR) if every is None else every
        check_step(every, resolution)
        if resolution is None:
            return []
        by_bucket = self._tally.breakdown("timeline", self._channel)
        # Keyed by moment: of an hour that comes twice, both have the same local time.
        by_step: dict[int, list[Counts]] = {}
        for bucket, step in step_starts(by_bucket, every, named, resolution):
            by_step.setdefault(step, []).append(by_bucket[bucket])
        return [(local_time(step, named), _added(by_step[step])) for step in sorted(by_step)]

    @property
    def bounce_reasons(self) -> tuple[BounceReason, ...]:
        """Bounces by reason and category: the most first, then by name."""
        rows = [
            BounceReason(reason, category, getattr(metrics, f"{category}_bounces"))
            for reason, metrics in self._by_reason.items()
            for category in BounceCategory
        ]
        rows.sort(key=lambda row: (-row.count, row.reason, row.category))
        return tuple(row for row in rows if row.count)

    @property
    def bounce_categories(self) -> BounceCategories:
        """Bounces by hard, soft and ignored."""
        total = self.total
        return BounceCategories(total.hard_bounces, total.soft_bounces, total.ignored_bounces)

    @property
    def error_reasons(self) -> tuple[ReasonCount, ...]:
        """Errors by reason: the most first, then by name."""
        return self._reasons(lambda metrics: metrics.errors)

    @property
    def exclude_reasons(self) -> tuple[ReasonCount, ...]:
        """Exclusions by reason: the most first, then by name."""
        return self._reasons(lambda metrics: metrics.exclusions)

    def _reasons(self, count: Callable[[_Metrics], int]) -> tuple[ReasonCount, ...]:
        rows = [ReasonCount(reason, count(metrics)) for reason, metrics in self._by_reason.items()]
        rows.sort(key=lambda row: (-row.count, row.reason))
        return tuple(row for row in rows if row.count)

    def to_dict(self, every: dt.timedelta | None = None, zone: str = "UTC") -> dict[str, object]:
        """Give the tab in the form that the report's JSON has."""
        steps = self._counts_over_time(every, zone)
        step_metrics = _metrics_to_dicts([self._metrics(counts) for _, counts in steps])
        return {
            "total": _metrics_to_dicts([self.total])[0],
            "by_message": groups_to_dict(self.by_message),
            "over_time": [
                {"start": _iso(start)} | metrics
                for (start, _), metrics in zip(steps, step_metrics, strict=True)
            ],
            "bounce_reasons": [attrs.asdict(row) for row in self.bounce_reasons],
            "bounce_categories": attrs.asdict(self.bounce_categories),
            "error_reasons": [attrs.asdict(row) for row in self.error_reasons],
            "exclude_reasons": [attrs.asdict(row) for row in self.exclude_reasons],
        }


def groups_to_dict(groups: Mapping[str, SendingMetrics]) -> dict[str, object]:
    """Give a breakdown in the form that the report's JSON has, by key."""
    keys = sorted(groups)
    return dict(zip(keys, _metrics_to_dicts([groups[key] for key in keys]), strict=True))


def _metrics_to_dicts(groups: Sequence[SendingMetrics]) -> list[dict[str, object]]:
    """Give all metrics of each group in the form that the report's JSON has: counts, then ratios.

    Args:
        groups: of one class and one source.
    """
    if not groups:
        return []
    stacked: Any = {
        name: _stacked([getattr(group, f"_{name}") for group in groups])
        for name in ("counts", "uniques")
        if hasattr(groups[0], f"_{name}")
    }
    together = attrs.evolve(groups[0], **stacked)

    def each(figures: object) -> list[int]:
        values: list[int] = np.broadcast_to(np.asarray(figures), len(groups)).tolist()
        return values

    columns: dict[str, list[object]] = {
        name: [*each(getattr(together, name))] for name in metric_names(type(together), int)
    }
    for name in metric_names(type(together), Ratio):
        ratio = getattr(together, name)
        pairs = zip(each(ratio.numerator), each(ratio.denominator), strict=True)
        columns[name] = [Ratio(*pair).to_dict() for pair in pairs]
    rows = zip(*columns.values(), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _stacked(counts: Sequence[Mapping[str, int]]) -> dict[str, npt.NDArray[np.int64]]:
    """Give the counts of many groups as one array for each outcome."""
    outcomes = dict.fromkeys(outcome for each in counts for outcome in each)
    return {
        outcome: np.array([each.get(outcome, 0) for each in counts], np.int64)
        for outcome in outcomes
    }


def _added(groups: Iterable[Counts]) -> dict[str, int]:
    total: dict[str, int] = {}
    for counts in groups:
        for outcome, count in counts.items():
            total[outcome] = total.get(outcome, 0) + count
    return total


def _iso(moment: dt.datetime) -> str:
    """Write a moment with its offset, ``Z`` for UTC."""
    text = moment.isoformat()
    return text.removesuffix("+00:00") + "Z" if str(moment.tzinfo) == "UTC" else text
