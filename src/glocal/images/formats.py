"""Which decoder opens a photo. The content decides, never the suffix of the name.

Pillow's plugins are called directly, not through `PIL.Image.open`: that would warn by its own process-wide
pixel limit, try every plugin it knows (one of them runs Ghostscript), and need HEIF registered globally.
Packages of the extra `formats` decode what Pillow does not, or not well: see `extra_formats`.
"""

from __future__ import annotations

import io
import os
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)
from PIL.ImageFile import ImageFile

from glocal.images import jpeg_2000, jpeg_xl
from glocal.images.cut_short import completed_jpeg, has_png_end, mended_png
from glocal.images.extra_formats import suffixes
from glocal.images.png_exif import png_exif
from glocal.images.pnm import Pnm
from glocal.images.raw_photo import RAW_SIGNATURES, Raw, is_raw
from glocal.images.scientific_tiff import open_tiff
from glocal.images.structure import check_structure

_SUFFIXES = """
    .jpg .jpeg .jpe .jfif .mpo .png .apng .gif .webp .tif .tiff .bmp .heic .heif .hif .avif .ppm .pgm
"""
PHOTO_SUFFIXES = frozenset(_SUFFIXES.split()) | suffixes(installed=True)
"""Suffixes, in lower case, of the files taken from a folder."""

_SIGNATURES = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"BM", "BMP"),
    (jpeg_xl.CODESTREAM_START, "JPEG XL"),
    (jpeg_xl.FILE_START, "JPEG XL"),
    (jpeg_2000.CODESTREAM_START, "JPEG 2000"),
    (jpeg_2000.FILE_START, "JPEG 2000"),
    *((signature, "RAW") for signature in RAW_SIGNATURES),
    (b"P5", "PNM"),
    (b"P6", "PNM"),
)
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_SIGNATURE_BYTES = 64
_BLANKS = b"\r\n\t \xef\xbb\xbf"
"""What web servers put before a photo by mistake: line ends of a script, a byte order mark."""

_WARNINGS_LOCK = threading.Lock()


def open_image(stream: BinaryIO) -> ImageFile | None:
    """Read the header of a photo; the pixels stay undecoded.

    Args:
        stream: an open, seekable file; it must stay open until the pixels are loaded.

    Returns:
        The image, or None when the content is of no known format.

    Raises:
        ExcessError: it has more parts than a photo needs.
        UnreadKindError: it is of a kind that needs a package that is not installed.
        Exception: of any kind, as decoders fed with arbitrary bytes do: the header is damaged.
    """
    stream.seek(0)
    prefix = stream.read(_SIGNATURE_BYTES)
    name = _format_of(prefix)
    stream.seek(0)
    if not name:
        start = len(prefix) - len(prefix.lstrip(_BLANKS))
        stream.seek(start)
        return open_image(io.BytesIO(stream.read())) if start and _format_of(prefix[start:]) else None
    check_structure(stream, name)
    if name == "TIFF" and is_raw(stream):
        name = "RAW"
    stream.seek(0)
    if name == "JPEG":
        completed = completed_jpeg(stream)
        stream.seek(0)
        return Jpeg(stream) if completed is None else CutJpeg(completed)
    with quiet():
        return _OPENERS[name](stream)


def has_photo_signature(stream: BinaryIO) -> bool:
    """Say whether a file begins as a photo does; signatures of two bytes, which much may begin with, do not count."""
    prefix = stream.read(_SIGNATURE_BYTES)
    return _format_of(prefix) not in ("", "BMP", "PNM") and not prefix.startswith(jpeg_xl.CODESTREAM_START)


class Jpeg(JpegImagePlugin.JpegImageFile):
    """A JPEG whose EXIF Pillow does not look into.

    Pillow would parse all of it for the resolution, and warn of any oddity. Muting that would take the
    process-wide warning filters (see `quiet`) for nearly every photo there is.
    """

    def _read_dpi_from_exif(self) -> None:
        """Leave the resolution unknown."""


class CutJpeg(Jpeg):
    """A JPEG without its last bytes."""


@contextmanager
def quiet() -> Iterator[None]:
    """Mute Pillow's warnings about odd metadata. One thread at a time: the filters belong to the process."""
    with _WARNINGS_LOCK, warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


if hasattr(os, "register_at_fork"):  # no thread holds the lock when the process is forked
    os.register_at_fork(
        before=_WARNINGS_LOCK.acquire, after_in_parent=_WARNINGS_LOCK.release, after_in_child=_WARNINGS_LOCK.release
    )


def _format_of(prefix: bytes) -> str:
    for signature, name in _SIGNATURES:
        if prefix.startswith(signature):
            return name
    if prefix[:4] == b"RIFF" and prefix[8:12] == b"WEBP":
        return "WebP"
    if prefix[4:8] == b"ftyp":  # ISO 14496-12: size, "ftyp", major brand, version, compatible brands
        box = prefix[: int.from_bytes(prefix[:4], "big")]
        brands = {box[start : start + 4] for start in range(8, len(box), 4)}
        if brands & {b"avif", b"avis"}:
            return "AVIF"
        if b"crx " in brands:  # of Canon
            return "RAW"
        if brands & _HEIF_BRANDS:
            return "HEIC"
    return ""


def _open_png(stream: BinaryIO) -> ImageFile:
    """Open a PNG, and find its EXIF also where Pillow would only see it after decoding: behind the pixels."""
    exif = png_exif(stream)
    image = _open_any_png(stream)
    if exif is not None:
        image.info["exif"] = exif
    return image


def _open_any_png(stream: BinaryIO) -> PngImagePlugin.PngImageFile:
    if has_png_end(stream):
        try:
            return PngImagePlugin.PngImageFile(stream)
        except SyntaxError:  # Pillow's word for a wrong checksum
            pass
    return PngImagePlugin.PngImageFile(mended_png(stream))


def _open_heif(stream: BinaryIO) -> ImageFile:
    from pillow_heif import HeifImageFile  # takes 100 ms to import, and most folders hold no HEIC

    return cast("ImageFile", HeifImageFile(stream))  # type: ignore[no-untyped-call]


_OPENERS: dict[str, Callable[[BinaryIO], ImageFile]] = {
    "PNG": _open_png,
    "GIF": GifImagePlugin.GifImageFile,
    "WebP": WebPImagePlugin.WebPImageFile,
    "TIFF": open_tiff,
    "BMP": BmpImagePlugin.BmpImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
    "HEIC": _open_heif,
    "PNM": Pnm,
    "RAW": Raw,
    "JPEG XL": jpeg_xl.JpegXl,
    "JPEG 2000": jpeg_2000.Jpeg2000,
}
