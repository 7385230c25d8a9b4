"""The library's own rules, read from the package's data once."""

from __future__ import annotations

import pkgutil
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from campaignmetrics._bounce.rules import Rules, read_rules

_RULE_FILES = (
    "providers_text",
    "replies",
    "refused",
    "mailbox",
    "recipient",
    "languages",
    "network",
    "weak",
)
"""In the order they are asked in: sender and policy before the address, the way there last."""


def read_data(name: str) -> str:
    """Read one of the data files beside this module."""
    # `importlib.resources` takes longer to load than all of them to read.
    content = pkgutil.get_data("campaignmetrics._bounce", f"rules/{name}.toml")
    return cast("bytes", content).decode()


@cache
def own_sets() -> Mapping[str, str]:
    """Give the named alternatives that every rule may refer to."""
    sets: Mapping[str, str] = tomllib.loads(read_data("sets"))["sets"]
    return sets


@cache
def own_rules() -> Rules:
    """Give the library's rules."""
    read = [read_rules(tomllib.loads(read_data(name))) for name in _RULE_FILES]
    return Rules([rule for rules in read for rule in rules], own_sets())


@cache
def wording(name: str, before: str = "", after: str = "") -> re.Pattern[str]:
    """Give one of the lists of ``mails.toml`` as a regular expression, between two others.

    It is asked about texts in lower case: to look for both cases takes four times as long.
    """
    return re.compile(f"{before}(?:{'|'.join(data('mails')[name])}){after}", re.MULTILINE)


@cache
def data(name: str) -> Mapping[str, Any]:
    """Give a data file that holds tables instead of rules."""
    return tomllib.loads(read_data(name))
