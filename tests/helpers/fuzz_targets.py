"""What takes bytes from strangers, as functions of bytes: each ends by itself, or by the one error that it names."""

from __future__ import annotations

import importlib
import io
import json
import tempfile
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import hostile_photos
import numpy as np
import raw_photos
from PIL import Image

from glocal.cli.annotations import read_annotations
from glocal.collection import Where
from glocal.errors import GlocalError, PhotoError, RegionError
from glocal.evaluation.datasets import load_annotations
from glocal.extraction import ModelCard
from glocal.extraction.region import crop_box
from glocal.images import note_of, photo_exif, photo_size, read_photo

Target = Callable[[bytes], None]


def header(data: bytes) -> None:
    try:
        width, height = photo_size(data)
        photo_exif(data)
    except PhotoError:
        return
    assert width > 0
    assert height > 0


def photo(data: bytes) -> None:
    try:
        pixels = read_photo(data, max_pixels=300_000)
    except PhotoError:
        return
    assert pixels.size > 0
    assert pixels.shape[2] == 3
    with_file(note_of, data)


def card(data: bytes) -> None:
    refused(lambda: with_file(ModelCard.read, data), GlocalError)


def benchmark_annotations(data: bytes) -> None:
    refused(lambda: with_file(load_annotations, data, ".pkl"), GlocalError)
    refused(lambda: with_file(load_annotations, data, ".json"), GlocalError)


def own_annotations(data: bytes) -> None:
    refused(lambda: with_file(lambda file: list(read_annotations(file)), data, ".csv"), GlocalError)
    refused(lambda: with_file(lambda file: list(read_annotations(file)), data, ".jsonl"), GlocalError)


def condition(data: bytes) -> None:
    refused(lambda: Where.of(data.decode("utf-8", "replace")), GlocalError)


def region(data: bytes) -> None:
    try:
        numbers = [float(part) for part in data.decode("ascii", "replace").split(",")]
    except ValueError:
        return
    if len(numbers) == 4:
        x, y, width, height = numbers
        try:
            left, top, right, bottom = crop_box((x, y, width, height), (640, 480), "photo")
        except RegionError:
            return
        assert 0 <= left < right <= 640
        assert 0 <= top < bottom <= 480


def refused(read: Callable[[], object], error: type[Exception]) -> None:
    with suppress(error):
        read()


def with_file(read: Callable[[Path], object], data: bytes, suffix: str = "") -> object:
    with tempfile.NamedTemporaryFile(suffix=suffix) as file:
        file.write(data)
        file.flush()
        return read(Path(file.name))


TARGETS: dict[str, Target] = {
    "header": header,
    "photo": photo,
    "card": card,
    "benchmark-annotations": benchmark_annotations,
    "annotations": own_annotations,
    "condition": condition,
    "region": region,
}


FINDINGS = Path(__file__).parent / "fuzz_findings"
"""A folder for each target, of inputs that once ended otherwise than they should."""


def seeds(target: str) -> list[bytes]:
    """Return good inputs to begin with."""
    if target in ("header", "photo"):
        return photos()
    bundled = Path(__file__).parents[2] / "src/glocal/weights/delg-lite1.json"
    truth = {"imlist": ["a"], "qimlist": ["b"], "gnd": [{"bbx": [0, 0, 9, 9], "easy": [0], "hard": [], "junk": []}]}
    return {
        "card": [bundled.read_bytes()],
        "benchmark-annotations": [json.dumps(truth).encode()],
        "annotations": [b'path,place\na.jpg,"T\xc3\xbcbingen"\n', b'{"path": "a.jpg", "place": 1}\n'],
        "condition": [b"year=2024", b"date>=2024-05", b"near=48.5,9.05,10km", b"folder=/photos", b"place!=x"],
        "region": [b"1,2,30,40", b"-1e9,nan,inf,0"],
    }[target]


def photos() -> list[bytes]:
    from pillow_heif import from_pillow

    made = [hostile_photos.saved(kind) for kind in ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "PPM", "AVIF")]
    heif = io.BytesIO()
    from_pillow(Image.new("RGB", (64, 48), (9, 99, 9))).save(heif)
    made += [hostile_photos.saved("JPEG", progressive=True), heif.getvalue(), hostile_photos.png_of_chunks(3, b"tEXt")]
    exif = Image.Exif()
    exif[0x0112], exif[0x0110] = 6, "camera"
    made.append(hostile_photos.saved("JPEG", exif=exif))
    return [*made, *photos_of_extra_formats()]


def photos_of_extra_formats() -> list[bytes]:
    """Photos that the packages of the extra `formats` read, as far as these are there."""
    shades = np.linspace(0, 255, 64 * 48 * 3).reshape(48, 64, 3).astype(np.uint8)
    made = [raw_photos.dng(shades, thumbnail=shades[::8, ::8], preview=hostile_photos.saved("JPEG"))]
    if find_spec("imagecodecs"):
        codecs = importlib.import_module("imagecodecs")
        made += [codecs.jpegxl_encode(shades, lossless=True), codecs.jpeg2k_encode(shades)]
    if find_spec("tifffile"):
        file = io.BytesIO()
        importlib.import_module("tifffile").imwrite(file, shades.astype(np.float32), photometric="rgb")
        made.append(file.getvalue())
    return made
