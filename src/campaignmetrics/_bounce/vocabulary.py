"""The words an answer is made of: reasons, what each says about the address, the answer itself."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import attrs

from campaignmetrics.errors import CampaignMetricsError
from campaignmetrics.events import BounceCategory

HARD, SOFT, IGNORED = BounceCategory.HARD, BounceCategory.SOFT, BounceCategory.IGNORED


class BounceError(CampaignMetricsError, ValueError):
    """A classification that cannot be asked for: no evidence, an unknown profile, a broken rule."""


class Reason(StrEnum):
    """Why a message did not arrive, or what else came back instead of a bounce."""

    USER_UNKNOWN = "user_unknown"
    INVALID_DOMAIN = "invalid_domain"
    UNREACHABLE = "unreachable"
    ACCOUNT_DISABLED = "account_disabled"
    MAILBOX_FULL = "mailbox_full"
    MESSAGE_TOO_LARGE = "message_too_large"
    RATE_LIMITED = "rate_limited"
    REFUSED = "refused"
    QUARANTINED = "quarantined"
    DENYLISTED = "denylisted"
    ADDRESS_EMPTY = "address_empty"
    OUT_OF_OFFICE = "out_of_office"
    AUTO_REPLY = "auto_reply"
    ADDRESS_CHANGED = "address_changed"
    CHALLENGE_RESPONSE = "challenge_response"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    COMPLAINT = "complaint"
    ERROR_IGNORED = "error_ignored"
    DUPLICATE = "duplicate"
    EXCLUDED = "excluded"
    UNDETERMINED = "undetermined"


CATEGORIES: Mapping[Reason, BounceCategory] = {
    Reason.USER_UNKNOWN: HARD,
    Reason.INVALID_DOMAIN: SOFT,
    Reason.UNREACHABLE: SOFT,
    Reason.ACCOUNT_DISABLED: SOFT,
    Reason.MAILBOX_FULL: SOFT,
    Reason.MESSAGE_TOO_LARGE: SOFT,
    Reason.RATE_LIMITED: SOFT,
    Reason.REFUSED: SOFT,
    Reason.QUARANTINED: HARD,
    Reason.DENYLISTED: HARD,
    Reason.ADDRESS_EMPTY: HARD,
    Reason.OUT_OF_OFFICE: IGNORED,
    Reason.AUTO_REPLY: IGNORED,
    Reason.ADDRESS_CHANGED: IGNORED,
    Reason.CHALLENGE_RESPONSE: IGNORED,
    Reason.DELAYED: IGNORED,
    Reason.DELIVERED: IGNORED,
    Reason.COMPLAINT: IGNORED,
    Reason.ERROR_IGNORED: IGNORED,
    Reason.DUPLICATE: IGNORED,
    Reason.EXCLUDED: IGNORED,
    Reason.UNDETERMINED: SOFT,
}
"""The category of each reason where the rule or table that found it says no other."""


class Confidence(StrEnum):
    """How much the evidence is worth: words, a code that names a cause, one that does not."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@attrs.frozen(kw_only=True)
class Classification:
    """What a bounce means for the address, and how that was found.

    Attributes:
        category: hard (the address is gone), soft (worth another try) or ignored (no bounce of it).
        reason: one of ``Reason``.
        sub_reason: a finer word within the reason, such as ``spam_content``; empty where none is.
        rule_id: the rule or table row that decided: a rule's own id, ``enhanced:5.1.1``,
            ``reply:552``, ``<source>:<class>``, ``digit:5`` or ``none``.
        evidence: what it matched: the words, the code or the class.
        retryable: sending the same message to the same address later may succeed.
        confidence: ``high`` for words and for a provider's definite class, ``medium`` for a code or
            class that names a cause, ``low`` for one that does not.

    Source: ``docs/bounces.md``.

    Example:
        >>> from campaignmetrics import bounce
        >>> answer = bounce.classify("552 5.2.2 Mailbox full")
        >>> str(answer.category), str(answer.reason), answer.rule_id
        ('soft', 'mailbox_full', 'mailbox-full')
    """

    category: BounceCategory
    reason: Reason
    sub_reason: str = ""
    rule_id: str
    evidence: str
    retryable: bool
    confidence: Confidence
