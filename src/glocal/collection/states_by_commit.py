"""What an index holds, commit by commit: made when a search first needs it, shared by all that read that commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Lock
from typing import Generic, Protocol, TypeVar

from glocal.collection.catalog import Commit, Snapshot
from glocal.forking import renew_in_child

_KEPT = 2
"""Commits held at a time: a search that began before the last commit still finds its own."""


class _AtCommit(Protocol):
    @property
    def commit(self) -> Commit: ...


State = TypeVar("State", bound=_AtCommit)


class StatesByCommit(Generic[State]):
    """The states of one index at the last commits. Safe to use from several threads.

    Args:
        catch_up: yields the state at a snapshot's commit. If it yields another, that takes the place of the first,
            which others go on with meanwhile. It runs in one thread at a time and may look at `held`.

    Attributes:
        held: the states, the last made first.
    """

    def __init__(self, catch_up: Callable[[Snapshot, Commit], Iterator[State]]) -> None:
        self.held: tuple[State, ...] = ()
        self._catch_up = catch_up
        self._lock = Lock()
        renew_in_child(self)

    def after_fork_in_child(self) -> None:
        """Make the lock anew: a thread of the parent may have held it. What is held stays as good as it was."""
        self._lock = Lock()

    def level_with(self, snapshot: Snapshot) -> State:
        """Return the state at the snapshot's commit; only catching up makes others wait."""
        commit = snapshot.commit()
        state = self._at(commit)
        if state is not None:
            return state
        with self._lock:
            state = self._at(commit)
            if state is not None:
                return state
            before = self.held
            for state in self._catch_up(snapshot, commit):
                self.held = (state, *before)[:_KEPT]
            return self.held[0]

    def _at(self, commit: Commit) -> State | None:
        return next((state for state in self.held if state.commit == commit), None)
