"""Sharded collections on the command line: searched like any other, and refused where one collection is meant."""

from __future__ import annotations

from pathlib import Path

from glocal.cluster import Cluster, Layout
from glocal.collection import Collection
from glocal.errors import CollectionError


def open_searched(folder: Path) -> Collection | Cluster:
    """Open a collection, or a sharded one, for what both can do.

    Raises:
        CollectionError: there is none, or it is damaged or of a newer version.
        ModelError: the model of a sharded one is gone.
    """
    return Cluster.open(folder) if Cluster.exists(folder) else Collection.open(folder)


def one_collection(folder: Path | None) -> Path | None:
    """Return the folder given by an option, if it holds no sharded collection.

    Raises:
        CollectionError: it does.
    """
    if folder is not None and Layout.exists(folder):
        raise CollectionError(
            f"{folder}: is a sharded collection, of which this command takes one shard, such as "
            f"{folder / 'shard-00000'}; `glocal cluster` has what is done with all of them"
        )
    return folder
