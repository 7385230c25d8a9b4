"""The language that rules are written in: phrases of words, and an index to find them by.

A phrase is matched against the normalised words of a text (``evidence.py``):

- ``mailbox full``: these words, one after the other
- ``quota ... exceed*``: up to four words of the same sentence may stand between; ``*`` is any
ending - ``no such user|mailbox``: one of the alternatives; ``no such {who}``: one of a named set
- ``adresse inconnue|n_existe_pas``: an alternative of several words is joined by ``_``
- ``<host> does not exist``: a host name or an address' domain of its own, whatever its name
- ``is [currently] full``: the word in brackets may be absent

A phrase in a script without spaces between words (Chinese, Japanese), or in Korean, is found
anywhere in a text.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import attrs

from campaignmetrics._bounce.evidence import END, HOST, OTHER
from campaignmetrics._bounce.folding import fold, has_no_spaces
from campaignmetrics._bounce.vocabulary import BounceError

GAP = "..."
_GAP_WORDS = 4
_GAP_REGEX = rf"(?:[^ {END}]+ ){{0,{_GAP_WORDS}}}"
_KEY_LENGTH = 4
_MORE_THAN_WORDS = re.compile(r"[*|\[{_]")
_WORD = re.compile(rf"{HOST}\Z|" r"[^\W_]+(?:_[^\W_]+)*\*?(?:\|[^\W_]+(?:_[^\W_]+)*\*?)*\Z")


@attrs.define(eq=False)
class Phrase:
    """One phrase: how it is written, the words to look it up by, and its test.

    Most phrases are never asked by most programs, so a regular expression is compiled when it
    first is.

    Attributes:
        written: as in the rule.
        choices: for each word that must be there, the keys of its alternatives.
        plain: the words themselves where they are nothing but words; else None.
        pieces: what it is made of: words, alternatives, gaps.
    """

    written: str
    choices: tuple[frozenset[str], ...]
    plain: str | None
    pieces: tuple[str, ...] = ()
    _compiled: re.Pattern[str] | None = None

    @property
    def sample(self) -> str:
        """Give a text that it matches, for tests."""
        if not self.pieces:
            return self.plain or ""
        needed = [piece for piece in self.pieces if piece != GAP and piece == _inner(piece)]
        return " ".join(_words_of(piece)[0].rstrip("*").replace("_", " ") for piece in needed)

    def may_stand(self, keys: frozenset[str]) -> bool:
        """Say whether all its words are among those of a text, given by their ``keys_of``."""
        return not any(map(keys.isdisjoint, self.choices))

    def test(self, words: str) -> bool:
        """Say whether it stands in a text's words (which begin and end with a space)."""
        if self.plain is not None:
            return self.plain in words
        return self._search(words) is not None

    def matched(self, words: str) -> str:
        """Give the words that it matched; empty if it does not stand there."""
        if self.plain is not None:
            return self.plain.strip() if self.plain in words else ""
        match = self._search(words)
        return "" if match is None else _readable(match[0])

    def _search(self, words: str) -> re.Match[str] | None:
        if self._compiled is None:
            self._compiled = re.compile(f" {''.join(map(_regex_of, self.pieces))}")
        return self._compiled.search(words)


def _readable(words: str) -> str:
    return words.strip().replace(HOST, "<host>").replace(OTHER, "…")


def compile_phrase(written: str, sets: Mapping[str, str]) -> Phrase:
    """Turn a written phrase into its test.

    Raises:
        BounceError: it is empty, names an unknown set, begins or ends with a gap, or holds a sign
            that is no part of the language.
    """
    folded = fold(written).replace("<host>", HOST)
    if not folded.isascii() and has_no_spaces(folded):
        return Phrase(written, (), folded)
    pieces = tuple(folded.split())
    if "{" in folded:
        pieces = tuple([_expand(piece, sets, written) for piece in pieces])
    if not pieces or GAP in (pieces[0], pieces[-1]):
        raise BounceError(f"phrase {written!r} begins or ends with a gap, or is empty")
    try:
        choices = tuple(filter(None, map(_choice, pieces)))
    except BounceError as error:
        raise BounceError(f"phrase {written!r}: {error}") from None
    if not choices:
        raise BounceError(f"phrase {written!r} has no word that must be there")
    plain = None if _MORE_THAN_WORDS.search(folded) or GAP in pieces else f" {' '.join(pieces)} "
    return Phrase(written, choices, plain, pieces)


@lru_cache(maxsize=4_096)
def _choice(piece: str) -> frozenset[str]:
    """Give the keys of a piece's alternatives; none for a gap and for what may be absent."""
    if piece.isalnum():
        return frozenset((piece,))
    if piece == GAP:
        return frozenset()
    words = _inner(piece)
    if not _WORD.match(words):
        raise BounceError(f"{piece!r} is no word of the phrase language")
    return frozenset() if words != piece else frozenset(map(_key_of_pattern, _words_of(words)))


def _words_of(piece: str) -> list[str]:
    return piece.split("|")


def _inner(piece: str) -> str:
    """Take the brackets off a piece that may be absent."""
    return piece[1:-1] if piece.startswith("[") and piece.endswith("]") else piece


def _regex_of(piece: str) -> str:
    if piece == GAP:
        return _GAP_REGEX
    words = _inner(piece)
    body = words.replace("*", r"\S*").replace("_", " ")
    if "|" in body:
        body = f"(?:{body})"
    return f"{body} " if words == piece else f"(?:{body} )?"


def _expand(piece: str, sets: Mapping[str, str], written: str) -> str:
    if not piece.startswith("{"):
        return piece
    name = piece.strip("{}")
    if name not in sets:
        known = ", ".join(sorted(sets)) or "none"
        raise BounceError(f"phrase {written!r}: set {name!r} is not one of {known}")
    return sets[name]


def _key_of_pattern(word: str) -> str:
    """Give what a word, or the longest of several, is found by in the index."""
    if word.isalnum():
        return word
    parts = word.split("_")
    if any(part.endswith("*") and len(part) <= _KEY_LENGTH for part in parts):
        raise BounceError(f"{word!r} needs {_KEY_LENGTH} letters before the *")
    longest = max(parts, key=len)
    return f"{longest[:_KEY_LENGTH]}*" if longest.endswith("*") else longest


class Vocabulary:
    """The words that phrases look at. Texts that differ in others alone are classified equally."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        pieces = {piece for phrase in phrases for piece in phrase.pieces}
        words = {
            word
            for piece in pieces
            for choice in _words_of(_inner(piece))
            for word in choice.split("_")
        }
        self._words = frozenset(words) | {END, HOST}
        self._stems = frozenset(word[:_KEY_LENGTH] for word in words if word.endswith("*"))

    def __or__(self, other: Vocabulary) -> Vocabulary:
        """Join two."""
        both = Vocabulary(())
        both._words = self._words | other._words
        both._stems = self._stems | other._stems
        return both

    def reduce(self, words: str) -> str:
        """Put one sign in the place of each word that is none of them.

        Words in other scripts stay: phrases may stand in the midst of them.
        """
        known, stems = self._words, self._stems
        each = [
            word if word in known or word[:_KEY_LENGTH] in stems or not word.isascii() else OTHER
            for word in words.split()
        ]
        return f" {' '.join(each)} " if each else words


class PhraseIndex:
    """Finds which of many phrases stand in a text, testing only those whose rarest word does.

    The order of the phrases is kept: what was given first is found first.
    """

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        self._by_key: dict[str, list[tuple[int, tuple[frozenset[str], ...]]]] = defaultdict(list)
        self._anywhere: list[int] = []
        frequency = Counter(key for phrase in phrases for keys in phrase.choices for key in keys)
        for number, phrase in enumerate(phrases):
            if not phrase.choices:
                self._anywhere.append(number)
                continue
            rarest = min(phrase.choices, key=lambda keys: sum(map(frequency.__getitem__, keys)))
            others = tuple([keys for keys in phrase.choices if keys is not rarest])
            for key in rarest:
                self._by_key[key].append((number, others))
        self._keys = frozenset(self._by_key)

    def candidates(self, words: str, keys: frozenset[str]) -> list[int]:
        """List the numbers of the phrases worth a test, in order: a word of each choice is there.

        Args:
            words: the text's words.
            keys: ``keys_of`` them.
        """
        worth = [] if words.isascii() else self._anywhere.copy()
        for key in keys & self._keys:
            for number, others in self._by_key[key]:
                for choice in others:
                    if keys.isdisjoint(choice):
                        break
                else:
                    worth.append(number)
        worth.sort()
        return worth


@lru_cache(maxsize=256)
def keys_of(words: str) -> frozenset[str]:
    """Give what the words of a text are found by; a text is asked about several times in a row.

    Each word, and its beginning, so that ``rejected`` and ``reject*`` meet.
    """
    each = words.split()
    return frozenset(each + [f"{word[:_KEY_LENGTH]}*" for word in each])
