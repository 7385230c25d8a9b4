"""Rules as data: what a rule is, and how a set of them finds the one that fits a text.

The library's own rules are the TOML files in ``rules/``; users' rules are of the same form.
"""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from campaignmetrics._bounce.evidence import Evidence
from campaignmetrics._bounce.phrases import Phrase, PhraseIndex, Vocabulary, compile_phrase, keys_of
from campaignmetrics._bounce.vocabulary import BounceError, Reason
from campaignmetrics.events import BounceCategory

_LISTS = ("phrases", "names", "unless", "hosts", "reply", "status", "examples")


@attrs.frozen(kw_only=True)
class Rule:
    """One rule: which words mean which reason.

    Attributes:
        id: its name; no two rules of a set share one.
        reason: what a text that it fits means.
        sub_reason: a finer word within the reason.
        category: where it differs from that of the reason.
        source: where the wording is from: a standard, a provider's page, a server's documentation.
        phrases: any of them in the text's words; in the language of ``docs/bounces.md``.
        names: any of them in the words of the text's links and host names.
        unless: none of them in the text's words.
        hosts: domains; one of them is the remote host's, or of a host named in the text.
        reply: beginnings of reply codes, one of which must be there; ``5`` is any permanent one.
        status: the same for enhanced codes, whole numbers of them: ``5.4`` or ``5.4.1``.
        uncoded: only for a text that a person or an automatic reply may have written: one without
            any code, and not out of a delivery report.
        weak: asked only after the enhanced code.
        proof: a hard answer stays hard behind a temporary code: the words prove it.
        examples: texts that this rule must win.
    """

    id: str = attrs.field(validator=attrs.validators.instance_of(str))
    reason: Reason = attrs.field(converter=Reason)
    sub_reason: str = attrs.field(default="", validator=attrs.validators.instance_of(str))
    category: BounceCategory | None = attrs.field(
        default=None, converter=attrs.converters.optional(BounceCategory)
    )
    source: str = attrs.field(validator=attrs.validators.instance_of(str))
    phrases: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    reply: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    uncoded: bool = False
    weak: bool = False
    proof: bool = False
    examples: tuple[str, ...] = ()


@attrs.frozen(eq=False)
class _Entry:
    rule: Rule
    phrase: Phrase
    unless: tuple[Phrase, ...]
    in_names: bool

    def fits(self, evidence: Evidence, keys: frozenset[str]) -> bool:
        """Say whether the rule fits by this phrase, whose words the index has found."""
        words = evidence.words
        if not _conditions_hold(self.rule, evidence):
            return False
        if not self.phrase.test(evidence.names if self.in_names else words):
            return False
        return not any(phrase.may_stand(keys) and phrase.test(words) for phrase in self.unless)


def _conditions_hold(rule: Rule, evidence: Evidence) -> bool:
    if rule.uncoded and (evidence.by_server or evidence.replies or evidence.statuses):
        return False
    return (
        (not rule.reply or _begins(evidence.replies, rule.reply))
        and (not rule.status or _has_status(evidence.statuses, rule.status))
        and (not rule.hosts or any(under_any(host, rule.hosts) for host in evidence.hosts))
    )


def _begins(codes: Iterable[str], beginnings: tuple[str, ...]) -> bool:
    return any(code.startswith(beginnings) for code in codes)


def _has_status(statuses: Iterable[str], beginnings: tuple[str, ...]) -> bool:
    # With a dot behind both, 5.4.1 is no beginning of 5.4.14.
    wanted = tuple([f"{beginning}." for beginning in beginnings])
    return any(f"{status}.".startswith(wanted) for status in statuses)


def under_any(host: str, domains: Iterable[str]) -> bool:
    """Say whether a host is one of the domains or below it."""
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


_NUMBERS = itertools.count()
"""Each set of rules has a number of its own, by which answers are remembered."""


@attrs.define(eq=False)
class Match:
    """A rule that fits, and the words that it matched."""

    rule: Rule
    words: str


class Rules:
    """A set of rules in order; the first that fits wins.

    Args:
        rules: the rules, the most particular first.
        sets: named alternatives that phrases refer to in braces.

    Raises:
        BounceError: two rules of the same id, a rule without phrases and names, or a phrase that is
            not of the language.

    Source: ``docs/bounces.md``, *Rules of your own*.
    """

    def __init__(self, rules: Iterable[Rule], sets: Mapping[str, str] | None = None) -> None:
        self.number = next(_NUMBERS)
        self.rules: Sequence[Rule] = tuple(rules)
        self.sets: Mapping[str, str] = dict(sets or {})
        _check_ids(self.rules)
        entries = [entry for rule in self.rules for entry in self._entries(rule)]
        self._entries_of = {
            (weak, in_names): _Lookup(
                [e for e in entries if e.rule.weak == weak and e.in_names == in_names]
            )
            for weak in (False, True)
            for in_names in (False, True)
        }
        phrases = {entry.phrase for entry in entries}
        self.vocabulary = Vocabulary(phrases.union(*{entry.unless for entry in entries}))
        self.domains = tuple(domain for rule in self.rules for domain in rule.hosts)
        order = {id(rule): number for number, rule in enumerate(self.rules)}
        self._rank = {entry: order[id(entry.rule)] for entry in entries}

    def _entries(self, rule: Rule) -> list[_Entry]:
        unless = tuple(compile_phrase(written, self.sets) for written in rule.unless)
        written = [(phrase, False) for phrase in rule.phrases]
        written += [(phrase, True) for phrase in rule.names]
        if not written:
            raise BounceError(f"rule {rule.id!r} has neither phrases nor names")
        return [
            _Entry(rule, compile_phrase(phrase, self.sets), unless, in_names)
            for phrase, in_names in written
        ]

    def find(self, evidence: Evidence, *, weak: bool = False) -> Match | None:
        """Find the first rule that fits, among the weak ones or among the others."""
        by_words = self._entries_of[weak, False].first(evidence, evidence.words)
        by_names = self._entries_of[weak, True].first(evidence, evidence.names)
        found = [entry for entry in (by_words, by_names) if entry is not None]
        if not found:
            return None
        best = min(found, key=self._rank.__getitem__)
        words = evidence.names if best.in_names else evidence.words
        return Match(best.rule, best.phrase.matched(words))


class _Lookup:
    """The entries that look at one kind of words, found through an index."""

    def __init__(self, entries: Sequence[_Entry]) -> None:
        self._entries = entries
        self._index = PhraseIndex([entry.phrase for entry in entries])

    def first(self, evidence: Evidence, words: str) -> _Entry | None:
        if not self._entries or len(words) == 1:
            return None
        unless_keys = keys_of(evidence.words)
        for number in self._index.candidates(words, keys_of(words)):
            if self._entries[number].fits(evidence, unless_keys):
                return self._entries[number]
        return None


def _check_ids(rules: Sequence[Rule]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise BounceError(f"two rules have the id {rule.id!r}")
        seen.add(rule.id)


def rules_from_toml(text: str, *, sets: Mapping[str, str] | None = None) -> Rules:
    """Read a TOML document of rules; see ``bounce.rules_from_toml``.

    ``sets`` are named alternatives that are known already.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BounceError(f"rules are no TOML: {error}") from error
    known = dict(sets or {}) | document.get("sets", {})
    return Rules(read_rules(document), known)


def read_rules(document: Mapping[str, Any]) -> list[Rule]:
    """Read the rules of a decoded TOML document."""
    return [_rule(table) for table in document.get("rule", [])]


def _rule(table: Mapping[str, Any]) -> Rule:
    for key in _LISTS:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise BounceError(f"rule {table.get('id')!r}: {key} is no list of texts")
    values = {key: tuple(value) if key in _LISTS else value for key, value in table.items()}
    try:
        return Rule(**values)  # type: ignore[arg-type] # attrs refuses what the document has wrong
    except (TypeError, ValueError) as error:
        raise BounceError(f"rule {table.get('id')!r}: {error}") from error
