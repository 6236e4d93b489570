"""Words on pictures."""

from __future__ import annotations

import os
from bisect import bisect_right
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from glocal.drawing.colours import INK, Colour
from glocal.images import Photo, describe

Align = Literal["left", "right"]


def readable(name: str | os.PathLike[str]) -> str:
    """Return a file's name with everything that cannot be shown (control signs, broken bytes) as '?'."""
    return "".join(sign if sign.isprintable() else "?" for sign in os.fspath(name))


def file_name(path: str | os.PathLike[str]) -> str:
    """Return the folder and name of a file, ready to be shown."""
    return readable("/".join(Path(path).parts[-2:]))


def name_of(photo: Photo) -> str:
    """Return what to call a photo: its file's name, or what it is."""
    return file_name(photo) if isinstance(photo, str | os.PathLike) else describe(photo)


def write(
    picture: NDArray[np.uint8],
    words: str,
    place: tuple[int, int],
    *,
    size: int = 18,
    colour: Colour = INK,
    align: Align = "left",
    width: int | None = None,
) -> NDArray[np.uint8]:
    """Return a copy of `picture` [H, W, 3] with one line of words.

    Args:
        place: (x, y), the left or right end of the line's middle.
        size: height of the letters in pixels.
        align: which end of the line `place` is.
        width: greatest length in pixels; a longer line loses its middle.
    """
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size)
    if width is not None:
        words = _shorten(words, font, width)
    draw.text(place, words, colour, font, anchor="lm" if align == "left" else "rm")
    return np.array(image)


def _shorten(words: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    """Return `words`, with as much of its middle replaced by an ellipsis as makes it fit `width` pixels."""
    if font.getlength(words) <= width:
        return words
    lengths = range(len(words))
    kept = bisect_right(lengths, float(width), key=lambda kept: float(font.getlength(_without_middle(words, kept))))
    return _without_middle(words, max(kept - 1, 0))


def _without_middle(words: str, kept: int) -> str:
    """Return the first and last of `words`, `kept` letters in all, around an ellipsis."""
    return words[: kept - kept // 2] + "…" + words[len(words) - kept // 2 :]
