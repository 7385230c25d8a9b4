"""Rules are made of families of wording: texts and notices that no rule was written from."""

from __future__ import annotations

import tomllib
from email.header import Header
from pathlib import Path
from typing import Any

import pytest

from campaignmetrics import bounce

WRITTEN = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
TEXTS = [
    (text, (family["category"], family["reason"]))
    for family in WRITTEN["family"]
    for text in family["texts"]
]
ORIGINAL = """

Return-Path: <bob@sender.example>
Received: from a by b; Fri, 20 Nov 2026 10:00:00 +0000
From: bob@sender.example
To: ann@mail.example
Subject: Offer

buy this quota full spam
"""
SAID_AROUND = (
    "{} (in reply to RCPT TO command)",
    "host mx.shop.example[192.0.2.1] said: {}",
    "{} Please write to your system's administrator.",
    "{} For more information see https://help.shop.example/errors",
    "Nobody is to blame for this permanent error. The other server said:\n{}",
)


@pytest.mark.parametrize(("text", "meaning"), TEXTS)
def test_a_text_means_what_its_family_does(text: str, meaning: tuple[str, str]) -> None:
    """Category and reason, in a dozen languages."""
    answer = bounce.classify(text)
    assert (str(answer.category), str(answer.reason)) == meaning


@pytest.mark.parametrize("around", SAID_AROUND)
def test_what_is_said_around_a_text_hardly_matters(around: str) -> None:
    """Servers that pass an answer on put words of their own around it."""
    bounces = [(text, meaning) for text, meaning in TEXTS if meaning[0] != "ignored"]
    wrong = []
    for text, meaning in bounces:
        answer = bounce.classify(around.format(text))
        if (str(answer.category), str(answer.reason)) != meaning:
            wrong.append(text)
    assert len(wrong) <= 0.01 * len(bounces), wrong


@pytest.mark.parametrize("notice", WRITTEN["notice"], ids=lambda notice: str(notice["name"]))
def test_a_notice_states_what_a_person_reads_in_it(notice: dict[str, Any]) -> None:
    """Kind, recipient, category and reason of mails without fields for machines."""
    headers, _, body = notice["mail"].partition("\n\n")
    lines = [line if line.isascii() else in_ascii(line) for line in headers.split("\n")]
    head = "\n".join(["To: bob@sender.example", *lines, "Content-Type: text/plain; charset=utf-8"])
    original = ORIGINAL if notice.get("original") else ""
    (record,) = bounce.parse(f"{head}\n\n{body}{original}".encode())
    answer = record.classify()
    found = (record.kind, record.recipient, answer.category, answer.reason)
    assert found == tuple(notice[name] for name in ("kind", "recipient", "category", "reason"))


def in_ascii(line: str) -> str:
    """Write a header as RFC 2047 has it."""
    name, _, value = line.partition(": ")
    return f"{name}: {Header(value, 'utf-8').encode()}"
