"""The language of phrases: what each form matches, and what it does not."""

from __future__ import annotations

import pytest

from campaignmetrics._bounce.evidence import read_text
from campaignmetrics._bounce.phrases import Vocabulary, compile_phrase

SETS = {"who": "user|mailbox"}


@pytest.mark.parametrize(
    ("phrase", "text", "matches"),
    [
        ("mailbox full", "the Mailbox  FULL now", True),
        ("mailbox full", "mailbox is full", False),
        ("mailbox full", "mailboxes full", False),
        ("mailbox ... full", "mailbox full", True),
        ("mailbox ... full", "mailbox of the user is full", True),
        ("mailbox ... full", "mailbox a b c d e full", False),
        ("mailbox ... full", "we have no mailbox. The moon is full", False),
        ("mailbox ... full", "mailbox:\n  full", True),
        ("mailbox ... full", "mailbox\n\nfull", False),
        ("reject*", "rejected", True),
        ("reject*", "reject", True),
        ("reject*", "unrejected", False),
        ("no such user|mailbox", "no such mailbox", True),
        ("no such {who}", "no such user", True),
        ("no such {who}", "no such thing", False),
        ("mailbox [is] full", "mailbox full", True),
        ("mailbox [is|was] full", "mailbox was full", True),
        ("mailbox [is] full", "mailbox not full", False),
        ("user unknown|not_known", "user not known", True),
        ("n existe pas", "L'adresse n'existe pas", True),
        ("boite pleine", "Boîte pleine", True),
        ("skrzynka pelna", "Skrzynka pełna", True),
        ("strasse", "Straße", True),
        ("いっぱい", "受信箱がいっぱいです", True),
        ("<host> does not exist", "shop.example does not exist", True),
        ("<host> does not exist", "it does not exist", False),
        ("user unknown", "user <ann@shop.example> unknown", True),
        ("user unknown", "user unknown@shop.example", False),
        ("quota exceeded", "QuotaExceeded.Exception", True),
    ],
)
def test_a_phrase_matches(phrase: str, text: str, matches: bool) -> None:  # noqa: FBT001 -- a table
    """Words in order, in any case and with or without accents; addresses do not count."""
    assert compile_phrase(phrase, SETS).test(read_text(text).words) is matches


def test_words_that_no_phrase_looks_at_are_one() -> None:
    """Words of phrases stay, also of what may be absent, and what begins like one; so do signs."""
    phrases = ("mailbox [is] full", "reject*", "user unknown|not_known", "{who} gone", "いっぱい")
    vocabulary = Vocabulary(compile_phrase(phrase, SETS) for phrase in phrases)

    def reduced(text: str) -> str:
        return vocabulary.reduce(read_text(text).words).replace("\x03", "-")

    assert reduced("the mailbox xyz is full") == " - mailbox - is full "
    assert reduced("rejected not known 1234") == " rejected not known - "
    assert reduced("受信箱がいっぱい") == " 受信箱がいっぱい "
    assert reduced("at shop.example: gone.") == " - \x02 gone \x01 "
    assert reduced("") == "  "


def test_two_vocabularies_are_joined() -> None:
    """What either knows, both know."""
    both = Vocabulary([compile_phrase("cat", {})]) | Vocabulary([compile_phrase("doggy*", {})])
    assert both.reduce(" cat doggybag cow ") == " cat doggybag \x03 "
