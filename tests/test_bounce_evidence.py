"""What is read out of a text: codes where they are codes, and words that compare."""

from __future__ import annotations

import pytest

from campaignmetrics._bounce.evidence import find_codes, read_text
from campaignmetrics._bounce.mail.fields import ADDRESS


@pytest.mark.parametrize(
    ("text", "replies", "statuses"),
    [
        ("550 5.1.1 User unknown", ("550",), ("5.1.1",)),
        ("550-5.1.1 User\n550 5.1.1 unknown", ("550",), ("5.1.1",)),
        ("host mx.example[192.0.2.2] said: 450 4.2.2 full", ("450",), ("4.2.2",)),
        ("smtp; 554 (#5.7.1)", ("554",), ("5.7.1",)),
        ("returned '550 5.1.10 not found'", ("550",), ("5.1.10",)),
        ("<ann@shop.example>... 550 unknown here", ("550",), ()),
        ("554 5.4.7 expired (last: 450 4.2.2 full)", ("554", "450"), ("5.4.7", "4.2.2")),
        ("the address 1.2.3.4 and 5.1.1.1", (), ()),
        ("Exim 4.94.2.1, v5.1.1, at /5.2.2", (), ()),
        ("at 5:45, in the year 2450, order 550000", (), ()),
        ("call 555 1234567 about 450 things", (), ()),
        ("5.1.1.", (), ("5.1.1",)),
        ("", (), ()),
    ],
)
def test_codes_are_found_where_they_are_codes(
    text: str, replies: tuple[str, ...], statuses: tuple[str, ...]
) -> None:
    """Not in addresses of hosts, versions, times or other numbers."""
    assert find_codes(text) == (replies, statuses)


def test_texts_that_differ_in_names_and_numbers_are_equal_evidence() -> None:
    """Addresses, ids and long numbers go; so one remembered answer serves both."""
    first = read_text("550 5.1.1 <ann@shop.example>: no user; id=8A7F66C0912, 192.0.2.7, 20261120")
    second = read_text("550 5.1.1 <bob@shop.example>: no user; id=17BB0C3D2EE, 192.0.2.9, 20261121")
    assert first == second


def test_words_of_links_and_hosts_are_kept_apart() -> None:
    """A host may be named like a cause, which says nothing about the mailbox."""
    evidence = read_text("see https://full.example/quota?id=7 and mailbox.example")
    assert "quota" not in evidence.words
    assert " quota " in evidence.names
    assert evidence.hosts == ("mailbox.example",)


def test_only_the_beginning_of_a_text_counts() -> None:
    """So that no text costs more than another."""
    assert read_text("word " * 100_000) == read_text("word " * 200_000)


@pytest.mark.parametrize(
    "text",
    [
        "550-5.1.1 There is no\n550-5.1.1 such user\n550 5.1.1 here",
        "550-5.1.1 There is no 550-5.1.1 such user 550 5.1.1 here",
        "550-There is no\n550-such user here",
    ],
)
def test_a_sentence_may_go_on_in_the_next_line_of_a_reply(text: str) -> None:
    """The code that each line of a reply repeats is no word of the sentence."""
    assert read_text(text).words == " 550 there is no such user here "


def test_another_reply_keeps_its_code() -> None:
    """Only the repetition of the same code goes."""
    words = read_text("421-4.7.0 wait, or 550 5.1.1 no, or 550 5.1.1 never").words
    assert words == " 421 wait or 550 no or never "


def test_a_sentence_ends_where_another_server_is_quoted() -> None:
    """What one server says must not be completed by the words of the other."""
    assert read_text("host said: 550 rejected").words == " host said \x01 550 rejected "
    assert read_text("reason: rejected").words == " reason rejected "


def test_an_address_ends_before_the_dots_that_some_servers_put_behind_it() -> None:
    """Sendmail writes what is wrong with an address right behind it."""
    assert read_text("550 ann@shop.example...User unknown").words == " 550 user unknown "


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("找不到ann@shop.example", "找不到"),
        ("ann@shop.exampleは存在しません", "は存在しません"),
        ("ann@shop.example。不存在", "不存在"),
        ("ann@shop.example:不存在", "不存在"),
        ("ann@münchen.example unknown", "unknown"),
        ("店@例子.example 不存在", "不存在"),
    ],
)
def test_an_address_ends_where_another_script_begins(text: str, left: str) -> None:
    """Chinese and Japanese put no space between an address and what they say of it."""
    assert left in read_text(text).words
    assert "ann" not in read_text(text).words


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("找不到ann@shop.example用户", ["ann@shop.example"]),
        ("店@例子.example 不存在", ["店@例子.example"]),
        ("josé@münchen.example", ["josé@münchen.example"]),
        ("«ann@shop.example»", ["ann@shop.example"]),
        ("“ann@shop.example”。", ["ann@shop.example"]),
        ('"a b"@shop.example', ['"a b"@shop.example']),
    ],
)
def test_addresses_are_found_in_any_script(text: str, addresses: list[str]) -> None:
    """Where words have no spaces between them, too."""
    assert ADDRESS.findall(text) == addresses
