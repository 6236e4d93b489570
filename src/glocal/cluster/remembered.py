"""What was found for a question, until it is asked for again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")


class Remembered(Generic[Question, Answer]):
    """Answers by their questions: found once, unless they were forgotten. Safe to use from several threads.

    Args:
        find: finds the answer to a question; two who ask at once may find it twice.
        most: answers that are kept; the ones asked for last stay.
    """

    def __init__(self, find: Callable[[Question], Answer], most: int) -> None:
        self._find = find
        self._most = most
        self._known: OrderedDict[Question, Answer] = OrderedDict()
        self._lock = Lock()

    def __call__(self, question: Question) -> Answer:
        """Return the answer to a question."""
        with self._lock:
            if question in self._known:
                self._known.move_to_end(question)
                return self._known[question]
        answer = self._find(question)
        with self._lock:
            self._known[question] = answer
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return answer

    def forget(self, question: Question) -> None:
        """Forget the answer to a question, if it is known."""
        with self._lock:
            self._known.pop(question, None)
