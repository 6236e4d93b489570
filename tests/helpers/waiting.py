"""Waiting for what a browser, a process or a thread does later."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_SECONDS = 60
"""More than the slowest of it takes on a machine that does other work too: it costs nothing where nothing is wrong."""


def becomes(read: Callable[[], object], expected: object, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until what is read is as expected, or fail with what was read last."""
    deadline = time.monotonic() + seconds
    while (found := read()) != expected and time.monotonic() < deadline:
        time.sleep(0.05)
    assert found == expected
