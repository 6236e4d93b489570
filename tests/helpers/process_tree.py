"""The processes below another one, and what they hold open, by Linux's /proc."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import psutil

LOOPBACK = {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}
"""Loopback's addresses, as `listening` returns them."""


def started_by(process: int) -> list[int]:
    """Return the processes below one. Linux's `children` of a thread may lack some while threads or processes end."""
    return [child.pid for child in psutil.Process(process).children(recursive=True)]


def named(process: int, name: str) -> list[int]:
    found = []
    for number in started_by(process):
        with suppress(OSError):  # gone since
            if Path(f"/proc/{number}/cmdline").read_text().startswith(name):
                found.append(number)
    return found


def listening(processes: set[int]) -> set[str]:
    """Return the addresses, as the kernel writes them, at which processes listen."""
    sockets = {name for number in processes for name in opened(number)}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                found.add(fields[1].partition(":")[0])
    return found


def opened(process: int) -> set[str]:
    """Return what a process holds open, as the kernel names it: paths of files, sockets, pipes."""
    found = set()
    for link in Path(f"/proc/{process}/fd").glob("*"):
        with suppress(OSError):  # gone since
            found.add(str(link.readlink()))
    return found


def searchers(process: int, shard: int) -> list[int]:
    """Return the processes of Ray below one that have a shard open to search it."""
    below = f"/shard-{shard:05}/"
    found = named(process, "ray::Searcher")
    return sorted(number for number in found if any(below in name for name in opened(number)))
