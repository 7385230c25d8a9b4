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
_ENDS = ".!?;:\n"

END = "\x01"
"""Stands among the words where a sentence ends."""

HOST = "\x02"
"""Stands among the words for a host name."""

OTHER = "\x03"
"""Stands among the words for one that no rule knows."""


# An address, with its angle brackets; it begins where a word begins, or with a quoted local part.
# Scripts that put no spaces between words write on right before and behind it.
_ADDRESS = re.compile(
    r"""(?:<?"[^"\n]{1,64}"|(?<![^\s<>()",;:=\[\u2e80-\uffff])[^\s<>()",;:=\[\u2e80-\uffff]*)@"""
    r"""(?:(?:(?!\.\.)[^\s<>()",;:\u2e80-\uffff])+|(?:(?!\.\.)[^\s<>()",;:\u3000-\u303f\uff00-\uff0f])+)>?"""
)
_LINK = re.compile(r"(?:https?|ftp)://\S+|\bwww\.\S+")
# Host names, IP addresses and enhanced codes: what stands between dots. A host name ends with a
# usual top-level domain; "exist.Please" of a careless server is no host.
_DOTTED = re.compile(
    r"(?<![\w.-])(?:\d{1,3}(?:\.\d{1,3}){2,3}(?![\w.])|((?:[A-Za-z0-9_-]+\.)+(?:com|net|org|edu|gov"
    r"|mil|info|biz|invalid|test|example|COM|NET|ORG|EDU|[a-z]{2}|[A-Z]{2})\b\.?(?![\w.])))"
)
# A word ends where capitals begin, so that RecipNotFound is three; a sentence ends with a sign
# and a space, with a blank line, or where another server is quoted ("host x said: 550 no").
_WORD = re.compile(
    rf"[^\W_a-z]+[^\W_A-Z]*|[^\W_A-Z]+|[.!?;](?=\s|\Z)|:(?=\s*[245]\d\d\b)|\n[ \t]*\n|{HOST}"
)
# RFC 3463, section 2: class "." subject "." detail; not inside an IP address or a version number.
_STATUS = re.compile(r"[245](?<![\w./].)\.\d{1,3}\.\d{1,3}(?!\.?\d)")
# RFC 5321, section 4.2: three digits where a server's words begin, or before an enhanced code.
_REPLY = re.compile(r"""[245](?<![\w.].)\d\d(?=[ \-:;.]?(?:[ #\-A-Za-z<\n'")\]]|\Z|\d\.\d))""")
# RFC 5321, section 4.2.1: each line of a reply begins with its code, and a hyphen if more follow.
_LINE_OF_REPLY = re.compile(r"(?<![\w.-])([245]\d\d)(?:-(?=[A-Za-z\s])|[ -](?=[245]\.\d{1,3}\.\d))")
_BEFORE_REPLY = (
    *":;'\"(<>[#\n",
    "...",
    "said",
    "returned",
    "error",
    "code",
    "failure",
    "failed with",
)
_BEFORE_STATUS = re.compile(r"[ \-]#?[245]\.\d{1,3}\.\d")
_LONGEST_BEFORE = 16


@attrs.define  # a frozen class takes twice as long to make, and this is made for every text
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


def read_text(
    text: str, remote_host: str = "", status: str = "", reply: str = "", *, by_server: bool = False
) -> Evidence:
    """Take a text apart.

    Only the first 6,000 letters and 600 words count: a server says why at once.

    Args:
        text: what was said.
        remote_host: who said it.
        status: an enhanced code given beside the text; those of the text are nearer to the cause.
        reply: a reply code given beside the text.
        by_server: the text is out of a delivery report.
    """
    text = text[:_LONGEST_TEXT].replace(END, " ").replace(HOST, " ")
    hosts = [remote_host.strip().rstrip(".").lower()] if remote_host else []
    names: list[str] = []

    def keep_link(match: re.Match[str]) -> str:
        names.append(match[0])
        return " "

    def keep_host(match: re.Match[str]) -> str:
        if match[1] is None:
            return " "
        hosts.append(match[0].rstrip(".").lower())
        names.append(match[0])
        return f" {HOST} "

    if "@" in text:
        text = _ADDRESS.sub(" ", text)
    if "://" in text or "www." in text:
        text = _LINK.sub(keep_link, text)
    replies, statuses = find_codes(text)
    if replies:
        text = _as_one_line(text)
    if status:
        statuses = _joined(find_codes(status.strip())[1], statuses)
    if reply:
        replies = _joined(find_codes(reply.strip())[0], replies)
    if "." in text:
        text = _DOTTED.sub(keep_host, text)
    linked = _words(" ".join(names)) if names else " "
    return Evidence(_words(text), linked, tuple(hosts), replies, statuses, by_server)


def _as_one_line(text: str) -> str:
    """Take out the code that each line of a reply repeats, so that sentences are whole again."""
    seen: set[str] = set()

    def once(match: re.Match[str]) -> str:
        if match[1] in seen:
            return " "
        seen.add(match[1])
        return f"{match[1]} "

    return _LINE_OF_REPLY.sub(once, text)


def _joined(outer: tuple[str, ...], inner: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(outer + inner))


def find_codes(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Find the reply codes and the enhanced codes of a text, in order, each once."""
    statuses = _STATUS.findall(text) if "." in text else ()
    replies = [
        match[0] for match in _REPLY.finditer(text) if _is_reply(text, match.start(), match.end())
    ]
    return tuple(dict.fromkeys(replies)), tuple(dict.fromkeys(statuses))


def _is_reply(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - _LONGEST_BEFORE) : start].rstrip(" \t").lower()
    return (
        (not before and start < _LONGEST_BEFORE)
        or before.endswith(_BEFORE_REPLY)
        or _BEFORE_STATUS.match(text, end) is not None
    )


def _words(text: str) -> str:
    words = [
        word if word[0] not in _ENDS else END
        for word in _WORD.findall(text)
        if word.isalpha() or _says_something(word)
    ]
    return f" {fold(' '.join(words[:_MOST_WORDS]))} "


def _says_something(word: str) -> bool:
    """Leave out long numbers and ids, which only make equal texts differ."""
    if word.isdigit():
        return len(word) <= _LONGEST_NUMBER
    return len(word) <= _LONGEST_ID or not word.isascii() or word[0] in _ENDS
