"""Pixels → picture files."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glocal.errors import PhotoError
from glocal.files import write_whole
from glocal.images.decoding import from_array
from glocal.images.photo import describe

_WRITERS: dict[str, tuple[str, dict[str, int]]] = {
    "png": ("PNG", {}),
    "jpg": ("JPEG", {"quality": 90}),
    "jpeg": ("JPEG", {"quality": 90}),
    "webp": ("WEBP", {"quality": 90}),
}


def encode(pixels: NDArray[np.uint8], format: str = "png") -> bytes:  # noqa: A002  the field's word
    """Return the bytes of a picture file.

    Args:
        pixels: [H, W, 3] RGB or [H, W] grey, uint8.
        format: "png" (exact), "jpg", "jpeg" or "webp" (both of quality 90).

    Raises:
        PhotoError: `pixels` is no picture, or the format is not one of these or cannot hold so large a one.
    """
    if format.lower() not in _WRITERS:
        raise PhotoError(f"format {format!r}", f"cannot be written; choose one of {', '.join(_WRITERS)}")
    pillow_format, options = _WRITERS[format.lower()]
    stream = io.BytesIO()
    try:
        Image.fromarray(from_array(pixels)).save(stream, pillow_format, **options)
    except (OSError, ValueError) as error:  # JPEG ends at 65535 pixels a side, WebP at 16383
        raise PhotoError(describe(pixels), f"is too large for {pillow_format}; choose png") from error
    return stream.getvalue()


def save_picture(pixels: NDArray[np.uint8], path: str | os.PathLike[str]) -> None:
    """Write a picture; the suffix of `path` chooses the format, see `encode`.

    Raises:
        PhotoError: as `encode`, or the file cannot be written.
    """
    file = Path(path)
    if file.suffix.lower().removeprefix(".") not in _WRITERS:
        suffixes = ", ".join(f".{name}" for name in _WRITERS)
        raise PhotoError(describe(path), f"names no format to write; end it in one of {suffixes}")
    data = encode(pixels, file.suffix.removeprefix("."))
    try:
        write_whole(file, data)
    except OSError as error:
        reason = f"cannot be written ({error.strerror}); check the folder and its permissions"
        raise PhotoError(describe(path), reason) from error
