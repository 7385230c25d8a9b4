"""The order in which evidence decides.

Source: ``docs/bounces.md``, *How a bounce is classified*.
"""

from __future__ import annotations

import attrs

from campaignmetrics._bounce.evidence import Evidence
from campaignmetrics._bounce.memory import Memory, one_object
from campaignmetrics._bounce.rules import Match, Rules
from campaignmetrics._bounce.tables import Row, class_row, reply_row, status_row
from campaignmetrics._bounce.vocabulary import (
    CATEGORIES,
    HARD,
    SOFT,
    Classification,
    Confidence,
    Reason,
)
from campaignmetrics.events import BounceCategory

_PASSES_BY_ITSELF = frozenset(
    {
        Reason.INVALID_DOMAIN,
        Reason.UNREACHABLE,
        Reason.ACCOUNT_DISABLED,
        Reason.MAILBOX_FULL,
        Reason.RATE_LIMITED,
        Reason.UNDETERMINED,
    }
)
_WRAPPING = Reason.UNREACHABLE
"""A cause that often only wraps another one: time ran out after something else went wrong."""


@attrs.define(eq=False)
class Question:
    """All that an answer depends on.

    Attributes:
        evidence: the text, with the codes given beside it added as the outermost ones.
        source: the provider; empty if none.
        source_class: what the provider called it.
        adobe: Adobe's table decides where it differs.
        rules: sets of rules in the order in which they are asked.
        delayed: the sender will try again by itself, so nothing is final.
    """

    evidence: Evidence
    source: str
    source_class: str
    adobe: bool
    rules: tuple[Rules, ...]
    delayed: bool = False


_memory = Memory()


def answer(question: Question) -> Classification:
    """Classify; equal questions are remembered."""
    evidence = question.evidence
    # Words hold no NUL; what may hold one is escaped, or stands last.
    key = "\0".join(
        (
            evidence.words,
            evidence.names,
            repr(evidence.hosts) if evidence.hosts else "",
            " ".join(evidence.replies),
            " ".join(evidence.statuses),
            f"{evidence.by_server:d}{question.adobe:d}{question.delayed:d}",
            ",".join([str(rules.number) for rules in question.rules]),
            question.source,
            question.source_class,
        )
    )
    return _memory.recall(key) or _memory.keep(key, one_object(_decide(question)))


def _decide(question: Question) -> Classification:
    found = _find(question)
    category = found.category
    if question.delayed and category is HARD and not found.proven:
        category = SOFT
    if question.adobe:
        category = _adobe_category(found, category)
    return Classification(
        category=category,
        reason=found.reason,
        sub_reason=found.sub_reason,
        rule_id=found.rule_id,
        evidence=found.matched,
        retryable=category is SOFT and _may_pass(found, question.evidence),
        confidence=found.confidence,
    )


@attrs.define(eq=False)
class _Finding:
    category: BounceCategory
    reason: Reason
    sub_reason: str
    rule_id: str
    matched: str
    confidence: Confidence
    adobe: BounceCategory | None = None
    proven: bool = False


def _adobe_category(found: _Finding, category: BounceCategory) -> BounceCategory:
    if found.adobe is not None:
        return found.adobe
    # Adobe Campaign, "Understand delivery failures": an invalid domain is soft, proven or not.
    return SOFT if found.reason is Reason.INVALID_DOMAIN else category


def _find(question: Question) -> _Finding:
    evidence = question.evidence
    by_class = _from_class(question)
    if by_class is not None and by_class[1].definite:
        return _of_row(*by_class, Confidence.HIGH)
    for rules in question.rules:
        match = rules.find(evidence)
        if match is not None:
            return _of_match(match, evidence, Confidence.HIGH)
    by_status = _from_statuses(evidence.statuses)
    if by_status is not None and not by_status[1].vague:
        return _of_row(*by_status, Confidence.MEDIUM)
    for rules in question.rules:
        match = rules.find(evidence, weak=True)
        if match is not None:
            return _of_match(match, evidence, Confidence.LOW)
    if by_class is not None:
        return _of_row(*by_class, Confidence.MEDIUM)
    return _from_vague_codes(evidence, by_status)


def _from_vague_codes(evidence: Evidence, by_status: tuple[str, Row] | None) -> _Finding:
    if by_status is not None:
        return _of_row(*by_status, Confidence.LOW)
    for reply in reversed(evidence.replies):
        row = reply_row(reply)
        if row is not None:
            return _of_row(f"reply:{reply}", row, Confidence.LOW)
    for code in evidence.replies:
        row = Row(Reason.UNDETERMINED, "", SOFT)
        return _of_row(f"digit:{code[0]}", row, Confidence.LOW)
    return _Finding(SOFT, Reason.UNDETERMINED, "", "none", "", Confidence.LOW)


def _from_class(question: Question) -> tuple[str, Row] | None:
    if not question.source_class:
        return None
    row = class_row(question.source, question.source_class)
    return None if row is None else (f"{question.source}:{question.source_class}", row)


def _from_statuses(statuses: tuple[str, ...]) -> tuple[str, Row] | None:
    """Choose the code that says most: one that names a cause, the innermost of several."""
    rows = [
        (f"enhanced:{status}", row)
        for status in reversed(statuses)
        if (row := status_row(status)) is not None
    ]
    return min(rows, key=lambda found: _emptiness(found[1]), default=None)


def _emptiness(row: Row) -> int:
    """Order rows by how little they say; ``min`` keeps the first of equal ones."""
    if row.vague:
        return 3 if row.reason is Reason.UNDETERMINED else 2
    return int(row.reason is _WRAPPING)


def _of_row(rule_id: str, row: Row, confidence: Confidence) -> _Finding:
    matched = rule_id.partition(":")[2]
    return _Finding(
        row.category, row.reason, row.sub_reason, rule_id, matched, confidence, row.adobe
    )


def _of_match(match: Match, evidence: Evidence, confidence: Confidence) -> _Finding:
    rule = match.rule
    category = rule.category or CATEGORIES[rule.reason]
    if category is HARD and not rule.proof and is_temporary(evidence):
        category = SOFT
    if rule.reason is Reason.UNREACHABLE:
        confidence = Confidence.MEDIUM
    return _Finding(
        category,
        rule.reason,
        rule.sub_reason,
        rule.id,
        match.words,
        confidence,
        proven=rule.proof,
    )


def is_temporary(evidence: Evidence) -> bool:
    """Say whether the codes ask to try again; a reply code outweighs an enhanced one."""
    codes = evidence.replies or evidence.statuses
    return bool(codes) and not any(code.startswith("5") for code in codes)


def _may_pass(found: _Finding, evidence: Evidence) -> bool:
    return found.reason in _PASSES_BY_ITSELF or is_temporary(evidence)
