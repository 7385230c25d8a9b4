"""From the arguments of ``classify`` to a question, and its answer."""

from __future__ import annotations

from functools import lru_cache, reduce
from operator import or_

from campaignmetrics._bounce.decision import Question, answer
from campaignmetrics._bounce.evidence import read_text
from campaignmetrics._bounce.library import own_rules
from campaignmetrics._bounce.memory import Memory
from campaignmetrics._bounce.phrases import Vocabulary
from campaignmetrics._bounce.rules import Rules, under_any
from campaignmetrics._bounce.tables import check_source
from campaignmetrics._bounce.vocabulary import BounceError, Classification

PROFILES = ("default", "adobe")


_AT_HAND = 4_096
_memory = Memory()


@lru_cache(maxsize=_AT_HAND)
def ask(  # noqa: PLR0913, PLR0917 -- the arguments are what answers are remembered by
    text: str,
    status: str,
    reply: str,
    remote_host: str,
    source: str,
    source_class: str,
    profile: str,
    rules: Rules | None,
    *,
    by_server: bool = False,
    delayed: bool = False,
) -> Classification:
    """Classify, with an absent argument written as an empty text. See ``bounce.classify``.

    ``by_server`` and ``delayed`` are what a mail tells beyond the text: who wrote it, and that the
    server goes on trying.
    """
    # The lengths tell where each text ends, so that no other texts give the same key.
    own = -1 if rules is None else rules.number
    key = (
        f"{len(status)} {len(reply)} {len(remote_host)} {len(source)} {len(source_class)}"
        f" {own} {by_server:d}{delayed:d} {len(profile)}"
        f" {status}{reply}{remote_host}{source}{source_class}{profile}{text}"
    )
    known = _memory.recall(key)
    if known is not None:
        return known
    _check(text or status or reply or remote_host, source, source_class, profile)
    asked = (own_rules(),) if rules is None else (rules, own_rules())
    evidence = read_text(text, remote_host, status, reply, by_server=by_server)
    # Words and hosts that no rule knows must not make equal evidence differ.
    vocabulary = _vocabulary(asked)
    evidence.words = vocabulary.reduce(evidence.words)
    evidence.names = vocabulary.reduce(evidence.names)
    domains = [domain for each in asked for domain in each.domains]
    if domains:
        evidence.hosts = tuple([host for host in evidence.hosts if under_any(host, domains)])
    else:
        evidence.hosts = ()
    question = Question(evidence, source, source_class, profile == "adobe", asked, delayed)
    return _memory.keep(key, answer(question))


@lru_cache(maxsize=64)
def _vocabulary(asked: tuple[Rules, ...]) -> Vocabulary:
    return reduce(or_, [rules.vocabulary for rules in asked])


def _check(said: str, source: str, source_class: str, profile: str) -> None:
    if profile not in PROFILES:
        raise BounceError(f"profile {profile!r} is not one of {', '.join(PROFILES)}")
    if not (said or source_class):
        raise BounceError(
            "nothing to classify: text, status, reply, remote_host and class are empty"
        )
    if source:
        check_source(source)
    elif source_class:
        raise BounceError(f"source_class {source_class!r} needs the source that it is a word of")
