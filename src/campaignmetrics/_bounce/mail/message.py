"""Bytes of a mail to its parts, in bounded time whatever the bytes are.

Content types, their parameters and transfer encodings are the work of the standard library's
``email``. Its parser is not given whole mails: it asks every line whether it ends any of the
multiparts around it, so a mail of nested multiparts costs the square of its size. Headers and
parts are cut here instead, to a fixed depth and number, in a third of the time.
"""

from __future__ import annotations

import re
from email.message import Message
from email.utils import collapse_rfc2231_value
from functools import cached_property
from typing import Any

import attrs

_LONGEST_MAIL = 400_000
_LONGEST_HEADERS = 40_000
_LONGEST_TEXT = 40_000
_LONGEST_REPORT = 200_000
_DEEPEST = 6
_MOST_PARTS = 40

_BLANK = re.compile(r"\n[ \t]*\n")
_CHARSET = re.compile(
    r"(?:utf-?8|us-?ascii|ascii|iso-?8859|windows-|cp\d|koi8|gb|big5|euc|shift|s?jis|iso-?2022|latin"
    r"|ks_c|tis|mac|x-sjis)[\w-]*\Z",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[^<>]*>")
_LINE_TAG = re.compile(r"<(?:br|/?p|/?div|/?tr|/?li|/?h\d|/?table)\b[^<>]*>", re.IGNORECASE)
_ENTITIES = {"&nbsp;": " ", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&amp;": "&"}

ORIGINALS = frozenset(
    {"message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global"}
    | {"message/global-headers", "text/rfc822", "message/partial"}
)
REPORTS = frozenset(
    {"message/delivery-status", "message/global-delivery-status", "message/feedback-report"}
    | {"message/disposition-notification", "message/global-disposition-notification"}
)


@attrs.frozen
class Part:
    """One part that says something: its content type, and its text."""

    content_type: str
    text: str


@attrs.frozen
class Mail:
    """A mail taken apart.

    Attributes:
        headers: its own headers, by name in lower case; of repeated ones the first.
        content_type: of the whole.
        report_type: the parameter of ``multipart/report``; empty if none.
        texts: what is written for people, in order.
        reports: the parts that are fields for machines.
        original: the returned message or its headers; empty if none.
    """

    headers: dict[str, str]
    content_type: str
    report_type: str
    texts: tuple[str, ...]
    reports: tuple[Part, ...]
    original: str


def read_mail(data: bytes) -> Mail:
    """Take a mail apart; bytes that are no mail give one without headers.

    Only the first 400,000 bytes count, 40,000 of the headers, 40 parts, 6 levels of nesting.
    """
    source = _one_line_end(data[:_LONGEST_MAIL]).decode("ascii", "surrogateescape").lstrip("\n")
    if source.startswith(("From ", ">From ")):
        source = source.partition("\n")[2]
    head, body = _split_headers(source)
    headers = _headers(head)
    mime = _Mime(headers)
    collector = _Collector()
    collector.add(mime, body, 0)
    return Mail(
        headers,
        mime.kind,
        mime.parameter("report-type").lower() if mime.kind == "multipart/report" else "",
        tuple(collector.texts or collector.html),
        tuple(collector.reports),
        collector.original,
    )


def _one_line_end(data: bytes) -> bytes:
    """Write every line end as LF; CR CR LF throughout is the work of a bad gateway."""
    if b"\r" not in data:
        return data
    if data.count(b"\r\r\n") == data.count(b"\n") > 0:
        data = data.replace(b"\r\r\n", b"\n")
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _split_headers(source: str) -> tuple[str, str]:
    if source.startswith("\n"):
        return "", source[1:]
    blank = _BLANK.search(source)
    if blank is None:
        return source, ""
    return source[: blank.start()], source[blank.end() :]


_HEADER = re.compile(r"^([!-9;-~]{1,80})[ \t]*:[ \t]*((?:.*)(?:\n[ \t].*)*)", re.MULTILINE)


def _headers(head: str) -> dict[str, str]:
    """Read headers by name in lower case; of repeated ones the first, lines as they are folded."""
    headers: dict[str, str] = {}
    for name, value in _HEADER.findall(head[:_LONGEST_HEADERS]):
        headers.setdefault(name.lower(), value)
    return headers


class _Mime:
    """How a body is written, as its headers say."""

    def __init__(self, headers: dict[str, str]) -> None:
        self._written = headers.get("content-type", "")[:2_000]
        self.encoding = headers.get("content-transfer-encoding", "").strip().lower()
        kind = self._written.partition(";")[0].strip().lower()
        self.kind = kind if kind.count("/") == 1 else "text/plain"

    def parameter(self, name: str) -> str:
        """Read a parameter of Content-Type; a damaged one is an absent one."""
        try:
            return collapse_rfc2231_value(self._parameters.get(name, "")).rstrip()
        except (ValueError, LookupError):
            return ""

    @cached_property
    def _parameters(self) -> dict[str, Any]:
        message = Message()
        message["content-type"] = " ".join(self._written.split())
        try:
            given = message.get_params([])
        except (ValueError, TypeError):
            # TypeError: a parameter both whole and in parts, which the package cannot sort.
            return {}
        return {name.lower(): value for name, value in reversed(given)}


class _Collector:
    """Goes through the parts of one mail and keeps what says something."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.html: list[str] = []
        self.reports: list[Part] = []
        self.original = ""
        self._parts = 0

    def add(self, mime: _Mime, body: str, depth: int) -> None:
        self._parts += 1
        kind = mime.kind
        if kind.startswith("multipart/") and depth < _DEEPEST:
            pieces = _pieces(mime, body)
            if pieces:
                for piece in pieces:
                    if self._parts < _MOST_PARTS:
                        head, content = _split_headers(piece)
                        self.add(_Mime(_headers(head)), content, depth + 1)
                return
            kind = "text/plain"
        self._keep(kind, mime, body)

    def _keep(self, kind: str, mime: _Mime, body: str) -> None:
        if kind in ORIGINALS:
            self.original = self.original or _decode(mime, body, _LONGEST_TEXT)
        elif kind in REPORTS:
            self.reports.append(Part(kind, _decode(mime, body, _LONGEST_REPORT)))
        elif kind == "text/html":
            self.html.append(_plain(_decode(mime, body, _LONGEST_TEXT)))
        elif kind.startswith(("text/", "multipart/")) or "/" not in kind:
            self.texts.append(_decode(mime, body, _LONGEST_TEXT))


def _pieces(mime: _Mime, body: str) -> list[str]:
    boundary = mime.parameter("boundary")
    if not boundary:
        return []
    mark = f"\n--{boundary}"
    pieces = f"\n{body}".split(mark, _MOST_PARTS)[1:]
    inner = []
    for piece in pieces:
        if piece.startswith("--"):
            break
        inner.append(piece.partition("\n")[2])
    return inner


def _decode(mime: _Mime, body: str, longest: int) -> str:
    body = body[: 2 * longest]
    if mime.encoding in ("base64", "quoted-printable"):
        message = Message()
        message["content-transfer-encoding"] = mime.encoding
        message.set_payload(body)
        payload = message.get_payload(decode=True)
        raw = payload if isinstance(payload, bytes) else b""
    elif body.isascii() and "\x1b" not in body:
        return body[:longest]
    else:
        raw = body.encode("ascii", "surrogateescape")
    return _to_text(raw[: 2 * longest], mime.parameter("charset"))[:longest]


def _to_text(raw: bytes, charset: str) -> str:
    if b"\x1b$" in raw or b"\x1b(" in raw:
        charset = "iso2022_jp_ext"
    for name in (charset, "utf-8"):
        if _CHARSET.match(name) is None:
            continue
        try:
            return raw.decode(name, "replace" if name == "iso2022_jp_ext" else "strict")
        except (LookupError, UnicodeError):
            continue
    return raw.decode("latin-1")


def _plain(html: str) -> str:
    """Write HTML as text: enough for the words of a notice."""
    for tag in ("style", "script"):
        first, *rest = html.split(f"<{tag}")
        html = first + "".join(piece.partition(f"</{tag}")[2] for piece in rest)
    text = _TAG.sub("", _LINE_TAG.sub("\n", html))
    for entity, sign in _ENTITIES.items():
        text = text.replace(entity, sign)
    return text
