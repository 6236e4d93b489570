"""The limits of a photo, set by the process that decodes it for itself."""

from __future__ import annotations

import math
import os
import resource
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Protocol

from glocal.images.isolation.limits import MOST_SECONDS, MOST_SECONDS_BY_CLOCK, TOO_MUCH_MEMORY

_STATUS = Path("/proc/self/statm")
_WATCH_SECONDS = 0.02


class MemoryLimit(Protocol):
    """A limit on this process's memory."""

    def set(self, most: int) -> None:
        """Allow so many bytes beside those at the time that the limit was made."""


def memory_limit() -> MemoryLimit:
    """Return the system's own limit on Linux; other systems have none that holds, so there the process is watched."""
    return AddressSpaceLimit() if _STATUS.exists() else WatchedMemory()


class AddressSpaceLimit:
    """Further memory is refused by the kernel, and the decoder fails by it."""

    def __init__(self) -> None:
        self._before = int(_STATUS.read_text("ascii").split()[0]) * resource.getpagesize()

    def set(self, most: int) -> None:
        """Allow so many bytes more than there were."""
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        wanted = self._before + most
        resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


class WatchedMemory:
    """A thread looks at the memory in use, and ends the process when it is too much."""

    def __init__(self) -> None:
        self._before = _peak()
        self._most = 0

    def set(self, most: int) -> None:
        """Allow so many bytes more than there were; never less than was allowed before, since the peak stays."""
        is_watched, self._most = self._most > 0, max(self._most, most)
        if not is_watched:
            threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while _peak() - self._before <= self._most:
            time.sleep(_WATCH_SECONDS)
        os._exit(TOO_MUCH_MEMORY)


def allow_time() -> None:
    """Begin the time of one photo: when it is over, the kernel ends this process."""
    seconds = math.ceil(time.process_time()) + MOST_SECONDS
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds if hard == resource.RLIM_INFINITY else min(seconds, hard), hard))
    signal.alarm(MOST_SECONDS_BY_CLOCK)


def _peak() -> int:
    """Return the most memory that this process had, in bytes; macOS counts it in bytes, others in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
