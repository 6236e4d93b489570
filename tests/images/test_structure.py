"""Photos built to be slow are refused by what they are made of, before anything decodes them."""

from __future__ import annotations

import struct
from collections.abc import Callable

import hostile_photos as hostile
import numpy as np
import pytest

from glocal.errors import PhotoError
from glocal.images import photo_size, read_photo

REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "segments": (lambda: hostile.jpeg_of_segments(4000), "has more than 1000 segments in its header"),
    "large segments": (
        lambda: hostile.jpeg_of_segments(300, size=65_000),
        "has a header of more than 16777216 bytes",
    ),
    "fill bytes": (lambda: hostile.jpeg_of_padding(8_000_000), "has more than 65536 bytes between"),
    "junk": (lambda: hostile.jpeg_of_padding(8_000_000, b"\0"), "has more than 65536 bytes between"),
    "chunks": (lambda: hostile.png_of_chunks(400_000), "has more than 100000 chunks"),
    "texts": (lambda: hostile.png_of_chunks(2000, b"tEXt"), "has more than 1000 chunks that are no pixels"),
    "blocks": (lambda: hostile.gif_of_blocks(1_000_000), "has more than 10000 blocks before its first picture"),
    "strips": (lambda: hostile.tiff_of_strips(1_000_000), "has more than 100000 strips"),
    "tags": (lambda: hostile.tiff_of_shared_values(2000, 8), "has a directory of more than 1000 entries"),
    "shared values": (lambda: hostile.tiff_of_shared_values(900, 1_000_000), "has entries that share their bytes"),
    "runs": (lambda: hostile.bmp_of_runs(4_000_000), "has more than 4194304 bytes of run-length compression"),
    "comment": (lambda: hostile.pnm_of_comment(20_000_000), "has a header of more than 65536 bytes"),
}
REFUSED_WHEN_DECODED = {
    "scans": (lambda: hostile.jpeg_of_scans(10_000), "has more than 100 scans"),
    "tables": (lambda: hostile.jpeg_of_tables(100_000), "has more than 2000 tables among its scans"),
}
WITHIN_LIMITS: dict[str, Callable[[], bytes]] = {
    "segments": lambda: hostile.jpeg_of_segments(900),
    "large segments": lambda: hostile.jpeg_of_segments(60, size=65_000),
    "padding": lambda: hostile.jpeg_of_padding(60_000),
    "scans": lambda: hostile.jpeg_of_scans(80),
    "tables": lambda: hostile.jpeg_of_tables(1900),
    "chunks": lambda: hostile.png_of_chunks(30_000),
    "texts": lambda: hostile.png_of_chunks(900, b"tEXt"),
    "blocks": lambda: hostile.gif_of_blocks(9000),
    "strips": lambda: hostile.tiff_of_strips(20_000),
    "comment": lambda: hostile.pnm_of_comment(60_000),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("function", [photo_size, read_photo])
def test_too_many_parts_are_refused_by_the_header(name: str, function: Callable[[bytes], object]) -> None:
    built, reason = REFUSED[name]
    photo = built()
    with pytest.raises(PhotoError, match=rf"^photo of {len(photo)} bytes: {reason}.*; save it anew"):
        function(photo)


@pytest.mark.parametrize("name", REFUSED_WHEN_DECODED)
def test_too_many_scans_are_refused_before_decoding(name: str) -> None:
    built, reason = REFUSED_WHEN_DECODED[name]
    photo = built()
    assert photo_size(photo) == (64, 48)
    with pytest.raises(PhotoError, match=rf"{reason}.*; save it anew"):
        read_photo(photo)


@pytest.mark.parametrize("name", WITHIN_LIMITS)
def test_photos_within_the_limits_are_read(name: str) -> None:
    assert read_photo(WITHIN_LIMITS[name]()).shape[2] == 3


def test_scans_are_counted_to_the_end_of_the_picture_alone() -> None:
    """A film behind the picture, as phones append, may hold any bytes."""
    photo = hostile.saved("JPEG", progressive=True)
    np.testing.assert_array_equal(read_photo(photo + 500 * b"\xff\xda\0\2"), read_photo(photo))


def test_an_end_inside_a_comment_does_not_hide_scans() -> None:
    photo = hostile.jpeg_of_scans(0)
    hidden = photo[:-2] + b"\xff\xfe\0\4\xff\xd9" + hostile.jpeg_of_scans(200)[len(photo) - 2 :]
    with pytest.raises(PhotoError, match="more than 100 scans"):
        read_photo(hidden)


@pytest.mark.parametrize(("greatest", "kind"), [(1, "u1"), (100, "u1"), (1023, ">u2"), (65535, ">u2")])
@pytest.mark.parametrize("magic", ["P5", "P6"])
def test_pnm_of_any_greatest_value(magic: str, greatest: int, kind: str) -> None:
    """ppm(5): a sample is a fraction of the greatest value."""
    shape = (5, 7) if magic == "P5" else (5, 7, 3)
    samples = np.random.default_rng(0).integers(0, greatest + 1, shape)
    photo = f"{magic}\n7 5\n{greatest}\n".encode() + samples.astype(kind).tobytes()
    expected = samples / greatest * 255
    read = read_photo(photo)
    np.testing.assert_allclose(read[:, :, 0] if magic == "P5" else read, expected, atol=1)


def test_a_pnm_cut_short_is_an_error() -> None:
    with pytest.raises(PhotoError, match="damaged or incomplete"):
        read_photo(b"P6 20 10 100\n" + bytes(599))


def test_big_tiff_is_counted_as_well() -> None:
    entry = struct.pack("<HHQQ", 273, 16, 1_000_000, 16)
    with pytest.raises(PhotoError, match="more than 100000 strips"):
        photo_size(b"II+\0" + struct.pack("<HHQQ", 8, 0, 16, 1) + entry + bytes(8))
