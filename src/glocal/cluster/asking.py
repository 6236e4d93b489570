"""Asking shards, in turn or all at once, and knowing which of them did not answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import TypeVar

from glocal.errors import CollectionError

Answer = TypeVar("Answer")


class ShardDownError(CollectionError):
    """A shard does not answer, or cannot."""


class Asking:
    """The questions of one search. A shard that did not answer one is asked no more.

    Args:
        names: of the shards, as they are told.
        pool: asks them all at once; None: in turn.
    """

    def __init__(self, names: Sequence[str], pool: Executor | None = None) -> None:
        self._names = names
        self._map = map if pool is None else pool.map
        self._down: dict[int, ShardDownError] = {}

    @property
    def missing(self) -> tuple[str, ...]:
        """The shards, in their order, that did not answer."""
        return tuple(self._names[number] for number in sorted(self._down))

    def each(self, questions: Mapping[int, Callable[[], Answer]]) -> dict[int, Answer]:
        """Ask shards, by their numbers, and return the answers of those that gave one, in the order of the questions.

        Raises:
            CollectionError: no shard is left that answers.
        """
        asked = [number for number in questions if number not in self._down]
        answers: dict[int, Answer] = {}
        for number, answer in zip(asked, self._map(_attempt, [questions[number] for number in asked]), strict=True):
            if isinstance(answer, ShardDownError):
                self._down[number] = answer
            else:
                answers[number] = answer
        if len(self._down) == len(self._names):
            raise CollectionError(f"no shard answers; of the first: {self._down[min(self._down)]}")
        return answers


def _attempt(question: Callable[[], Answer]) -> Answer | ShardDownError:
    try:
        return question()
    except ShardDownError as error:
        return error
