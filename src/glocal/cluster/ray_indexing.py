"""Writers and extractors, started on Ray and waited for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ray

from glocal.cluster.ray_session import ray_session
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
    extractors, writers = available_cores(), min(len(work), MOST_WRITERS)
    with ray_session(extractors + writers):
        actor = ray.remote(ExtractorActor).options(num_cpus=1, max_restarts=-1, max_task_retries=_AGAIN)
        handles = [actor.remote(identity) for _ in range(extractors)]
        write = ray.remote(write_shard).options(num_cpus=1, max_retries=_AGAIN)
        sizes = {write.remote(folder, photos, identity, handles): len(photos) for folder, photos in work.items()}
        return _reports(sizes, on_progress)


def _reports(sizes: Mapping[Any, int], on_progress: OnProgress) -> list[AddReport]:
    """Wait for writers, each of so many photos."""
    waiting, reports, done = list(sizes), list[AddReport](), 0
    while waiting:
        on_progress("indexing", done, sum(sizes.values()))
        (ready, *_), waiting = ray.wait(waiting)
        try:
            reports.append(ray.get(ready))
        except ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, GlocalError | OSError):
                raise error.cause from None
            raise
        except ray.exceptions.RayError as error:
            raise GlocalError(
                f"a writer died {_AGAIN} times ({error}); index again, and what is left is done"
            ) from error
        done += sizes[ready]
    on_progress("indexing", done, done)
    return reports
