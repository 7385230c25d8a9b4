"""Letters made comparable: one case, no accents, so that a rule is written once."""

from __future__ import annotations

import re
import unicodedata

_ACCENTS = re.compile("[\u0300-\u036f]")
# Letters whose stroke Unicode does not take for an accent.
_STROKES = str.maketrans("łøđħŧı", "lodhti")
# Thai, Japanese syllables, Chinese characters; and Korean, whose words take endings.
_NO_SPACES = (
    ("\u0e00", "\u0e7f"),
    ("\u3040", "\u30ff"),
    ("\u3400", "\u9fff"),
    ("\uac00", "\ud7a3"),
    ("\uf900", "\ufaff"),
)


def fold(text: str) -> str:
    """Write a text in one case and without accents; ASCII is only put into one case.

    Only the accents of Latin, Greek and Cyrillic letters go: in Japanese they tell words apart.
    """
    if not text.isascii():
        bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
        text = unicodedata.normalize("NFC", bare)
    return text.casefold().translate(_STROKES) if not text.isascii() else text.lower()


def has_no_spaces(text: str) -> bool:
    """Say whether a text is in a script that does not put spaces between words."""
    return any(first <= letter <= last for letter in text for first, last in _NO_SPACES)


def lowered(text: str) -> str:
    """Put a text into lower case, each letter where it was."""
    return text.replace("\u0130", "I").lower()
