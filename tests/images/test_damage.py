"""Damaged, hostile and unsuitable input: one clear PhotoError, never half a picture, nothing else printed."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import threading
import tracemalloc
import warnings
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from example_photos import EXAMPLES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from pillow_heif import from_pillow

from glocal.errors import PhotoError
from glocal.images import MAX_PIXELS, photo_size, read_photo

FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF", "HEIF", "BMP", "PPM"]
STARTS = [b"", b"\xff\xd8\xff", b"GIF89a", b"II*\0", b"BM", b"P6\n", b"\0\0\0\x14ftypheic"]
EXAMPLE = EXAMPLES / "scale_beach/beach01.jpg"


@cache
def encoded(kind: str, progressive: bool = False) -> bytes:
    image = Image.open(EXAMPLE).resize((48, 40))
    stream = io.BytesIO()
    if kind == "HEIF":
        from_pillow(image).save(stream, quality=60)
    else:
        image.save(stream, kind, progressive=progressive)
    return stream.getvalue()


def attempt(data: bytes, max_pixels: int = 1_000_000) -> NDArray[np.uint8] | str:
    """The picture, or the message of the one error that is allowed."""
    try:
        return read_photo(data, max_pixels=max_pixels)
    except PhotoError as error:
        return str(error)


def is_clear(message: str) -> bool:
    return message.startswith("photo of ") and message.isprintable() and "<" not in message


def claimed_png(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header claims any size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 999)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def claimed_jpeg(width: int, height: int) -> bytes:
    data = encoded("JPEG")
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


def claimed_gif(width: int, height: int) -> bytes:
    data = encoded("GIF")
    return data[:6] + struct.pack("<HH", width, height) + data[10:]


@pytest.mark.parametrize("kind", sorted({*FORMATS} - {"JPEG", "PNG"}))
def test_a_cut_file_gives_the_whole_picture_or_an_error(kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    data = encoded(kind)
    whole = read_photo(data)
    pictures, refused = read_cut_short(data)
    for picture in pictures:
        np.testing.assert_array_equal(picture, whole)
    assert refused > 0.9
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "progressive"])
def test_a_cut_file_gives_what_is_there_of_it_or_an_error(kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    """As every viewer does, if it is at least half of the picture: its upper part is the same, or only less sharp."""
    data = encoded("JPEG", progressive=True) if kind == "progressive" else encoded(kind)
    whole = read_photo(data)
    upper = slice(0, int(0.4 * len(whole)))
    # Colours are stored at half size, and smoothed into rows above; early scans are coarse, and grey.
    most = {"PNG": 0.0, "JPEG": 1.0, "progressive": 25.0}[kind]
    pictures, refused = read_cut_short(data)
    for picture in pictures:
        difference = picture[upper].astype(int) - whole[upper]
        assert np.abs(difference.mean(axis=2)).mean() <= most
    assert 0.2 < refused < 0.9
    assert capfd.readouterr() == ("", "")


def read_cut_short(data: bytes) -> tuple[list[NDArray[np.uint8]], float]:
    """Read a file cut at many lengths; return the pictures, and the share of the lengths that were refused, clearly."""
    lengths = {*range(0, min(len(data), 200), 7), *np.linspace(1, len(data) - 1, 150, dtype=int).tolist()}
    results = [attempt(data[:length]) for length in sorted(lengths)]
    refusals = [result for result in results if isinstance(result, str)]
    assert all(map(is_clear, refusals))
    return [result for result in results if not isinstance(result, str)], len(refusals) / len(results)


def test_a_jpeg_whose_tail_was_never_written_is_an_error() -> None:
    data = encoded("JPEG")
    with pytest.raises(PhotoError, match="damaged or incomplete"):
        read_photo(data[: len(data) // 2].ljust(len(data), b"\0"))


@pytest.mark.parametrize("place", range(32, 70))
def test_a_tiff_of_impossible_values_is_an_error(place: int) -> None:
    """The header's bits a sample, compression and kind of pixel, each byte of them in turn."""
    for value in (1, 6, 7, 12, 255):
        changed = bytearray(encoded("TIFF"))
        changed[place] = value
        result = attempt(bytes(changed))
        assert not isinstance(result, str) or is_clear(result)


@pytest.mark.slow
@pytest.mark.parametrize("kind", FORMATS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_changed_bytes_give_a_picture_or_an_error(kind: str, data: st.DataObject) -> None:
    mutated = bytearray(encoded(kind))
    places = st.integers(0, len(mutated) - 1) | st.integers(0, 120)
    for place in data.draw(st.lists(places, min_size=1, max_size=12)):
        mutated[place] = data.draw(st.integers(0, 255))
    result = attempt(bytes(mutated))
    if isinstance(result, str):
        assert is_clear(result)
    else:
        assert (result.dtype, result.ndim, result.shape[2]) == (np.dtype(np.uint8), 3, 3)


@given(noise=st.binary(max_size=200), start=st.sampled_from(STARTS))
def test_noise_is_an_error(noise: bytes, start: bytes) -> None:
    result = attempt(start + noise)
    assert is_clear(result) if isinstance(result, str) else result.shape[2] == 3


@pytest.mark.parametrize("bomb_of", [claimed_png, claimed_jpeg, claimed_gif])
def test_a_decompression_bomb_is_refused_by_its_header(bomb_of: Callable[[int, int], bytes]) -> None:
    bomb = bomb_of(60_000, 60_000)
    tracemalloc.start()
    try:
        with pytest.raises(PhotoError, match=r"pixels are more than the limit of 250000000; make a smaller copy"):
            read_photo(bomb)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_a_bomb_s_size_can_be_asked() -> None:
    assert photo_size(claimed_png(100_000, 90_000)) == (100_000, 90_000)


def test_the_limit_is_inclusive() -> None:
    assert read_photo(encoded("PNG"), max_pixels=48 * 40).shape == (40, 48, 3)
    with pytest.raises(PhotoError, match="48 x 40 pixels are more than the limit of 1919"):
        read_photo(encoded("PNG"), max_pixels=48 * 40 - 1)
    with pytest.raises(PhotoError, match="limit"):
        read_photo(Image.new("L", (48, 40)), max_pixels=100)


def test_photos_pillow_would_warn_of_are_read() -> None:
    """Between Pillow's own limit of 89 megapixels and ours nothing is raised nor said."""
    assert Image.MAX_IMAGE_PIXELS is not None
    width, height = 16_320, 12_240  # a phone sensor of 200 megapixels
    assert 2 * Image.MAX_IMAGE_PIXELS < width * height < MAX_PIXELS
    assert photo_size(claimed_png(width, height)) == (width, height)
    assert photo_size(claimed_jpeg(width, height)) == (width, height)


UNREADABLE = {
    "empty.jpg": (b"", "the file is empty; copy or download it again"),
    "letter.jpg": (b"Dear Sir or Madam,\n", "is not a photo of a known format; convert it to JPEG, PNG,"),
    "page.png": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is not a photo of a known format"),
    "film.heic": (b"\0\0\0\x18ftypisom\0\0\2\0isommp41", "is not a photo of a known format"),
    "figure.eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is not a photo of a known format"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_files_that_are_no_photos(tmp_path: Path, name: str) -> None:
    content, reason = UNREADABLE[name]
    path = tmp_path / name
    path.write_bytes(content)
    for function in (read_photo, photo_size):
        with pytest.raises(PhotoError) as caught:
            function(path)
        assert str(caught.value).startswith(f"{path}: {reason}")
        assert caught.value.photo == str(path)


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "loop.jpg").symlink_to("loop.jpg")
    for path, reason in [
        (tmp_path, "is a folder"),
        (tmp_path / "none.jpg", "no such file; check the path"),
        (tmp_path / "pipe.jpg", "is not a regular file"),
        (tmp_path / "loop.jpg", "cannot be opened"),
        ("", "no such file"),
        ("a\0b.jpg", "not a valid path"),
        ("x" * 5000, "cannot be opened"),
    ]:
        with pytest.raises(PhotoError, match=reason):
            read_photo(path)


@pytest.mark.parametrize("photo", [None, 3, [1, 2], b""])
def test_other_types_are_refused(photo: object) -> None:
    with pytest.raises(PhotoError, match=r"give a path, the bytes of a file|empty"):
        read_photo(photo)  # type: ignore[arg-type]


def test_odd_metadata_is_not_reported_nor_are_others_warnings_muted(capfd: pytest.CaptureFixture[str]) -> None:
    """A TIFF with a tag that points nowhere and a PNG with a bad acTL chunk make Pillow warn."""
    tiff = bytearray(encoded("TIFF"))
    count_at = struct.unpack_from("<I", tiff, 4)[0]
    tags = struct.unpack_from("<H", tiff, count_at)[0]
    entry = next(e for e in range(count_at + 2, count_at + 2 + 12 * tags, 12) if tiff[e : e + 2] == b"\x1c\x01")
    struct.pack_into("<HHII", tiff, entry, 284, 3, 9, 0xFFFFFF)
    png = encoded("PNG")
    chunk = struct.pack(">I4sII", 8, b"acTL", 0, 0) + struct.pack(">I", zlib.crc32(b"acTL" + bytes(8)))
    png = png[:33] + chunk + png[33:]
    for data in (bytes(tiff), png):
        with pytest.warns(UserWarning):  # noqa: PT030  Pillow's words may change
            Image.open(io.BytesIO(data)).load()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            before = list(warnings.filters)
            assert read_photo(data).shape == (40, 48, 3)
            assert warnings.filters == before
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_pillow_s_own_state_is_left_alone(tmp_path: Path) -> None:
    """Reading every kind changes none of Pillow's settings, and does not register HEIF."""
    script = """
import sys, warnings
import glocal.images, PIL.Image, PIL.ImageFile
def state():
    return (PIL.Image.MAX_IMAGE_PIXELS, PIL.ImageFile.LOAD_TRUNCATED_IMAGES, list(warnings.filters),
            sorted(PIL.Image.OPEN))
before = state()
for name in sys.argv[1:]:
    glocal.images.read_photo(name)
assert state() == before
assert "HEIF" not in PIL.Image.OPEN
"""
    source = Path(__file__).parents[2] / "src"
    files = []
    for kind in FORMATS:
        files.append(str(tmp_path / kind))
        Path(files[-1]).write_bytes(encoded(kind))
    command = [sys.executable, "-c", script, *files]
    environment = {**os.environ, "PYTHONPATH": str(source)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_many_threads_read_the_same_photos() -> None:
    files = [encoded(kind) for kind in FORMATS]
    expected = [read_photo(data) for data in files]
    together = threading.Barrier(6)

    def read_all(_: int) -> bool:
        together.wait()
        return all(np.array_equal(read_photo(data), e) for data, e in zip(files, expected, strict=True))

    before = list(warnings.filters)
    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(read_all, range(6)))
    assert warnings.filters == before
