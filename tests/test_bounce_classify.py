"""From one text with its codes to an answer: which evidence decides, and in which order."""

from __future__ import annotations

import attrs
import pytest

from campaignmetrics import bounce
from campaignmetrics._bounce.library import data
from campaignmetrics.errors import CampaignMetricsError
from campaignmetrics.events import BounceCategory


def found(text: str | None = None, **evidence: str) -> tuple[str, str]:
    """Classify, and give category and reason."""
    answer = bounce.classify(text, **evidence)  # type: ignore[arg-type] # only texts are given
    return str(answer.category), str(answer.reason)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("550 5.1.1 <ann@shop.example>: no such user", ("hard", "user_unknown")),
        ("450 4.1.1 <ann@shop.example>: no such user", ("soft", "user_unknown")),
        ("550 no mailbox of that name", ("hard", "user_unknown")),
        ("550 5.7.1 this looks like spam to us", ("soft", "refused")),
        ("550 5.1.1 the inbox is full", ("soft", "mailbox_full")),
        ("552 5.2.2 message too large", ("soft", "message_too_large")),
        ("550 5.1.8 sender address: domain does not exist", ("soft", "refused")),
        ("DNS said NXDOMAIN for shop.example, 4.4.4", ("hard", "invalid_domain")),
        ("4.4.3 name service error for shop.example, try again", ("soft", "unreachable")),
        ("550 5.2.1 account temporarily disabled", ("soft", "account_disabled")),
        ("550 5.2.1 account was closed", ("hard", "account_disabled")),
        ("451 4.2.1 account was closed", ("soft", "account_disabled")),
        ("554 5.4.7 expired -> 552 5.2.2 mailbox full", ("soft", "mailbox_full")),
        ("554 5.4.7 message expired (550 5.1.1 user unknown)", ("hard", "user_unknown")),
        ("421 4.4.2 timed out", ("soft", "unreachable")),
        ("550 5.7.1 out of the office", ("soft", "refused")),
        ("Automatic response: not delivered, user unknown", ("hard", "user_unknown")),
        ("Automatic response: I read it on Monday", ("ignored", "out_of_office")),
    ],
)
def test_words_decide_before_codes(text: str, expected: tuple[str, str]) -> None:
    """Sender and policy before the address, the way there last; a temporary code is never hard."""
    assert found(text) == expected


@pytest.mark.parametrize(
    ("evidence", "expected", "rule_id"),
    [
        ({"status": "5.1.1"}, ("hard", "user_unknown"), "enhanced:5.1.1"),
        ({"status": "4.1.1"}, ("soft", "user_unknown"), "enhanced:4.1.1"),
        ({"status": "5.1.10"}, ("hard", "invalid_domain"), "enhanced:5.1.10"),
        ({"status": "5.0.0"}, ("soft", "undetermined"), "enhanced:5.0.0"),
        ({"status": "2.1.5"}, ("ignored", "delivered"), "enhanced:2.1.5"),
        ({"status": "5.7.999"}, ("soft", "refused"), "enhanced:5.7.999"),
        ({"status": "5.9.1", "reply": "552"}, ("soft", "mailbox_full"), "reply:552"),
        ({"reply": "550"}, ("soft", "user_unknown"), "reply:550"),
        ({"reply": "556"}, ("hard", "invalid_domain"), "reply:556"),
        ({"reply": "599"}, ("soft", "undetermined"), "digit:5"),
        ({"text": "hm"}, ("soft", "undetermined"), "none"),
        (
            {"text": "hm", "reply": "550", "status": "5.2.2"},
            ("soft", "mailbox_full"),
            "enhanced:5.2.2",
        ),
        ({"text": "5.7.1 5.1.1 hm"}, ("hard", "user_unknown"), "enhanced:5.1.1"),
        ({"remote_host": "mx.shop.example"}, ("soft", "undetermined"), "none"),
    ],
)
def test_codes_decide_where_words_say_nothing(
    evidence: dict[str, str], expected: tuple[str, str], rule_id: str
) -> None:
    """The enhanced code, then the reply code, then its first digit; 5 alone is never hard."""
    text = evidence.pop("text", None)
    assert found(text, **evidence) == expected
    assert bounce.classify(text, **evidence).rule_id == rule_id  # type: ignore[arg-type] # as above


@pytest.mark.parametrize("code", range(400, 600))
def test_no_reply_code_of_the_kind_everyone_uses_is_hard(code: int) -> None:
    """Only codes that stand for an address or domain that is gone are, and no temporary one."""
    answer = bounce.classify(reply=code)
    gone = {510, 511, 512, 515, 521, 551, 556}
    assert (answer.category is BounceCategory.HARD) == (code in gone)


def test_a_class_of_a_provider_decides_after_words_and_codes() -> None:
    """It is a summary of them, and may be wrong."""
    ses = {"source": "ses", "source_class": "Permanent/General"}
    assert found(**ses) == ("hard", "user_unknown")
    assert found("550 5.7.1 rejected as spam", **ses) == ("soft", "refused")
    assert found(status="5.2.2", **ses) == ("soft", "mailbox_full")


def test_a_definite_class_of_a_provider_decides_at_once() -> None:
    """A suppressed address or a complaint is known by nobody else."""
    suppressed = {"source": "ses", "source_class": "Permanent/OnAccountSuppressionList"}
    assert found("552 mailbox full", **suppressed) == ("hard", "quarantined")
    delay = {"source": "ses", "source_class": "DeliveryDelay/MailboxFull"}
    assert found("550 user unknown", **delay) == ("ignored", "mailbox_full")


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("sparkpost", "10"),
        ("sparkpost", "Invalid Recipient"),
        ("sparkpost", "bounce_class/10 Invalid Recipient"),
        ("ajo", "10"),
        ("adobe-campaign", "User unknown [1]"),
        ("postmark", "HardBounce/1"),
        ("postmark", "hardbounce"),
        ("mailgun", "failed/permanent/hardfail"),
        ("powermta", "bad-mailbox"),
        ("kumomta", "InvalidRecipient"),
        ("constantcontact", "B Non-existent"),
    ],
)
def test_a_class_may_be_written_as_its_provider_writes_it(source: str, written: str) -> None:
    """Names, numbers and both together, in any case of letters."""
    assert found(source=source, source_class=written) == ("hard", "user_unknown")


def test_the_longest_listed_beginning_of_a_class_decides() -> None:
    """What a provider adds below a known class is still of that class; the rest is undetermined."""
    assert found(source="sendgrid", source_class="blocked/anything") == ("soft", "refused")
    assert found(source="sendgrid", source_class="nothing") == ("soft", "undetermined")


@pytest.mark.parametrize("source", sorted(data("providers")))
def test_every_listed_class_is_found(source: str) -> None:
    """Each row of each provider's table is reached by each of its spellings."""
    for row in data("providers")[source]["class"]:
        for written in row["classes"]:
            answer = bounce.classify(source=source, source_class=written)
            assert str(answer.reason) == row["reason"], written


def test_adobes_profile_keeps_adobes_categories() -> None:
    """An invalid domain is soft there, and its own classes keep its own categories."""
    text = "550 5.1.2 no such domain"
    assert found(text) == ("hard", "invalid_domain")
    assert found(text, profile="adobe") == ("soft", "invalid_domain")
    too_large = {"source": "sparkpost", "source_class": "23"}
    assert found(**too_large) == ("soft", "message_too_large")
    assert found(**too_large, profile="adobe") == ("ignored", "message_too_large")
    assert found(source="ajo", source_class="23") == ("ignored", "message_too_large")
    assert found("550 user unknown", profile="adobe") == ("hard", "user_unknown")


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        ({}, "nothing to classify"),
        ({"text": ""}, "nothing to classify"),
        ({"source": "ses"}, "nothing to classify"),
        ({"text": "x", "source": "pigeon"}, "'pigeon'"),
        ({"source_class": "10"}, "needs the source"),
        ({"text": "x", "profile": "acme"}, "'acme'"),
    ],
)
def test_what_cannot_be_asked_is_refused(evidence: dict[str, str], expected: str) -> None:
    """The message says what was wrong and what would be right."""
    with pytest.raises(bounce.BounceError, match=expected) as refused:
        bounce.classify(**evidence)  # type: ignore[arg-type] # only texts are given
    assert isinstance(refused.value, (ValueError, CampaignMetricsError))


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("550 Mailbox of <ann@shop.example> is FULL, sorry", "mailbox of is full"),
        ("550 shop.example does not exist", "<host> does not exist"),
        ("552 邮箱已满", "邮箱已满"),
        ("552 OFR_417", "ofr 417"),
        ("550 5.2.2", "5.2.2"),
        ("553 https://spamhaus.example/7", "spamhaus"),
    ],
)
def test_the_evidence_is_what_was_matched(text: str, evidence: str) -> None:
    """The words of the text, or the code."""
    assert bounce.classify(text).evidence == evidence


def test_an_answer_cannot_be_changed_and_says_how_sure_it_is() -> None:
    """Answers are shared between all who asked the same."""
    answer = bounce.classify("550 5.1.1 user unknown")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        answer.rule_id = "x"  # type: ignore[misc] # this is the point
    assert answer.confidence is bounce.Confidence.HIGH
    assert bounce.classify(status="5.2.2").confidence is bounce.Confidence.MEDIUM
    assert bounce.classify(reply="550").confidence is bounce.Confidence.LOW


@pytest.mark.parametrize(
    ("text", "retryable"),
    [
        ("552 mailbox full", True),
        ("451 4.7.1 spam", True),
        ("550 5.7.1 spam", False),
        ("552 message too large", False),
        ("550 user unknown", False),
        ("I am out of the office", False),
    ],
)
def test_what_may_pass_by_itself_is_retryable(text: str, retryable: bool) -> None:  # noqa: FBT001 -- a table
    """The same message to the same address may arrive later."""
    assert bounce.classify(text).retryable is retryable


@pytest.mark.parametrize(
    "text",
    ["\ud800 user unknown", "user\x00unknown", "\x01\x02", "ﬀ" * 7_000, "a@@b 5.1.1", "@" * 99],
)
def test_no_text_is_too_strange(text: str) -> None:
    """Lone surrogates, control characters and letters that grow when they are folded."""
    assert bounce.classify(text).category in BounceCategory


def test_a_word_that_no_rule_knows_is_no_evidence() -> None:
    """It is written as dots, so that texts which differ in such words have one answer."""
    first = bounce.classify("550 quota xylophone exceeded")
    assert first.evidence == "quota … exceeded"
    assert bounce.classify("550 quota zeppelin exceeded") is first
