"""How much memory decoding takes a pixel, by what the system says of a process that does nothing else."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from handmade_files import saved
from hostile_photos import gif_of_frames
from PIL import Image
from raw_photos import dng

from glocal.errors import PhotoError
from glocal.images import photo_size, read_photo

WIDTH, HEIGHT = 4000, 3000
SLACK = 24_000_000
"""Bytes for what does not grow with the photo: bands under way, buffers of decoders."""

MEASURE = """
import re, sys
from pathlib import Path
from glocal.images.decoding import _opened, decode
from glocal.images.decoding_memory import bytes_needed
def peak():
    return 1024 * int(re.search(r"VmHWM:\\s+([0-9]+) kB", Path("/proc/self/status").read_text())[1])
small, large = map(Path, sys.argv[1:])
decode(small, 10**9, None)
before = peak()
with _opened(large) as image:
    needed = bytes_needed(image)
decode(large, 10**9, None)
print(peak() - before, needed)
"""
"""Not by getrusage: its peak begins with that of the process which started this one."""


def ramp(dtype: type[np.generic]) -> Image.Image:
    rows = np.linspace(0, 1, HEIGHT * WIDTH, dtype=np.float32).reshape(HEIGHT, WIDTH)
    return Image.fromarray(rows if dtype is np.float32 else (rows * 65535).astype(dtype))


def colours() -> Image.Image:
    row = np.arange(3 * WIDTH, dtype=np.uint32).reshape(WIDTH, 3) * 255 // (3 * WIDTH)
    return Image.fromarray(np.repeat(row.astype(np.uint8)[None], HEIGHT, axis=0))


def turned() -> dict[str, Any]:
    exif = Image.Exif()
    exif[0x0112] = 6
    return {"exif": exif}


def jpeg_xl(part: slice) -> bytes:
    codecs = pytest.importorskip("imagecodecs")
    values = np.dstack([np.asarray(colours()), np.full((HEIGHT, WIDTH), 255, np.uint8)])[part, part] / np.float32(255)
    return bytes(codecs.jpegxl_encode(np.ascontiguousarray(values), effort=1, lossless=True))


def jpeg_2000(part: slice) -> bytes:
    codecs = pytest.importorskip("imagecodecs")
    values = np.asarray(colours()).astype(np.uint16)[part, part] * 257
    return bytes(codecs.jpeg2k_encode(np.ascontiguousarray(values), level=0))


def tiff_of_doubles(part: slice) -> bytes:
    file, values = io.BytesIO(), np.asarray(colours())[part, part].astype(np.float64)
    pytest.importorskip("tifffile").imwrite(file, values, photometric="rgb", compression="zlib")
    return file.getvalue()


def raw(part: slice) -> bytes:
    pytest.importorskip("rawpy")
    picture = np.ascontiguousarray(np.asarray(colours())[part, part])
    return dng(picture, thumbnail=picture[::16, ::16])


def heic(part: slice) -> bytes:
    from pillow_heif import from_pillow

    file = io.BytesIO()
    from_pillow(Image.fromarray(np.ascontiguousarray(np.asarray(colours())[part, part]))).save(file)
    return file.getvalue()


def animation(part: slice) -> bytes:
    """A GIF of several frames: Pillow keeps what each leaves for the next."""
    return gif_of_frames(3, (min(part.stop or WIDTH, WIDTH), min(part.stop or HEIGHT, HEIGHT)))


def by_pillow(kind: str, make: Callable[[], Image.Image] = colours, **options: Any) -> Callable[[slice], bytes]:
    def write(part: slice) -> bytes:
        image = make()
        end = part.stop or max(image.size)
        return saved(image.crop((0, 0, min(end, image.width), min(end, image.height))), kind, **options)

    return write


PHOTOS: dict[str, Callable[[slice], bytes]] = {
    "jpeg": by_pillow("JPEG"),
    "jpeg turned by EXIF": by_pillow("JPEG", **turned()),
    "progressive jpeg": by_pillow("JPEG", progressive=True),
    "png": by_pillow("PNG", compress_level=1),
    "png of 16 bits": by_pillow("PNG", lambda: ramp(np.uint16), compress_level=1),
    "tiff": by_pillow("TIFF"),
    "tiff of 32-bit floats": by_pillow("TIFF", lambda: ramp(np.float32)),
    "tiff of 32-bit whole numbers": by_pillow("TIFF", lambda: ramp(np.int32)),
    "gif of frames": animation,
    "bmp": by_pillow("BMP"),
    "ppm": by_pillow("PPM"),
    "webp": by_pillow("WEBP", method=0),
    "webp without loss": by_pillow("WEBP", lossless=True, method=0),
    "avif": by_pillow("AVIF", speed=10),
    "heic": heic,
    "jpeg xl of floats": jpeg_xl,
    "jpeg 2000 of 16 bits": jpeg_2000,
    "tiff of doubles": tiff_of_doubles,
    "raw": raw,
}
"""The kinds of each format that take most: a function of the part of rows and columns, which are all or few."""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("name", PHOTOS)
def test_decoding_takes_no_more_than_is_allowed_by_the_header(name: str, tmp_path: Path) -> None:
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(PHOTOS[name](slice(64)))
    large.write_bytes(PHOTOS[name](slice(None)))
    own = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}  # training's take more
    environment = {**own, "PYTHONPATH": os.pathsep.join(sys.path), "MALLOC_ARENA_MAX": "1"}
    command = [sys.executable, "-c", MEASURE, str(small), str(large)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=True)
    taken, needed = map(int, done.stdout.split())
    assert taken <= needed + SLACK


def test_photos_whose_decoders_would_take_too_much_are_refused_by_their_header() -> None:
    """A JPEG 2000 whose marker segment SIZ (ISO/IEC 15444-1, A.5.1) claims 100 megapixels."""
    codecs = pytest.importorskip("imagecodecs")
    data = bytearray(codecs.jpeg2k_encode(np.zeros((8, 8), np.uint8), level=0))
    struct.pack_into(">II", data, data.index(b"\xff\x51") + 6, 10_000, 10_000)
    assert photo_size(bytes(data)) == (10_000, 10_000)
    with pytest.raises(PhotoError, match=r"10000 x 10000 .* more than the limit of \d+ of its format, .* as JPEG"):
        read_photo(bytes(data))
