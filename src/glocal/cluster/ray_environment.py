"""What Ray is told by its environment, which it reads when it is imported, when it starts, and in its processes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

ADDRESS = "RAY_ADDRESS"
"""Ray's own variable: HOST:PORT of a cluster that runs already."""

LOOPBACK = "127.0.0.1"

ALONE = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""On every system: listen on loopback only."""

_VARIABLES = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # what Ray will do one day, and warns of until it is said
    "OMP_NUM_THREADS": "1",  # of each process: there are as many as cores
}


FOR_SEARCHES = {"RAY_worker_niceness": "0"}
"""Somebody waits for them: by default Ray's processes leave the processor to all others, as an index run may."""


@contextmanager
def ray_environment(more: Mapping[str, str]) -> Iterator[None]:
    """Set it, and more variables, until this is left."""
    before = dict(os.environ)
    host, _, _ = (before.get(ADDRESS) or LOOPBACK).partition(":")
    os.environ.update({**(ALONE if host in (LOOPBACK, "localhost") else {}), **_VARIABLES, **more})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
