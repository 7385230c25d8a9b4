"""Words and their numbers: what is counted by word is kept as numbers, which add up faster."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from campaignmetrics.forms import Ints

_MOST_SPELLINGS = 1 << 17


class Vocabulary:
    """Words, numbered from 0 in the order in which they come; ``""`` is 0.

    Args:
        normalise: from an array of distinct spellings to the words that they are counted as; None
            where a word has one spelling.
    """

    def __init__(self, normalise: Callable[[pa.Array], pa.Array] | None = None) -> None:
        self._normalise = normalise
        self._number: dict[str, int] = {"": 0}
        self._words = [""]
        self._spellings: dict[str, int] = {}
        self._array: pa.Array | None = None
        self._last = pa.array([], pa.string())
        self._last_numbers: Ints = np.empty(0, np.int32)

    def numbers(self, spellings: pa.Array) -> Ints:
        """Give the number of each spelling; many batches have the same ones."""
        if not spellings.equals(self._last):
            self._last, self._last_numbers = spellings, self._look_up(spellings)
        return self._last_numbers

    def _look_up(self, spellings: pa.Array) -> Ints:
        texts = spellings.to_pylist()
        if self._normalise is None:
            return np.array([self._number_of(text) for text in texts], np.int32)
        unknown = [text for text in texts if text not in self._spellings]
        if unknown:
            if len(self._spellings) > _MOST_SPELLINGS:  # they can be found again
                self._spellings, unknown = {}, texts
            words = self._normalise(pa.array(unknown, pa.string())).to_pylist()
            self._spellings |= zip(unknown, map(self._number_of, words), strict=True)
        return np.array([self._spellings[text] for text in texts], np.int32)

    def array(self) -> pa.Array:
        """Give all words by number."""
        if self._array is None or len(self._array) < len(self._words):
            self._array = pa.array(self._words, pa.string())
        return self._array

    def load(self, words: pa.ChunkedArray) -> None:
        """Take the words that ``array`` gave."""
        for word in words.to_pylist():
            self._number_of(word)

    def _number_of(self, word: str) -> int:
        number = self._number.setdefault(word, len(self._words))
        if number == len(self._words):
            self._words.append(word)
        return number
