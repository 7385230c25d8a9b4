"""Mails written for the tests: one of each kind that comes back, as servers write them."""

from __future__ import annotations

ORIGINAL = """\
Return-Path: <news@shop.example>
Received: from out.shop.example (192.0.2.10) by mx.shop.example; Fri, 20 Nov 2026 08:59:58 +0000
From: Shop <news@shop.example>
To: ann@mail.example
Subject: 550 5.1.1 reasons to buy: no such user of winter coats yet
Message-ID: <spring-1@shop.example>
Date: Fri, 20 Nov 2026 08:59:58 +0000

Your mailbox is full of offers!
"""

HEAD = """\
From: Mail Delivery System <MAILER-DAEMON@mx.shop.example>
To: news@shop.example
Date: Fri, 20 Nov 2026 10:00:00 +0100
"""


def report(
    notice: str, groups: str, *, subject: str = "Undelivered Mail Returned to Sender"
) -> str:
    """Write a delivery report of RFC 3464."""
    return f"""\
{HEAD}Subject: {subject}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_1"

This is a MIME message.
--=_1
Content-Type: text/plain; charset=us-ascii

{notice}
--=_1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.shop.example
Arrival-Date: Fri, 20 Nov 2026 08:59:59 +0000

{groups}
--=_1
Content-Type: message/rfc822

{ORIGINAL}
--=_1--
"""


def notice(text: str, *, subject: str = "failure notice", headers: str = "") -> str:
    """Write a bounce without fields for machines."""
    return f"{HEAD}{headers}Subject: {subject}\n\n{text}\n"


POSTFIX = report(
    "<ann@mail.example>: host mx.mail.example[192.0.2.2] said: 550 5.1.1 no such user",
    """\
Final-Recipient: rfc822; ann@mail.example
Original-Recipient: rfc822;ann@mail.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.mail.example
Diagnostic-Code: smtp; 550 5.1.1 <ann@mail.example>: Recipient address
    rejected: User unknown
Last-Attempt-Date: Fri, 20 Nov 2026 09:00:05 +0000
""",
)

THREE = report(
    """\
<ann@mail.example>: mailbox is full
<bob@mail.example>: user unknown
<eve@mail.example>: see below
""",
    """\
Final-Recipient: rfc822; ann@mail.example
Action : failed
Status: 5.2.2

Final-Recipient: rfc822; bob@mail.example
Action: failed
Status: 5.0.0
Final-Recipient: rfc822; eve@mail.example
Action: delayed
Status: 4.4.1
Diagnostic-Code: smtp; connect to mx.mail.example: Connection timed out
""",
)

DELIVERED = report(
    "Your message was delivered.",
    "Final-Recipient: rfc822; ann@mail.example\nAction: relayed\nStatus: 2.1.5\n",
    subject="Successful Mail Delivery Report",
)

QMAIL = notice(
    f"""\
Hi. This is the program at mx.shop.example.
Your message could not be handed over to these addresses.

<ann@mail.example>:
192.0.2.2 does not like recipient.
Remote host said: 550 5.1.1 no mailbox of that name
Giving up on 192.0.2.2.

<bob@mail.example>:
Remote host said: 552 5.2.2 mailbox full

--- Below this line is a copy of the message.

{ORIGINAL}"""
)

EXIM = notice(
    f"""\
Somebody did not get your message.
The following address(es) failed:

  ann@mail.example
    host mx.mail.example [192.0.2.2]: 550 5.7.1 rejected as spam

------ This is a copy of the message, including all the headers. ------

{ORIGINAL}""",
    subject="Mail delivery failed: returning message to sender",
    headers="X-Failed-Recipients: ann@mail.example\n",
)

EXCHANGE = notice(
    """\
Your message

  To:      Ann
  Subject: Offers
  Sent:    Fri, 20 Nov 2026 09:00:00 +0000

did not reach the following recipient(s):

c=DE;a= ;p=Mail;dda:SMTP=ann@mail.example; on Fri, 20 Nov 2026 09:00:01 +0000
    The recipient name is not recognized
""",
    subject="Undeliverable: Offers",
)

DELAYED = notice(
    """\
This is a warning message only; we go on trying.
Delivery to <ann@mail.example> has been delayed: connection timed out.
""",
    subject="Delivery delayed",
)

COMPLAINT = f"""\
From: feedback@mail.example
To: abuse@shop.example
Subject: FW: offers
Date: Fri, 20 Nov 2026 10:00:00 +0000
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b
Content-Type: text/plain

This is an abuse report.
--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Loop/1.0
Version: 1
Original-Rcpt-To: <ann@mail.example>
Original-Rcpt-To: <bob@mail.example>
--b
Content-Type: message/rfc822

{ORIGINAL}
--b--
"""

RECEIPT = """\
From: ann@mail.example
To: news@shop.example
Subject: Read: offers
Date: Fri, 20 Nov 2026 10:00:00 +0000
Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b
Content-Type: message/disposition-notification

Final-Recipient: rfc822; ann@mail.example
Original-Message-ID: <spring-1@shop.example>
Disposition: manual-action/MDN-sent-manually; displayed
--b--
"""

NOTIFICATION = """\
From: no-reply@sns.amazonaws.com
To: news@shop.example
Subject: AWS Notification Message

{"Type": "Notification", "Message": "{\\"notificationType\\": \\"Bounce\\", \\"bounce\\": \
{\\"bounceType\\": \\"Permanent\\", \\"timestamp\\": \\"2026-11-20T09:00:00Z\\", \
\\"bouncedRecipients\\": [{\\"emailAddress\\": \\"ann@mail.example\\", \
\\"status\\": \\"5.1.1\\", \\"diagnosticCode\\": \\"smtp; 550 5.1.1 user unknown\\"}]}, \
\\"mail\\": {\\"messageId\\": \\"m-1\\"}}"}
"""


def reply(subject: str, text: str, headers: str = "Auto-Submitted: auto-replied\n") -> str:
    """Write an automatic reply."""
    return f"""\
From: Ann <ann@mail.example>
To: news@shop.example
{headers}Subject: {subject}
In-Reply-To: <spring-1@shop.example>
Date: Fri, 20 Nov 2026 10:00:00 +0000
Content-Type: text/plain; charset=utf-8

{text}
"""


ALL = (
    POSTFIX,
    THREE,
    DELIVERED,
    QMAIL,
    EXIM,
    EXCHANGE,
    DELAYED,
    COMPLAINT,
    RECEIPT,
    NOTIFICATION,
    reply("Out of office", "I am back on Monday."),
)
