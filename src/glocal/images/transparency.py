"""What transparent pictures are laid on: white, or black where white would hide them, as it does white logos."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PIL import Image

Colour = tuple[int, int, int]
WHITE, BLACK = (255, 255, 255), (0, 0, 0)

_OPAQUE = 128
"""Of 255: what is less opaque is mostly the soft edge of something, or its shadow."""

_NEARLY_WHITE = 240
_HIDDEN_SHARE = 0.9
"""Of the opaque pixels, as many are nearly white in what is drawn for dark pages."""


def ground_of(bands: Iterable[Image.Image]) -> Colour:
    """Choose what a transparent picture is laid on.

    Args:
        bands: rows of the picture, of any mode with transparency; together the whole picture.
    """
    opaque = white = clear = 0
    for band in bands:
        pixels = np.asarray(_rgba(band))
        shown = pixels[..., 3] >= _OPAQUE
        opaque += int(np.count_nonzero(shown))
        clear += int(np.count_nonzero(~shown))
        white += int(np.count_nonzero(shown & (pixels[..., :3].min(axis=2) >= _NEARLY_WHITE)))
    return BLACK if clear and white > _HIDDEN_SHARE * opaque else WHITE


def laid_on(image: Image.Image, ground: Colour) -> Image.Image:
    """Return a picture of any mode with transparency as RGB, on a plain ground."""
    rgba = _rgba(image)
    laid = Image.new("RGB", image.size, ground)
    laid.paste(rgba, mask=rgba.getchannel("A"))
    return laid


def _rgba(image: Image.Image) -> Image.Image:
    return (image.convert("LA") if image.mode == "La" else image).convert("RGBA")
