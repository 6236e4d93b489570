"""What a photo may be given as, and how messages name it."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glocal.images.stores import as_address

FilePhoto = str | os.PathLike | bytes  # type: ignore[type-arg]  # without [str], so that isinstance takes it
"""A photo that is not decoded yet: the path of a file, or the bytes of one."""

Photo = str | os.PathLike[str] | bytes | Image.Image | NDArray[np.uint8]
"""A photo: the path of a file, the bytes of one, a PIL image, or an array [H, W, 3] or [H, W]."""


def describe(photo: Photo) -> str:
    """Return a name of the photo for messages: one printable line, whatever a path contains."""
    if isinstance(photo, str | os.PathLike):
        return "".join(map(_printable, os.fspath(as_address(photo) or photo))) or "(empty path)"
    if isinstance(photo, bytes):
        return f"photo of {len(photo)} bytes"
    if isinstance(photo, Image.Image):
        file = getattr(photo, "filename", "")
        return describe(os.fsdecode(file)) if file else f"PIL image {photo.size} {photo.mode}"
    if isinstance(photo, np.ndarray):
        return f"array {list(photo.shape)} {photo.dtype}"
    return f"object of type {type(photo).__name__}"


def _printable(character: str) -> str:
    """Escape what a terminal cannot show: line breaks, control codes, bytes that are not UTF-8."""
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
