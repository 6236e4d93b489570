"""RAW photos show what the camera saw, upright and large, not the thumbnail that other readers of TIFF take."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from example_photos import EXAMPLES
from handmade_files import saved
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from raw_photos import dng

from glocal.errors import PhotoError
from glocal.images import find_photos, isolated_decoders, photo_exif, photo_size, read_photo

EXAMPLE = EXAMPLES / "triple_skull" / "skull_01.jpg"
TURNED: dict[int, Callable[[NDArray[np.uint8]], NDArray[np.uint8]]] = {
    1: lambda picture: picture,
    2: lambda picture: picture[:, ::-1],
    3: lambda picture: picture[::-1, ::-1],
    4: lambda picture: picture[::-1],
    5: lambda picture: picture.transpose(1, 0, 2),
    6: lambda picture: np.rot90(picture, -1),
    7: lambda picture: picture[::-1, ::-1].transpose(1, 0, 2),
    8: lambda picture: np.rot90(picture),
}
"""What is done to a stored picture, by EXIF's orientation."""


@pytest.fixture(scope="module")
def scene() -> NDArray[np.uint8]:
    return read_photo(EXAMPLE)


@pytest.fixture(scope="module")
def thumbnail() -> NDArray[np.uint8]:
    """Of something else, so that it is seen if it is taken."""
    return np.full((120, 160, 3), (200, 30, 200), np.uint8)


def likeness(photo: bytes, expected: NDArray[np.uint8]) -> float:
    """Correlation of a photo's pixels with a picture's, brought to its size."""
    pixels = read_photo(photo)
    assert photo_size(photo) == pixels.shape[1::-1]
    same_size = cv2.resize(expected, pixels.shape[1::-1], interpolation=cv2.INTER_AREA)
    return float(np.corrcoef(pixels.ravel(), same_size.ravel())[0, 1])


@pytest.mark.parametrize("orientation", TURNED)
def test_a_photo_without_a_large_preview_is_developed(scene, thumbnail, orientation):
    pytest.importorskip("rawpy")
    upright = np.ascontiguousarray(TURNED[orientation](scene))
    photo = dng(scene, thumbnail=thumbnail, orientation=orientation)
    assert photo_size(photo) == (upright.shape[1] // 2, upright.shape[0] // 2)
    assert likeness(photo, upright) > 0.98
    small = saved(Image.fromarray(scene).resize((120, 160)), "JPEG")
    assert likeness(dng(scene, thumbnail=thumbnail, orientation=orientation, preview=small), upright) > 0.98


@pytest.mark.parametrize("orientation", TURNED)
def test_a_large_preview_is_taken(scene, thumbnail, orientation):
    pytest.importorskip("rawpy")
    upright = np.ascontiguousarray(TURNED[orientation](scene))
    preview = saved(Image.fromarray(scene), "JPEG", quality=95)
    dark = (scene // 8).astype(np.uint8)  # what the sensor saw is something else
    photo = dng(dark, thumbnail=thumbnail, preview=preview, orientation=orientation)
    assert np.abs(read_photo(photo).astype(int) - upright).mean() < 3
    assert photo_size(photo) == upright.shape[1::-1]


def test_what_the_camera_wrote_is_known(scene, thumbnail):
    pytest.importorskip("rawpy")
    for preview in (b"", saved(Image.fromarray(scene), "JPEG")):
        exif = photo_exif(dng(scene, thumbnail=thumbnail, preview=preview))
        assert (exif.date, exif.camera) == ("2024-05-17T14:03:22", "Maker Model")


def test_damage_is_an_error_and_limits_hold(scene, thumbnail):
    pytest.importorskip("rawpy")
    photo = dng(scene, thumbnail=thumbnail)
    with pytest.raises(PhotoError, match="more than the limit"):
        read_photo(photo, max_pixels=1000)
    for length in (300, len(photo) // 2, len(photo) - 200):
        with pytest.raises(PhotoError, match="damaged or incomplete"):
            read_photo(photo[:length])


@settings(max_examples=50)
@given(place=st.integers(-900, -1), junk=st.binary(min_size=1, max_size=8))
def test_any_bytes_may_stand_in_its_directories(place: int, junk: bytes) -> None:
    pytest.importorskip("rawpy")
    scene = read_photo(EXAMPLE)[:64, :64]
    photo = dng(scene, thumbnail=scene[:16, :16])
    place += len(photo)
    try:
        assert read_photo(photo[:place] + junk + photo[place + len(junk) :], max_pixels=1_000_000).ndim == 3
    except PhotoError:
        return


def test_processes_that_decode_read_them_too(scene, thumbnail, tmp_path):
    pytest.importorskip("rawpy")
    (tmp_path / "photo.DNG").write_bytes(dng(scene, thumbnail=thumbnail))
    with isolated_decoders():
        assert read_photo(tmp_path / "photo.DNG").shape == (scene.shape[0] // 2, scene.shape[1] // 2, 3)
    assert [path.name for path in find_photos([tmp_path])] == ["photo.DNG"]


def test_without_the_package_no_thumbnail_is_taken_for_the_photo(scene, thumbnail, monkeypatch):
    monkeypatch.setitem(sys.modules, "rawpy", None)
    for photo in (dng(scene, thumbnail=thumbnail), b"FUJIFILMCCD-RAW 0201", b"II*\0\x10\0\0\0CR\x02\0"):
        with pytest.raises(PhotoError, match=r"is a RAW photo; to read it: pip install 'glocal\[formats\]'"):
            read_photo(photo)


def test_a_tiff_of_several_pages_is_none(scene):
    stream = io.BytesIO()
    pages = [Image.fromarray(scene), Image.fromarray(scene).resize((160, 120))]
    pages[0].save(stream, "TIFF", save_all=True, append_images=pages[1:])
    np.testing.assert_array_equal(read_photo(stream.getvalue()), scene)
