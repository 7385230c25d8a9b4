"""Adobe Journey Optimizer: feedback, tracking and journey step records.

This module names the paths; what the words mean is in ``ajo_vocabulary.py``. Other spellings are
brought to that of the datasets first (``ajo_spelling.py``). Source: ``docs/journey-optimizer.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from campaignmetrics.events import Event
from campaignmetrics.sources.ajo_spelling import (
    JOURNEY,
    STEPS,
    Record,
    group,
    is_standard,
    names_known,
    standard,
)
from campaignmetrics.sources.ajo_vocabulary import decide
from campaignmetrics.sources.shape import Fact, Reading, Signals, Source, Who, text

_CAMPAIGN = ("campaignID", "ajoCampaignID", "journeyVersionID")
_MESSAGE = ("messageID", "campaignActionID", "messageExecutionID")
_EMPTY: Record = {}
_ONLY_TEXT = {str}


def interpret(record: object) -> Reading:
    """Turn one decoded Journey Optimizer record into its events, or say why it has none.

    Args:
        record: a decoded JSON value, or a row of Parquet as Python values: a feedback, tracking or
            journey step record, in the spelling of the datasets, in full names, or as the webhook
            or the mobile SDK sends it. Times: ISO 8601 with a zone, or aware datetimes.

    Returns:
        ``.events``, a tuple of ``EmailEvent``, ``PushEvent`` and ``EntryEvent``; and ``.cause``,
        None or why nothing was counted: ``test``, ``channel:<name>``, ``status:<value>``,
        ``interaction:<value>``, ``eventType:<value>``, ``timestamp`` or ``unrecognised``. Neither
        for the steps of a journey that are not entries. No value whatever makes it raise.

    Source: ``docs/journey-optimizer.md``.

    Example:
        >>> import campaignmetrics as cm
        >>> record = {
        ...     "_id": "1",
        ...     "timestamp": "2026-11-20T09:00:00Z",
        ...     "_experience": {
        ...         "customerJourneyManagement": {
        ...             "messageProfile": {"channel": {"_id": "…/channels/sms"}},
        ...             "messageDeliveryfeedback": {"feedbackStatus": "sent"},
        ...         }
        ...     },
        ... }
        >>> cm.sources.ajo.interpret(record).cause
        'channel:sms'
    """
    return SOURCE.interpret(record)


def events(record: object) -> tuple[Event, ...]:
    """Turn one decoded Journey Optimizer record into its events.

    Args:
        record: as for ``interpret``.

    Returns:
        The events; none where ``interpret`` gives a cause. No value whatever makes it raise.

    Source: ``docs/journey-optimizer.md``.

    Example:
        >>> import campaignmetrics as cm
        >>> record = {"timestamp": "2026-11-20T09:00:00Z"}
        >>> record["eventType"] = "pushTracking.applicationOpened"
        >>> [str(event.kind) for event in cm.sources.ajo.events(record)]
        ['opened']
    """
    return interpret(record).events


def _facts(record: Any) -> Iterable[Fact]:  # noqa: ANN401 -- any decoded value
    try:
        return _facts_of(record)
    except RecursionError:  # nested far deeper than any field that is known
        return (_fact({}),)


def _facts_of(record: Any) -> Iterable[Fact]:  # noqa: ANN401 -- any decoded value
    usual = _usual_fact(record)
    if usual is not None:
        return (usual,)
    try:
        experience = record["_experience"]
        groups = experience[JOURNEY] if JOURNEY in experience else experience[STEPS[1]]
        inner = *filter(None, experience.values()), *filter(None, groups.values())
        if is_standard(record, experience, *inner):
            return (_fact(record),)
    except (AttributeError, KeyError, TypeError):
        pass  # another spelling, or no record at all
    return [_fact(each) for each in standard(record)]


def _usual_fact(record: Any) -> Fact | None:  # noqa: ANN401 -- any decoded value
    """Take the usual record apart, most often met by far: a shorter ``_fact``.

    Returns:
        What ``_fact`` returns for it in standard spelling; None if it is not so simple.
    """
    take_apart: Callable[[Record], Signals]
    try:
        experience = record["_experience"]
        journey = experience[JOURNEY]
        execution, profile = journey["messageExecution"], journey["messageProfile"]
        event_id, send = record["_id"], profile["messageProfileID"]
        campaign, message = execution["campaignID"], execution["messageID"]
        channel = profile["channel"]["_id"]
        if "messageDeliveryfeedback" in journey:
            stated = journey["messageDeliveryfeedback"]
            what, take_apart = stated["feedbackStatus"], _feedback
        else:
            stated = journey["messageInteraction"]
            what, take_apart = stated["interactionType"], _interaction
        address = platform = domain = None
        if "emailChannelContext" in journey:
            context = journey["emailChannelContext"]
            where = address = context["address"]
            domain = context.get("domain") or None
            if "pushChannelContext" in journey or "pushNotificationTracking" in record:
                return None
        else:
            context = journey["pushChannelContext"]
            where = platform = context["platform"]
        texts = event_id, send, campaign, message, channel, what, where, domain or where
        "".join(texts)  # the quickest way to a TypeError where one is no text
    except (AttributeError, KeyError, TypeError):
        return None
    if (
        not all(texts)
        or "isTestExecution" in profile
        or not all(map(names_known, (record, experience, journey, execution, profile)))
        or not (names_known(stated) and names_known(context))
    ):
        return None
    who = event_id, campaign, message, send, None, address, domain
    return record.get("timestamp"), who, (channel, False, platform, *take_apart(stated))


def _fact(record: Record) -> Fact:
    """Take a record apart whose groups are in standard spelling."""
    experience = _inner(record, "_experience")
    journey = _inner(experience, JOURNEY)
    profile = _inner(journey, "messageProfile")
    signals = (
        _feedback(_inner(journey, "messageDeliveryfeedback"))
        or _interaction(_inner(journey, "messageInteraction"))
        or _tracking(record)
    )
    if not signals and STEPS[1] in experience:
        steps = group(_inner(experience, STEPS[1]), STEPS[2])
        if any(_says(value) for value in steps.values() if not isinstance(value, dict)):
            return record.get("timestamp"), _who_entered(record, steps), _step(steps)
    test = "isTestExecution" in profile and _is_true(profile["isTestExecution"])
    platform = None
    if "pushChannelContext" in journey or "pushNotificationTracking" in record:
        platform = _platform(record, journey)
    deciding = _channel(profile), test, platform, *signals
    return record.get("timestamp"), _who(record, journey, profile), deciding


def _inner(parent: Record, name: str) -> Record:
    value = parent.get(name)
    return value if type(value) is dict else _EMPTY


def _who(record: Record, journey: Record, profile: Record) -> Who:
    execution = _inner(journey, "messageExecution")
    event_id, send = record.get("_id"), profile.get("messageProfileID")
    campaign, message = execution.get("campaignID"), execution.get("messageID")
    address = domain = None
    # The usual form first: this runs for every record.
    if not (str is type(event_id) is type(send) is type(campaign) is type(message)) or not (
        event_id and send and campaign and message
    ):
        execution = group(journey, "messageExecution")
        event_id, send = _first(record, "_id"), _first(profile, "messageProfileID")
        campaign, message = _first(execution, *_CAMPAIGN), _first(execution, *_MESSAGE)
    if "emailChannelContext" in journey:
        email = group(journey, "emailChannelContext")
        address, domain = _first(email, "address"), _first(email, "domain")
    return event_id, campaign, message, send, None, address, domain


def _who_entered(record: Record, steps: Record) -> Who:
    campaign, profile = _first(steps, "journeyVersionID"), _first(steps, "profileID")
    return _first(record, "_id"), campaign, None, None, profile, None, None


def _first(parent: Record, *names: str) -> str | None:
    """Take the first of some fields that holds text."""
    for name in names:
        value = parent.get(name)
        if type(value) is str and value:
            return value
        if value is not None and (value := text(value)) is not None:
            return value
    return None


def _channel(profile: Record) -> str | None:
    channel = profile.get("channel")
    if type(channel) is dict:
        name = channel.get("_id") or group(profile, "channel").get("_id")
        return name if type(name) is str else None
    return text(channel)


def _platform(record: Record, journey: Record) -> str | None:
    tracking, context = (
        group(record, "pushNotificationTracking"),
        group(journey, "pushChannelContext"),
    )
    return _first(context, "platform") or _first(tracking, "pushProvider")


def _feedback(feedback: Record) -> Signals:
    status = feedback.get("feedbackStatus")
    if type(status) is not str or not status:
        if type(status) is dict:
            status = group(feedback, "feedbackStatus").get("value")
        status = text(status)
        if status is None and not _says(feedback):
            return ()
    failure = exclusion = None
    if feedback.get("messageFailure") is not None:
        failure = _texts(group(feedback, "messageFailure"), "type", "code", "reason", "category")
    if feedback.get("messageExclusion") is not None:
        exclusion = _texts(group(feedback, "messageExclusion"), "reason", "code")
    return "feedback", status or "", failure, exclusion


def _interaction(interaction: Record) -> Signals:
    kind = text(interaction.get("interactionType"))
    if kind is None and not _says(interaction):
        return ()
    is_bot = _is_true(interaction.get("isBot"))
    return "interaction", kind or "", is_bot, text(interaction.get("urlID"))


def _tracking(record: Record) -> Signals:
    event_type = record.get("eventType")
    if type(event_type) is not str or not event_type.lower().startswith("pushtracking."):
        return ()
    action = group(group(record, "pushNotificationTracking"), "customAction")
    return "tracking", event_type, text(action.get("actionID"))


def _step(steps: Record) -> Signals:
    node, instance = text(steps.get("nodeType")), text(steps.get("instanceType"))
    is_start = (node or "").lower() == "start" or _is_true(steps.get("entrance"))
    return None, False, None, "step", is_start and (instance or "unitary").lower() == "unitary"


def _texts(parent: Record, *names: str) -> tuple[str | None, ...]:
    return tuple(text(parent.get(name)) for name in names)


def _is_true(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.lower() == "true")


def _says(value: object) -> bool:
    """Tell whether anything stands in a group; of an absent one Parquet gives all the fields."""
    if isinstance(value, dict):
        return any(map(_says, value.values()))
    return value is not None


SOURCE = Source(
    "ajo",
    _facts,
    decide,
    title="Adobe Journey Optimizer: datasets, feedback webhook, mobile SDK",
    needs="_experience.customerJourneyManagement or .journeyOrchestration, timestamp",
)
"""The declaration, which ``read`` works with."""
