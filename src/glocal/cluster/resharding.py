"""A sharded collection made anew with another number of shards, from what is stored: no photo is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from glocal.cluster.adding import LOCK
from glocal.cluster.layout import Layout
from glocal.collection import Collection, Copied, Extractor, Judgements, PhotoRecord, copy_photos, writer_lock
from glocal.errors import CollectionError
from glocal.progress import OnProgress, silent

BATCH = 500
"""Photos that are copied at a time; of each, what the batch writes into one shard is one transaction."""


def reshard(
    root: Path, target: Path, shards: int, model: Extractor | None = None, on_progress: OnProgress = silent
) -> Copied:
    """Copy a sharded collection into one of another number of shards, with all that is stored of its photos.

    Run again it goes on where it was interrupted, and brings the copy level with what changed meanwhile: every photo
    is in the one shard that its content says, and photos that went are gone. The source stays as it is.

    Args:
        root: folder of the sharded collection.
        target: a new folder, or one that this made from `root` before.
        shards: their number in `target`, 1 to `MOST_SHARDS`.
        model: the model of both; if None it is loaded.
        on_progress: called with ("copying", photos done, photos in all).

    Raises:
        CollectionError: there is no sharded collection in `root`, it is damaged or being indexed, or `target` holds
            something else or cannot be written.
        ModelError: the model is gone, or `target` is of another.
        ValueError: the number of shards is out of range.
    """
    layout = Layout.read(root)
    made = Layout.read(target) if Layout.exists(target) else Layout.create(target, shards, layout.model)
    if made != Layout(shards, layout.model):
        raise CollectionError(f"{target}: has {made.shards} shards of model {made.model.name}; name a new folder")
    with writer_lock(root / LOCK, wait=0.0), writer_lock(target / LOCK, wait=0.0):
        loaded = layout.model.load() if model is None else model
        for folder in made.folders(target):
            if not Collection.exists(folder):
                Collection.create(folder, loaded).close()
        with ExitStack() as opened:
            sources = [opened.enter_context(Collection.open(folder, loaded)) for folder in layout.folders(root)]
            copied = _copied(sources, made, made.folders(target), on_progress)
            for number, folder in enumerate(made.folders(target)):
                _forget(sources, made, number, opened.enter_context(Collection.open(folder, loaded)))
        Judgements(target).take_in(Judgements(root))
    return copied


def _copied(sources: Sequence[Collection], made: Layout, folders: Sequence[Path], on_progress: OnProgress) -> Copied:
    """Copy every photo into its shard."""
    total = sum(source.counts().photos + source.counts().unreadable for source in sources)
    report, done = Copied(), 0
    on_progress("copying", 0, total)
    for source in sources:
        for page in _pages(source):
            own: dict[int, list[int]] = {}
            for photo in page:
                own.setdefault(_shard_of(made, photo), []).append(photo.id)
            for number, photos in own.items():
                report += copy_photos(source.directory, folders[number], photos)
                done += len(photos)
                on_progress("copying", done, total)
    return report


def _forget(sources: Sequence[Collection], made: Layout, number: int, shard: Collection) -> None:
    """Remove the photos of a shard that no source has, or has with a content that belongs to another shard."""
    for page in _pages(shard):
        gone = [
            photo.path
            for photo in page
            if not any(
                known is not None and _shard_of(made, known) == number
                for known in (source.photo_at(photo.path) for source in sources)
            )
        ]
        if gone:
            shard.remove(gone)


def _pages(collection: Collection) -> Iterator[list[PhotoRecord]]:
    last: PhotoRecord | None = None
    while page := collection.page(last, BATCH):
        yield page
        last = page[-1]


def _shard_of(layout: Layout, photo: PhotoRecord) -> int:
    """Return where a photo belongs; one whose file could never be read, into the first shard."""
    return layout.shard_of(photo.file.content_hash or b"")
