"""A sharded collection whose shards are searched by processes of Ray."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import ray

from glocal.cluster.asking import Asking
from glocal.cluster.cluster import Cluster
from glocal.cluster.ray_replicas import Replicas
from glocal.cluster.ray_session import SPREAD, ray_session
from glocal.cluster.remote_shard import RemoteShard, SentOnce
from glocal.cluster.searcher import Searcher
from glocal.cluster.shards_reading import ShardsReading
from glocal.collection import Collection, Extractor, ModelIdentity

SEARCHES_AT_ONCE = 8
"""Questions that one process answers at the same time; others wait for it."""


class ServedCluster(Cluster):
    """A sharded collection of which other processes search the shards. Made by `served_cluster`.

    What the catalogs say of photos, it reads itself; only searches are asked of those processes.
    """

    def __init__(
        self,
        directory: Path,
        shards: Sequence[Collection],
        identity: ModelIdentity,
        model: Extractor,
        replicas: Sequence[Replicas],
        pool: Executor,
    ) -> None:
        super().__init__(directory, shards, identity, model)
        self.replicas = tuple(replicas)
        self._pool = pool

    @contextmanager
    def reading(self) -> Iterator[ShardsReading]:
        """Lend the photos as the shards' processes know them: each call reads the moment that it comes to."""
        sent = SentOnce(ray.put)
        shards = [RemoteShard(one.conversation(), sent) for one in self.replicas]
        yield ShardsReading(shards, Asking([one.name for one in self.replicas], self._pool))


@contextmanager
def served_cluster(root: Path, replicas: int) -> Iterator[ServedCluster]:
    """Start Ray, and so many processes for each shard that search it, and end both.

    Raises:
        CollectionError: there is no sharded collection, or it or one of its shards is damaged or missing.
        ModelError: the model is gone.
        GlocalError: Ray was imported before by this process and would listen on the network.
    """
    with Cluster.open(root) as opened, ray_session(len(opened.shards) * replicas):
        actor = ray.remote(Searcher).options(
            scheduling_strategy=SPREAD, max_restarts=-1, max_concurrency=SEARCHES_AT_ONCE
        )
        parts = []
        for shard in opened.shards:
            handles = [actor.remote(shard.directory.resolve(), opened.identity) for _ in range(replicas)]
            parts.append(Replicas(shard.directory.name, handles))
        _wait_until_open(parts)
        with ThreadPoolExecutor(len(parts) * SEARCHES_AT_ONCE) as pool:
            yield ServedCluster(root, opened.shards, opened.identity, opened.model, parts, pool)


def _wait_until_open(shards: Sequence[Replicas]) -> None:
    """Wait until every process has its shard and indexes open, or cannot open them: searches would time out before."""
    opening = [handle.ask.remote("listed") for shard in shards for handle in shard.handles]
    ray.wait(opening, num_returns=len(opening))
