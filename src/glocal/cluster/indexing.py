"""Indexing photos into shards by processes of Ray."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from glocal.cluster.adding import LOCK, Work, add_photos
from glocal.cluster.layout import Layout
from glocal.cluster.ray_environment import ray_environment
from glocal.collection import AddReport, Collection, Extractor, ModelIdentity, PathLike, writer_lock
from glocal.errors import GlocalError
from glocal.images import DEFAULT_RULES, FindRules
from glocal.progress import OnProgress, silent


def index_photos(
    root: Path, sources: Iterable[PathLike], rules: FindRules = DEFAULT_RULES, on_progress: OnProgress = silent
) -> AddReport:
    """Bring a sharded collection level with files and folders of photos, by processes that Ray runs on this machine.

    Run again it goes on where it was interrupted, whoever was killed: photos are committed in batches as
    `Collection.add` commits them. A photo whose content changed so that it belongs to another shard leaves the former
    one first, with metadata of the user's own.

    Args:
        root: folder that `Layout.create` made.
        sources: files and folders.
        rules: what to leave out below folders.
        on_progress: called with ("indexing", photos done, photos in all) after each shard.

    Raises:
        CollectionError: `root` holds no sharded collection, another process is indexing, or a shard is damaged or
            cannot be written.
        PhotoError: a source does not exist.
        ModelError: the model is gone.
        GlocalError: Ray is not installed, or was imported before by this process and would listen on the network.
    """
    with ray_environment({}):
        run, layout = _runner(), Layout.read(root)

        def write(work: Work) -> list[AddReport]:
            return run({shard.directory: photos for shard, photos in work}, layout.model, on_progress)

        with writer_lock(root / LOCK, wait=0.0), ExitStack() as opened:
            model = layout.model.load()
            shards = [opened.enter_context(_opened_or_made(folder, model)) for folder in layout.folders(root)]
            return add_photos(layout, shards, sources, rules, write)


def _runner() -> Callable[[Mapping[Path, Sequence[Path]], ModelIdentity, OnProgress], list[AddReport]]:
    """Return what runs writers and extractors.

    Raises:
        GlocalError: Ray is not installed.
    """
    try:
        from glocal.cluster.ray_indexing import run
    except ModuleNotFoundError as error:
        raise GlocalError(
            f"indexing into shards needs {error.name}; install it with: pip install 'glocal[cluster]'"
        ) from error
    return run


def _opened_or_made(folder: Path, model: Extractor) -> Collection:
    return Collection.open(folder, model) if Collection.exists(folder) else Collection.create(folder, model)
