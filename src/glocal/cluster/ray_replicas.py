"""The processes that search one shard: one is asked, and another too where it is slow or dies."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Sequence
from itertools import count
from typing import Any

import numpy as np
import ray

from glocal.cluster.asking import ShardDownError
from glocal.errors import GlocalError

LIMIT_SECONDS = 60.0
"""How long a question is waited for, all replicas together: several times what opening a shard takes."""

HEDGE_QUANTILE = 0.95
"""Of the times that the same question took lately: after so long another replica is asked too. Dean and Barroso, "The
tail at scale", CACM 56(2), 2013, call it a hedged request, and wait as long."""

FIRST_PATIENCE = 2.0
"""Seconds after which another replica is asked while few times are known."""

_FEW = 20
_KNOWN = 200


class Replicas:
    """The processes of one shard. Safe to use from several threads.

    Args:
        name: of the shard.
        handles: of actors, each a `Searcher`, at least one; Ray starts each anew when it dies.
    """

    def __init__(self, name: str, handles: Sequence[Any]) -> None:
        self.name = name
        self.handles = tuple(handles)
        self._turns = count()
        self._seconds: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_KNOWN))

    def conversation(self) -> Conversation:
        """Return what one search asks by. Searches begin with each replica in turn."""
        return Conversation(self, next(self._turns) % len(self.handles))

    def patience(self, question: str) -> float:
        """Return the seconds after which another replica is asked too."""
        known = tuple(self._seconds[question])
        return float(np.quantile(known, HEDGE_QUANTILE)) if len(known) >= _FEW else FIRST_PATIENCE

    def took(self, question: str, seconds: float) -> None:
        """Note how long a question took."""
        self._seconds[question].append(seconds)


class Conversation:
    """The questions of one search to one shard. It goes on with the replica that answered last.

    Args:
        replicas: of the shard.
        first: which one is asked first.
    """

    def __init__(self, replicas: Replicas, first: int) -> None:
        self._replicas = replicas
        self._first = first

    def __call__(self, question: str, *arguments: Any) -> Any:
        """Return the answer of the replica that gives it first.

        Args:
            question: the name of a method of `Searcher`.
            arguments: of that method.

        Raises:
            ShardDownError: all replicas died, none answered in time, or the shard cannot be read.
        """
        handles = self._replicas.handles
        began, asked = time.monotonic(), dict[Any, int]()
        left = deque((self._first + turn) % len(handles) for turn in range(len(handles)))
        reason = f"no answer in {LIMIT_SECONDS:.0f} seconds"
        while (spent := time.monotonic() - began) < LIMIT_SECONDS and (left or asked):
            patience = self._replicas.patience(question)
            if left and (not asked or spent >= patience * len(asked)):
                replica = left.popleft()
                asked[getattr(handles[replica], question).remote(*arguments)] = replica
            until = patience * len(asked) if left else LIMIT_SECONDS
            for ready in ray.wait(list(asked), timeout=max(until - spent, 0.0))[0]:
                replica = asked.pop(ready)
                try:
                    answer = ray.get(ready)
                except ray.exceptions.RayTaskError as error:
                    if isinstance(error.cause, GlocalError | OSError):
                        raise ShardDownError(f"{self._replicas.name}: {error.cause}") from None
                    raise
                except ray.exceptions.RayError as error:
                    reason = f"its process died ({type(error).__name__})"
                    continue
                self._first = replica
                self._replicas.took(question, time.monotonic() - began)
                return answer
        raise ShardDownError(f"{self._replicas.name}: {reason}")
