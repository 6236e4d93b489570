"""How many processor cores this process may use: what threads everywhere are counted by."""

from __future__ import annotations

import os
from functools import cache
from math import ceil
from pathlib import Path


@cache
def available_cores() -> int:
    """Return the number of cores this process may use, at least 1: the fewest of these.

    - the cores of its affinity mask, where the system has such a thing (Linux), else all of the machine;
    - the CPU time that its control groups allow, in cores and rounded up: containers are limited so. Linux kernel
      documentation, "Control Group v2", cpu.max; "CFS Bandwidth Control" for version 1.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limit = cpu_limit(Path("/proc/self/cgroup"), Path("/sys/fs/cgroup"))
    return cores if limit is None else max(1, min(cores, ceil(limit)))


def cpu_limit(membership: Path, mounted: Path) -> float | None:
    """Return the CPU time that control groups allow a process, in cores; None without a limit.

    Args:
        membership: names the process's group in each hierarchy, a line each: "0::/group" or "3:cpu,cpuacct:/group".
        mounted: where the hierarchies are. A group's limits are its own and those of all groups above it.
    """
    limits = []
    for line in _read(membership).splitlines():
        _, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        if controllers == "" or "cpu" in controllers.split(","):
            root = mounted / controllers if controllers else mounted
            parts = Path(group.lstrip("/")).parts
            folders = [root.joinpath(*parts[:depth]) for depth in range(len(parts) + 1)]
            limits += [limit for folder in folders if (limit := _limit(folder)) is not None]
    return min(limits, default=None)


def _limit(folder: Path) -> float | None:
    quota, period = (*_read(folder / "cpu.max").split(), "", "")[:2]
    if not quota:
        quota, period = _read(folder / "cpu.cfs_quota_us").strip(), _read(folder / "cpu.cfs_period_us").strip()
    if not (quota.isdecimal() and period.isdecimal() and int(period)):  # "max" or -1: no limit
        return None
    return int(quota) / int(period)


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
