"""Back-pressure: a limit on work done at once, one on work that waits, and a clear "later" for the rest."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from glocal.service.problems import Problem

Result = TypeVar("Result")


class Gate:
    """Runs work in a few threads. Used from one event loop.

    Args:
        slots: work at once.
        waiting: work that may wait for a slot.
        seconds: how long it may wait.
    """

    def __init__(self, slots: int, waiting: int, seconds: float) -> None:
        self._executor = ThreadPoolExecutor(slots, thread_name_prefix="glocal-gate")
        self._limit = slots + waiting
        self._seconds = seconds
        self.pending = 0
        self.refused = 0

    async def run(self, work: Callable[[], Result]) -> Result:
        """Run `work` in a thread and return what it returns. A caller that goes away leaves the queue.

        Raises:
            Problem: too much is waiting (429).
            Exception: whatever `work` raises.
        """
        if self.pending >= self._limit:
            raise self._busy()
        loop = asyncio.get_running_loop()
        latest = time.monotonic() + self._seconds

        def in_time() -> Result:
            if time.monotonic() > latest:
                raise self._busy()
            return work()

        self.pending += 1
        future = self._executor.submit(in_time)
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._leave))
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Let what runs come to its end, and nothing more begin."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _leave(self) -> None:
        self.pending -= 1

    def _busy(self) -> Problem:
        self.refused += 1
        return Problem(429, "Too much is going on at the moment; try again shortly.", retry_after=1)
