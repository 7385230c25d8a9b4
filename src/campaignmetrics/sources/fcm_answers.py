"""Answers of push providers, taken apart: what each says about each message that was sent.

Source: ``docs/sources/fcm.md``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from campaignmetrics.sources.fcm_words import APNS, APNS_REASONS, EXPO, FCM, RECEIPT
from campaignmetrics.sources.shape import inner, text

_MESSAGE = re.compile(r"projects/[^/]+/messages/.")
_ANSWER_OF_APNS = {"apns-id", "apns-unique-id", "reason", "status", ":status"}
_BESIDE = {
    *("timestamp", "recipient", "platform", "retry"),
    *("message_id", "campaign_id", "profile_id", "send_id"),
}
_OF_APNS = _ANSWER_OF_APNS | _BESIDE
_OF_EXPO = {"data", "errors"} | _BESIDE
_OF_A_TOKEN = re.compile("registration token", re.IGNORECASE)


class Answer(NamedTuple):
    """What was said about one message."""

    word: str
    send_id: str | None = None
    reason: str | None = None


def whose(answer: dict[str, Any]) -> str | None:
    """Tell which provider answers so; None where it may be anybody."""
    name, error = answer.get("name"), answer.get("error")
    if type(name) is str and _MESSAGE.match(name):
        return FCM
    if answer.get("multicast_id") is not None or (type(error) is dict and _code(error) is not None):
        return FCM
    if text(answer.get("reason")) in APNS_REASONS and _OF_APNS.issuperset(answer):
        return APNS
    if _is_expo(answer) or _groups(answer):
        return EXPO
    return None


def without_nulls(group: dict[str, Any]) -> dict[str, Any]:
    """Leave out the fields that hold null: Parquet gives all of them to each row."""
    return {name: value for name, value in group.items() if value is not None}


def of_apns(answer: dict[str, Any], status: object) -> Iterable[Answer]:
    """Take an answer of APNs apart: its body and, beside or in it, what its headers said."""
    send_id, reason = text(answer.get("apns-id")), text(answer.get("reason"))
    if reason is None:
        reason = text(answer.get("status")) or text(answer.get(":status")) or text(status)
    return [Answer(f"{APNS}/{reason or ''}", send_id, reason)]


def of_fcm(answer: dict[str, Any], _: object = None) -> Iterable[Answer]:
    """Take an answer of FCM apart: of its present interface, or results of the former one."""
    results = answer.get("results")
    if type(results) is list and results:
        return [_of_result(each if type(each) is dict else {}) for each in results]
    name, error = text(answer.get("name")), inner(answer, "error")
    if name is not None and not error:
        return [Answer(f"{FCM}/name", name)]
    reason = _code(error) or text(error.get("status"))
    if reason == "INVALID_ARGUMENT" and _OF_A_TOKEN.search(text(error.get("message")) or ""):
        return [Answer(f"{FCM}/{reason}/token", None, reason)]
    return [Answer(f"{FCM}/{reason or ''}", None, reason)]


def _of_result(result: dict[str, Any]) -> Answer:
    send_id, reason = text(result.get("message_id")), text(result.get("error"))
    return Answer(f"{FCM}/{reason or ('message_id' if send_id else '')}", send_id, reason)


def of_expo(answer: dict[str, Any], _: object = None) -> Iterable[Answer]:
    """Take an answer of Expo apart: tickets, receipts, or why there are none."""
    data, errors = _data(answer), answer.get("errors")
    if type(data) is dict and data and "status" not in data:
        return [_of_status(RECEIPT, text(send_id), receipt) for send_id, receipt in data.items()]
    if type(data) is list and data:
        return [_of_status(EXPO, None, ticket) for ticket in data]
    if type(data) is dict and data:
        return [_of_status(EXPO, None, data)]
    if type(errors) is list and errors:
        codes = [text(error.get("code")) if type(error) is dict else None for error in errors]
        return [Answer(f"{EXPO}/{code or ''}", None, code) for code in codes]
    several = [said for each in _groups(answer) for said in of_expo(each)]
    return several or [_of_status(EXPO, None, answer)]


def _of_status(form: str, send_id: str | None, said: object) -> Answer:
    """Read a ticket or a receipt."""
    if type(said) is not dict:
        return Answer(f"{form}/", send_id)
    if said.get("status") == "ok":
        return Answer(f"{form}/ok", send_id or text(said.get("id")))
    reason = text(inner(said, "details").get("error"))
    return Answer(f"{form}/{reason or ''}", send_id or text(said.get("id")), reason)


def _code(error: dict[str, Any]) -> str | None:
    """Find the code of FCM's own among the details of an error."""
    details = error.get("details")
    for each in details if type(details) is list else ():
        if type(each) is dict and text(each.get("errorCode")) is not None:
            return text(each.get("errorCode"))
    return None


def _data(answer: dict[str, Any]) -> object:
    data = answer.get("data")
    return without_nulls(data) if type(data) is dict else data


def _is_expo(answer: dict[str, Any]) -> bool:
    """Tell whether an answer has tickets or receipts, and nothing else."""
    if not _OF_EXPO.issuperset(answer):
        return False
    data = _data(answer)
    if type(data) is dict and "status" not in data:
        return bool(data) and all(map(_has_status, data.values()))
    tickets = data if type(data) is list else [data]
    return bool(tickets) and all(map(_is_ticket, tickets))


def _has_status(said: Any) -> bool:  # noqa: ANN401 -- any decoded value
    return type(said) is dict and text(said.get("status")) in {"ok", "error"}


def _is_ticket(said: Any) -> bool:  # noqa: ANN401 -- any decoded value
    return _has_status(said) and any(name in said for name in ("id", "message", "details"))


def _groups(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the answers in a record that holds tickets and receipts side by side."""
    groups = [each for each in answer.values() if type(each) is dict and _is_expo(each)]
    return groups if len(groups) == len(answer) else []


ANSWERS: Mapping[str, Callable[[dict[str, Any], object], Iterable[Answer]]] = {
    APNS: of_apns,
    FCM: of_fcm,
    EXPO: of_expo,
}
"""How each provider's answers are taken apart, given what the HTTP status was."""
