"""What Ray is told by its environment, which it reads when it is imported, when it starts, and in its processes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

_VARIABLES = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # on every system: listen on loopback only
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # what Ray will do one day, and warns of until it is said
    "OMP_NUM_THREADS": "1",  # of each process: there are as many as cores
}


@contextmanager
def ray_environment() -> Iterator[None]:
    """Set it, until this is left."""
    before = dict(os.environ)
    os.environ.update(_VARIABLES)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
