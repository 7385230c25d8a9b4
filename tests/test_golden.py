"""Golden campaigns: every right figure, by every way through the library.

The figures were counted by simulations from what they did, so these tests say what a metric means;
that the ways agree on any input is for the laws.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from golden_figures import differences, expected_figures, reported_figures
from goldens import GOLDENS, WAYS, Golden, arrow_tally, decoded_lines, plain_reading, record_tally

PRESENT = [
    pytest.param(
        golden,
        id=golden.name,
        # The shared one is not part of the project.
        marks=pytest.mark.skipif(not golden.folder.exists(), reason=f"{golden.folder} is absent"),
    )
    for golden in GOLDENS
]


@pytest.fixture(params=PRESENT)
def golden(request: pytest.FixtureRequest) -> Golden:
    """One of the golden campaigns."""
    golden: Golden = request.param
    return golden


def expected_diagnostics(golden: Golden) -> dict[str, Any]:
    """Take what expected.json says of the reading, and plain reading for what it does not say."""
    expected = golden.expected
    stated = expected.get("diagnostics", {}).get(golden.form)
    return stated or plain_reading(golden).diagnostics | {"not_counted": expected["not_counted"]}


@pytest.mark.parametrize("way", WAYS)
def test_every_figure_is_exact(golden: Golden, way: str) -> None:
    """Totals, breakdowns, reasons, domains, uniques and ratios are those of expected.json."""
    expected = golden.expected
    report = WAYS[way](golden)

    assert [] == differences(expected_figures(expected), reported_figures(report, expected))


def test_a_wrong_figure_is_named() -> None:
    """The comparison itself finds a figure that differs, is missing or is too many."""
    examples = next(golden for golden in GOLDENS if golden.name == "examples-events")
    expected = examples.expected
    report = deepcopy(WAYS["records"](examples))
    report["email"]["total"]["sent"] += 1
    del report["push"]["by_message"]["push-doors-open"]["opens"]
    report["email"]["error_reasons"].append({"reason": "Unheard", "count": 2})

    assert [
        "email.error_reasons[Unheard]: expected 0, reported 2",
        "email.total.sent: expected 140, reported 141",
        "push.by_message[push-doors-open].opens: expected 12, reported absent",
    ] == differences(expected_figures(expected), reported_figures(report, expected))


@pytest.mark.parametrize("way", ["command", "arrow"])
def test_diagnostics_are_exact(golden: Golden, way: str) -> None:
    """Reading files accounts for every record, duplicate and record that states nothing known."""
    diagnostics = WAYS[way](golden)["diagnostics"]

    reported = diagnostics | {"unreadable": diagnostics["unreadable"]["count"]}

    assert expected_diagnostics(golden) == {k: reported[k] for k in expected_diagnostics(golden)}


def test_records_account_for_everything(golden: Golden) -> None:
    """Interpreting record by record finds the same causes and duplicates as expected.json has."""
    assert expected_diagnostics(golden) == plain_reading(golden).diagnostics


def test_duplicate_records_are_in_the_log(golden: Golden) -> None:
    """A log contains as many records a second time as the simulation delivered twice."""
    if golden.form == "events":
        pytest.skip("a record delivered twice is one or two rows there")
    records = [r for file in golden.files for r in decoded_lines(file) if isinstance(r, dict)]

    copies = len(records) - len({repr(record) for record in records})

    assert golden.expected["duplicate_records"] == copies


def test_tallies_are_equal(golden: Golden) -> None:
    """Records and Arrow batches give one tally, written as the same bytes."""
    by_record, by_batch = record_tally(golden), arrow_tally(golden)

    assert by_record == by_batch
    assert by_record.to_bytes() == by_batch.to_bytes()


@pytest.mark.parametrize("channel", ["email", "push"])
@pytest.mark.parametrize("widget", ["bounce_reasons", "error_reasons", "exclude_reasons"])
def test_lists_are_ordered(golden: Golden, channel: str, widget: str) -> None:
    """Reasons stand by count descending, then by name."""
    rows = WAYS["arrow"](golden)[channel][widget]

    assert sorted(rows, key=lambda row: (-row["count"], row["reason"])) == rows
