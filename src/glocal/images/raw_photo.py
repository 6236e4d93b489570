"""RAW photos: what a camera's sensor measured, with a preview that the camera made of it."""

from __future__ import annotations

import io
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import JpegImagePlugin

from glocal.images.array_file import ArrayFile
from glocal.images.exif_directory import ExifDirectories, ExifValue
from glocal.images.exif_orientation import exif_orientation, stored_view, upright_shape
from glocal.images.extra_formats import package_for

RAW_SIGNATURES = (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0")
"""Of Fujifilm, Olympus and Panasonic. Most others are TIFF: see `is_raw`."""

LARGE_PREVIEW = 1024
"""Pixels of the longest side that are enough to search by; cameras' previews have 160, or 1000 to all."""

_SUBFILE, _COLOURS, _SUBDIRECTORIES, _DNG_VERSION = 254, 262, 330, 50706  # TIFF 6.0, TIFF/EP, DNG 1.4
_REDUCED = 1
_OF_SENSORS = (32803, 34892)  # colours of a filter array, or linear ones of a sensor
_ORIENTATIONS = (1, 2, 4, 3, 5, 8, 6, 7)
"""EXIF's, by LibRaw's flip, whose bits are: 1 left and right exchanged, 2 upside down, 4 rows and columns exchanged."""


def is_raw(stream: IO[bytes]) -> bool:
    """Say whether a TIFF is a RAW photo, whose first picture is often a thumbnail of 160 pixels.

    Args:
        stream: the file, seekable; left anywhere.
    """
    first = ExifDirectories(stream).first()
    reduced = bool(int(_number(first.get(_SUBFILE))) & _REDUCED)
    return (
        _DNG_VERSION in first
        or (reduced and _SUBDIRECTORIES in first)
        or _number(first.get(_COLOURS)) in _OF_SENSORS
        or _mark_of_canon(stream)
    )


def _mark_of_canon(stream: IO[bytes]) -> bool:
    stream.seek(8)
    return stream.read(2) == b"CR"


def _number(value: ExifValue | None) -> float:
    return value[0] if isinstance(value, tuple) else 0


class Raw(ArrayFile):
    """A RAW photo as its preview shows it, where that is large; else developed, at half the sensor's resolution.

    Both are turned as the camera says. Its size is that of what is shown.
    """

    format = "RAW"

    def _open(self) -> None:
        assert self.fp is not None
        rawpy = package_for("a RAW photo", "rawpy")
        self._raw: Any = rawpy.imread(io.BytesIO(self.fp.read()))
        sizes = self._raw.sizes
        self._orientation, self._mode = _ORIENTATIONS[sizes.flip], "RGB"
        self._preview = self._large_preview(rawpy, min(LARGE_PREVIEW, max(sizes.width, sizes.height) // 2))
        half = (sizes.width + 1) // 2, (sizes.height + 1) // 2
        stored = half if self._preview is None else self._preview.size
        height, width = upright_shape(stored, self._orientation)
        self._size = width, height

    def _large_preview(self, rawpy: Any, least: int) -> JpegImagePlugin.JpegImageFile | None:
        """Open the preview if its longest side has at least so many pixels, and take over what it says of itself."""
        try:
            found = self._raw.extract_thumb()
        except rawpy.LibRawError:
            return None
        if found.format != rawpy.ThumbFormat.JPEG:
            return None
        preview = JpegImagePlugin.JpegImageFile(io.BytesIO(found.data))
        if max(preview.size) < least:
            return None
        self.info.update({name: preview.info[name] for name in ("exif", "icc_profile") if name in preview.info})
        self._orientation = exif_orientation(preview.info.get("exif", b"")) or self._orientation
        return preview

    def _values(self) -> NDArray[Any]:
        with self._raw:
            if self._preview is None:
                developed: NDArray[Any] = self._raw.postprocess(half_size=True, use_camera_wb=True)
                return developed
        pixels = np.asarray(self._preview.convert("RGB"))
        upright = np.empty((*upright_shape(self._preview.size, self._orientation), 3), np.uint8)
        stored_view(upright, self._orientation)[:] = pixels
        return upright
