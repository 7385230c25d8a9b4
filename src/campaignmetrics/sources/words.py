"""What providers' words mean, for all providers that say with one word what happened.

Such a provider declares a table from words to ``Meaning``. Its ``facts`` say a word and what stands
beside it (``Said``); ``deciding`` makes of the table the ``decide`` that its ``Source`` needs. The
tables of the documentation are written from the same declaration.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from campaignmetrics.events import KINDS, OWN_FIELDS
from campaignmetrics.sources.shape import (
    UNRECOGNISED,
    WHO,
    Decision,
    Fact,
    Meaning,
    Signals,
    Statement,
    Who,
    clean,
    derived_id,
    named_cause,
)

_SEND, _CAMPAIGN, _RECIPIENT = map(WHO.index, ("send_id", "campaign_id", "recipient"))


class Said(NamedTuple):
    """A provider's word, and what stands beside it. Texts are not empty, or None.

    The reason of an error or an exclusion is the provider's own; that of a bounce or a delay is
    found from the evidence, which is what ``bounce.classify`` takes.
    """

    word: str
    channel: str = "email"
    machine: bool = False
    link: str | None = None
    reason: str | None = None
    platform: str | None = None
    action: str | None = None
    category: str | None = None
    asynchronous: bool = False
    text: str | None = None
    status: str | None = None
    reply: str | None = None
    remote_host: str | None = None
    source_class: str | None = None
    only: str | None = None
    """The one kind of the word's that this fact states; None: all of them."""


def states(*kinds: str, **fields: Any) -> Meaning:  # noqa: ANN401 -- those of Meaning
    """Declare the kinds of event that a word states."""
    return Meaning(kinds, **fields)


def not_counted(cause: str) -> Meaning:
    """Declare under which cause a word is accounted for."""
    return Meaning(cause=cause)


def deciding(
    words: Mapping[str, Meaning], classes: str | None = None, prefix: str = "event"
) -> Callable[[Signals], Decision]:
    """Make the ``decide`` of a source from its table of words.

    A channel that has no events, or none of this kind, is accounted for by its name; a record that
    does not say what happened, the word being empty, under the prefix alone.

    Args:
        words: what each word means.
        classes: whose classes of bounces ``source_class`` has, as ``bounce.classify`` names it.
        prefix: how the causes of unknown words begin; the word follows.
    """

    def decide(signals: Signals) -> Decision:
        if not signals:
            return Decision(cause=UNRECOGNISED)
        said = Said(*signals)  # type: ignore[arg-type] # what the facts of the source said
        meaning = words.get(said.word)
        if not _has_kinds(said.channel, meaning):
            return Decision(cause=named_cause("channel", said.channel))
        if meaning is None:
            return Decision(cause=named_cause(prefix, said.word) if said.word else prefix)
        if meaning.cause is not None:
            return Decision(cause=meaning.cause)
        kinds = (said.only,) if said.only else meaning.kinds
        return Decision(tuple([_statement(kind, meaning, said, classes) for kind in kinds]))

    return decide


def _has_kinds(channel: str, meaning: Meaning | None) -> bool:
    return channel in KINDS and not (meaning and set(meaning.kinds) - set(KINDS[channel]))


def outcome(
    source: str, words: Mapping[str, Meaning], when: dt.datetime | None, who: Who, said: Said
) -> tuple[Fact, ...]:
    """Give the facts of a record whose word may also state that the message was handed over.

    Without an event of its own for that, a provider may state it twice: a message may bounce after
    it was delivered. So it is a fact of its own, with an id made of message and recipient, by which
    the second is a duplicate.
    """
    meaning = words.get(said.word)
    message, recipient = who[_SEND] or who[_CAMPAIGN], who[_RECIPIENT]
    if meaning is None or "sent" not in meaning.kinds or None in {when, message, recipient}:
        return ((when, who, said),)
    handed_over = (derived_id(source, "sent", message, recipient), *who[1:])
    rest = [kind for kind in meaning.kinds if kind != "sent"]
    return (
        (when, handed_over, said._replace(only="sent")),
        *[(when, who, said._replace(only=kind)) for kind in rest],
    )


def _statement(kind: str, meaning: Meaning, said: Said, classes: str | None) -> Statement:
    own = {name for name, kinds in OWN_FIELDS.items() if kind in kinds}
    category, reason = meaning.category or said.category, meaning.reason or said.reason
    if kind in {"bounced", "delayed"} and said.channel == "email":
        found_category, found_reason = _classified(said, classes)
        category, reason = category or found_category, found_reason or reason
    return Statement(
        channel=said.channel,
        kind=kind,
        category=category if "category" in own else None,
        asynchronous="asynchronous" in own and (meaning.asynchronous or said.asynchronous),
        reason=clean(reason) if "reason" in own else None,
        platform=clean(said.platform),
        machine="machine" in own and (meaning.machine or said.machine),
        action=clean(said.action) if "action" in own else None,
        link=clean(said.link) if "link" in own else None,
    )


def _classified(said: Said, classes: str | None) -> tuple[str | None, str | None]:
    """Find category and reason from all the evidence; neither where there is none."""
    source_class = said.source_class if classes else None
    if not (said.text or said.status or said.reply or source_class):
        return None, None
    from campaignmetrics import bounce  # noqa: PLC0415 -- its rules take time, and few need them

    found = bounce.classify(
        said.text,
        status=said.status,
        reply=said.reply,
        remote_host=said.remote_host,
        source=classes if source_class else None,
        source_class=source_class,
    )
    return str(found.category), str(found.reason)
