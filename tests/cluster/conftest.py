"""Photos in shards, and the collection that they are held to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from example_photos import EXAMPLES
from shards import Remembering, make_shards

from glocal.collection import Collection
from glocal.extraction import load_model
from glocal.images import find_photos

THINGS = ("triple_books", "triple_skull", "triple_turkey", "triple_bobcats")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection in "one", and the same photos in two shards in "root"."""
    folder, photos = tmp_path_factory.mktemp("serving"), list(find_photos([EXAMPLES / thing for thing in THINGS]))
    model = Remembering(load_model())
    make_shards(folder / "root", photos, 2, model)
    with Collection.create(folder / "one", model) as one:
        one.add(photos)
    return folder


@pytest.fixture
def examples(folder: Path) -> Iterator[Collection]:
    """The collection in "one", open."""
    with Collection.open(folder / "one") as opened:
        yield opened
