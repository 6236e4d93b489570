"""Links between photos that share a part: what the pixels make of them, where the files are there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from toy_model import ToyModel
from toy_photos import picture, save

from glocal.collection import Collection
from glocal.collection.albums.links import CANDIDATES, find_links
from glocal.progress import silent


@pytest.mark.slow
def test_pixels_take_back_what_a_shared_strip_proves(tmp_path: Path) -> None:
    strip = picture(2, 480, 120)
    for number in range(2):
        shown = picture(number, 480, 360)
        save(tmp_path / f"{number}.png", np.concatenate([shown[:240], strip]))
    whole = picture(3, 480, 360)
    save(tmp_path / "whole.png", whole)
    save(tmp_path / "part.png", np.ascontiguousarray(whole[10:350, 20:460]))
    with Collection.create(tmp_path / "collection", ToyModel()) as collection:
        collection.add([tmp_path])
        named = {photo.id: photo.path.stem for photo in collection.photos()}

        def links() -> dict[frozenset[str], bool]:
            found = find_links(collection, silent)
            return {frozenset((named[link.first], named[link.second])): link.proved for link in found}

        strips, parts = frozenset("01"), frozenset(["part", "whole"])
        assert links() == {strips: False, parts: True}
        assert [[photo.path.stem for photo in album.photos] for album in collection.albums()] == [["part", "whole"]]
        (tmp_path / "1.png").unlink()
        assert links() == {strips: True, parts: True}  # geometry alone


def test_copies_do_not_crowd_out_other_photos_of_the_thing(tmp_path: Path) -> None:
    whole = picture(3, 480, 360)
    copies = CANDIDATES + 10
    for number in range(copies):
        save(tmp_path / f"copy{number:02d}.png", whole)
    save(tmp_path / "part.png", np.ascontiguousarray(whole[10:350, 20:460]))
    save(tmp_path / "unlike.png", picture(4, 480, 360))
    with Collection.create(tmp_path / "collection", ToyModel()) as collection:
        collection.add([tmp_path])
        named = {photo.id: photo.path.stem for photo in collection.photos()}
        pairs = {frozenset((named[link.first], named[link.second])) for link in find_links(collection, silent)}
        expected = {frozenset(("copy00", f"copy{number:02d}")) for number in range(1, copies)}
        assert pairs == expected | {frozenset(("copy00", "part"))}
        (album,) = collection.albums()
        assert len(album.photos) == copies + 1
