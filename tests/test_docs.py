"""The documentation says what the code does.

The Python blocks of the pages and of the README are run by ``conftest.py``; here are the
examples of the docstrings, and the tables, names and outputs that the pages show.
"""

from __future__ import annotations

import doctest
import importlib
import inspect
import json
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import click
import pytest

import campaignmetrics as cm
from campaignmetrics import bounce, testing
from campaignmetrics.cli import main
from campaignmetrics.cli.commands import command
from campaignmetrics.metrics import metric_names
from campaignmetrics.sources import ajo

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
EXAMPLES = sorted((ROOT / "examples" / "journey-optimizer").glob("*.ndjson"))


def page(name: str) -> str:
    """Return the text of a page."""
    return (DOCS / name).read_text(encoding="utf-8")


def table_rows(text: str) -> Iterator[list[str]]:
    """Yield the cells of each row of each table, the lines below the headers left out."""
    for line in text.splitlines():
        if line.startswith("|") and not set(line) <= set("|-: "):
            cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
            yield [cell.strip().replace("\\|", "|") for cell in cells]


def section(name: str, heading: str) -> str:
    """Return what stands on a page below a heading of the second level."""
    return page(name).partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def rows_by_name(text: str) -> dict[str, list[str]]:
    """Return the rows of tables whose first cell is a name in code, by that name."""
    rows = {}
    for first, *rest in table_rows(text):
        if match := re.fullmatch(r"`([^`]+)`", first):
            rows[match[1]] = rest
    return rows


def block(page_name: str, name: str) -> str:
    """Return what stands in a named code block of a page."""
    fence = rf"```{{code-block}} \w+\n:name: {name}\n\n(.*?)```"
    match = re.search(fence, page(page_name), re.DOTALL)
    assert match, f"{page_name} has no block {name}"
    return match[1]


def modules() -> Iterator[Any]:
    """Yield all modules of the package but the one that runs the command."""
    for found in pkgutil.walk_packages(cm.__path__, "campaignmetrics."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


DOCTESTS = [
    test
    for module in modules()
    for test in doctest.DocTestFinder(exclude_empty=True).find(module)
    if test.examples
]


@pytest.mark.parametrize("example", DOCTESTS, ids=lambda test: str(test.name))
def test_examples_of_docstrings_run(example: doctest.DocTest) -> None:
    """Every example in a docstring of the package gives what it says."""
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    assert 0 == runner.run(example, out=said.append).failed, "".join(said)


@pytest.mark.parametrize(
    ("module", "name"),
    [(m, n) for m in (cm, bounce) for n in m.__all__ if inspect.isfunction(getattr(m, n))],
)
def test_public_functions_have_an_example(module: Any, name: str) -> None:  # noqa: ANN401 -- a module
    """What users call shows how it is called, in an example that runs."""
    function = getattr(module, name)
    assert f"{function.__module__}.{name}" in {test.name for test in DOCTESTS}


def test_the_readme_runs_alone() -> None:
    """Pytest finds the blocks of the README also where it is asked for nothing else."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "README.md"]
    found = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)  # noqa: S603 -- ours
    assert "README.md::" in found.stdout


METRIC_TABLES = section("definitions.md", "Counts") + section("definitions.md", "Ratios")


def metrics() -> list[str]:
    """Return the names of all metrics that a report has."""
    names = {"entered_profiles"}
    for totals in (cm.EmailTotals, cm.PushTotals):
        names |= {*metric_names(totals, int), *metric_names(totals, cm.Ratio)}
    return sorted(names)


@pytest.mark.parametrize("name", metrics())
def test_every_metric_is_defined(name: str) -> None:
    """Every metric has a row in the definitions that names it and gives its formula."""
    spelled_out, formula, *_ = rows_by_name(METRIC_TABLES)[name]
    assert spelled_out.partition(" (")[0].replace(" ", "_").replace("-", "_") == name
    assert formula


def test_every_defined_metric_exists() -> None:
    """What the definitions list among the counts and ratios is a metric."""
    defined = [first.strip("`") for first, *_ in table_rows(METRIC_TABLES) if "`" in first]
    assert metrics() == sorted(defined)


def test_every_kind_is_defined() -> None:
    """Every kind has a row in the definitions, with the channels that know it."""
    rows = rows_by_name(section("definitions.md", "Events"))
    for channel, kinds in (
        ("email", cm.EmailKind),
        ("push", cm.PushKind),
        ("campaign", cm.EntryKind),
    ):
        listed = {name for name, cells in rows.items() if channel in cells[0].split(", ")}
        assert {str(kind) for kind in kinds} == listed


def test_every_column_is_described() -> None:
    """The page of the schema has each column, its type, and the channels whose records have it."""
    records = {"email": cm.EmailEvent, "push": cm.PushEvent, "campaign": cm.EntryEvent}
    expected = {
        field.name: [
            str(field.type),
            *(
                "●" if field.name in (*record.__slots__, "channel") else ""  # type: ignore[attr-defined] # attrs makes slots
                for record in records.values()
            ),
        ]
        for field in cm.EVENT_SCHEMA
    }
    rows = rows_by_name(page("schema.md"))
    actual = {name: [cells[0], *cells[2:]] for name, cells in rows.items()}
    assert expected == actual


def test_required_columns_are_marked() -> None:
    """The page of the schema says which columns are required."""
    rows = rows_by_name(page("schema.md"))
    marked = {name for name, cells in rows.items() if "**required**" in cells[1]}
    assert {field.name for field in cm.EVENT_SCHEMA if not field.nullable} == marked


@pytest.mark.parametrize(
    "name",
    [
        *(f"campaignmetrics.{name}" for name in cm.__all__),
        *(f"campaignmetrics.bounce.{name}" for name in bounce.__all__),
        *(f"campaignmetrics.testing.{name}" for name in testing.__all__),
        "campaignmetrics.sources.Reading",
        "campaignmetrics.sources.Source",
        "campaignmetrics.sources.ajo.events",
        "campaignmetrics.sources.ajo.interpret",
    ],
)
def test_every_public_name_is_in_the_reference(name: str) -> None:
    """The reference describes what can be imported."""
    described = re.findall(r"^\.\. [\w:]+:: ([\w.]+)", page("reference.md"), re.MULTILINE)
    assert 1 == described.count(name)


@pytest.mark.parametrize(
    ("name_of_page", "name"), [("command", "report"), ("bounces", "bounces"), ("live", "live")]
)
def test_every_option_of_the_command_is_described(name_of_page: str, name: str) -> None:
    """The page of the command has each option, no other, and the defaults that they have."""
    described: dict[str, str] = {}
    for first, *rest in table_rows(page(f"{name_of_page}.md")):
        for option_name in re.findall(r"`(-[-\w]+)", first):
            described[option_name] = rest[0].strip("`")
    params = command.commands[name].params
    expected = {
        opt: str(option.default) if option.show_default else described.get(opt)
        for option in params
        if isinstance(option, click.Option)
        for opt in option.opts
    }
    assert expected | {"--help": "", "-h": ""} == described


@pytest.mark.parametrize(
    ("name_of_page", "name", "option"),
    [
        ("command", "report", "--format"),
        ("bounces", "bounces", "--format"),
        ("bounces", "bounces", "--profile"),
        ("live", "live", "--now"),
    ],
)
def test_choices_of_the_command_are_described(name_of_page: str, name: str, option: str) -> None:
    """The page of the command has the words that an option takes."""
    (choices,) = [param.type for param in command.commands[name].params if option in param.opts]
    assert isinstance(choices, click.Choice)
    words = "|".join(choices.choices)
    firsts = [first for first, *_ in table_rows(page(f"{name_of_page}.md"))]
    alternatives = [first.strip("`").partition(" ")[2] for first in firsts if option in first]
    assert [set(words.split("|"))] == [set(found.split("|")) for found in alternatives]


def as_printed(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """Return what the command prints for the example campaign."""
    assert 0 == main(["report", *map(str, EXAMPLES), "--every", "1d", *options])
    return capsys.readouterr().out


def test_the_text_of_the_command_is_as_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """The output on the page is printed so; where it has an ellipsis, lines are left out."""
    printed = "\n".join(line.rstrip() for line in as_printed(capsys).splitlines())
    place = 0
    for shown in block("command.md", "text-report").split("…\n"):
        place = printed.find(shown.strip("\n"), place)
        assert place >= 0, f"not printed, or not in this order:\n{shown}"


def part(written: Any, shown: Any) -> Any:  # noqa: ANN401 -- any JSON
    """Return what is written without the members of objects that are not shown."""
    if isinstance(written, dict) and isinstance(shown, dict):
        return {name: part(written[name], shown[name]) for name in shown if name in written}
    if isinstance(written, list) and isinstance(shown, list):
        return [*map(part, written, shown), *written[len(shown) :]]
    return written


def test_the_json_in_the_reference_is_what_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    """The example of the report's JSON has the names and figures of the example campaign."""
    shown = json.loads(block("reference.md", "json-report"))
    written = json.loads(as_printed(capsys, "--format", "json"))
    assert shown == part(written, shown)
    assert list(shown) == list(written)


def test_diagnostics_are_described() -> None:
    """The page of the diagnostics has each of their fields."""
    described = rows_by_name(page("diagnostics.md"))
    assert [] == [name for name in attrs.asdict(cm.Diagnostics()) if name not in described]


def test_several_processes_count_as_one(tmp_path: Path) -> None:
    """The script that counts files side by side gives the report of one pass."""
    script = tmp_path / "parallel.py"
    script.write_text(page("parallel.py"), encoding="utf-8")
    command = [sys.executable, str(script), *map(str, EXAMPLES)]
    printed = subprocess.run(command, capture_output=True, check=True).stdout  # noqa: S603 -- ours
    batches = cm.deduplicate(cm.read(EXAMPLES))
    expected = cm.report(cm.reduce_arrow(batches), diagnostics=batches.diagnostics).to_dict()
    assert expected == json.loads(printed)


def bounces() -> list[tuple[str, str, str]]:
    """Return code, label and category of each bounce in the page of Journey Optimizer."""
    found = []
    for cells in table_rows(page("journey-optimizer.md")):
        for code, label, category in (cells[:3], cells[3:]) if cells[0].isdigit() else ():
            found.append((code, label, category))
    return found


@pytest.mark.parametrize(("code", "label", "category"), bounces())
def test_codes_and_labels_mean_what_the_page_says(code: str, label: str, category: str) -> None:
    """A bounce of another type gets its category by the code, and without one by the label."""
    for failure in ({"code": code}, {"reason": label}):
        feedback = {"feedbackStatus": "bounce", "messageFailure": failure | {"type": "Admin"}}
        record = {
            "timestamp": "2026-11-20T09:00:00Z",
            "channel": "email",
            "messageDeliveryFeedback": feedback,
        }
        _, bounced = ajo.events(record)
        assert isinstance(bounced, cm.EmailEvent)
        assert category == bounced.category


def test_the_changelog_begins_with_this_version() -> None:
    """The newest version that was released is the package's, and it says what figures mean."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (\d\S*)", changelog, re.MULTILINE)
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'\nversion = "{versions[0]}"\n' in project
    assert "\n### Definitions\n" in changelog
