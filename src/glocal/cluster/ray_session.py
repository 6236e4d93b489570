"""Ray: on this machine alone, where nothing listens beyond loopback, or a cluster that runs already."""

from __future__ import annotations

import logging
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import ray

from glocal.cluster.ray_environment import ADDRESS, LOOPBACK
from glocal.errors import GlocalError

THIS_MACHINES = "auto"
"""The address by which Ray finds a cluster that was started on this machine."""

_ANSWER_SECONDS = 10.0

SPREAD = "SPREAD"
"""How Ray places our processes: over all nodes. Actors need a free core to be placed, as is Ray's default, and claim
none after that, so that what was on a node that died has room on the others."""


@contextmanager
def ray_session(processes: int) -> Iterator[int]:
    """Start Ray for so many processes of ours, and end it; or join the cluster that RAY_ADDRESS names, and leave it.

    Yields:
        How many processes there are cores for: `processes`, or the cores of all nodes of the cluster that was joined.

    Raises:
        GlocalError: Ray would listen beyond loopback, as it was imported before it could be told; or no cluster
            answers at the address.
    """
    address = os.environ.get(ADDRESS)
    with _joined(address) if address else _started(processes):
        yield max(1, int(ray.cluster_resources().get("CPU", 0))) if address else processes


@contextmanager
def _joined(address: str) -> Iterator[None]:
    try:
        _require_answer(address)
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, RuntimeError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise GlocalError(
            f"{ADDRESS}={address}: no Ray cluster can be joined there ({reason}); give HOST:PORT of its head node, "
            f"or unset it"
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


def _require_answer(address: str) -> None:
    """See that somebody listens at HOST:PORT, for which Ray would wait several minutes.

    Raises:
        OSError: nobody does.
        ValueError: there is no such address.
    """
    if address == THIS_MACHINES:
        return
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise ValueError("no HOST:PORT")
    socket.create_connection((host, int(port)), _ANSWER_SECONDS).close()


@contextmanager
def _started(processes: int) -> Iterator[None]:
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
