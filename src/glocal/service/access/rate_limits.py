"""How often a token may ask: so many requests a minute, saved up for at most a minute (a token bucket)."""

from __future__ import annotations

import time
from collections.abc import Callable


class RateLimits:
    """What is left to each caller of one worker. Used from one event loop.

    Args:
        clock: seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}

    def seconds_to_wait(self, name: str, per_minute: int) -> float:
        """Take one request from what is left to a caller; return 0, or how long to wait until there is one."""
        now = self._clock()
        left, at = self._left.get(name, (float(per_minute), now))
        left = min(float(per_minute), left + (now - at) * per_minute / 60)
        if left < 1:
            self._left[name] = left, now
            return (1 - left) * 60 / per_minute
        self._left[name] = left - 1, now
        return 0.0
