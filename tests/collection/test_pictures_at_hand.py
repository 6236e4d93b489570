"""Pictures of one search: each is read once, from wherever it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from toy_photos import picture, save_photo

from glocal.agreement import read_picture
from glocal.collection.pictures_at_hand import PicturesAtHand
from glocal.errors import PhotoError


def test_a_photo_is_read_once_though_it_is_gone_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    save_photo(path, 3)
    expected = read_picture(path)
    pictures = PicturesAtHand([path, None])
    assert pictures.views == [0]
    assert pictures.view(1) is None
    read, stored = pictures.view(0), pictures.stored(path)
    assert read is not None
    assert stored is not None
    np.testing.assert_array_equal(read.grey, expected.grey)
    np.testing.assert_array_equal(stored.colour, expected.colour)
    path.unlink()
    assert pictures.view(0) is read
    assert pictures.stored(path) is stored


def test_what_is_gone_is_none_among_stored_photos_and_an_error_in_a_query(tmp_path: Path) -> None:
    gone = tmp_path / "gone.png"
    assert PicturesAtHand([]).stored(gone) is None
    with pytest.raises(PhotoError, match=r"gone\.png"):
        PicturesAtHand([gone]).view(0)


def test_pixels_need_no_file() -> None:
    seen = PicturesAtHand([picture(3)]).view(0)
    assert seen is not None
    assert seen.size == picture(3).shape[1::-1]
