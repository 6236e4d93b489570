"""A Ray cluster of several nodes on this machine: a raylet each, as on machines of their own, in a process of its own.

Run as a program with a number of cores for each worker node, it starts a head node without cores and those nodes,
prints a line of JSON, and ends them all when its input ends.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from asked_process import AskedProcess
from process_tree import started_by

LOOPBACK = "127.0.0.1"
ENVIRONMENT = os.environ | {
    "PYTHONPATH": os.pathsep.join(sys.path),
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_worker_niceness": "0",
    "OMP_NUM_THREADS": "1",
}


class RayNodes(AskedProcess):
    """Start with `with`; all nodes are ended at the end whatever happens.

    Attributes:
        environment: of a process that is to join the cluster.
        raylets: of each worker node the process that starts all others of it.
    """

    def __init__(self, cores: Sequence[int], log: Path) -> None:
        super().__init__([sys.executable, __file__, *map(str, cores)], ENVIRONMENT, log)

    def started(self, line: str) -> None:
        started = json.loads(line)
        self.raylets: list[int] = started["raylets"]
        self.environment = ENVIRONMENT | {"RAY_ADDRESS": started["address"]}

    def kill(self, node: int) -> None:
        """Kill all processes of a worker node, by its place among `cores`, as when its machine fails."""
        raylet = self.raylets[node]
        for process in [raylet, *started_by(raylet)]:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


def main(cores: Sequence[str]) -> None:
    """Start the nodes, and end them when there is no more input. Whatever Ray prints goes where errors go."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    from ray.cluster_utils import Cluster

    common: dict[str, Any] = {"node_ip_address": LOOPBACK, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, **common})
    try:
        nodes = [cluster.add_node(num_cpus=int(number), **common) for number in cores]
        raylets = [node.all_processes["raylet"][0].process.pid for node in nodes]
        print(json.dumps({"address": cluster.address, "raylets": raylets}), file=answers, flush=True)
        sys.stdin.read()
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    main(sys.argv[1:])
