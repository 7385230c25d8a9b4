"""Answers that are remembered, in a form that costs the garbage collector nothing.

A program asks tens of thousands of different questions. Were each kept with the objects it is made
of, Python would look through all of them again and again, for a third of the whole time. So a
question is kept as one text, and equal answers are one object.
"""

from __future__ import annotations

from campaignmetrics._bounce.vocabulary import Classification

_MOST_QUESTIONS = 65_536
_MOST_ANSWERS = 8_192

_answers: dict[Classification, Classification] = {}


class Memory:
    """Answers by question; when it is full it begins anew."""

    def __init__(self) -> None:
        self._by_question: dict[str, Classification] = {}
        self.recall = self._by_question.get

    def keep(self, question: str, answer: Classification) -> Classification:
        """Remember an answer."""
        if len(self._by_question) >= _MOST_QUESTIONS:
            self._by_question.clear()
        self._by_question[question] = answer
        return answer


def one_object(answer: Classification) -> Classification:
    """Give the one object that equal answers are."""
    if len(_answers) >= _MOST_ANSWERS:
        _answers.clear()
    return _answers.setdefault(answer, answer)
