"""What may have happened to a photo that is searched with: turned, mirrored, shrunk, cropped, pasted into another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PIL import Image, ImageOps

Picture = Image.Image
Change = Callable[[Picture, Picture], Picture]
"""From an RGB picture, and another that it may be pasted into, to the changed one."""

_GREY = (127, 127, 127)
_AREA = 0.1
"""Part of the area that is kept of a cropped picture, and that one takes in the picture it is pasted into."""

_PAGE = 640
"""Longest side in pixels of a picture that another is pasted into."""


def _turned(picture: Picture, _: Picture, degrees: int) -> Picture:
    """Turn counter-clockwise, whole, on grey."""
    return picture.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=_GREY)


def _mirrored(picture: Picture, _: Picture) -> Picture:
    return ImageOps.mirror(picture)


def _quarter(picture: Picture, _: Picture) -> Picture:
    return picture.resize((max(picture.width // 4, 1), max(picture.height // 4, 1)), Image.Resampling.BOX)


def _cropped(picture: Picture, _: Picture) -> Picture:
    """Keep the middle."""
    width, height = (side * _AREA**0.5 for side in picture.size)
    left, top = (picture.width - width) / 2, (picture.height - height) / 2
    return picture.crop((round(left), round(top), round(left + width), round(top + height)))


def _pasted(picture: Picture, other: Picture) -> Picture:
    """Paste into another picture, right of and below its middle."""
    page = ImageOps.contain(other, (_PAGE, _PAGE), Image.Resampling.BICUBIC)
    factor = (_AREA * page.width * page.height / (picture.width * picture.height)) ** 0.5
    size = (min(round(picture.width * factor), page.width // 2), min(round(picture.height * factor), page.height // 2))
    page.paste(picture.resize(size, Image.Resampling.BICUBIC), (page.width // 2, page.height // 2))
    return page


PASTED = "pasted into a tenth of another"
"""The change after which two photos are shown: the other one, too."""

CHANGES: Mapping[str, Change] = {
    **{f"turned by {degrees}°": partial(_turned, degrees=degrees) for degrees in range(15, 360, 15)},
    "mirrored": _mirrored,
    "a quarter of each side": _quarter,
    "a tenth of the area, cropped": _cropped,
    PASTED: _pasted,
}
