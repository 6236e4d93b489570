"""Searching shards by processes of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from glocal.cluster.cluster import Cluster
from glocal.cluster.published import store_address
from glocal.cluster.ray_environment import FOR_SEARCHES, ray_environment
from glocal.collection import PathLike
from glocal.errors import GlocalError


@contextmanager
def serve_shards(directory: PathLike, replicas: int = 1, address: str | None = None) -> Iterator[Cluster]:
    """Open a sharded collection of which processes that Ray runs on this machine search the shards, all at once.

    A process that dies is started anew. Until then another of the same shard answers, or the shard is named in
    `Ranking.missing_shards` and the others answer. So it is with a shard that cannot be read.

    Args:
        directory: its folder.
        replicas: processes for each shard, at least 1. With more, a question that takes unusually long is put to
            another one too.
        address: s3://BUCKET/FOLDER, where the collection was published: it is fetched to `directory` first, and its
            processes on other machines fetch their shards to the same path there.

    Raises:
        CollectionError: there is no sharded collection, or it or one of its shards is damaged or missing.
        ModelError: the model is gone.
        GlocalError: Ray is not installed, or was imported before by this process and would listen on the network.
        ValueError: `replicas` is below 1.
    """
    if replicas < 1:
        raise ValueError(f"a shard is searched by at least one process, not {replicas}")
    with ray_environment(FOR_SEARCHES):
        try:
            from glocal.cluster.ray_serving import served_cluster
        except ModuleNotFoundError as error:
            raise GlocalError(
                f"serving shards needs {error.name}; install it with: pip install 'glocal[cluster]'"
            ) from error
        origin = None if address is None else store_address(address)
        with served_cluster(Path(directory), replicas, origin) as cluster:
            yield cluster
