"""Fixtures of the tests of the collection."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from processes import Start, starter
from toy_model import ToyModel
from toy_photos import save_photo

from glocal.collection import Collection

cv2.setNumThreads(1)  # the pictures are tiny


@pytest.fixture
def model() -> ToyModel:
    return ToyModel()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of six different photos, 0.png to 5.png."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for seed in range(6):
        save_photo(folder / f"{seed}.png", seed)
    return folder


@pytest.fixture
def empty(tmp_path: Path, model: ToyModel) -> Collection:
    return Collection.create(tmp_path / "collection", model)


@pytest.fixture
def filled(empty: Collection, photos: Path) -> Collection:
    empty.add([photos])
    return empty


@pytest.fixture(scope="session")
def start() -> Iterator[Start]:
    yield from starter()
