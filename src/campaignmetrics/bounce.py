"""From what a mail server or provider said to *hard, soft or ignored*, and a reason."""

from __future__ import annotations

from campaignmetrics._bounce.asking import ask
from campaignmetrics._bounce.rules import Rule, Rules, rules_from_toml
from campaignmetrics._bounce.vocabulary import BounceError, Classification, Confidence, Reason


def classify(text=None, *, status=None, reply=None, remote_host=None, source=None, source_class=None, profile="default", rules=None):
    return ask(text or "", status or "", str(reply) if reply else "", remote_host or "", source or "", source_class or "", profile, rules)


from campaignmetrics._bounce.mail.parsing import parse_mail as parse
from campaignmetrics._bounce.mail.record import BounceRecord
from campaignmetrics._bounce.mail.kinds import Kind
