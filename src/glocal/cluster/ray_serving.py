"""A sharded collection whose shards are searched by processes of Ray."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import ray

from glocal.cluster.asking import Asking
from glocal.cluster.cluster import Cluster
from glocal.cluster.layout import Layout
from glocal.cluster.published import Published
from glocal.cluster.publishing import fetch
from glocal.cluster.ray_replicas import Replicas
from glocal.cluster.ray_session import SPREAD, ray_session
from glocal.cluster.remote_shard import RemoteShard, SentOnce
from glocal.cluster.searcher import Origin, Searcher
from glocal.cluster.shards_reading import ShardsReading
from glocal.collection import Collection, Extractor, ModelIdentity
from glocal.images import Address

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
        *,
        is_copy: bool,
    ) -> None:
        super().__init__(directory, shards, identity, model)
        self.is_copy = is_copy
        self.replicas = tuple(replicas)
        self._pool = pool

    @contextmanager
    def reading(self) -> Iterator[ShardsReading]:
        """Lend the photos as the shards' processes know them: each call reads the moment that it comes to."""
        sent = SentOnce(ray.put)
        shards = [RemoteShard(one.conversation(), sent) for one in self.replicas]
        yield ShardsReading(shards, Asking([one.name for one in self.replicas], self._pool))


@contextmanager
def served_cluster(root: Path, replicas: int, address: Address | None) -> Iterator[ServedCluster]:
    """Start Ray, and so many processes for each shard that search it, and end both: see `serve_shards`.

    Raises:
        CollectionError: there is no sharded collection, or it or one of its shards is damaged or missing.
        ModelError: the model is gone.
        GlocalError: Ray was imported before by this process and would listen on the network.
    """
    origins = None if address is None else _fetched(root, address)
    model = Layout.read(root).model.load()  # better missed now than by the first search
    with Cluster.open(root, model) as opened, ray_session(len(opened.shards) * replicas):
        actor = ray.remote(Searcher).options(
            scheduling_strategy=SPREAD, max_restarts=-1, max_concurrency=SEARCHES_AT_ONCE
        )
        parts = []
        for number, shard in enumerate(opened.shards):
            origin = None if origins is None else origins[number]
            handles = [actor.remote(shard.directory.resolve(), opened.identity, origin) for _ in range(replicas)]
            parts.append(Replicas(shard.directory.name, handles))
        _wait_until_open(parts)
        with ThreadPoolExecutor(len(parts) * SEARCHES_AT_ONCE) as pool:
            is_copy = address is not None
            yield ServedCluster(root, opened.shards, opened.identity, opened.model, parts, pool, is_copy=is_copy)


def _fetched(root: Path, address: Address) -> list[Origin]:
    """Fetch all shards to this machine, which knows of all photos, and return where others find each."""
    fetch(address, root)
    published = Published.read(address)
    folders = published.layout.folders(root)
    return [Origin(address / folder.name, one) for folder, one in zip(folders, published.shards, strict=True)]


def _wait_until_open(shards: Sequence[Replicas]) -> None:
    """Wait until every process has its shard and indexes open, or cannot open them: searches would time out before."""
    opening = [handle.ask.remote("listed") for shard in shards for handle in shard.handles]
    ray.wait(opening, num_returns=len(opening))
