"""TIFF of colours as floats, in 32 bits, or in planes of 16: as scanners, microscopes and renderers write them."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np
from PIL import Image
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import TiffImageFile

from glocal.images.extra_formats import REMEDY, UnreadKindError
from glocal.images.pixels import Range, finite

_BITS, _PLANAR, _SEPARATE, _UNPACKED = 258, 284, 2, 1  # TIFF 6.0, section 8


def open_tiff(stream: BinaryIO) -> ImageFile:
    """Read the header of a TIFF.

    Raises:
        UnreadKindError: it needs a package that is not installed.
        Exception: of any kind: it is damaged.
    """
    try:
        image = TiffImageFile(stream)
    except SyntaxError:  # Pillow's word for a kind of pixel that it does not know
        stream.seek(0)
        return ScientificTiff(stream)
    if image.tag_v2.get(_PLANAR) == _SEPARATE and max(image.tag_v2.get(_BITS, (8,))) == 16:  # Pillow takes 8 of them
        stream.seek(0)
        return ScientificTiff(stream)
    return image


class ScientificTiff(ImageFile):
    """A TIFF of colours that tifffile reads and Pillow does not. Its orientation is not looked at: none has any."""

    format = "TIFF"

    def _open(self) -> None:
        try:
            from tifffile import TiffFile
        except ImportError:
            reason = "is a TIFF of colours in planes of 16 bits, in 32 bits or floats; to read it"
            raise UnreadKindError(f"{reason}: {REMEDY}, or save it with 8 bits") from None
        assert self.fp is not None
        self._page: Any = TiffFile(self.fp).pages[0]
        if not self._page.axes or self._page.dtype is None:
            raise ValueError("no picture")
        axes = dict(zip(self._page.axes, self._page.shape, strict=True))
        if set(axes) != {"Y", "X", "S"} or axes["S"] < 3:
            raise UnreadKindError(f"is a TIFF of {self._page.axes} values of {self._page.dtype}; save it as RGB")
        self._size, self._mode = (axes["X"], axes["Y"]), "RGB"

    @property
    def bytes_a_pixel(self) -> float:
        """What decoding takes: the values, packed ones before, in 8 bits, and as Pillow keeps them."""
        packed = sum(self._page.databytecounts) / max(1, self.width * self.height)
        values = float(self._page.dtype.itemsize * self._page.samplesperpixel)
        return values + (packed if self._page.compression != _UNPACKED else 0.0) + 3 + 4

    def load(self) -> Any:
        """Read the values."""
        if self._page is not None:
            values = np.moveaxis(self._page.asarray(), self._page.axes.index("S"), 2)[:, :, :3]
            kind = {"f": "F", "i": "I"}.get(values.dtype.kind, "16" if values.dtype.itemsize == 2 else "U")
            scale = Range.guessed(max(float(finite(row).max()) for row in values), kind)
            self.im, self._page = Image.fromarray(scale.to_bytes_by_rows(values)).im, None
        return super().load()
