"""Whole mails: what kind each is, whom it is about, and what that means."""

from __future__ import annotations

import base64
import datetime as dt

import pytest

from bounce_mails import (
    COMPLAINT,
    DELAYED,
    DELIVERED,
    EXCHANGE,
    EXIM,
    HEAD,
    NOTIFICATION,
    ORIGINAL,
    POSTFIX,
    QMAIL,
    RECEIPT,
    THREE,
    notice,
    reply,
    report,
)
from campaignmetrics import bounce


def read(mail: str) -> list[tuple[str, str | None, str, str]]:
    """Parse and classify: kind, recipient, category and reason of each record."""
    answers = [(record, record.classify()) for record in bounce.parse(mail.encode())]
    return [
        (str(record.kind), record.recipient, str(answer.category), str(answer.reason))
        for record, answer in answers
    ]


def test_a_delivery_report_gives_all_that_it_says() -> None:
    """The diagnosis, the host, the time of the last attempt and the original's id."""
    (record,) = bounce.parse(POSTFIX.encode())
    assert record == bounce.BounceRecord(
        kind=bounce.Kind.FAILED,
        recipient="ann@mail.example",
        original_recipient="ann@mail.example",
        status="5.1.1",
        reply="550",
        text="550 5.1.1 <ann@mail.example>: Recipient address rejected: User unknown",
        context=record.context,
        remote_host="mx.mail.example",
        time=dt.datetime(2026, 11, 20, 9, 0, 5, tzinfo=dt.UTC),
        original_message_id="<spring-1@shop.example>",
    )
    assert record.classify().rule_id == "user-unknown"


def test_each_recipient_of_a_report_is_read_by_itself() -> None:
    """Also without a blank line between them, and from the notice where its fields say nothing."""
    assert read(THREE) == [
        ("failed", "ann@mail.example", "soft", "mailbox_full"),
        ("failed", "bob@mail.example", "hard", "user_unknown"),
        ("delayed", "eve@mail.example", "soft", "unreachable"),
    ]


@pytest.mark.parametrize(
    ("mail", "expected"),
    [
        (DELIVERED, [("delivered", "ann@mail.example", "ignored", "delivered")]),
        (
            QMAIL,
            [
                ("failed", "ann@mail.example", "hard", "user_unknown"),
                ("failed", "bob@mail.example", "soft", "mailbox_full"),
            ],
        ),
        (EXIM, [("failed", "ann@mail.example", "soft", "refused")]),
        (EXCHANGE, [("failed", "ann@mail.example", "hard", "user_unknown")]),
        (DELAYED, [("delayed", "ann@mail.example", "soft", "unreachable")]),
        (
            COMPLAINT,
            [
                ("complaint", "ann@mail.example", "ignored", "complaint"),
                ("complaint", "bob@mail.example", "ignored", "complaint"),
            ],
        ),
        (RECEIPT, [("read_receipt", "ann@mail.example", "ignored", "delivered")]),
        (NOTIFICATION, [("failed", "ann@mail.example", "hard", "user_unknown")]),
    ],
)
def test_each_kind_of_mail_is_recognised(mail: str, expected: list[tuple[str, ...]]) -> None:
    """And the returned original, which speaks of full mailboxes, never decides."""
    assert read(mail) == expected


@pytest.mark.parametrize(
    ("subject", "text", "reason"),
    [
        ("Out of Office: Offers", "Back on Monday.", "out_of_office"),
        ("Re: Offers", "I am on holiday until May.", "out_of_office"),
        ("Abwesenheitsnotiz", "Ich bin im Urlaub.", "out_of_office"),
        ("Réponse automatique", "Je suis en congés.", "out_of_office"),
        ("Respuesta automática", "Estoy fuera de la oficina.", "out_of_office"),
        ("Risposta automatica", "Sono in ferie.", "out_of_office"),
        ("Autoodpowiedź", "Jestem na urlopie.", "out_of_office"),
        ("Автоответ", "Я в отпуске.", "out_of_office"),
        ("自動返信", "本日は不在です。", "out_of_office"),
        ("自动回复", "我正在休假。", "out_of_office"),
        ("Re: Offers", "Note my email address has changed: a@new.example", "address_changed"),
        ("Re: Offers", "Thank you for contacting us.", "auto_reply"),
        ("please verify", "First confirm that you are a person.", "challenge_response"),
        ("Re: Offers", "hm", "out_of_office"),
    ],
)
def test_automatic_replies_are_no_bounces(subject: str, text: str, reason: str) -> None:
    """In the languages that people set them up in; who replies is the recipient."""
    assert read(reply(subject, text)) == [("auto_reply", "ann@mail.example", "ignored", reason)]


@pytest.mark.parametrize(
    "headers",
    [
        "X-Autoreply: yes\n",
        "Precedence: auto_reply\n",
        "X-Apple-Action: VACATION\n",
        "X-Autorespond: Offers\n",
    ],
)
def test_replies_without_the_standard_header_are_recognised(headers: str) -> None:
    """By the headers that mail programs had before RFC 3834, and have still."""
    assert read(reply("Re: Offers", "Hi, I am on holiday.", headers))[0][0] == "auto_reply"


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure"])
def test_a_report_that_is_no_complaint_is_not_counted_as_one(kind: str) -> None:
    """It takes one back, or is about somebody else's mail."""
    mail = COMPLAINT.replace("Feedback-Type: abuse", f"Feedback-Type: {kind}")
    assert {row[3] for row in read(mail)} == {"error_ignored"}


def test_junk_reports_without_a_feedback_part_are_complaints() -> None:
    """Some providers return the message itself, with the recipient in a header."""
    mail = f"X-HmXmrOriginalRecipient: ann@mail.example\n{ORIGINAL}"
    assert read(mail) == [("complaint", "ann@mail.example", "ignored", "complaint")]


@pytest.mark.parametrize(
    "mail",
    [
        "",
        "\n\n",
        "From: ann@mail.example\nSubject: Hello\n\nHow are you?\n",
        "From: ann@mail.example\nSubject: Hello\n\nI called. User unknown, it said.\n",
        "From: pay@shop.example\nSubject: Sorry\n\nYour card was rejected: help@shop.example\n",
        "From: list@mail.example\nX-MLServer: fml 4\nSubject: Guide\n\nHow to post here\n",
        "From: ann@mail.example\nAuto-Submitted: auto-generated\nSubject: Your invoice\n\nHi\n",
        "no headers at all",
    ],
)
def test_other_mails_give_no_record(mail: str) -> None:
    """A letter of a person, or one that a shop sends."""
    assert read(mail) == []


def test_a_report_that_was_wrapped_once_more_is_unwrapped() -> None:
    """Filters and people forward reports as attachments."""
    wrapped = (
        f'{HEAD}Subject: Fwd\nContent-Type: multipart/mixed; boundary="outer"\n\n'
        f"--outer\nContent-Type: message/rfc822\n\n{POSTFIX}\n--outer--\n"
    )
    assert read(wrapped) == read(POSTFIX)


def test_a_report_quoted_in_a_letter_is_read() -> None:
    """With the marks of a quotation before each line."""
    quoted = "\n".join(f"> {line}" for line in POSTFIX.split("\n"))
    assert read(f"{HEAD}Subject: Fwd: returned\n\nSee:\n{quoted}")[0] == read(POSTFIX)[0]


def test_encoded_parts_and_words_are_decoded() -> None:
    """Base64, quoted-printable, and words of RFC 2047."""
    body = base64.encodebytes(b"Das Postfach von ann@mail.example ist voll.").decode()
    head = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n"
    subject = "=?utf-8?q?Unzustellbar=3A_Angebot?="
    mail = notice(body, subject=subject, headers=head)
    assert read(mail) == [("failed", "ann@mail.example", "soft", "mailbox_full")]


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("iso-2022-jp", "ann@mail.example\n宛先のユーザーは存在しません"),
        ("koi8-r", "ann@mail.example\nПользователь не найден"),  # noqa: RUF001 -- Russian
        ("gb2312", "ann@mail.example\n用户不存在"),
        ("iso-8859-1", "ann@mail.example\nEmpfänger unbekannt"),
    ],
)
def test_other_charsets_are_read(charset: str, text: str) -> None:
    """As the content type declares them."""
    head = f"{HEAD}Subject: failure notice\nContent-Type: text/plain; charset={charset}\n\n"
    (record,) = bounce.parse(head.encode() + text.encode(charset))
    assert record.recipient == "ann@mail.example"
    assert record.classify().reason is bounce.Reason.USER_UNKNOWN


@pytest.mark.parametrize("charset", ["zip", "idna", "utf-99", "unicode_escape", "\x00", "x" * 99])
def test_a_charset_that_is_none_does_no_harm(charset: str) -> None:
    """Python knows codecs that are no charsets, and some of them are slow."""
    head = f"{HEAD}Subject: failure notice\nContent-Type: text/plain; charset={charset}\n\n"
    (record,) = bounce.parse(head.encode() + "ann@mail.example: Empfänger unbekannt".encode())
    assert record.recipient == "ann@mail.example"


def test_html_alone_is_read_as_text() -> None:
    """Tags and styles are left out; where there is plain text, it is taken instead."""
    head = "Content-Type: text/html\n"
    html = "<style>p {full}</style><p>&lt;ann@mail.example&gt;:<br>user&nbsp;unknown</p>"
    assert read(notice(html, headers=head)) == [
        ("failed", "ann@mail.example", "hard", "user_unknown")
    ]


def test_a_status_comment_says_the_cause_where_nothing_else_does() -> None:
    """As servers before RFC 3464 had it."""
    group = "Final-Recipient: rfc822; ann@mail.example\nStatus: 5.0.0 (mailbox is full)\n"
    assert read(report("Sorry.", group))[0][3] == "mailbox_full"


def test_the_recipient_is_taken_from_the_original_where_the_notice_has_none() -> None:
    """A notice may say no more than that it failed."""
    mail = notice(f"It could not be delivered: user unknown\n\n{ORIGINAL}")
    assert read(mail) == [("failed", "ann@mail.example", "hard", "user_unknown")]


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        ("2026-11-20T09:00:00Z", "soon", ["failed"]),
        ("Bounce", "Sneeze", []),
        ('{\\"notificationType', '\\"notificationType', []),
    ],
)
def test_a_notification_that_cannot_be_read_states_nothing(
    old: str, new: str, kinds: list[str]
) -> None:
    """A kind that is not known, or no JSON; a time that is none leaves the rest."""
    assert [row[0] for row in read(NOTIFICATION.replace(old, new, 1))] == kinds


@pytest.mark.parametrize(
    ("final", "original", "expected"),
    [
        ("rfc822;ann@internal", "rfc822;ann@mail.example", "ann@mail.example"),
        ("rfc822; <ann@mail.example>", "", "ann@mail.example"),
        ("ann@mail.example", "", "ann@mail.example"),
        ("rfc822; ann", "", "ann"),
        ("x-local; @mx.mail.example", "", "ann@mail.example"),
        ("unknown", "rfc822; bob@mail.example", "bob@mail.example"),
    ],
)
def test_the_recipient_of_a_report_is_a_whole_address(
    final: str, original: str, expected: str
) -> None:
    """The final one, unless it is a name within the server; else the original's addressee."""
    fields = f"Final-Recipient: {final}\nOriginal-Recipient: {original}\nAction: failed\n"
    assert bounce.parse(report("Sorry.", fields).encode())[0].recipient == expected


def test_where_mail_is_forwarded_both_addresses_are_told() -> None:
    """The one that failed, and the one that the sender knows."""
    fields = (
        "Final-Recipient: rfc822; ann@new.example\nOriginal-Recipient: rfc822; ann@mail.example\n"
    )
    (record,) = bounce.parse(report("Sorry.", f"{fields}Action: failed\n").encode())
    assert record.recipient == "ann@new.example"
    assert record.original_recipient == "ann@mail.example"


def test_a_failing_sender_address_is_no_recipient() -> None:
    """Unless it is all that the notice is about: people write to themselves."""
    own = notice("Sent by <news@shop.example>\n<ann@mail.example>: 550 user unknown")
    assert [row[1] for row in read(own)] == ["ann@mail.example"]
    alone = notice("<news@shop.example>:\n552 mailbox full")
    assert [row[1] for row in read(alone)] == ["news@shop.example"]


def test_a_forwarded_message_that_speaks_of_reports_is_none() -> None:
    """Only what is a report inside is read as one."""
    text = "Content-Type: text/plain\n\nThe type message/delivery-status is of RFC 3464."
    mail = f"From: ann@mail.example\nContent-Type: message/rfc822\n\nFrom: b@x.example\n{text}"
    assert read(mail) == []


def test_a_complaint_may_be_told_by_its_part_or_its_subject() -> None:
    """The parameter of the content type is often left out."""
    expected = read(COMPLAINT)
    assert read(COMPLAINT.replace("report-type=feedback-report; ", "")) == expected
    mail = f"From: staff@mail.example\nSubject: complaint about message\n\n{ORIGINAL}"
    assert read(mail)[0][:2] == ("complaint", "ann@mail.example")


def test_a_declared_recipient_makes_a_bounce_whoever_sends_it() -> None:
    """Servers that let users write the notice still declare whom it is about."""
    mail = "From: Ann <a@x.example>\nX-Failed-Recipients: b@x.example\nSubject: hm\n\nhm\n"
    assert read(mail) == [("failed", "b@x.example", "soft", "undetermined")]


@pytest.mark.parametrize("date", ["yesterday", "", "Fri, 20 Nov 99999 10:00:00", "0" * 999])
def test_a_time_that_cannot_be_read_is_none(date: str) -> None:
    """It is never guessed."""
    (record,) = bounce.parse(f"From: MAILER-DAEMON@x.example\nDate: {date}\n\nfailed\n".encode())
    assert record.time is None


def test_a_record_is_classified_by_a_profile_and_by_rules_of_ones_own() -> None:
    """As a text is."""
    (record,) = bounce.parse(notice("<ann@mail.example>: 550 no such domain").encode())
    assert str(record.classify().category) == "hard"
    assert str(record.classify(profile="adobe").category) == "soft"
    ours = bounce.rules_from_toml(
        '[[rule]]\nid = "a"\nreason = "excluded"\nsource = "us"\nphrases = ["no such domain"]'
    )
    assert record.classify(rules=ours).rule_id == "a"


def test_a_record_without_words_is_undetermined_and_a_delay_is_the_ways() -> None:
    """Nothing is made up; that it takes longer is about the way there."""
    failed = bounce.BounceRecord(kind=bounce.Kind.FAILED).classify()
    assert (failed.reason, failed.rule_id) == (bounce.Reason.UNDETERMINED, "kind:failed")
    delayed = bounce.BounceRecord(kind=bounce.Kind.DELAYED, text="hm").classify()
    assert (delayed.reason, delayed.rule_id) == (bounce.Reason.UNREACHABLE, "kind:delayed")


def test_a_delay_is_never_hard_unless_it_is_proven() -> None:
    """The sender goes on trying; a domain without mail is one all the same."""
    delayed = bounce.BounceRecord(kind=bounce.Kind.DELAYED, text="550 user unknown")
    assert str(delayed.classify().category) == "soft"
    proven = bounce.BounceRecord(kind=bounce.Kind.DELAYED, text="550 NXDOMAIN")
    assert str(proven.classify().category) == "hard"


def test_a_category_of_powermta_counts_where_nothing_else_is_said() -> None:
    """Its reports may carry no more than that."""
    group = "Final-Recipient: rfc822;ann@mail.example\nAction: failed\nStatus: {}\n"
    category = "X-PowerMTA-BounceCategory: {}\n"

    def reason(status: str, bounce_category: str) -> str:
        mail = report("", group.format(status) + category.format(bounce_category))
        (record,) = bounce.parse(mail.encode())
        return str(record.classify().reason)

    assert reason("5.0.0", "quota-issues") == "mailbox_full"
    assert reason("5.0.0", "bad-domain") == "invalid_domain"
    assert reason("5.0.0", "other") == "undetermined"


def test_headers_that_a_notice_quotes_say_nothing() -> None:
    """What the message was about is not why it came back, also where the header is folded."""
    mail = notice(
        "Your message\n\n  Subject: is your mailbox\n    full of spam?\n\ncame not through:\n\n"
        "<ann@mail.example>: there is no such user\n"
    )
    assert read(mail) == [("failed", "ann@mail.example", "hard", "user_unknown")]
    group = "Final-Recipient: rfc822;ann@mail.example\nAction: failed\nStatus: 5.0.0\n"
    for quoted in ("Subject: message rejected as spam", "Subject: your\n message is spam\n\nSo"):
        (found,) = read(report(f"Sorry.\n{quoted}", group))
        assert found[2:] == ("soft", "undetermined")
