"""Ray on this machine alone: nothing listens beyond loopback, nothing is reported to anyone."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import ray

from glocal.errors import GlocalError

LOOPBACK = "127.0.0.1"


@contextmanager
def ray_session(processes: int) -> Iterator[None]:
    """Start Ray for so many processes of ours, and end it.

    Raises:
        GlocalError: Ray would listen beyond loopback, as it was imported before it could be told.
    """
    if ray.util.get_node_ip_address() != LOOPBACK:
        raise GlocalError("Ray would listen on the network; index in a process that has not imported Ray before")
    with tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder:
        ray.init(
            address="local",
            num_cpus=processes,
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.ERROR,
            _node_ip_address=LOOPBACK,
            _temp_dir=folder,
        )
        try:
            yield
        finally:
            ray.shutdown()
