"""Rules as data: each wins its own examples, none is shadowed, and each says where it is from."""

from __future__ import annotations

import pytest

from campaignmetrics import bounce
from campaignmetrics._bounce.library import own_sets
from campaignmetrics._bounce.phrases import compile_phrase

RULES = bounce.rules().rules
EXAMPLES = [(rule.id, example) for rule in RULES for example in rule.examples]
PHRASES = [(rule, phrase) for rule in RULES for phrase in rule.phrases]


@pytest.mark.parametrize(("rule_id", "example"), EXAMPLES)
def test_a_rule_wins_its_own_examples(rule_id: str, example: str) -> None:
    """No earlier rule takes an example away, and no code outweighs it."""
    assert bounce.classify(example).rule_id == rule_id


@pytest.mark.parametrize(
    ("rule", "phrase"), PHRASES, ids=[f"{rule.id}: {phrase}" for rule, phrase in PHRASES]
)
def test_no_phrase_is_shadowed_by_another_rule(rule: bounce.Rule, phrase: str) -> None:
    """A text of nothing but the phrase, with a code where the rule asks for one, is its rule's."""
    sample = compile_phrase(phrase, own_sets()).sample.replace("\x02", "mx.shop.example")
    reply = f"{rule.reply[0]}50"[:3] if rule.reply else None
    status = f"{rule.status[0]}.0"[:5] if rule.status else None
    answer = bounce.classify(sample, reply=reply, status=status)
    assert (answer.rule_id, answer.reason) == (rule.id, rule.reason)


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_every_rule_has_a_source_and_an_example(rule: bounce.Rule) -> None:
    """A rule that nobody can check is not kept."""
    assert len(rule.source) > len("RFC 0000")
    assert rule.examples


def test_a_rule_of_ones_own_goes_first() -> None:
    """It is asked before the library's, also where those are sure."""
    ours = bounce.rules_from_toml("""
        [[rule]]
        id = "gone-fishing"
        reason = "account_disabled"
        category = "hard"
        source = "our gateway"
        phrases = ["user unknown here"]
    """)
    text = "550 5.1.1 User unknown here"
    assert bounce.classify(text, rules=ours).rule_id == "gone-fishing"
    assert bounce.classify(text).rule_id == "user-unknown"


def test_a_rule_of_ones_own_may_name_hosts_codes_and_sets() -> None:
    """Each condition must hold: another host or code leaves the answer to the library."""
    ours = bounce.rules_from_toml("""
        [sets]
        pet = "cat|dog"
        [[rule]]
        id = "pets"
        reason = "refused"
        source = "mx.shop.example"
        phrases = ["{pet} ... here"]
        unless = ["no {pet}"]
        hosts = ["shop.example"]
        reply = ["5"]
        status = ["5.7"]
    """)

    def winner(text: str, host: str) -> str:
        return bounce.classify(text, remote_host=host, rules=ours).rule_id

    assert winner("550 5.7.1 dog was here", "mx.shop.example") == "pets"
    assert winner("550 5.7.1 dog was here", "SHOP.example.") == "pets"
    assert winner("550 5.7.1 dog was here", "workshop.example") != "pets"
    assert winner("450 4.7.1 dog was here", "mx.shop.example") != "pets"
    assert winner("550 5.1.1 dog was here", "mx.shop.example") != "pets"
    assert winner("550 5.7.1 no dog was here", "mx.shop.example") != "pets"
    assert winner("550 5.70.1 dog was here", "mx.shop.example") != "pets"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("[[rule]", "no TOML"),
        ('[[rule]]\nid = "a"\nsource = "s"\nphrases = ["x"]', "'a'"),
        ('[[rule]]\nid = "a"\nreason = "tired"\nsource = "s"\nphrases = ["x"]', "'tired'"),
        ('[[rule]]\nid = "a"\nreason = "refused"\nsource = "s"\nphrase = ["x"]', "phrase"),
        ('[[rule]]\nid = "a"\nreason = "refused"\nsource = "s"\nphrases = "x"', "list of texts"),
        ('[[rule]]\nid = 5\nreason = "refused"\nsource = "s"\nphrases = ["x"]', "id"),
        ('[[rule]]\nid = "a"\nreason = "refused"\nsource = "s"', "neither phrases nor names"),
        ('[[rule]]\nid = "a"\nreason = "refused"\nsource = "s"\nphrases = ["... x"]', "gap"),
        ('[[rule]]\nid = "a"\nreason = "refused"\nsource = "s"\nphrases = [""]', "empty"),
        ('[[rule]]\nid = "a"\nreason = "refused"\nsource = "s"\nphrases = ["{pet}"]', "'pet'"),
        ('[[rule]]\nid = "a"\nreason = "refused"\nsource = "s"\nphrases = ["a,b"]', "'a,b'"),
        ('[[rule]]\nid = "a"\nreason = "refused"\nsource = "s"\nphrases = ["ab*"]', "4 letters"),
        ('[[rule]]\nid = "a"\nreason = "refused"\nsource = "s"\nphrases = ["[x]"]', "must be"),
    ],
)
def test_a_broken_rule_is_refused_with_what_is_wrong(document: str, expected: str) -> None:
    """The message names the rule or the phrase."""
    with pytest.raises(bounce.BounceError, match=expected):
        bounce.rules_from_toml(document)


def test_two_rules_of_one_id_are_refused() -> None:
    """An id says which rule decided, so it must say one."""
    rule = '[[rule]]\nid = "a"\nreason = "refused"\nsource = "s"\nphrases = ["x"]\n'
    with pytest.raises(bounce.BounceError, match="two rules"):
        bounce.rules_from_toml(rule + rule)
