"""JPEG XL and JPEG 2000: sizes from the header alone, pixels whole or refused, and what is said without the package."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import numpy as np
import pytest
from example_photos import EXAMPLES
from handmade_files import saved
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from glocal.errors import PhotoError
from glocal.images import PassedOver, find_photos, isolated_decoders, photo_exif, photo_size, read_photo

EXAMPLE = EXAMPLES / "triple_skull" / "skull_01.jpg"
SHADES = np.linspace(0, 255, 64 * 48 * 3).reshape(48, 64, 3).astype(np.uint8)


def jpeg_xl(values: NDArray[np.generic], **options: object) -> bytes:
    codecs = pytest.importorskip("imagecodecs")
    data: bytes = codecs.jpegxl_encode(values, **{"lossless": True, **options})
    return data


def jpeg_2000(image: Image.Image, **options: object) -> bytes:
    pytest.importorskip("imagecodecs")
    return saved(image, "JPEG2000", **options)


def in_boxes(codestream: bytes, *others: tuple[bytes, bytes]) -> bytes:
    """A file of JPEG XL, written from ISO/IEC 18181-2: its codestream in two parts, as streaming encoders write it."""
    half = len(codestream) // 2
    parts = [(b"jxlp", struct.pack(">I", 0) + codestream[:half])]
    parts.append((b"jxlp", struct.pack(">I", 0x80000001) + codestream[half:]))
    content = [(b"JXL ", b"\r\n\x87\n"), (b"ftyp", b"jxl \0\0\0\0jxl "), *others, *parts]
    return b"".join(struct.pack(">I4s", 8 + len(body), kind) + body for kind, body in content)


@pytest.mark.parametrize("kind", ["grey", "grey and opacity", "colour", "colour and opacity", "16 bits", "floats"])
def test_pixels_of_jpeg_xl(kind: str) -> None:
    values: NDArray[np.generic] = SHADES
    if kind.startswith("grey"):
        values = SHADES[:, :, 0] if kind == "grey" else np.dstack([SHADES[:, :, 0], np.full((48, 64), 255, np.uint8)])
    if kind == "colour and opacity":
        values = np.dstack([SHADES, np.full((48, 64), 255, np.uint8)])
    if kind in ("16 bits", "floats"):
        values = SHADES.astype(np.uint16) * 257 if kind == "16 bits" else (SHADES / 255).astype(np.float32)
    expected = np.repeat(SHADES[:, :, :1], 3, axis=2) if kind.startswith("grey") else SHADES
    data = jpeg_xl(values)
    assert np.abs(read_photo(data).astype(int) - expected).max() <= 1
    if data.startswith(b"\xff\x0a"):  # of more than 8 bits, it comes in boxes
        assert np.abs(read_photo(in_boxes(data)).astype(int) - expected).max() <= 1


@settings(max_examples=60)
@given(width=st.integers(1, 700), height=st.integers(1, 700))
def test_the_size_of_a_jpeg_xl_stands_in_its_header(width: int, height: int) -> None:
    data = jpeg_xl(np.zeros((height, width), np.uint8), effort=1)
    assert photo_size(data) == photo_size(in_boxes(data)) == (width, height)
    assert photo_size(data[:40]) == (width, height)


@pytest.mark.parametrize(
    "size",
    [(256, 256), (240, 200), (640, 480), (1536, 1024), (1280, 720), (160, 128), (512, 256), (9000, 8), (8, 9000)],
)
def test_sizes_of_jpeg_xl_that_have_short_forms(size: tuple[int, int]) -> None:
    """Multiples of eight, and the ratios of ISO/IEC 18181-1, table D.2."""
    assert photo_size(jpeg_xl(np.zeros(size[::-1], np.uint8), effort=1)) == size


def test_what_the_camera_wrote_into_a_jpeg_xl_is_known_but_its_own_header_says_which_way_up() -> None:
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0)
    date = struct.pack("<HHII", 0x0132, 2, 20, 8 + 2 + 24 + 4)
    block = b"II*\0" + struct.pack("<IH", 8, 2) + entry + date + bytes(4) + b"2024:05:17 14:03:22\0"
    data = in_boxes(jpeg_xl(SHADES), (b"Exif", bytes(4) + block))
    assert photo_exif(data).date == "2024-05-17T14:03:22"
    assert photo_size(data) == (64, 48)
    np.testing.assert_array_equal(read_photo(data), SHADES)


@pytest.mark.parametrize(
    "options", [{}, {"no_jp2": True}, {"tile_size": (32, 32)}, {"offset": (8, 4), "tile_size": (128, 128)}]
)
def test_pixels_and_size_of_jpeg_2000(options: dict[str, object]) -> None:
    data = jpeg_2000(Image.fromarray(SHADES), **options)
    assert photo_size(data) == (64, 48)
    np.testing.assert_array_equal(read_photo(data), SHADES)


def test_a_file_cut_short_is_refused_not_grey() -> None:
    picture = Image.fromarray(read_photo(EXAMPLE))
    for data in (jpeg_2000(picture), jpeg_xl(np.asarray(picture))):
        for share in (0.1, 0.5, 0.95):
            with pytest.raises(PhotoError, match="damaged or incomplete"):
                read_photo(data[: int(share * len(data))])


def test_the_limit_of_pixels_holds_before_anything_is_decoded() -> None:
    for data in (jpeg_xl(SHADES), jpeg_2000(Image.fromarray(SHADES))):
        with pytest.raises(PhotoError, match="more than the limit"):
            read_photo(data, max_pixels=1000)


@settings(max_examples=100)
@given(place=st.integers(2, 300), junk=st.binary(min_size=1, max_size=8))
def test_damage_is_an_error_or_a_picture(place: int, junk: bytes) -> None:
    for data in (jpeg_xl(SHADES), in_boxes(jpeg_xl(SHADES)), jpeg_2000(Image.fromarray(SHADES))):
        damaged = data[:place] + junk + data[place + len(junk) :]
        try:
            assert read_photo(damaged, max_pixels=1_000_000).ndim == 3
        except PhotoError:
            continue


def test_processes_that_decode_read_them_too(tmp_path: Path) -> None:
    (tmp_path / "a.jxl").write_bytes(jpeg_xl(SHADES))
    (tmp_path / "b.jp2").write_bytes(jpeg_2000(Image.fromarray(SHADES)))
    with isolated_decoders():
        for name in ("a.jxl", "b.jp2"):
            np.testing.assert_array_equal(read_photo(tmp_path / name), SHADES)
    assert [path.name for path in find_photos([tmp_path])] == ["a.jxl", "b.jp2"]


def test_without_the_package_it_is_said_which_one_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    for data in (b"\xff\x0a\0\0", b"\xff\x4f\xff\x51\0\0"):
        with pytest.raises(PhotoError, match=r"JPEG (XL|2000); to read it: pip install 'glocal\[formats\]'"):
            read_photo(data)
    monkeypatch.setattr("glocal.images.passed_over.suffixes", lambda *, installed: frozenset({".jxl", ".dng"}))
    passed_over = PassedOver()
    for name in ("a.jxl", "b.JXL", "c.mov"):
        passed_over.count("no photo", Path(name))
    assert str(passed_over).endswith("(2 .jxl, 1 .mov); pip install 'glocal[formats]' reads .jxl")
