"""Albums: groups of photos that show one thing, with names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from glocal.collection.albums.communities import communities
from glocal.collection.albums.links import Link, find_links
from glocal.collection.albums.sorted_photos import SortedPhotos
from glocal.collection.catalog import PhotoRecord
from glocal.progress import OnProgress, silent


@dataclass(frozen=True)
class Album:
    """Photos that show the same thing, held together by proofs.

    Attributes:
        name: of the folder that most of them lie in, or of the first photo; a number tells albums of one name apart.
        photos: at least two, in the order of their paths.
        links: the proofs between them.
    """

    name: str
    photos: tuple[PhotoRecord, ...]
    links: tuple[Link, ...]


def find_albums(collection: SortedPhotos, on_progress: OnProgress = silent) -> list[Album]:
    """Sort a collection into albums, the largest first. Photos that belong to no other are in none.

    A photo is in one album at most. The same photos give the same albums; new photos join albums, or make new ones.

    Args:
        collection: its stored features are compared, and the pixels of photos whose features agree.
        on_progress: called after each photo.

    Raises:
        CollectionError: the collection is damaged or was closed.
        ModelError: the collection's model is gone.
    """
    links = find_links(collection, on_progress)
    groups = communities(links)
    records = collection.photos_with_ids(sorted({photo for group in groups for photo in group}))
    group_of = {photo: number for number, group in enumerate(groups) for photo in group}
    inside: dict[int, list[Link]] = {number: [] for number in range(len(groups))}
    for link in links:
        if link.proved and link.first in group_of and group_of[link.first] == group_of.get(link.second):
            inside[group_of[link.first]].append(link)
    found = []
    for number, group in enumerate(groups):
        photos = sorted((records[photo] for photo in group if photo in records), key=lambda photo: photo.path)
        if len(photos) > 1:
            found.append((photos, tuple(inside[number])))
    found.sort(key=lambda one: (-len(one[0]), one[0][0].path))
    names = _told_apart([_name([photo.path for photo in photos]) for photos, _ in found])
    return [Album(name, tuple(photos), proofs) for name, (photos, proofs) in zip(names, found, strict=True)]


def _name(paths: Sequence[Path]) -> str:
    """Return the name of the folder that more than half of the photos lie in, else that of the first photo."""
    folder, count = Counter(path.parent.name for path in paths).most_common(1)[0]
    return folder if folder and 2 * count > len(paths) else paths[0].stem


def _told_apart(names: Sequence[str]) -> list[str]:
    counts, told = Counter(names), []
    used: Counter[str] = Counter()
    for name in names:
        used[name] += 1
        told.append(f"{name} ({used[name]})" if counts[name] > 1 else name)
    return told
