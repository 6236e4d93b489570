"""Many files of one content: what adding them takes."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from toy_model import ToyModel

from glocal.collection import Collection

MOST_OPENED = 6
"""Times that a file may be opened, whatever the number of its copies."""


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Count how often each file is opened."""
    opened: Counter[str] = Counter()
    watching = True

    def count(event: str, arguments: tuple[object, ...]) -> None:
        if watching and event == "open":
            opened[str(arguments[0])] += 1

    sys.addaudithook(count)
    yield opened
    watching = False  # hooks stay for as long as the process lives


def copied(photos: Path, count: int) -> list[str]:
    return [Path(shutil.copy(photos / "1.png", photos / f"copy {number:02}.png")).name for number in range(count)]


def test_many_copies_are_each_read_a_few_times_at_most(empty: Collection, photos: Path, model: ToyModel) -> None:
    copies = copied(photos, 40)
    with counted() as opened:
        assert empty.add([photos]).added == 46
    assert model.extracted.count("1.png") == 1
    times = [opened[str(photos / name)] for name in copies]
    assert 1 <= min(times) <= max(times) <= MOST_OPENED


def test_many_copies_that_move_are_each_read_a_few_times_at_most(
    empty: Collection, photos: Path, model: ToyModel, tmp_path: Path
) -> None:
    """All keep their ids and what is said of them, though each could be any of the others."""
    copies = copied(photos, 40)
    empty.add([photos])
    before = {photo.path: photo.id for photo in empty.photos()}
    for path, number in before.items():
        empty.annotate(path, {"number": number})
    moved = photos.rename(tmp_path / "moved")
    model.extracted.clear()
    with counted() as opened:
        assert empty.add([moved]).renamed == 46
    assert not model.extracted
    assert max(opened[str(moved / name)] for name in copies) <= MOST_OPENED
    now = list(empty.photos())
    assert {photo.id for photo in now} == set(before.values())
    assert all(photo.metadata == {"number": photo.id} and photo.path.parent == moved for photo in now)
