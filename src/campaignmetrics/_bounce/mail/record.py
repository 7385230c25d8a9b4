"""What a mail says about one recipient, and what that means."""

from __future__ import annotations

import datetime as dt

import attrs

from campaignmetrics._bounce.asking import ask
from campaignmetrics._bounce.mail.kinds import Kind
from campaignmetrics._bounce.rules import Rules
from campaignmetrics._bounce.vocabulary import (
    CATEGORIES,
    IGNORED,
    Classification,
    Confidence,
    Reason,
)

_REASON_OF = {
    Kind.COMPLAINT: Reason.COMPLAINT,
    Kind.READ_RECEIPT: Reason.DELIVERED,
    Kind.DELIVERED: Reason.DELIVERED,
    Kind.AUTO_REPLY: Reason.OUT_OF_OFFICE,
}


@attrs.frozen(kw_only=True)
class BounceRecord:
    """What a mail says about one recipient.

    Attributes:
        kind: failed, delayed, delivered, auto_reply, complaint or read_receipt.
        recipient: the address that failed; None where the mail does not tell.
        original_recipient: the address that the message was sent to, where the mail declares it: it
            differs where mail is forwarded. None otherwise.
        status: the enhanced code, as ``5.1.1``; empty if none.
        reply: the SMTP reply code, as ``550``; empty if none.
        text: what the server said, or what the reply says; empty if nothing.
        context: what else of the mail is about this recipient, read where ``text`` names no cause.
        remote_host: the host that refused, in lower case; empty if not told.
        time: when it happened, in UTC; None where no time can be read.
        original_message_id: of the returned message, with its angle brackets; empty if not told.
        feedback_type: of a complaint, as in RFC 5965; empty otherwise.

    Source: ``docs/bounces.md``, *Whole mails*.
    """

    kind: Kind
    recipient: str | None = None
    original_recipient: str | None = None
    status: str = ""
    reply: str = ""
    text: str = ""
    context: tuple[str, ...] = attrs.field(default=(), repr=False)
    remote_host: str = ""
    time: dt.datetime | None = None
    original_message_id: str = ""
    feedback_type: str = ""

    def classify(self, *, profile: str = "default", rules: Rules | None = None) -> Classification:
        """Say what the record means for its address.

        What kind of mail it is decides before any text: a complaint or reply is never a bounce. Of
        the server's words and what the mail says around them, the first that name a cause decide.

        Args:
            profile: as for ``classify``.
            rules: as for ``classify``.

        Raises:
            BounceError: an unknown profile.

        Source: ``docs/bounces.md``, *Whole mails*.

        Example:
            >>> from campaignmetrics import bounce
            >>> record = bounce.BounceRecord(kind=bounce.Kind.FAILED, text="552 Mailbox full")
            >>> str(record.classify().reason)
            'mailbox_full'
        """
        if self.kind is Kind.AUTO_REPLY:
            return self._of_reply(profile, rules)
        if self.kind in _REASON_OF:
            return self._of_kind()
        return self._of_words(profile, rules)

    def _of_words(self, profile: str, rules: Rules | None) -> Classification:
        best: Classification | None = None
        for text in (self.text, *self.context):
            if not (text or self.status or self.reply):
                continue
            answer = self._ask(text, profile, rules)
            if answer.confidence is Confidence.HIGH and answer.reason is not Reason.UNREACHABLE:
                return answer
            if best is None or _weight(answer) > _weight(best):
                best = answer
        if best is None or (self.kind is Kind.DELAYED and best.reason is Reason.UNDETERMINED):
            return self._without_words()
        return best

    def _ask(self, text: str, profile: str, rules: Rules | None) -> Classification:
        return ask(
            text,
            self.status,
            self.reply,
            self.remote_host,
            "",
            "",
            profile,
            rules,
            by_server=True,
            delayed=self.kind is Kind.DELAYED,
        )

    def _of_reply(self, profile: str, rules: Rules | None) -> Classification:
        for text in filter(None, (self.text, *self.context)):
            answer = ask(text, "", "", "", "", "", profile, rules)
            if answer.category is IGNORED:
                return answer
        return self._of_kind()

    def _of_kind(self) -> Classification:
        reason, sub_reason = _REASON_OF[self.kind], ""
        if self.feedback_type in ("not-spam", "auth-failure"):
            reason, sub_reason = Reason.ERROR_IGNORED, self.feedback_type.replace("-", "_")
        return Classification(
            category=CATEGORIES[reason],
            reason=reason,
            sub_reason=sub_reason,
            rule_id=f"kind:{self.kind}",
            evidence=self.feedback_type or str(self.kind),
            retryable=False,
            confidence=Confidence.HIGH,
        )

    def _without_words(self) -> Classification:
        """Classify what came back without a word: a delay means that the way there is blocked."""
        delayed = self.kind is Kind.DELAYED
        reason = Reason.UNREACHABLE if delayed else Reason.UNDETERMINED
        return Classification(
            category=CATEGORIES[reason],
            reason=reason,
            sub_reason="expired" if delayed else "",
            rule_id=f"kind:{self.kind}",
            evidence=str(self.kind),
            retryable=True,
            confidence=Confidence.LOW,
        )


def _weight(answer: Classification) -> int:
    """Order answers by what they name: a cause by its code, a cause by a vague word, nothing."""
    if answer.reason is Reason.UNDETERMINED:
        return 0
    return {Confidence.LOW: 1, Confidence.MEDIUM: 2, Confidence.HIGH: 3}[answer.confidence]
