"""Ratios that keep what they are made of."""

from __future__ import annotations

import attrs


@attrs.frozen
class Ratio:
    """A numerator over a denominator, both counts.

    Ratios are never added or averaged: merge the tallies and ask again.

    Attributes:
        numerator: the part.
        denominator: the whole.

    Source: ``docs/definitions.md``, *Ratios*.

    Example:
        >>> Ratio(1, 4).value
        0.25
        >>> Ratio(1, 0).value is None
        True
    """

    numerator: int
    denominator: int

    @property
    def value(self) -> float | None:
        """The quotient, not rounded; None with a denominator of 0 or less."""
        return self.numerator / self.denominator if self.denominator > 0 else None

    def to_dict(self) -> dict[str, int | float | None]:
        """Give the ratio in the form that the report's JSON has."""
        return {
            "numerator": self.numerator,
            "denominator": self.denominator,
            "value": self.value,
        }
