"""What a mail says to people: where the returned original begins, whom it is about, and why."""

from __future__ import annotations

import re

from campaignmetrics._bounce.mail.fields import ADDRESS

_MOST_RECIPIENTS = 500
_MOST_LINES = 1_500

# Where the returned original begins: a line that says so, or the headers of a mail.
_MARK = re.compile(
    r"""^[ \t>*=#_-]{0,80}(?:
      below\ (?:this\ line|is)\ | this\ is\ a\ copy | (?:enclosed|attached|here)\ is\ (?:a\ copy|your|the\ original)
    | (?:start|begin(?:ning)?)\ of\ (?:the\ )?(?:returned|original|message|unsent)
    | (?:the\ )?(?:original|returned|unsent|undelivered|rejected|failed)\ (?:message|mail|e-?mail)(?:\ (?:follows|headers?|text|below|is|header))?[ ]?(?:follows|below|attached|included)?[ .:*=_-]*$
    | (?:message|mail)\ (?:header|text|headers|body|contents?)\ (?:follows?|is|:)
    | (?:your|the)\ (?:original\ |message\ |mail\ )?(?:message|mail|headers?|e-?mail)\ (?:follows|reads|is\ (?:below|attached|included|returned)|begins|was\ as|header)
    | (?:the\ )?(?:first|text|header|headers|contents?|body|copy)\ .{0,40}\ of\ (?:the|your)\ (?:original|returned|message|mail)
    | header(?:s)?\ of\ the\ | a\ copy\ of\ (?:the|your)\ | unsent\ message\ | 
      message\ from\ yahoo.+original | 元のメール | Ursprüngliche\ Nachricht | Original\ Mail | Copy\ of\ )""",
    re.IGNORECASE | re.VERBOSE,
)
_HEADER = re.compile(
    r"[ \t>]{0,8}(?:return-path|received|delivered-to|message-id|mime-version|date|from|to|subject"
    r"|content-type|reply-to|x-[\w-]{1,40}|sender|dkim-signature|cc|errors-to)[ \t]?:[ \t]?\S",
    re.IGNORECASE,
)
_HEADERS_IN_A_ROW = 3

_ALONE = re.compile(r"[ \t>*\d.)-]{0,12}[\"'<\[(]*(\S{1,250}@[^\s>\"')\]]{1,250})[>\"'\])]*[ \t]*[:;,.]*(?:[ \t]+\S.{0,300})?\Z")
_NAMED = re.compile(
    r"(?:recipient|recipients|rcpt[ ]to|addressed[ ]to|address|addresses|addressee|user|mailbox|account"
    r"|delivered[ ]to|delivery[ ]to|deliver[ ].{0,30}to|failed[ ].{0,20}to|sent[ ]to|relayed[ ]to|message[ ]to|mail[ ]to|^to|to"
    r"|unknown|for|宛先|destinatario|destinataire|empfänger)[ \t]*[:=]?[ \t]*(?:is[ ])?[<\"'(\[]{0,3}\Z",
    re.IGNORECASE,
)
_SENDER_BEFORE = re.compile(
    r"(?:mail from|from|sender|reply-to|by|contact|write to|helpdesk|postmaster|errors?-to|copy to"
    r"|forward(?:ed)? to|help|replaced by|try|envelope|return-path)"
    r"[ \t]*[:=]?[ \t]*[<\"'(\[]{0,3}\Z",
    re.IGNORECASE,
)
_ROLES = re.compile(
    r"(?:mailer-daemon|postmaster|mail-?daemon|abuse|support|noreply|no-reply|help|helpdesk|webmaster"
    r"|sysadmin|hostmaster|mdaemon)\Z",
    re.IGNORECASE,
)
_CODED = re.compile(
    r"(?:<<<|said:|(?<!\d)[45]\d\d[ -]|(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?!\.?\d)|@\S{1,80}>?:\s+\S|reason|error|response|diagnostic|失敗)",
    re.IGNORECASE,
)


# What leads to the list of recipients; addresses before it are those of the message's own headers.
_LEAD = re.compile(
    r"following\s+(?:\w+\s+)?(?:recipient|address|user|destination|person)|did not reach|recipients?(?:\(s\))?:\s*$|permanent (?:fatal|delivery) errors"
    r"|could not be delivered to|undeliverable to|not delivered to|failed recipient|unable to deliver (?:your )?(?:message|mail) to",
    re.IGNORECASE | re.MULTILINE,
)


def split_original(text: str) -> tuple[str, str]:
    """Part a text at the returned original: the notice, and the original (empty if none)."""
    lines = text.split("\n")[:_MOST_LINES]
    run, indented = 0, False
    for number, line in enumerate(lines):
        if _MARK.match(line):
            # The mark may be the very first words of a notice that then says all.
            if number and _says_more(lines[:number]):
                return "\n".join(lines[:number]), "\n".join(lines[number + 1 :])
        if _HEADER.match(line):
            run += 1
            indented = line[:1].isspace()
            if run == _HEADERS_IN_A_ROW and not _LEAD.search("\n".join(lines[number : number + 40])):
                start = number - _HEADERS_IN_A_ROW + 1
                if _says_more(lines[:start]):
                    return "\n".join(lines[:start]), "\n".join(lines[start:])
        elif indented or not line[:1].isspace():
            run = 0
    return "\n".join(lines), ""


def _says_more(lines: list[str]) -> bool:
    return sum(len(line.split()) for line in lines) > 2  # noqa: PLR2004 -- a greeting is no notice


_TYPE_BEFORE = re.compile(r"(?:smtp|rfc822|internet)=", re.IGNORECASE)


def recipients_in(notice: str, own: frozenset[str]) -> list[str]:
    """Find whom a notice is about, in order; those behind a line that leads to them come first.

    Args:
        notice: without the returned original.
        own: addresses, in lower case, that are those of the sender or of the reporting server.
    """
    lead = _LEAD.search(notice)
    if lead is not None:
        found = _addresses(notice[lead.start() :], own)
        if found:
            return found
    return _addresses(notice, own)


def _addresses(notice: str, own: frozenset[str]) -> list[str]:
    sure: dict[str, str] = {}
    maybe: dict[str, str] = {}
    sender_alone: dict[str, str] = {}
    for line in notice.split("\n")[:_MOST_LINES]:
        if "@" not in line:
            continue
        line = line[:600]
        alone = _ALONE.match(line) is not None
        for found in ADDRESS.finditer(line):
            address = _TYPE_BEFORE.sub("", found[0].strip("'."))
            key = address.lower()
            before = line[max(0, found.start() - 60) : found.start()]
            if _SENDER_BEFORE.search(before) or _is_role(key) or "://" in before:
                continue
            if key in own:
                if alone:
                    sender_alone.setdefault(key, address)
                continue
            group = sure if alone or _NAMED.search(before) else maybe
            group.setdefault(key, address)
        if len(sure) >= _MOST_RECIPIENTS:
            break
    return list((sure or maybe or sender_alone).values())


def _is_role(address: str) -> bool:
    return _ROLES.match(address.partition("@")[0]) is not None


def about(notice: str, recipient: str, others: frozenset[str]) -> str:
    """Give the lines of a notice about one of several recipients.

    From the first line that names it to the next one that names another.
    """
    wanted, lines, inside = recipient.lower(), [], False
    for line in notice.split("\n")[:_MOST_LINES]:
        named = {found[0].lower() for found in ADDRESS.finditer(line[:600])} if "@" in line else set()
        if wanted in named:
            inside = True
        elif named & others:
            inside = False
        if inside:
            lines.append(line)
    return "\n".join(lines)


def coded_lines(notice: str) -> str:
    """Give the lines that carry a code or say that a reason follows, each with the lines around it."""
    lines = notice.split("\n")[:_MOST_LINES]
    wanted = {
        near
        for number, line in enumerate(lines)
        if _CODED.search(line[:600]) is not None
        for near in (number - 1, number, number + 1)
    }
    return "\n".join(line for number, line in enumerate(lines) if number in wanted)
