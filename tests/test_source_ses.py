"""What the source of Amazon SES does beyond the examples: a short way, and ids of copies."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given

import campaignmetrics as cm
from campaignmetrics.sources import ses
from test_sources import damaged

PLAIN: dict[str, Any] = {
    "eventType": "Send",
    "mail": {
        "timestamp": "2026-11-20T09:00:00.125Z",
        "messageId": "m-1",
        "destination": ["ann@shop.example"],
        "tags": {"ses:configuration-set": ["news"]},
    },
    "send": {},
}
TIME = {"timestamp": "2026-11-20T09:00:02Z"}
USUAL: dict[str, Any] = {
    "Send": {"send": {}},
    "Delivery": {"delivery": {**TIME, "recipients": ["ann@shop.example"]}},
    "Open": {"open": {**TIME, "ipAddress": "203.0.113.9", "userAgent": "Mozilla/5.0"}},
    "Click": {"click": {**TIME, "link": "https://shop.example/"}},
}
ODD: tuple[Any, ...] = (
    "",
    0,
    7,
    None,
    "x",
    "A <x>",
    [],
    ["x"],
    ["A <x>"],
    [""],
    [7],
    ["x", "y"],
    {},
    {"x": 1},
    True,
)


def _agrees(record: Any) -> None:  # noqa: ANN401 -- any decoded value
    short = ses.interpret(record)
    with patch.object(ses, "_usual_fact", return_value=None):
        assert short == ses.interpret(record)


@given(damaged("ses"))
def test_the_short_way_is_the_long_way(record: Any) -> None:  # noqa: ANN401 -- as above
    """Of damaged records, too."""
    _agrees(record)


@pytest.mark.parametrize("word", USUAL)
def test_the_usual_event_takes_the_short_way(word: str) -> None:
    """Else the law above would hold of nothing; and what is odd in one place agrees as well."""
    record = {**PLAIN, "eventType": word, **USUAL[word]}
    record["mail"] = {**record["mail"], "tags": {"campaign": ["autumn"], "message": ["one"]}}
    assert ses._usual_fact(record) is not None  # noqa: SLF001 -- the shortcut itself
    for path in _paths(record):
        for value in ODD:
            odd = copy.deepcopy(record)
            target: Any = odd
            for key in path[:-1]:
                target = target[key]
            target[path[-1]] = value
            _agrees(odd)
    _agrees({**record, "notificationType": word})


def _paths(value: dict[str, Any], path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    paths = []
    for key, inner in value.items():
        paths.append((*path, key))
        if isinstance(inner, dict):
            paths += _paths(inner, (*path, key))
    return paths


def test_every_way_of_an_event_gives_the_same_id() -> None:
    """Firehose, SNS, EventBridge and Lambda; a time in another zone is the same time."""
    sns = {"Type": "Notification", "MessageId": "n-1", "Message": json.dumps(PLAIN)}
    ways = [
        PLAIN,
        sns,
        {"source": "aws.ses", "detail-type": "Email Sent", "detail": PLAIN},
        {"Records": [{"Sns": sns}]},
        {"Records": [{"body": json.dumps(sns)}]},
    ]
    (event,) = ses.events(PLAIN)
    assert [ses.events(way) for way in ways] == [(event,)] * len(ways)
    here, there = (
        {**PLAIN, "eventType": "Open", "open": {"timestamp": f"2026-11-20T{time}"}}
        for time in ("09:00:00Z", "10:00:00.000+01:00")
    )
    assert ses.events(here) == ses.events(there)


def test_a_mail_is_sent_once_whoever_tells() -> None:
    """Published as Send, told by the notifications of its delivery and of its bounce."""
    mail = PLAIN["mail"]
    records = [
        PLAIN,
        {"notificationType": "Delivery", "mail": mail, "delivery": USUAL["Delivery"]["delivery"]},
        {"notificationType": "Bounce", "mail": mail, "bounce": TIME},
    ]
    events = [event for record in records for event in ses.events(record)]
    assert [str(event.kind) for event in events] == ["sent", "sent", "delivered", "sent", "bounced"]
    tally = cm.reduce_arrow(cm.deduplicate(cm.to_arrow(events)))
    assert cm.report(tally).email.total.sent == 1


def _log(*lines: str, folder: Path) -> tuple[int, int]:
    """Write lines to a file, and read it: how many events, how many that cannot be read."""
    file = folder / "log.json"
    file.write_text("\n".join(lines))
    batches = cm.read(file)
    return cm.reduce_arrow(batches).events, batches.diagnostics.unreadable


def test_events_may_stand_side_by_side(tmp_path: Path) -> None:
    """As Firehose writes them where nothing puts line ends between them."""
    one = json.dumps(PLAIN)
    assert _log(one * 3, folder=tmp_path) == (3, 0)
    assert _log(one, f"  {one * 2} ", one, folder=tmp_path) == (4, 0)
    assert _log(one * 2000, folder=tmp_path) == (2000, 0)
    assert _log(one * 2 + one[:-9], folder=tmp_path) == (2, 1)
    assert _log(one, one * 2 + one[:-9], one, folder=tmp_path) == (4, 1)
    assert _log(one, one * 2 + "[]", one, folder=tmp_path) == (4, 1)
    assert _log(one, one + one[:-9], one, folder=tmp_path) == (2, 1)
