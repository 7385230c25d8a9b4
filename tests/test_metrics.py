"""Each metric is arithmetic on outcomes that exist, for one group and for many at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import campaignmetrics as cm
from campaignmetrics import testing
from campaignmetrics.cli import text
from campaignmetrics.columns import EventColumns
from campaignmetrics.metrics import SendingMetrics, metric_names
from campaignmetrics.outcomes import OUTCOMES, UNIQUE_OUTCOMES
from campaignmetrics.record_columns import record_batches
from campaignmetrics.schema import EVENT_SCHEMA
from figures import COUNTS

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
CLASSES: dict[str, type[SendingMetrics]] = {"email": cm.EmailMetrics, "push": cm.PushMetrics}
METRICS = [
    (channel, name) for channel, metrics in CLASSES.items() for name in metric_names(metrics, int)
]
# What the terminal leaves to the JSON: parts of other figures.
NOT_SHOWN = {"email": {"click_to_open_ratio"}, "push": set[str]()}


class OnlyWhatThereIs(dict[str, int]):
    """Counts of a channel that refuse to be asked for an outcome that no event can have."""

    def __init__(self, channel: str) -> None:
        names = (name for name in OUTCOMES if name.startswith(f"{channel}."))
        super().__init__((name.partition(".")[2], 3) for name in names)

    def get(self, name: str, _: int = 0) -> int:  # type: ignore[override] # it has no default
        """Give the count of an outcome of the channel."""
        return self[name]


@pytest.mark.parametrize(("channel", "name"), METRICS)
def test_metrics_ask_for_outcomes_that_exist(channel: str, name: str) -> None:
    """A misspelled outcome would count nothing, without a word."""
    counts: Mapping[str, int] = OnlyWhatThereIs(channel)
    metrics = CLASSES[channel](counts=counts, source_says_targeted=True)

    assert isinstance(getattr(metrics, name), int)


@pytest.mark.parametrize(("channel", "name"), METRICS)
def test_metrics_of_many_groups_at_once(channel: str, name: str) -> None:
    """The formulas hold for arrays of counts, element by element."""
    random = np.random.default_rng(7)
    names = list(OnlyWhatThereIs(channel))
    arrays: Any = {outcome: random.integers(0, 50, 4) for outcome in names}
    groups: list[Any] = [{o: int(arrays[o][place]) for o in names} for place in range(4)]

    together = getattr(CLASSES[channel](counts=arrays), name)
    assert [getattr(CLASSES[channel](counts=group), name) for group in groups] == list(together)


@pytest.mark.parametrize("channel", ["email", "push"])
def test_the_laws_and_the_oracle_know_each_metric(channel: str) -> None:
    """A metric that is new is in the shipped laws, and must be counted by the oracle too."""
    names = {"email": testing.EMAIL_METRICS, "push": testing.PUSH_METRICS}[channel]

    assert set(COUNTS[channel]) == set(names)


def test_a_metric_shows_itself() -> None:
    """In a console the counts are to be seen, and of a step its start."""
    tally = cm.reduce([cm.EmailEvent(kind="sent", timestamp=AT)])
    email = cm.report(tally).email

    assert repr(email.total).startswith("EmailTotals(targeted=1, exclusions=0, errors=0, sent=1")
    assert repr(email.over_time()[0]).startswith("EmailStep(start=2026-11-20 09:00:00+00:00, ")


@pytest.mark.parametrize("channel", ["email", "push"])
def test_the_terminal_shows_each_metric(channel: str) -> None:
    """A metric that is new must be shown, or left out by name."""
    totals = {"email": cm.EmailTotals, "push": cm.PushTotals}[channel]
    tracking = {"email": text.EMAIL_TRACKING, "push": text.PUSH_TRACKING}[channel]
    shown = {name for _, count, ratio in (*text.SENDING, *tracking) for name in (count, ratio)}
    names = {*metric_names(totals, int), *metric_names(totals, cm.Ratio)}

    assert names == (shown - {""}) | NOT_SHOWN[channel]


def test_every_column_of_a_record_has_a_place_in_the_schema() -> None:
    """The order of columns is written down; a field that is new must be in it."""
    slots = {
        name
        for record in (cm.EmailEvent, cm.PushEvent, cm.EntryEvent)
        for name in record.__slots__  # type: ignore[union-attr] # attrs makes slots
        if not name.startswith("__")
    }

    assert slots | {"channel"} == set(EVENT_SCHEMA.names)


@pytest.mark.parametrize("name", UNIQUE_OUTCOMES)
def test_records_keep_who_where_uniques_are_counted(name: str) -> None:
    """Records hand on who an event was about for each outcome that is counted once a person."""
    channel, kind = name.split(".")
    record: Any = {"email": cm.EmailEvent, "push": cm.PushEvent}[channel]
    (batch,) = record_batches([record(kind=kind, timestamp=AT, send_id="s")])

    assert ["s"] == batch.column("send_id").to_pylist()


@pytest.mark.parametrize("resolution", [dt.timedelta(hours=2), dt.timedelta(days=1)])
def test_the_default_step_is_not_finer_than_the_resolution(resolution: dt.timedelta) -> None:
    """A series without a step given is one of hours, or of buckets where those are longer."""
    tally = cm.reduce([cm.EmailEvent(kind="sent", timestamp=AT)], resolution=resolution)
    (step,) = cm.report(tally).email.over_time()

    assert AT.replace(hour=0 if resolution.days else 8) == step.start


def test_the_wrong_front_door() -> None:
    """Who brings Arrow data to reduce, or records to reduce_arrow, is shown the other door."""
    sent = cm.EmailEvent(kind="sent", timestamp=AT)

    with pytest.raises(cm.SchemaError, match="go into reduce_arrow"):
        cm.reduce(cm.to_arrow([sent]))
    with pytest.raises(cm.SchemaError, match="for which there is reduce"):
        cm.reduce_arrow([sent])
    with pytest.raises(cm.SchemaError, match="not int"):
        cm.reduce_arrow(7)


def test_a_batch_of_its_own_is_arrow_data() -> None:
    """A record batch offers itself as an array, and is taken as one batch."""
    (batch,) = cm.to_arrow([cm.EmailEvent(kind="sent", timestamp=AT)]).to_batches()

    assert 1 == cm.reduce_arrow(batch).events
    assert 1 == len(EventColumns(batch))
