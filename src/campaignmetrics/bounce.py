"""From what a mail server or provider said to *hard, soft or ignored*, and a reason.

``classify`` takes one text with its codes, ``classify_arrow`` takes columns of them, ``parse``
takes a whole mail apart into records that can be classified. All three ask the same rules and
tables, which are data beside this module. How they decide: ``docs/bounces.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from campaignmetrics._bounce.asking import ask
from campaignmetrics._bounce.library import own_rules, own_sets
from campaignmetrics._bounce.mail.kinds import Kind
from campaignmetrics._bounce.mail.parsing import parse_mail
from campaignmetrics._bounce.mail.record import BounceRecord
from campaignmetrics._bounce.rules import Rule, Rules
from campaignmetrics._bounce.rules import rules_from_toml as _rules_from_toml
from campaignmetrics._bounce.vocabulary import BounceError, Classification, Confidence, Reason

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "BounceError",
    "BounceRecord",
    "Classification",
    "Confidence",
    "Kind",
    "Reason",
    "Rule",
    "Rules",
    "classify",
    "classify_arrow",
    "parse",
    "rules",
    "rules_from_toml",
]


def classify(  # noqa: PLR0913 -- each is one kind of evidence, named at the call
    text: str | None = None,
    *,
    status: str | None = None,
    reply: str | int | None = None,
    remote_host: str | None = None,
    source: str | None = None,
    source_class: str | None = None,
    profile: str = "default",
    rules: Rules | None = None,
) -> Classification:
    """Say what a bounce means for its address: hard, soft or ignored, and why.

    Answers are remembered, also for texts that differ in addresses, hosts, ids and dates alone.

    Args:
        text: what the server or provider said; its first 6,000 letters count.
        status: the enhanced code, as ``5.1.1``; codes in the text are read as well.
        reply: the SMTP reply code, as ``550``.
        remote_host: the host that said it.
        source: the provider whose word ``source_class`` is, as ``ses`` or ``sendgrid``.
        source_class: the provider's own class, with its parts joined by ``/`` where it has
            several, as ``Permanent/General``.
        profile: ``default``, or ``adobe`` for Adobe's categories where they differ.
        rules: rules that are asked before the library's own.

    Raises:
        BounceError: no evidence is given, the source or profile is unknown, or a class is given
            without its source.

    Source: RFC 3463, RFC 5321 and the registry of enhanced codes at IANA for codes, the providers'
        documents for their classes; ``docs/bounces.md`` for the order in which they decide.

    Example:
        >>> from campaignmetrics import bounce
        >>> answer = bounce.classify("550 5.1.1 <ann@shop.example>: User unknown")
        >>> str(answer.category), str(answer.reason), answer.evidence
        ('hard', 'user_unknown', 'user unknown')
        >>> str(bounce.classify("550 5.7.1 Message rejected as spam").category)
        'soft'
        >>> bounce.classify(source="ses", source_class="Transient/MailboxFull").rule_id
        'ses:Transient/MailboxFull'
    """
    return ask(
        text or "",
        status or "",
        "" if reply is None else str(reply),
        remote_host or "",
        source or "",
        source_class or "",
        profile,
        rules,
    )


def classify_arrow(
    batch: pa.RecordBatch | pa.Table, *, profile: str = "default", rules: Rules | None = None
) -> pa.RecordBatch | pa.Table:
    """Classify each row of Arrow data, asking each distinct combination of evidence once.

    Args:
        batch: a record batch or table with at least one of the columns ``text``, ``status``,
            ``reply``, ``remote_host``, ``source`` and ``source_class``: strings, also large, view
            or dictionary ones; ``reply`` may hold integers. Others are not read.
        profile: as for ``classify``.
        rules: as for ``classify``.

    Returns:
        As many rows in the same order, a table for a table: ``category``, ``reason``,
        ``sub_reason``, ``rule_id``, ``evidence`` and ``confidence`` as dictionaries of strings,
        ``retryable`` as boolean. A row without any evidence is null throughout.

    Raises:
        BounceError: as for ``classify``; also where none of the columns is there, or one is no
            text.

    Source: as for ``classify``, whose answers these are.

    Example:
        >>> import pyarrow as pa
        >>> from campaignmetrics import bounce
        >>> batch = pa.table({"text": ["552 5.2.2 Mailbox full", None]})
        >>> bounce.classify_arrow(batch)["reason"].to_pylist()
        ['mailbox_full', None]
    """
    # Arrow takes longer to load than all the rest; who only classifies mails does without.
    from campaignmetrics._bounce.columns import classify_columns  # noqa: PLC0415 -- see above

    return classify_columns(batch, profile, rules)


def parse(message: bytes) -> list[BounceRecord]:
    """Read a whole mail: one record for each recipient that it is about.

    Delivery reports, notices without any fields for machines, automatic replies, complaints and
    read receipts; ``kind`` tells which. What is none of these gives no record.

    Args:
        message: the mail as it came, with line ends of any kind; an mbox line before it does no
            harm. Its first 400,000 bytes and 500 recipients count, so that no mail takes long.

    Source: RFC 3464 (delivery reports), RFC 3834 (automatic replies), RFC 5965 (complaints), RFC
        8098 (read receipts); ``docs/bounces.md``, *Whole mails*.

    Example:
        >>> from campaignmetrics import bounce
        >>> mail = b'''From: MAILER-DAEMON@shop.example
        ... Subject: failure notice
        ...
        ... <ann@mail.example>:
        ... There is no mailbox of that name. (#5.1.1)
        ... '''
        >>> (record,) = bounce.parse(mail)
        >>> str(record.kind), record.recipient, record.status, str(record.classify().category)
        ('failed', 'ann@mail.example', '5.1.1', 'hard')
    """
    return parse_mail(message)


def rules() -> Rules:
    """Give the library's own rules, to read or to test others against.

    Source: each rule's ``source``.

    Example:
        >>> from campaignmetrics import bounce
        >>> [str(rule.reason) for rule in bounce.rules().rules if rule.id == "mailbox-full"]
        ['mailbox_full']
    """
    return own_rules()


def rules_from_toml(text: str) -> Rules:
    """Read rules of your own from TOML: tables ``[[rule]]``, and ``[sets]`` of named alternatives.

    Args:
        text: the TOML document; the keys of a rule are the attributes of ``Rule``. The library's
            named sets, such as ``{who}``, are known.

    Raises:
        BounceError: it is no TOML, or a rule lacks a key, has an unknown one, or a value that does
            not fit; the message names the rule.

    Source: ``docs/bounces.md``, *Rules of your own*.

    Example:
        >>> from campaignmetrics import bounce
        >>> ours = bounce.rules_from_toml('''
        ... [[rule]]
        ... id = "our-gateway"
        ... reason = "refused"
        ... source = "our own gateway"
        ... phrases = ["stopped by the goalkeeper"]
        ... ''')
        >>> bounce.classify("550 5.1.1 stopped by the goalkeeper", rules=ours).rule_id
        'our-gateway'
    """
    return _rules_from_toml(text, sets=own_sets())
