"""Shards in an object store: published whole, and fetched whole to be searched.

    s3://BUCKET/ROOT/cluster.json                     as on disk, a generation, and where the files of each shard are
    s3://BUCKET/ROOT/shard-00000/GENERATION-TOKEN/    the files of a shard, which never change
    s3://BUCKET/ROOT/judgements/GENERATION-TOKEN      what people said of hits

`cluster.json` is written last, by one request: who reads it has the former state of all shards or the new one. The
request says which state it follows, so that of two who publish at once one is refused. Files of the former state stay
until the next one is published, for those who are fetching it. Files for a later generation are those of somebody who
publishes at this moment: nobody else touches them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

from glocal.cluster.adding import LOCK
from glocal.cluster.layout import Layout
from glocal.cluster.published import (
    JUDGEMENTS,
    OvertakenError,
    Published,
    PublishedShard,
    generation_of,
    new_name,
    said,
)
from glocal.collection import CATALOG, Collection, Judgements, require_alone, writer_lock
from glocal.errors import CollectionError
from glocal.files import UNFINISHED
from glocal.images import Address
from glocal.progress import OnProgress, silent

DERIVED = ("global*", "local*")
"""Files that are made from a catalog; one that does not fit it, because somebody wrote meanwhile, is made anew."""

DRAFT = f".publishing{UNFINISHED}"
FORMER = f".former{UNFINISHED}"

WAIT_SECONDS = 6 * 3600.0
"""How long a process waits for another that fetches the same shard."""


@dataclass(frozen=True)
class Moved:
    """What publishing or fetching did.

    Attributes:
        shards: the names of those that were copied; others were level.
        bytes: that were copied.
    """

    shards: tuple[str, ...] = ()
    bytes: int = 0


def publish(root: Path, address: Address, on_progress: OnProgress = silent) -> Moved:
    """Put a sharded collection into a store, or what changed of it. It may be searched meanwhile, and is not written.

    Needs room beside `root` for a copy of its largest shard.

    Args:
        root: its folder.
        address: where to: nothing lies there, or an earlier state of this collection.
        on_progress: called with ("publishing", shards done, shards in all).

    Raises:
        CollectionError: a shard is damaged or missing or written meanwhile, another collection or a later state of this
            one lies there, another process published meanwhile, or the store does not answer. What lies there stays.
    """
    layout = Layout.read(root)
    former, tag = Published.read_tagged(address)
    if former is not None and former.layout != layout:
        raise CollectionError(f"{address}: holds another sharded collection; name another address")
    name = new_name(1 if former is None else former.generation + 1)
    with writer_lock(root / LOCK, wait=0.0):
        try:
            state, moved = _put(root, address, former, name, on_progress)
            if state != former:
                state.publish(address, tag)
        except OvertakenError:
            with suppress(OSError):
                _delete(address, layout, lambda found: found.name == name)
            raise
    on_progress("publishing", layout.shards, layout.shards)
    if former is not None and state != former:
        _forget(address, former, state)
    return moved


def _put(
    root: Path, address: Address, former: Published | None, name: str, on_progress: OnProgress
) -> tuple[Published, Moved]:
    """Put what changed into the store under a new name, and return what is to be published; `former` if nothing is.

    Raises:
        CollectionError: see `publish`.
    """
    layout = Layout.read(root)
    shards, moved = list[PublishedShard](), Moved()
    for number, folder in enumerate(layout.folders(root)):
        on_progress("publishing", number, layout.shards)
        there = None if former is None else former.shards[number]
        shard = _publish_shard(folder, address / folder.name, there, name)
        shards.append(shard)
        if shard is not there:
            moved = Moved((*moved.shards, folder.name), moved.bytes + sum(shard.files.values()))
    said_there = None if former is None else former.judgements
    judgements = _publish_judgements(root, address / JUDGEMENTS, said_there, name)
    if former is not None and (tuple(shards), judgements) == (former.shards, former.judgements):
        return former, moved
    generation = 1 if former is None else former.generation + 1
    return Published(layout, generation, tuple(shards), judgements), moved


def fetch(address: Address, root: Path, on_progress: OnProgress = silent) -> Moved:
    """Bring a sharded collection from a store to disk, or what changed of it. Nobody may use `root` meanwhile.

    Args:
        address: where it was published.
        root: a folder that is empty or not there, or holds an earlier state.
        on_progress: called with ("fetching", shards done, shards in all).

    Raises:
        CollectionError: nothing was published there, the folder holds something else, is in use, has changes that were
            not published, or cannot be written, or the store does not answer.
    """
    published = Published.read(address)
    layout, moved = published.layout, Moved()
    if not Layout.exists(root):
        Layout.create(root, layout.shards, layout.model)
    elif Layout.read(root) != layout:
        raise CollectionError(f"{root}: holds another sharded collection; name another folder")
    with writer_lock(root / LOCK, wait=0.0):
        for number, (folder, shard) in enumerate(zip(layout.folders(root), published.shards, strict=True)):
            on_progress("fetching", number, layout.shards)
            if fetch_shard(address / folder.name, shard, folder):
                moved = Moved((*moved.shards, folder.name), moved.bytes + sum(shard.files.values()))
        if published.judgements is not None:
            with _judgements_at(address / JUDGEMENTS / published.judgements) as said_there:
                Judgements(root).take_in(said_there)
    on_progress("fetching", layout.shards, layout.shards)
    return moved


def fetch_shard(address: Address, shard: PublishedShard, folder: Path) -> bool:
    """Bring one shard to disk, whole or not at all; say whether it was not there already.

    Several processes may want the same: one fetches it, and others wait.

    Raises:
        CollectionError: see `fetch`.
    """
    with said(address):
        folder.parent.mkdir(parents=True, exist_ok=True)
    with writer_lock(folder.with_name(f".{folder.name}.lock"), wait=WAIT_SECONDS):
        here = _version_of(folder)
        if here is not None and _has_been(folder, shard.version):
            return False
        draft = folder.with_name(f"{folder.name}{UNFINISHED}")
        with said(address):
            rmtree(draft, ignore_errors=True)
            draft.mkdir()
            for name, size in shard.files.items():
                (address / shard.folder / name).download(draft / name)
                if (draft / name).stat().st_size != size:
                    raise CollectionError(f"{address / shard.folder / name}: is damaged; publish again")
            if here is not None:
                _put_aside(folder, here, draft)
            draft.rename(folder)
            rmtree(folder.with_name(f"{folder.name}{FORMER}"), ignore_errors=True)
    return True


def _put_aside(folder: Path, version: str, fetched: Path) -> None:
    """Rename a shard in a version, if it is an earlier state of what was fetched, and nobody uses it.

    Raises:
        CollectionError: it is not, or somebody does.
    """
    if not _has_been(fetched, version):
        raise CollectionError(f"{folder}: has changes that were not published; publish them, or name a new folder")
    require_alone(folder / CATALOG)
    former = folder.with_name(f"{folder.name}{FORMER}")
    rmtree(former, ignore_errors=True)
    folder.rename(former)


def _has_been(folder: Path, version: str) -> bool:
    with Collection.open(folder) as shard:
        return shard.has_been(version)


def _version_of(folder: Path) -> str | None:
    if not Collection.exists(folder):
        return None
    with Collection.open(folder) as shard:
        return shard.version


def _publish_shard(folder: Path, address: Address, there: PublishedShard | None, name: str) -> PublishedShard:
    """Put a shard into the store beside what is there, and return what it is; `there` if that is level."""
    if there is not None and _version_of(folder) == there.version:
        return there
    draft = folder.with_name(DRAFT)
    rmtree(draft, ignore_errors=True)
    try:
        with Collection.open(folder) as shard:
            shard.backup(draft)
        derived = [path for pattern in DERIVED for path in folder.glob(pattern) if _is_whole(path)]
        with Collection.open(draft) as copy:
            version = copy.version
            if there is not None and not copy.has_been(there.version):
                raise CollectionError(
                    f"{address}: holds a later state, or another collection; "
                    "fetch it into a new folder and change that, or name another address"
                )
        with said(address):
            files = [draft / CATALOG, *derived]
            for path in files:
                (address / name / path.name).upload(path)
            return PublishedShard(version, name, {path.name: path.stat().st_size for path in files})
    finally:
        rmtree(draft, ignore_errors=True)


def _publish_judgements(root: Path, address: Address, there: str | None, name: str) -> str | None:
    """Put what people said here and there into the store, and return its name; `there` if nothing is new."""
    with TemporaryDirectory(dir=root, prefix=".publishing-") as folder:
        both = Judgements(Path(folder))
        if there is not None:
            with _judgements_at(address / there) as said_there:
                both.take_in(said_there)
        if not both.take_in(Judgements(root)):
            return there
        with said(address):
            (address / name).upload(both.path)
    return name


@contextmanager
def _judgements_at(address: Address) -> Iterator[Judgements]:
    """Lend what people said, as the store has it."""
    with TemporaryDirectory(prefix="glocal-") as folder:
        judgements = Judgements(Path(folder))
        with said(address):
            address.download(judgements.path)
        yield judgements


def _is_whole(path: Path) -> bool:
    return path.is_file() and UNFINISHED not in path.name and path.suffix != ".lock"


def _forget(address: Address, former: Published, state: Published) -> None:
    """Delete the files of all states before both. Where the store fails, the next time does it."""
    kept = {*former.folders(address), *state.folders(address)}

    def is_over(found: Address) -> bool:
        generation = generation_of(found.name)
        return generation is not None and generation <= state.generation and found not in kept

    with suppress(OSError):
        _delete(address, state.layout, is_over)


def _delete(address: Address, layout: Layout, is_chosen: Callable[[Address], bool]) -> None:
    """Delete some of what lies in the folders of the shards, and in that of judgements."""
    for folder in (*layout.folders(address), address / JUDGEMENTS):
        with suppress(FileNotFoundError):
            for found in Address(folder).listing().paths:
                if is_chosen(found):
                    found.delete()
