"""A collection's folder from a stranger: pipes, devices and links where files should be."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from toy_model import ToyModel
from toy_photos import save_photo

from glocal.collection import Collection, check
from glocal.errors import CollectionError

NAMES = ["catalog.sqlite", "last.commit", "judgements.jsonl", "local.index", "writer.lock", "global.lock"]
pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    photo = save_photo(tmp_path / "0.png", 0)
    with Collection.create(tmp_path / "collection", ToyModel()) as collection:
        collection.add([photo])
    return tmp_path / "collection"


@pytest.fixture(autouse=True)
def limit_of_time() -> Iterator[None]:
    """Whoever waits for a pipe is interrupted, and the test fails."""

    def fail(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def require_refused(folder: Path, name: str) -> None:
    for use in (lambda: Collection.open(folder, ToyModel()), lambda: check(folder), lambda: Collection.repair(folder)):
        with pytest.raises(CollectionError, match=f"{name} is a link, pipe or device; do not use it, or delete that"):
            use()


@pytest.mark.parametrize("name", NAMES)
def test_a_pipe_is_not_waited_for(folder: Path, name: str) -> None:
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    require_refused(folder, name)


@pytest.mark.parametrize("name", NAMES)
def test_a_device_is_not_read(folder: Path, name: str) -> None:
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to("/dev/zero")
    require_refused(folder, name)


@pytest.mark.parametrize("name", ["last.commit", "writer.lock", "local.index"])
def test_what_a_link_leads_to_is_not_changed(folder: Path, name: str, tmp_path: Path) -> None:
    victim = tmp_path / "letter.txt"
    victim.write_text("dear")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(victim)
    require_refused(folder, name)
    assert victim.read_text() == "dear"


def test_a_catalog_that_is_kept_elsewhere_is_read(folder: Path, tmp_path: Path) -> None:
    (folder / "catalog.sqlite").rename(tmp_path / "kept.sqlite")
    (folder / "catalog.sqlite").symlink_to(tmp_path / "kept.sqlite")
    with Collection.open(folder, ToyModel()) as collection:
        assert len(collection) == 1
    (tmp_path / "linked").symlink_to(folder)
    with Collection.open(tmp_path / "linked", ToyModel()) as collection:
        assert len(collection) == 1
