"""Names for messages, content hashes, and writing pictures."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from glocal.errors import PhotoError
from glocal.images import content_hash, describe, encode, read_photo, save_picture


def test_describe_names_each_kind_of_photo() -> None:
    assert describe("a/b.jpg") == "a/b.jpg"
    assert describe(Path("a/ü 写真.jpg")) == "a/ü 写真.jpg"
    assert describe(b"1234") == "photo of 4 bytes"
    assert describe(np.zeros((2, 3, 3), np.uint8)) == "array [2, 3, 3] uint8"
    assert describe(Image.new("L", (3, 2))) == "PIL image (3, 2) L"
    assert describe("") == "(empty path)"


def test_describe_names_the_file_behind_a_pil_image(tmp_path: Path) -> None:
    save_picture(np.zeros((2, 2, 3), np.uint8), tmp_path / "x.png")
    with Image.open(tmp_path / "x.png") as image:
        assert describe(image) == str(tmp_path / "x.png")


@given(name=st.binary(min_size=1, max_size=30))
def test_describe_is_one_printable_line_for_any_file_name(name: bytes) -> None:
    described = describe(os.fsdecode(name))
    assert described.isprintable()
    assert described.encode("utf-8")


def test_describe_escapes_line_breaks_and_odd_bytes() -> None:
    assert describe("a\nb.jpg") == "a\\nb.jpg"
    assert describe(os.fsdecode(b"a\xffb.jpg")) == "a\\udcffb.jpg"


@pytest.mark.parametrize("name", [b"odd-\xff\xfe.png", b"two\nlines.png", "grün.png".encode()])
def test_any_file_name_can_be_read_and_written(tmp_path: Path, name: bytes) -> None:
    path = tmp_path / os.fsdecode(name)
    save_picture(np.full((3, 4, 3), 7, np.uint8), path)
    assert read_photo(path).max() == 7
    assert len(content_hash(path)) == 16


@pytest.mark.parametrize("size", [1, 1000, 3_000_001])
def test_content_hash_is_blake2b_of_the_bytes(tmp_path: Path, size: int) -> None:
    data = np.random.default_rng(size).bytes(size)
    (tmp_path / "file").write_bytes(data)
    assert content_hash(tmp_path / "file") == hashlib.blake2b(data, digest_size=16).digest()


def test_content_hash_of_what_is_no_file(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(PhotoError):
            content_hash(path)


def picture() -> np.ndarray:
    rows, columns = np.mgrid[:24, :32]
    return np.stack([rows * 8, columns * 7, 255 - rows * 4], axis=2).astype(np.uint8)


def test_png_is_exact_and_others_close() -> None:
    for kind, difference in (("png", 0), ("PNG", 0), ("jpg", 12), ("jpeg", 12), ("webp", 12)):
        data = encode(picture(), kind)
        peer = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
        assert np.abs(peer.astype(int) - picture()).mean() <= difference
        assert Image.open(io.BytesIO(data)).format == {"jpg": "JPEG"}.get(kind, kind.upper())


def test_a_non_contiguous_or_grey_array_can_be_written() -> None:
    np.testing.assert_array_equal(read_photo(encode(picture()[::-1, ::2])), picture()[::-1, ::2])
    np.testing.assert_array_equal(read_photo(encode(picture()[..., 0]))[..., 2], picture()[..., 0])


def test_the_suffix_chooses_the_format(tmp_path: Path) -> None:
    for suffix, kind in ((".png", "PNG"), (".JPG", "JPEG"), (".webp", "WEBP")):
        save_picture(picture(), tmp_path / f"x{suffix}")
        with Image.open(tmp_path / f"x{suffix}") as image:
            assert image.format == kind


def test_a_picture_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match=r"names no format to write; end it in one of \.png, \.jpg"):
        save_picture(picture(), tmp_path / "x.tiff")
    with pytest.raises(PhotoError, match="cannot be written"):
        encode(picture(), "gif")
    with pytest.raises(PhotoError, match=r"cannot be written .*; check the folder"):
        save_picture(picture(), tmp_path / "none" / "x.png")
    with pytest.raises(PhotoError, match="choose png"):
        encode(np.zeros((1, 70_000, 3), np.uint8), "jpg")
    with pytest.raises(PhotoError, match="choose png"):
        encode(np.zeros((1, 20_000, 3), np.uint8), "webp")
    with pytest.raises(PhotoError, match="uint8"):
        encode(np.zeros((4, 4), np.float64), "png")
    assert list(tmp_path.iterdir()) == []
