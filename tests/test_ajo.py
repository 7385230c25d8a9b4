"""Adobe Journey Optimizer records: which events they state, or why none."""
# ruff: noqa: ANN401 -- decoded JSON may be anything

import copy
import datetime as dt
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import campaignmetrics.sources.ajo as module
from campaignmetrics.events import EmailEvent, EntryEvent, Event, PushEvent
from campaignmetrics.reading.source_rows import SourceRows
from campaignmetrics.schema import EVENT_SCHEMA, from_arrow
from campaignmetrics.sources import ajo
from campaignmetrics.sources.ajo_spelling import Record, _known, standard

SAMPLES = Path(__file__).parents[2] / "shared/samples/adobe"
GOLDEN = Path(__file__).parent / "golden"
FULL = "https://ns.adobe.com/experience/customerJourneyManagement/"
STEP = "https://ns.adobe.com/experience/journeyOrchestration/"
AT = dt.datetime(2026, 11, 20, 9, 0, 0, 123000, tzinfo=dt.UTC)
WHO = {
    "event_id": "e-1",
    "campaign_id": "spring",
    "message_id": "news",
    "send_id": "s-1",
    "timestamp": AT,
}


def _record(channel: str | None = "email", event_type: str | None = None, **groups: Any) -> Any:
    profile: dict[str, Any] = {"messageProfileID": "s-1"}
    if channel is not None:
        profile["channel"] = {"_id": f"https://ns.adobe.com/xdm/channels/{channel}"}
    context = {"email": {"emailChannelContext": {"address": "ann@example.com"}}}
    context |= {"push": {"pushChannelContext": {"platform": "fcm"}}}
    return {
        "_id": "e-1",
        "timestamp": "2026-11-20T09:00:00.123Z",
        **({"eventType": event_type} if event_type else {}),
        "_experience": {
            "customerJourneyManagement": {
                "messageExecution": {"campaignID": "spring", "messageID": "news"},
                "messageProfile": profile,
                **context.get(channel or "", {}),
                **groups,
            }
        },
    }


def _feedback(channel: str | None = "email", **fields: Any) -> Any:
    return _record(channel, messageDeliveryfeedback=fields)


def _bounce(**failure: Any) -> Any:
    return _feedback(feedbackStatus="bounce", messageFailure=failure)


def _interaction(channel: str = "email", **fields: Any) -> Any:
    return _record(channel, messageInteraction=fields)


def _step(**fields: Any) -> Any:
    experience = {"journeyOrchestration": {"stepEvents": fields}}
    return {"_id": "e-1", "timestamp": "2026-11-20T09:00:00.123Z", "_experience": experience}


def _email(kind: str, **fields: Any) -> EmailEvent:
    return EmailEvent(kind=kind, recipient="ann@example.com", **WHO, **fields)  # type: ignore[arg-type] # converted


def _push(kind: str, platform: str = "android", **fields: Any) -> PushEvent:
    return PushEvent(kind=kind, platform=platform, **WHO, **fields)  # type: ignore[arg-type] # converted


SENT = (_email("sent"), _email("delivered"))
ENTERED = EntryEvent(timestamp=AT, event_id="e-1", campaign_id="spring", profile_id="p-1")

STATED: list[tuple[Any, tuple[Event, ...]]] = [
    (_feedback(feedbackStatus="sent"), SENT),
    (_feedback(feedbackStatus="Sent"), SENT),
    (_feedback(feedbackStatus={"value": "sent"}), SENT),
    (_feedback("push", feedbackStatus="sent"), (_push("sent"), _push("delivered"))),
    (
        _bounce(type="Hard", reason="Gone", category="sync"),
        (_email("sent"), _email("bounced", category="hard", reason="Gone")),
    ),
    (
        _bounce(type="Soft", category="Async"),
        (_email("bounced", category="soft", asynchronous=True),),
    ),
    (
        _feedback(feedbackStatus="out_of_band", messageFailure={"code": 10}),
        (_email("bounced", category="hard", asynchronous=True),),
    ),
    (
        _feedback(feedbackStatus="delay", messageFailure={"reason": "Busy"}),
        (_email("delayed", reason="Busy"),),
    ),
    (
        _feedback(feedbackStatus="error", messageFailure={"reason": "Timeout"}),
        (_email("errored", reason="Timeout"),),
    ),
    (_feedback(feedbackStatus="error"), (_email("errored"),)),
    (
        _feedback(feedbackStatus="exclude", messageExclusion={"reason": "NoConsent", "code": "1"}),
        (_email("excluded", reason="NoConsent"),),
    ),
    (
        _feedback(feedbackStatus="exclude", messageExclusion={"reason": "", "code": "1"}),
        (_email("excluded", reason="1"),),
    ),
    (_feedback(feedbackStatus="exclude"), (_email("excluded"),)),
    (_feedback(feedbackStatus="duplicate"), (_email("excluded", reason="duplicate"),)),
    (_feedback(feedbackStatus="denylist"), (_email("excluded", reason="denylist"),)),
    (_interaction(interactionType="open"), (_email("opened"),)),
    (_interaction(interactionType="open", isBot=False), (_email("opened"),)),
    (_interaction(interactionType="open", isBot=True), (_email("opened", machine=True),)),
    (_interaction(interactionType="open", isBot="true"), (_email("opened", machine=True),)),
    (_interaction(interactionType="bot_open"), (_email("opened", machine=True),)),
    (_interaction(interactionType="click", urlID="u1"), (_email("clicked", link="u1"),)),
    (_interaction(interactionType="bot_click"), (_email("clicked", machine=True),)),
    (_interaction(interactionType="unsubscribe"), (_email("unsubscribed"),)),
    (_interaction(interactionType="spam_complaint"), (_email("complained"),)),
    (_interaction("push", interactionType="open"), (_push("opened"),)),
    (_record("push", "pushTracking.applicationOpened"), (_push("opened"),)),
    (_record("push", "pushTracking.customAction"), (_push("acted"),)),
    (
        _record("push", "pushTracking.customAction")
        | {"pushNotificationTracking": {"customAction": {"actionID": "Dismiss"}}},
        (_push("acted", action="Dismiss"),),
    ),
    (
        _record(None, "pushTracking.applicationOpened")
        | {"pushNotificationTracking": {"pushProvider": "apnsSandbox"}},
        (_push("opened", "ios"),),
    ),
    (_record(None, "pushTracking.applicationOpened"), (_push("opened", "unknown"),)),
    (
        _record(None, "pushTracking.applicationOpened", pushChannelContext={"platform": "WNS"}),
        (_push("opened", "wns"),),
    ),
    (_step(nodeType="start", journeyVersionID="spring", profileID="p-1"), (ENTERED,)),
    (_step(entrance=True, journeyVersionID="spring", profileID="p-1"), (ENTERED,)),
    (
        _step(nodeType="start", instanceType="unitary", journeyVersionID="spring", profileID="p-1"),
        (ENTERED,),
    ),
    (_step(nodeType="start", instanceType="batch"), ()),
    (_step(nodeType="action", profileID="p-1"), ()),
]


@pytest.mark.parametrize(("record", "expected"), STATED)
def test_a_record_states_its_events(record: Any, expected: tuple[Event, ...]) -> None:
    """Each row of the source's table, one by one."""
    before = copy.deepcopy(record)
    assert expected == ajo.events(record)
    assert ajo.interpret(record).causes == ()
    assert before == record


NOT_COUNTED: list[tuple[Any, str | None]] = [
    (_feedback(feedbackStatus="delivered"), "status:delivered"),
    (_feedback(feedbackStatus="read"), "status:read"),
    (_feedback(feedbackStatus="unknown"), "status:unknown"),
    (_feedback(feedbackStatus=None, retryCount=0), "status:"),
    (_feedback(feedbackStatus="x" * 200), "status:" + "x" * 80),
    (_feedback("sms", feedbackStatus="sent"), "channel:sms"),
    (_feedback("whatsApp", feedbackStatus="sent"), "channel:whatsApp"),
    (_feedback(None, feedbackStatus="sent"), "channel:"),
    (_interaction(interactionType="visit"), "interaction:visit"),
    (_interaction(urlID="u1"), "interaction:"),
    (_interaction("push", interactionType="click"), "interaction:click"),
    (_interaction("push", interactionType="unsubscribe"), "interaction:unsubscribe"),
    (_interaction("push", interactionType="spam_complaint"), "interaction:spam_complaint"),
    (_record("push", "pushTracking.receive"), "eventType:pushTracking.receive"),
    (_record("email", "pushTracking.customAction"), "eventType:pushTracking.customAction"),
    (
        _record("email", "pushTracking.applicationOpened"),
        "eventType:pushTracking.applicationOpened",
    ),
    (_record(), "unrecognised"),
    (_record("sms"), "channel:sms"),
    ({}, "unrecognised"),
    ({"events": []}, "unrecognised"),
    (None, "unrecognised"),
    ([1], "unrecognised"),
    ({"_experience": {"journeyOrchestration": {"stepEvents": {"a": None}}}}, "unrecognised"),
    (_feedback(feedbackStatus="sent") | {"timestamp": "yesterday"}, "timestamp"),
    (_feedback(feedbackStatus="sent") | {"timestamp": "2026-11-20T09:00:00"}, "timestamp"),
    (_feedback(feedbackStatus="sent") | {"timestamp": "0001-01-01T00:00:00+01:00"}, "timestamp"),
    (_feedback(feedbackStatus="sent") | {"timestamp": 5}, "timestamp"),
    (_step(nodeType="start") | {"timestamp": None}, "timestamp"),
]


@pytest.mark.parametrize(("record", "cause"), NOT_COUNTED)
def test_a_record_that_states_nothing_says_why(record: Any, cause: str | None) -> None:
    """The cause is named as the source's page names it."""
    reading = ajo.interpret(record)
    assert reading.events == ()
    assert cause == reading.cause


@pytest.mark.parametrize("flag", [True, "TRUE"])
@pytest.mark.parametrize("channel", ["email", "sms", None])
def test_a_test_send_is_one_whatever_its_channel(channel: str | None, flag: object) -> None:
    """A test send states nothing, and says so before anything else."""
    record = _feedback(channel, feedbackStatus="sent")
    groups = record["_experience"]["customerJourneyManagement"]
    groups["messageProfile"]["isTestExecution"] = flag
    assert ajo.interpret(record).cause == "test"
    groups["messageProfile"]["isTestExecution"] = False
    assert ajo.interpret(record).cause != "test"


@pytest.mark.parametrize(
    ("failure", "category"),
    [
        ({"type": "HARD"}, "hard"),
        ({"type": "Ignored", "code": "10"}, "ignored"),
        ({"type": "Admin", "code": "25"}, "ignored"),
        ({"type": "Admin", "code": " 22 "}, "soft"),
        ({"code": 10}, "hard"),
        ({"code": "FR-1", "reason": "mailbox full"}, "soft"),
        ({"reason": "Generic Bounce: NO RCPT"}, "ignored"),
        ({"reason": "Who can tell"}, "ignored"),
        ({"code": True, "type": []}, "ignored"),
    ],
)
def test_the_category_of_a_bounce(failure: dict[str, Any], category: str) -> None:
    """The source's own word, else its code, else its label, else ignored."""
    *_, bounced = ajo.events(_bounce(**failure))
    assert isinstance(bounced, EmailEvent)
    assert category == bounced.category


def test_fields_have_second_names() -> None:
    """Campaign and message are taken from the first of their fields that is there."""
    record = _feedback("Email/", feedbackStatus="sent")
    groups = record["_experience"]["customerJourneyManagement"]
    groups["emailChannelContext"] = {"address": "", "domain": "Example.com"}
    for field, expected in (
        ({"journeyVersionID": "c", "messageExecutionID": "m"}, ("c", "m")),
        ({"ajoCampaignID": "b", "campaignActionID": 7, "messageExecutionID": "m"}, ("b", "7")),
        ({"campaignID": "", "messageID": {}}, (None, None)),
    ):
        groups["messageExecution"] = field
        sent, _ = ajo.events(record)
        assert isinstance(sent, EmailEvent)
        assert expected == (sent.campaign_id, sent.message_id)
        assert (sent.recipient, sent.recipient_domain) == (None, "Example.com")


def _spelled_in_full(record: dict[str, Any]) -> dict[str, Any]:
    full: dict[str, Any] = {"@id": record["_id"], "xdm:timestamp": record["timestamp"]}
    for group, fields in record["_experience"]["customerJourneyManagement"].items():
        for name, value in fields.items():
            full[f"{FULL}{group}/{name}"] = (
                {f"{FULL}{group}/{inner}": v for inner, v in value.items()}
                if name == "messageFailure"
                else {"@id": value["_id"]}
                if name == "channel"
                else value
            )
    return full


def _in_other_letters(value: Any) -> Any:
    if isinstance(value, dict):
        return {name.lower(): _in_other_letters(inner) for name, inner in value.items()}
    return value


def _at_the_root(record: dict[str, Any]) -> dict[str, Any]:
    groups = dict(record["_experience"]["customerJourneyManagement"])
    del groups["emailChannelContext"]
    groups["messageDeliveryFeedback"] = groups.pop("messageDeliveryfeedback")
    groups["messageProfile"] = {"messageProfileID": "s-1"}
    mail = {"Email": [{"xdm:id": "ann@example.com"}]}
    rest = {"_id": record["_id"], "timestamp": record["timestamp"]}
    return {**groups, **rest, "channel": "email", "identityMap": mail}


def _dotted(record: dict[str, Any]) -> dict[str, Any]:
    groups = record["_experience"]["customerJourneyManagement"]
    prefix = "_experience.customerJourneyManagement"
    flat = {f"{prefix}.{group}.{name}": v for group, g in groups.items() for name, v in g.items()}
    return {"_id": record["_id"], "timestamp": record["timestamp"], **flat}


@pytest.mark.parametrize(
    "spell",
    [
        _spelled_in_full,
        _in_other_letters,
        _at_the_root,
        _dotted,
        lambda record: {"xdm": record, "meta": {}},
        lambda record: {"events": [{"xdm": record}]},
        lambda record: {**record, "customField": {"a": 1}},
        lambda record: {**record, "_experience": {**record["_experience"], "decisioning": None}},
    ],
)
@pytest.mark.parametrize(
    "record", [_feedback(feedbackStatus="sent"), _bounce(type="Hard", code="10", reason="Gone")]
)
def test_all_spellings_state_the_same(record: Any, spell: Any) -> None:
    """Full names, other letters, groups at the root, dots, and envelopes."""
    assert ajo.events(record) == ajo.events(spell(record))


def test_steps_are_read_in_full_names() -> None:
    """A field of the journey directly is a field of the step."""
    record = {
        "@id": "e-1",
        "xdm:timestamp": "2026-11-20T10:00:00.123+01:00",
        f"{STEP}entrance": True,
        f"{STEP}journeyVersionID": "spring",
        f"{STEP}profileID": "p-1",
    }
    assert ajo.events(record) == (ENTERED,)
    assert ajo.interpret({f"{STEP}journey": {f"{STEP}ID": "1"}}).cause == "unrecognised"
    assert ajo.events({**record, f"{STEP}stepEvents": {"xdm:nodeType": "start"}}) == (ENTERED,)


def test_an_envelope_says_all_its_causes() -> None:
    """What is counted beside does not hide what is not."""
    inner = [_feedback(feedbackStatus="sent"), _feedback("sms", feedbackStatus="sent"), 5]
    reading = ajo.interpret({"events": inner})
    assert reading.events == SENT
    assert reading.causes == ("channel:sms", "unrecognised")
    assert reading.cause is None


def test_groups_that_are_spelled_twice_are_united() -> None:
    """The first value that stands somewhere stays, and a plain value makes room for a group."""
    record = _spelled_in_full(_feedback(feedbackStatus="sent"))
    mixed = {"_experience": 5, "xdm:_id": None, **record, "_id": "later"}
    mixed[f"{FULL}messageExecution"] = {"campaignID": "later", "messageID": None, "more": {}}
    mixed[FULL] = {"messageExecution": {"more": {"a": 1}}}
    assert ajo.events(mixed) == SENT


@pytest.mark.parametrize(
    "identities",
    [None, 5, {}, {"email": []}, {"email": [5]}, {"email": {}}, {"Phone": [{"id": "1"}]}],
)
def test_the_webhook_may_lack_an_address(identities: object) -> None:
    """Without an address the event is counted all the same."""
    record = _at_the_root(_feedback(feedbackStatus="sent")) | {"identityMap": identities}
    assert [event.recipient for event in ajo.events(record)] == [None, None]  # type: ignore[union-attr] # emails


def test_half_a_character_does_not_lose_an_event() -> None:
    """A lone surrogate, where text was cut inside a character, is replaced."""
    record = _bounce(type="Hard", reason="full \ud83d") | {"_id": "e-\udc00"}
    _, bounced = ajo.events(record)
    assert isinstance(bounced, EmailEvent)
    assert (bounced.event_id, bounced.reason) == ("e-\ufffd", "full \ufffd")
    rows = SourceRows(ajo.SOURCE, EVENT_SCHEMA.names)
    assert rows.add(record) == ()
    assert list(ajo.events(record)) == list(from_arrow(rows.take()))


def test_a_number_of_too_many_digits_is_no_id() -> None:
    """Python does not write numbers of more than 4300 digits."""
    sent, _ = ajo.events(_feedback(feedbackStatus="sent") | {"_id": 10**5000})
    assert sent.event_id is None


def test_times_of_parquet_are_read() -> None:
    """Rows of Parquet hold datetimes, in any zone, and all the fields of absent groups."""
    zone = dt.timezone(dt.timedelta(hours=5))
    record = _feedback(feedbackStatus="sent", messageFailure={"type": None, "code": None})
    groups = record["_experience"]["customerJourneyManagement"]
    groups["messageInteraction"] = {"interactionType": None}
    assert ajo.events(record | {"timestamp": AT.astimezone(zone)}) == SENT
    assert ajo.interpret(record | {"timestamp": AT.replace(tzinfo=None)}).cause == "timestamp"
    opened = _interaction(interactionType="open")
    groups = opened["_experience"]["customerJourneyManagement"]
    groups["messageDeliveryfeedback"] = {"feedbackStatus": None, "messageFailure": {"type": None}}
    assert (_email("opened"),) == ajo.events(opened)


def test_names_that_are_learned_are_bounded() -> None:
    """Records with names that never come again do not fill the memory."""
    before = len(_known)
    try:
        _known.update(f"filler-{number}" for number in range(10_000))
        record = _feedback(feedbackStatus="sent")
        record["_experience"]["customerJourneyManagement"]["messageProfile"]["never-seen"] = 1
        assert ajo.events(record) == SENT
        assert "never-seen" not in _known
    finally:
        _known.difference_update(f"filler-{number}" for number in range(10_000))
    assert before == len(_known)


_NAMES = st.sampled_from(
    [
        *("_id", "@id", "timestamp", "xdm:timestamp", "_experience", "customerJourneyManagement"),
        *("messageExecution", "messageProfile", "channel", "emailChannelContext", "address"),
        *("messageDeliveryfeedback", "messageDeliveryFeedback", "feedbackStatus", "messageFailure"),
        *("messageInteraction", "interactionType", "eventType", "xdm", "events", "stepEvents"),
        *("journeyOrchestration", "pushNotificationTracking", "customAction", "identityMap"),
        *(f"{FULL}messageDeliveryfeedback/feedbackStatus", f"{STEP}entrance", FULL, "", "xdm:"),
        *("domain", "value", "email", "other"),
    ]
)
_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(), max_size=5),
    st.sampled_from(["sent", "bounce", "open", "email", "start", "pushTracking.customAction"]),
    st.sampled_from(["2026-11-20T09:00:00Z", "2026-11-20", "\ud800", "https://x/email", "hard"]),
)
ANY_JSON = st.recursive(
    _VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=5),
    max_leaves=25,
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = (
        [p for name in value for p in _paths(value[name], (*path, name))]
        if type(value) is dict
        else []
    )
    return [path, *inner] if path else inner


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """Draw a good record of which one part is replaced or renamed."""
    record = copy.deepcopy(draw(st.sampled_from([record for record, _ in STATED])))
    *parents, name = draw(st.sampled_from(_paths(record)))
    target = record
    for parent in parents:
        target = target[parent]
    value = target.pop(name)
    replacement = draw(ANY_JSON | st.just(value))
    target[draw(st.sampled_from([name, name.lower(), f"xdm:{name}"]) | _NAMES)] = replacement
    return record


@given(ANY_JSON | damaged())
def test_nothing_makes_it_raise(record: Any) -> None:
    """Any JSON value whatever gives events, or a cause, or is a step of a journey."""
    reading = ajo.interpret(record)
    assert reading.events == ajo.events(record)
    assert all(isinstance(cause, str) for cause in reading.causes)


@given(st.lists(ANY_JSON | damaged(), max_size=8))
def test_bulk_and_record_by_record_agree(records: list[Any]) -> None:
    """The same events in the same order, and the same causes."""
    rows = SourceRows(ajo.SOURCE, EVENT_SCHEMA.names)
    causes = [tuple(rows.add(record)) for record in records]
    readings = [ajo.interpret(record) for record in records]
    assert [reading.causes for reading in readings] == causes
    batch = rows.take()
    assert [event for reading in readings for event in reading.events] == list(from_arrow(batch))
    assert len(rows) == 0


@given(damaged())
def test_the_short_way_is_the_long_way(record: Any) -> None:
    """What is taken apart in haste has the same facts as when it is spelled out first."""
    usual = module._usual_fact(record)  # noqa: SLF001 -- the law that allows the shortcut
    if usual is not None:
        assert [usual] == [module._fact(each) for each in standard(record)]  # noqa: SLF001 -- the same


@pytest.mark.parametrize(
    ("file", "word"),
    [("feedback", '"sent"'), ("feedback", '"bounce"'), ("email-tracking", '"open"')],
)
def test_the_plain_record_takes_the_short_way(file: str, word: str) -> None:
    """Once its names are known; else the law above would hold of nothing."""
    with gzip.open(GOLDEN / f"{file}.ndjson.gz", "rt", encoding="utf-8") as lines:
        plain = (line for line in lines if "isTestExecution" not in line and "@id" not in line)
        record = json.loads(next(line for line in plain if word in line))
    assert ajo.events(record)
    assert module._usual_fact(record) is not None  # noqa: SLF001 -- as above


@pytest.mark.skipif(not SAMPLES.exists(), reason=f"the published samples are not at {SAMPLES}")
def test_every_published_sample_is_accounted_for() -> None:
    """Each example is events, or a named cause, or a step of a journey; none raises."""
    states = {}
    for path in sorted(SAMPLES.rglob("*.json")):
        reading = ajo.interpret(json.loads(path.read_text()))
        is_step = "stepEvents" in path.parts
        assert reading.events or reading.cause or is_step, path
        states[path.name] = [str(event.kind) for event in reading.events] or reading.cause
    assert states["feedback-webhook.sms.json"] == "channel:sms"
    assert states["feedback-webhook.email.json"] == "timestamp"
    assert states["experienceevent.example.7.json"] == ["acted"]
    assert states["channel-context.schema.example.json"] == "channel:whatsApp"
    assert states["message-interaction.example.4.json"] == "channel:"


def failed(channel: str, **failure: object) -> Record:
    """Return a bounce of a channel."""
    journey = {
        "messageExecution": {"messageID": "m", "campaignID": "c"},
        "messageProfile": {"messageProfileID": "s", "channel": {"_id": f"channels/{channel}"}},
        f"{channel}ChannelContext": {"address": "a@b.example", "platform": "apns"},
        "messageDeliveryfeedback": {"feedbackStatus": "bounce", "messageFailure": failure},
    }
    experience = {"_experience": {"customerJourneyManagement": journey}}
    return {"_id": "1", "timestamp": "2026-11-20T09:00:00Z", **experience}


@pytest.mark.parametrize(
    ("failure", "category"),
    [
        ({"reason": "550 5.1.1 no such user here"}, "hard"),
        ({"code": "5.2.2"}, "soft"),
        ({"code": "552"}, "soft"),
        ({"code": "FR-1", "reason": "Something odd"}, "ignored"),
        ({"code": "10", "reason": "552 mailbox full"}, "hard"),
        ({"type": "Soft", "reason": "550 5.1.1 no such user here"}, "soft"),
        ({}, "ignored"),
    ],
)
def test_what_the_table_does_not_know_is_classified(
    failure: dict[str, object], category: str
) -> None:
    """First the type, then the table of codes and labels, then the classifier of bounces."""
    _, bounced = ajo.events(failed("email", **failure))

    assert category == bounced.category  # type: ignore[union-attr] # a bounce is no entry


def test_codes_of_a_push_provider_are_no_replies_of_a_mail_server() -> None:
    """An HTTP status is not read as an SMTP reply."""
    _, bounced = ajo.events(failed("push", code="550", reason="550 5.1.1 no such user here"))

    assert "ignored" == bounced.category  # type: ignore[union-attr] # a bounce is no entry


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r | {"xdm:timestamp": r["timestamp"], "timestamp": None},
        lambda r: (
            r | {"_experience.customerJourneyManagement.messageProfile.isTestExecution": True}
        ),
        lambda r: {"Timestamp" if name == "timestamp" else name: r[name] for name in r},
    ],
    ids=["another name for the time", "a test flag at the root", "other letters"],
)
def test_the_reading_does_not_depend_on_what_was_read_before(
    change: Callable[[Record], Record],
) -> None:
    """An odd record is the same before and after its usual neighbours."""
    odd = change(failed("email", type="hard"))
    before = ajo.interpret(odd)
    for _ in range(3):
        ajo.interpret(failed("email", type="hard"))

    assert before == ajo.interpret(odd)
    assert "timestamp" != before.cause


def test_a_push_with_an_address_keeps_its_platform() -> None:
    """Both contexts in one record: the platform is read however often it is met."""
    record = failed("push", type="hard")
    journey = record["_experience"]["customerJourneyManagement"]
    journey["emailChannelContext"] = {"address": "a@b.example"}

    assert ["ios"] * 3 == [ajo.events(record)[0].platform for _ in range(3)]  # type: ignore[union-attr] # a push has one


@pytest.mark.parametrize("levels", [300, 500, 950])
def test_deep_groups_never_raise(levels: int) -> None:
    """What can be decoded is read, or counted as unrecognised."""
    deep: dict[str, object] = {}
    for _ in range(levels):
        deep = {"a": deep}
    record = failed("email", type="hard")
    record["_experience"]["customerJourneyManagement"]["messageDeliveryfeedback"] = deep

    assert ajo.interpret(record).events == ()
    assert ajo.interpret({"messageprofile": deep, "messageProfile": deep}).events == ()


def test_an_envelope_of_nothing_is_told() -> None:
    """A record without any event in it is counted under a cause."""
    assert "unrecognised" == ajo.interpret({"events": []}).cause
