"""What a process that was forked has to make anew: threads and locks of its parent do not work in it."""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet


class Renewable(Protocol):
    """Something that does not survive a fork by itself."""

    def after_fork_in_child(self) -> None:
        """Put away what belongs to the parent; called before anything else runs in the child."""


_renewed: WeakSet[Renewable] = WeakSet()


def renew_in_child(thing: Renewable) -> None:
    """Have a thing renewed in every process that is forked from this one, as long as it lives."""
    _renewed.add(thing)


def _renew() -> None:
    for thing in list(_renewed):
        thing.after_fork_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
