"""No mail, however built, raises or takes long."""

from __future__ import annotations

import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bounce_mails import ALL, HEAD, POSTFIX
from campaignmetrics import bounce
from campaignmetrics._bounce import memory

WORDS = "mailbox user quota not domain message exceed size limit account address is of the from "
SUBJECT = f"{HEAD}Subject: failure notice\n"
REPORT = (
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
    "--b\nContent-Type: message/delivery-status\n\n"
)
GROUP = "Final-Recipient: rfc822; u{}@x.example\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 {}\n\n"
NOTICE = "<u{}@x.example>:\n550 5.1.1 no user {}\n\n"
MANY = 40_000
# Who watches every line, as coverage does, takes several times as long.
SECOND = 10.0 if sys.gettrace() else 1.0


def read(mail: bytes) -> list[tuple[bounce.BounceRecord, bounce.Classification]]:
    """Parse a mail and classify its records."""
    return [(record, record.classify()) for record in bounce.parse(mail)]


@given(st.binary(max_size=3_000))
def test_random_bytes_never_raise(content: bytes) -> None:
    """Whatever comes in, records come out, or none."""
    read(content)


@given(st.text(max_size=500))
def test_random_texts_never_raise(text: str) -> None:
    """The same for texts that are classified."""
    bounce.classify(text or "x", status=text, reply=text, remote_host=text)


@given(st.sampled_from(ALL), st.data())
def test_a_mail_may_end_anywhere(mail: str, data: st.DataObject) -> None:
    """Cut at any byte, and with any byte of it changed."""
    content = bytearray(mail.encode())
    end = data.draw(st.integers(0, len(content)))
    read(bytes(content[:end]))
    if end < len(content):
        content[end] = data.draw(st.integers(0, 255))
        read(bytes(content))


@pytest.mark.parametrize(
    "headers",
    [
        "Subject: =?utf-8?b?A?=",
        "Subject: =?a\x00b?q?A?= =?zip?q?A?=",
        "Content-Type: multipart/mixed; boundary*=a\x00b''c",
        "Content-Type: multipart/mixed; boundary*=punycode''%ff%fe-",
        "Content-Type: multipart/report; report-type*=%ff''x",
        "Content-Type: text/plain; charset*0=a; charset*1*=b%ff",
        "Content-Type: multipart/mixed; boundary*=a; boundary*0*=b",
        "Content-Type: text/plain; a*=utf-8''x; a*1=y; a*0*=z",
        "Content-Type: text/plain; charset=iso-2022-99",
        "Content-Transfer-Encoding: base64",
        "Content-Transfer-Encoding: quoted-printable",
        "Date: Fri, 31 Dec 9999 23:59:59 -2359",
        "Date: Fri, 31 Dec 1999 23:59:59 -9999999",
    ],
)
def test_damaged_headers_do_no_harm(headers: str) -> None:
    """What the standard library refuses is left as it stands, or taken for absent."""
    mail = f"From: MAILER-DAEMON@x.example\n{headers}\n\nfailed: <ann@mail.example>"
    assert len(read(mail.encode())) == 1


def test_remembered_questions_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many are asked, answers stay the same."""
    monkeypatch.setattr(memory, "_MOST_QUESTIONS", 5)
    monkeypatch.setattr(memory, "_MOST_ANSWERS", 2)
    texts = [f"550 5.{subject}.{detail} hm" for subject in range(8) for detail in range(4)]
    assert [bounce.classify(text) for text in texts] == [bounce.classify(text) for text in texts]


def test_more_questions_than_are_at_hand_are_still_remembered() -> None:
    """The nearer memory is small; the one behind it gives the same object."""
    first = bounce.classify("550 no such user, said one of very many")
    for number in range(5_000):
        bounce.classify("hm", reply=str(number))
    assert bounce.classify("550 no such user, said one of very many") is first


@pytest.mark.parametrize("mail", ALL)
def test_line_ends_do_not_matter(mail: str) -> None:
    """LF, CR LF, CR and the CR CR LF of bad gateways give equal records and answers."""
    content = mail.encode()
    expected = read(content)
    for end in (b"\r\n", b"\r", b"\r\r\n"):
        assert read(content.replace(b"\n", end)) == expected


@pytest.mark.parametrize("mail", ALL)
def test_an_mbox_line_and_blank_lines_before_a_mail_do_not_matter(mail: str) -> None:
    """Mail spools and exports put them there."""
    expected = read(mail.encode())
    assert read(f"From x@y.example Fri Nov 20 10:00:00 2026\n{mail}".encode()) == expected
    assert read(f"\n\n{mail}".encode()) == expected


ADDRESSES = ", ".join(f"a{number}@b.example" for number in range(MANY // 4))
HARD_MAILS = {
    "nested": "".join(
        f"Content-Type: multipart/mixed; boundary=b{number}\n\n--b{number}\n"
        for number in range(MANY // 8)
    ),
    "nested messages": "Content-Type: message/rfc822\n\n" * MANY,
    "a long header": "X: " + "a" * 9 * MANY,
    "many headers": "X-A: b\n" * MANY * 2,
    "a folded header": "X:" + "\n a" * MANY,
    "many parameters": "Content-Type: text/plain" + "; a=b" * MANY + "\n\nx",
    "many parts": "Content-Type: multipart/mixed; boundary=a\n\n" + "--a\n\nx\n" * MANY,
    "many groups": REPORT + "".join(GROUP.format(n, n) for n in range(MANY // 8)),
    "many recipients": "\n" + "".join(NOTICE.format(n, n) for n in range(MANY // 4)),
    "many declared": f"X-Failed-Recipients: {ADDRESSES}\n\n" + "a1@b.example: no\n" * (MANY // 20),
    "words of rules": "\n" + (WORDS + "\n") * (MANY // 10),
    "addresses": "\n" + ("a@b.example " * 45 + "\n") * (MANY // 40),
    "at signs": "\n" + "a@" * MANY * 4,
    "brackets": "\n" + "<" * MANY * 9,
    "dots": "\n" + "a." * MANY * 4,
    "senders": "\n" + ("mail from: " * 5 + "a@b.example ") * (MANY // 9),
    "styles": "Content-Type: text/html\n\n" + "<style" * MANY,
    "tags": "Content-Type: text/html\n\n" + "<a" * MANY * 4,
    "encoded words": "Subject: " + "=?utf-8?q?a?= " * MANY,
    "brackets of JSON": '\n{"notificationType":' + "[" * MANY * 9,
    "a long date": "Date: " + "1 " * MANY + "\n\nx",
}


@pytest.mark.parametrize("name", HARD_MAILS)
def test_no_mail_takes_long(name: str) -> None:
    """Nesting, huge headers, many recipients, and texts that are hard on regular expressions."""
    start = time.process_time()
    records = read((SUBJECT + HARD_MAILS[name]).encode())
    assert time.process_time() - start < SECOND
    assert len(records) <= 1_000


@pytest.mark.parametrize("text", [WORDS * 99, "é" * 9_999, "a." * 9_999, "@" * 9_999, '"' * 9_999])
def test_no_text_takes_long(text: str) -> None:
    """A text of nothing but the words that rules look for, among others."""
    start = time.process_time()
    bounce.classify(text)
    assert time.process_time() - start < SECOND / 10


def test_what_follows_a_long_mail_does_not_change_it() -> None:
    """Only the beginning counts, however long a returned original is."""
    assert read((POSTFIX + "x" * 10_000_000).encode()) == read((POSTFIX + "x" * 500_000).encode())
