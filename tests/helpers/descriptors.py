"""Catalogs of made-up global descriptors, and the literal formula they are searched by."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from glocal.collection.catalog.catalog import Catalog, create_catalog
from glocal.collection.catalog.records import FileState
from glocal.collection.catalog.stored_features import StoredFeatures


def clustered(seed: int, count: int, dimensions: int) -> NDArray[np.float32]:
    """Return unit vectors [count, dimensions], several around each of some centres, a few of them equal."""
    random = np.random.default_rng(seed)
    centres = random.standard_normal((max(count // 8, 1), dimensions))
    vectors = centres[random.integers(0, len(centres), count)] + 0.6 * random.standard_normal((count, dimensions))
    vectors[count // 2 : count // 2 + 3] = vectors[0]
    unit: NDArray[np.float32] = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


def new_catalog(folder: Path, vectors: NDArray[np.float32] | None = None) -> Catalog:
    """Return a new catalog, of no photos or of those with these descriptors: see `put`."""
    folder.mkdir(exist_ok=True)
    create_catalog(folder / "catalog.sqlite", {})
    catalog = Catalog(folder / "catalog.sqlite")
    if vectors is not None:
        put(catalog, vectors)
    return catalog


def put(catalog: Catalog, vectors: NDArray[np.float32], first: int = 0) -> None:
    """Put photos /p/<number> with these descriptors, numbered from `first`, in one commit."""
    with catalog.change() as change:
        for number, vector in enumerate(vectors, first):
            stored = StoredFeatures((640, 480), vector.astype(np.float16).tobytes(), b"")
            change.put(Path(f"/p/{number:06d}"), FileState(1, 1, number.to_bytes(16, "big")), stored)


def histories(most: int) -> st.SearchStrategy[list[tuple[str, int]]]:
    """Return lists of what may happen to a catalog and its index, each with a number of photos up to `most`."""
    actions = st.sampled_from(["add", "change", "remove", "reopen"])
    return st.lists(st.tuples(actions, st.integers(1, most)), max_size=8)


def live_through(
    history: list[tuple[str, int]], catalog: Catalog, dimensions: int, *, count: int, changed: int, removed: int
) -> Iterator[str]:
    """Do to a catalog of `count` photos what a history says, in a commit each; yield each action when it is done.

    A change or removal begins at the photo with its number, and is of as many photos as `changed` or `removed` says.
    """
    for step, (action, number) in enumerate(history, 10):
        if action == "add":
            put(catalog, clustered(step, number, dimensions), count)
            count += number
        elif action == "change":
            put(catalog, clustered(step, changed, dimensions), number)
        elif action == "remove":
            with catalog.change() as change:
                change.remove(list(range(number, number + removed)))
        yield action


def stored(catalog: Catalog) -> dict[int, NDArray[np.float64]]:
    with catalog.snapshot() as snapshot:
        return {
            int(photo): vector.astype(np.float64)
            for ids, block in snapshot.all_descriptors(1000)
            for photo, vector in zip(ids, block, strict=True)
        }


def brute_force(catalog: Catalog, query: NDArray[np.float32], count: int) -> list[tuple[int, float]]:
    """Return (id, similarity) by the definition: inner product, best first, equal ones by id."""
    scored = [
        (np.float32(np.dot(vector, query.astype(np.float64))), photo) for photo, vector in stored(catalog).items()
    ]
    best = sorted(scored, key=lambda pair: (-pair[0], pair[1]))[:count]
    return [(photo, float(similarity)) for similarity, photo in best]
