"""`glocal index --watch`, in a real process: the collection becomes what its folders are."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from example_photos import EXAMPLES
from toy_model import ToyModel
from toy_photos import save_photo

from glocal.cli.watching import keep_current
from glocal.collection import AddReport, Collection

SECONDS = 120
"""Until a change is given up: machines that are busy take long."""


class Watching:
    """The command on a folder whose collection lies inside it."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder, self.collection, self.log = folder, folder / "collection", folder.parent / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "glocal", "index", folder, "-c", self.collection, "--watch", *options],
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"},
            )

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + SECONDS
        while not holds():
            said = self.log.read_text()
            assert self.process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.1)

    def until_it_holds(self, *names: str) -> None:
        self.until(lambda: self.photos() == set(names))

    def until_said(self, text: str, times: int = 1) -> None:
        self.until(lambda: self.log.read_text().count(text) >= times)

    def photos(self) -> set[str]:
        with Collection.open(self.collection) as collection:
            return {photo.path.relative_to(self.folder).as_posix() for photo in collection.photos()}

    def interrupted(self) -> str:
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(SECONDS) == 130
        return self.log.read_text()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    shutil.copytree(EXAMPLES / "triple_turkey", folder / "turkeys")
    return folder


@pytest.fixture
def watch(folder: Path) -> Iterator[Watching]:
    pytest.importorskip("watchfiles")
    watching = Watching(folder)
    yield watching
    watching.process.kill()
    watching.process.wait()


@pytest.mark.slow
def test_a_watched_collection_is_as_its_folders_are(watch: Watching, folder: Path) -> None:
    watch.until_said("watching")
    first, second, third = (f"turkeys/turkey_0{number}.jpg" for number in (1, 2, 3))
    watch.until_it_holds(first, second, third)

    shutil.copy(EXAMPLES / "triple_skull" / "skull_01.jpg", folder / "new.jpg")
    watch.until_it_holds(first, second, third, "new.jpg")

    with Collection.open(watch.collection) as collection:
        photo = collection.photo_at(folder / "new.jpg")
        collection.annotate(photo.path, {"mine": True})
    (folder / "moved").mkdir()
    (folder / "new.jpg").rename(folder / "moved" / "renamed.jpg")
    watch.until_it_holds(first, second, third, "moved/renamed.jpg")
    with Collection.open(watch.collection) as collection:
        moved = collection.photo_at(folder / "moved" / "renamed.jpg")
        assert (moved.id, moved.metadata) == (photo.id, {"mine": True})

    content = moved.file.content_hash
    shutil.copy(EXAMPLES / "triple_skull" / "skull_02.jpg", folder / "moved" / "renamed.jpg")
    with Collection.open(watch.collection) as collection:
        watch.until(lambda: collection.photo(photo.id).file.content_hash != content)

    (folder / second).unlink()
    watch.until_it_holds(first, third, "moved/renamed.jpg")
    said = watch.interrupted()
    assert "Traceback" not in said
    assert "1 removed" in said
    assert "holds 3 photos; the same command goes on from there" in said
    watch.collection.rename(folder.parent / "away")  # all that was watched was saved
    with Collection.open(folder.parent / "away") as collection:
        assert collection.check().is_sound
        assert len(collection) == 3


@pytest.mark.slow
def test_photos_that_may_lie_on_a_drive_that_is_gone_stay(watch: Watching, folder: Path) -> None:
    watch.until_said("watching")
    shutil.copy(EXAMPLES / "triple_skull" / "skull_01.jpg", folder / "stays.jpg")
    watch.until_it_holds("stays.jpg", *(f"turkeys/turkey_0{number}.jpg" for number in (1, 2, 3)))
    (folder / "turkeys").rename(folder.parent / "elsewhere")
    watch.until_said("nothing is removed; if they were deleted: glocal remove --missing --yes")
    assert len(watch.photos()) == 4
    folder.rename(folder.parent / "gone")
    assert watch.process.wait(SECONDS) == 2
    assert watch.log.read_text().splitlines()[-1].startswith("glocal: ")


@pytest.mark.slow
def test_a_photo_that_moves_while_folders_are_indexed_keeps_its_metadata(tmp_path: Path) -> None:
    pytest.importorskip("watchfiles")
    folder, new, moved = tmp_path / "photos", tmp_path / "photos" / "new.png", tmp_path / "photos" / "moved.png"
    folder.mkdir()
    for seed in (1, 2, 3):
        save_photo(folder / f"{seed}.png", seed)
    collection = Collection.create(tmp_path / "collection", ToyModel())

    def index() -> AddReport:
        report = collection.add([folder])
        if new.exists():
            collection.annotate(new, {"mine": True})
            new.rename(moved)
        return report

    def on_news(report: AddReport, removed: int) -> None:
        if not moved.exists():
            save_photo(tmp_path / "new.png", 4)
            (tmp_path / "new.png").rename(new)
        elif collection.photo_at(moved) is not None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        keep_current(collection, [folder], index, on_news)
    kept = collection.photo_at(moved)
    assert kept is not None
    assert kept.metadata == {"mine": True}
    assert len(collection) == 4
    collection.close()


def test_only_folders_are_watched(glocal, tmp_path):
    photo = EXAMPLES / "triple_skull" / "skull_01.jpg"
    ended = glocal("index", photo, "-c", tmp_path / "c", "--watch")
    assert (ended.code, "is no folder; only folders can be watched" in ended.err) == (2, True)


def test_watching_without_its_package_says_which(glocal, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    ended = glocal("index", EXAMPLES / "triple_skull", "-c", tmp_path / "c", "--watch")
    assert (ended.code, "pip install 'glocal[watch]'" in ended.err) == (2, True)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_that_python_drops_is_heard_a_second_later(tmp_path: Path) -> None:
    """Python drops what a finaliser raises."""
    pytest.importorskip("watchfiles")
    save_photo(tmp_path / "1.png", 1)
    collection = Collection.create(tmp_path / "collection", ToyModel())

    class Interrupted:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    def index() -> AddReport:
        report = collection.add([tmp_path / "1.png"])
        Interrupted()
        return report

    before, gave_up = signal.getsignal(signal.SIGINT), threading.Event()
    limit = threading.Timer(SECONDS, lambda: (gave_up.set(), os.kill(os.getpid(), signal.SIGINT)))
    limit.start()
    with pytest.raises(KeyboardInterrupt):
        keep_current(collection, [tmp_path], index, lambda *_: None)
    limit.cancel()
    assert not gave_up.is_set()
    assert signal.getsignal(signal.SIGINT) is before
