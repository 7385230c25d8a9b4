"""The library's own rules, read from the package's data once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from campaignmetrics._bounce.rules import Rules, rules_from_toml

_RULE_FILES = (
    "providers_text",
    "replies",
    "refused",
    "mailbox",
    "recipient",
    "network",
    "weak",
)
"""In the order in which they are asked: sender and policy before the address, the way there last."""


def read_data(name: str) -> str:
    """Read one of the data files beside this module."""
    return files("campaignmetrics._bounce").joinpath("rules", f"{name}.toml").read_text("utf-8")


@cache
def own_sets() -> Mapping[str, str]:
    """Give the named alternatives that every rule may refer to."""
    sets: Mapping[str, str] = tomllib.loads(read_data("sets"))["sets"]
    return sets


@cache
def own_rules() -> Rules:
    """Give the library's rules."""
    read = [rules_from_toml(read_data(name), sets=own_sets()) for name in _RULE_FILES]
    return Rules([rule for rules in read for rule in rules.rules], own_sets())


@cache
def data(name: str) -> Mapping[str, Any]:
    """Give a data file that holds tables instead of rules."""
    return tomllib.loads(read_data(name))


@cache
def reply_rules() -> Rules:
    """Give the rules for what people and automatic replies write."""
    return rules_from_toml(read_data("replies"), sets=own_sets())


@cache
def server_rules() -> Rules:
    """Give the rules for what servers say: all but those for people and automatic replies."""
    replies = reply_rules().ids - {"delivered-report"}
    return Rules([rule for rule in own_rules().rules if rule.id not in replies], own_sets())
