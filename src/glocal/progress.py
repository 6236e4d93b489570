"""How work that takes long says how far it has come."""

from __future__ import annotations

from collections.abc import Callable

OnProgress = Callable[[str, int, int | None], None]
"""Called with (stage, items done, items in all or None if unknown). What it raises stops the work."""


def silent(_stage: str, _done: int, _total: int | None) -> None:
    """Report nothing."""
