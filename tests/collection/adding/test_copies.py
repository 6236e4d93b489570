"""Many files of one content: what adding them takes."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from pathlib import Path

from toy_model import ToyModel

from glocal.collection import Collection


def test_many_copies_are_each_read_a_few_times_at_most(empty: Collection, photos: Path, model: ToyModel) -> None:
    copies = [Path(shutil.copy(photos / "1.png", photos / f"copy {number:02}.png")) for number in range(40)]
    opened: Counter[str] = Counter()
    watching = True

    def count(event: str, arguments: tuple[object, ...]) -> None:
        if watching and event == "open":
            opened[str(arguments[0])] += 1

    sys.addaudithook(count)
    assert empty.add([photos]).added == 46
    watching = False  # hooks stay for as long as the process lives
    assert model.extracted.count("1.png") == 1
    assert 1 <= min(opened[str(copy)] for copy in copies) <= max(opened[str(copy)] for copy in copies) <= 6
