"""What a text says, made comparable: its words, the hosts and links in it, its codes.

Two bounces of the same cause differ in addresses, hosts, ids and dates. What is left after taking
those out is equal, so that one remembered answer serves both. All patterns here are bounded, or
begin only where a word begins, so that a text built to be slow is not.
"""

from __future__ import annotations

import re

import attrs

from campaignmetrics._bounce.folding import fold

_LONGEST_TEXT = 6_000
_MOST_WORDS = 600
_LONGEST_NUMBER = 4
_LONGEST_ID = 8

END = "\x01"
"""Stands among the words where a sentence ends."""

HOST = "\x02"
"""Stands among the words for a host name."""


# An address, with its angle brackets; it begins where a word begins, or with a quoted local part.
_ADDRESS = re.compile(
    r"""(?:<?"[^"\n]{1,64}"|(?<![^\s<>()",;:=\[])[^\s<>()",;:=\[]*)@[^\s<>()",;:]+>?"""
)
_LINK = re.compile(r"(?:https?|ftp)://\S+|\bwww\.\S+")
# A host name ends with a usual top-level domain; "exist.Please" of a careless server is no host.
_HOST = re.compile(
    r"(?<![\w.-])(?:[A-Za-z0-9_-]+\.)+(?:com|net|org|edu|gov|mil|info|biz|invalid|test|example"
    r"|COM|NET|ORG|EDU|[a-z]{2}|[A-Z]{2})\b\.?(?![\w.])"
)
_IP = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
# Where a sentence ends; a gap in a phrase does not reach over it.
_SENTENCE_END = re.compile(r"[.!?;](?=\s|\Z)|\n[ \t]*\n")
_WORD = re.compile(rf"[^\W_]+|{END}|{HOST}")
# RFC 3463, section 2: class "." subject "." detail; not inside an IP address or a version number.
_STATUS = re.compile(r"(?<![\w./])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
# RFC 5321, section 4.2: at the start of a line, or behind what introduces a server's words.
_REPLY = re.compile(
    r"""(?:^|[:;'"(<>\[#\n]|[Ss]aid|[Rr]eturned|[Ee]rror|[Cc]ode|[Ff]ailure|ailed with)[ \t]{0,3}"""
    r"""([245][0-9]{2})(?=[ \-:;.]?(?:[ #\-A-Za-z<\n'")\]]|$|\d\.\d))"""
)
_REPLY_BEFORE_STATUS = re.compile(r"(?<![\w.])([245]\d\d)[ \-]#?[245]\.\d{1,3}\.\d")


@attrs.frozen
class Evidence:
    """A text in comparable form. Equal evidence is classified equally.

    Attributes:
        words: folded words between single spaces, with a space at both ends.
        names: the same for the words of links and host names in the text.
        hosts: the host names, in lower case, the remote host first.
        replies: SMTP reply codes, as ``550``, outermost first.
        statuses: enhanced codes, as ``5.1.1``, outermost first.
        by_server: the text is out of a delivery report, so nobody's automatic reply.
    """

    words: str
    names: str
    hosts: tuple[str, ...]
    replies: tuple[str, ...]
    statuses: tuple[str, ...]
    by_server: bool = False


def read_text(text: str, remote_host: str | None) -> Evidence:
    """Take a text apart.

    Only the first 6,000 letters and 600 words count: a server says why at once.
    """
    text = text[:_LONGEST_TEXT].replace(END, " ").replace(HOST, " ")
    hosts = [remote_host.strip().rstrip(".").lower()] if remote_host else []
    names: list[str] = []

    def keep_name(match: re.Match[str]) -> str:
        names.append(match[0])
        return " "

    def keep_host(match: re.Match[str]) -> str:
        hosts.append(match[0].rstrip(".").lower())
        return f"{keep_name(match)}{HOST} "

    if "@" in text:
        text = _ADDRESS.sub(" ", text)
    if "://" in text or "www." in text:
        text = _LINK.sub(keep_name, text)
    replies, statuses = find_codes(text)
    if "." in text:
        text = _HOST.sub(keep_host, _IP.sub(" ", text))
        text = _STATUS.sub(" ", text)
    return Evidence(
        _words(text),
        _words(" ".join(names)) if names else " ",
        tuple(hosts),
        replies,
        statuses,
    )


def find_codes(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Find the reply codes and the enhanced codes of a text, in order, each once."""
    if not _STATUS.search(text):
        return tuple(dict.fromkeys(_REPLY.findall(text))), ()
    replies = _REPLY.findall(text) + _REPLY_BEFORE_STATUS.findall(text)
    return tuple(dict.fromkeys(replies)), tuple(dict.fromkeys(_STATUS.findall(text)))


def _words(text: str) -> str:
    text = _SENTENCE_END.sub(END, text)
    words = _WORD.findall(fold(_HUMP.sub(" ", text)))[:_MOST_WORDS]
    return f" {' '.join([word for word in words if _says_something(word)])} "


def _says_something(word: str) -> bool:
    """Leave out long numbers and ids, which only make equal texts differ."""
    if word.isalpha() or word in (END, HOST):
        return True
    if word.isdigit():
        return len(word) <= _LONGEST_NUMBER
    return len(word) <= _LONGEST_ID or not word.isascii()
