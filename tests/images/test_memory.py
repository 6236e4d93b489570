"""How much memory decoding takes a pixel, by what the system says of a process that does nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

WIDTH, HEIGHT = 4000, 3000
SLACK = 24_000_000
"""Bytes for what does not grow with the photo: bands under way, buffers of decoders."""

MEASURE = """
import re, sys
from pathlib import Path
from glocal.images import read_photo
def peak():
    return 1024 * int(re.search(r"VmHWM:\\s+([0-9]+) kB", Path("/proc/self/status").read_text())[1])
read_photo(sys.argv[1])
before = peak()
read_photo(sys.argv[2])
print(peak() - before)
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


PHOTOS: dict[str, tuple[str, Callable[[], Image.Image], dict[str, Any]]] = {
    "jpeg": ("jpg", colours, {}),
    "jpeg turned by EXIF": ("jpg", colours, turned()),
    "png": ("png", colours, {"compress_level": 1}),
    "png of 16 bits": ("png", lambda: ramp(np.uint16), {"compress_level": 1}),
    "tiff": ("tif", colours, {}),
    "tiff of 32-bit floats": ("tif", lambda: ramp(np.float32), {}),
    "tiff of 32-bit whole numbers": ("tif", lambda: ramp(np.int32), {}),
    "bmp": ("bmp", colours, {}),
    "ppm": ("ppm", colours, {}),
}


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("name", PHOTOS)
def test_decoding_takes_seven_bytes_a_pixel(name: str, tmp_path: Path) -> None:
    suffix, make, options = PHOTOS[name]
    small, large = tmp_path / f"small.{suffix}", tmp_path / f"large.{suffix}"
    image = make()
    image.crop((0, 0, 64, 64)).save(small, **options)
    image.save(large, **options)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", MEASURE, str(small), str(large)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=True)
    assert int(done.stdout) <= 7 * WIDTH * HEIGHT + SLACK
