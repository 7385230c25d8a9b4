"""The package loads each of its names when it is first asked for, and none before."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys

import pytest

import campaignmetrics as cm
from campaignmetrics import bounce


def declared() -> dict[str, str]:
    """Return what type checkers are told: each public name, and the module it is from."""
    return {
        name.name: statement.module or ""
        for statement in ast.walk(ast.parse(inspect.getsource(cm)))
        if isinstance(statement, ast.ImportFrom) and str(statement.module).startswith(cm.__name__)
        for name in statement.names
    }


def loaded_by(code: str) -> set[str]:
    """Return the modules that a program of its own has loaded."""
    program = f"import sys; {code}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)  # noqa: S603 -- ours
    return set(done.stdout.decode().split())


def test_all_names_are_declared() -> None:
    """Type checkers, `import *` and `dir` know the same names."""
    assert sorted(declared()) == sorted(cm.__all__)
    assert set(cm.__all__) <= set(dir(cm))


@pytest.mark.parametrize(("name", "module"), sorted(declared().items()))
def test_a_name_is_what_type_checkers_take_it_for(name: str, module: str) -> None:
    """The table of homes says the same as the imports for type checkers."""
    parent = importlib.import_module(module)
    assert cm.__getattr__(name) is getattr(parent, name) is getattr(cm, name)


def test_an_unknown_name_is_no_attribute() -> None:
    """A slip of the pen is told at once, by the name that was asked for."""
    assert cm.__getattr__("bounce") is bounce
    with pytest.raises(AttributeError, match="has no attribute 'bounces'"):
        cm.__getattr__("bounces")
    with pytest.raises(AttributeError, match="has no attribute 'sendgird'"):
        cm.sources.__getattr__("sendgird")


@pytest.mark.parametrize("code", ["import campaignmetrics", "import campaignmetrics.bounce"])
def test_bounces_alone_need_no_arrow(code: str) -> None:
    """Loading Arrow takes several times as long as all that a mail is classified with."""
    assert not {"pyarrow", "numpy", "campaignmetrics.reducers"} & loaded_by(code)


def test_the_package_alone_loads_no_rules() -> None:
    """Who only counts does not wait for rules and mail parsers."""
    assert "campaignmetrics.bounce" not in loaded_by("from campaignmetrics import reduce_arrow")
