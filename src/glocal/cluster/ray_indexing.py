"""Writers and extractors, started on Ray and waited for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from glocal.cluster.ray_session import SPREAD, ray_session
from glocal.cluster.ray_workers import ExtractorActor, write_shard
from glocal.collection import AddReport, ModelIdentity
from glocal.cores import available_cores
from glocal.errors import GlocalError
from glocal.progress import OnProgress

MOST_WRITERS = 4
"""Shards that are written at the same time; a writer is a process that mostly waits for extractors."""

_AGAIN = 20
"""Times that work is done again whose process died: often enough for any accident, not for what kills it each time."""


def run(work: Mapping[Path, Sequence[Path]], identity: ModelIdentity, on_progress: OnProgress) -> list[AddReport]:
    """Have shards written, each by one process, and return their reports in the order they were done.

    Args:
        work: the photos of each shard's folder.
        identity: the model of all.
        on_progress: see `index_photos`.

    Raises:
        CollectionError: another process writes a shard, or one is damaged or cannot be written.
    """
    with ray_session(available_cores()) as extractors:
        actor = ray.remote(ExtractorActor).options(scheduling_strategy=SPREAD, max_restarts=-1, max_task_retries=_AGAIN)
        handles = [actor.remote(identity) for _ in range(extractors)]
        # Shards lie on this machine, and another may not see them; extractors need to see photos alone.
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        write = ray.remote(write_shard).options(num_cpus=0, scheduling_strategy=here, max_retries=_AGAIN)
        begins = [
            (partial(write.remote, folder.resolve(), of, identity, handles), len(of)) for folder, of in work.items()
        ]
        return _reports(begins, on_progress)


def _reports(begins: Sequence[tuple[Callable[[], Any], int]], on_progress: OnProgress) -> list[AddReport]:
    """Begin writers, each of so many photos, and wait for them: only so many write at the same time."""
    left, writing, reports = deque(begins), dict[Any, int](), list[AddReport]()
    done, total = 0, sum(photos for _, photos in begins)
    while left or writing:
        on_progress("indexing", done, total)
        while left and len(writing) < MOST_WRITERS:
            begin, photos = left.popleft()
            writing[begin()] = photos
        (ready, *_), _ = ray.wait(list(writing))
        reports.append(_report(ready))
        done += writing.pop(ready)
    on_progress("indexing", done, total)
    return reports


def _report(ready: Any) -> AddReport:
    try:
        report: AddReport = ray.get(ready)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, GlocalError | OSError):
            raise error.cause from None
        raise
    except ray.exceptions.RayError as error:
        raise GlocalError(f"a writer died {_AGAIN} times ({error}); index again, and what is left is done") from error
    return report
