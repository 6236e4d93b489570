"""How long the event loops of other processes were blocked: a beat in each of them, noted when it comes late.

`sitecustomize` is what Python imports by itself when it starts, so that workers which a server starts are watched too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

LATE = 0.005
"""Seconds; of beats that are less late nothing is noted."""

_WATCHED = """
import asyncio, os
BEAT = 0.01
plain = asyncio.BaseEventLoop.run_forever
def waited():  # seconds that this thread had work and no core, so far
    try:
        with open("/proc/thread-self/schedstat") as facts:
            return int(facts.read().split()[1]) / 1e9
    except OSError:
        return 0.0
def beat(loop, due, before, report):
    late, without_core = loop.time() - due, waited()
    if late > {late}:
        report.write(f"{{due}} {{late}} {{without_core - before}}\\n")
    loop.call_later(BEAT, beat, loop, loop.time() + BEAT, without_core, report)
def watched(loop):
    report = open(os.path.join({folder!r}, f"{{os.getpid()}}.beats"), "a", buffering=1)
    loop.call_soon(beat, loop, loop.time(), waited(), report)
    plain(loop)
asyncio.BaseEventLoop.run_forever = watched
"""


@dataclass(frozen=True)
class Block:
    """A time in which an event loop did nothing for those who waited.

    Attributes:
        seconds: of it.
        without_core: of these, how many its thread was ready to run and no core was free.
    """

    seconds: float
    without_core: float


def watch(folder: Path) -> Path:
    """Write what has to be on the path of modules of the processes to be watched; return that folder.

    Args:
        folder: where the beats are noted, and nothing else is.
    """
    modules = folder / "modules"
    modules.mkdir(parents=True)
    (modules / "sitecustomize.py").write_text(_WATCHED.format(late=LATE, folder=str(folder)))
    return modules


def longest_block(folder: Path, since: float) -> Block:
    """Return the longest block of all watched event loops that began later.

    Args:
        folder: as `watch` was told.
        since: by `time.monotonic`.

    Raises:
        ValueError: no event loop was watched.
    """
    reports = list(folder.glob("*.beats"))
    if not reports:
        raise ValueError("no event loop was watched")
    return max(_blocks(reports, since), key=lambda block: block.seconds, default=Block(0.0, 0.0))


def _blocks(reports: Iterable[Path], since: float) -> Iterable[Block]:
    for report in reports:
        for line in report.read_text().splitlines():
            due, late, without_core = map(float, line.split())
            if due >= since:
                yield Block(late, without_core)
