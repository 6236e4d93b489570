"""One photo read for several looks at it."""

from __future__ import annotations

from collections.abc import Callable

from glocal.extraction.region import crop_box
from glocal.extraction.shown import Shown
from glocal.features import Region
from glocal.images import Decoded, Photo, describe, photo_size, read_decoded


class PhotoReading:
    """A photo, or a region of it, in the pixels that each look needs.

    It is decoded again only for a look that another decoding would give other pixels. Not to be kept: what was decoded
    last stays in memory.

    Args:
        photo: a path, the bytes of a file, a PIL image, or an RGB array [H, W, 3] uint8.
        region: (x, y, width, height) in pixels of the upright photo; only this part is shown.
        decoded_side: longest side that photos may be decoded at, by the zoom of a look; None: as they are.
    """

    def __init__(self, photo: Photo, region: Region | None, decoded_side: Callable[[float], int | None]) -> None:
        self._photo = photo
        self._region = region
        self._decoded_side = decoded_side
        self._last: Decoded | None = None

    def shown(self, zoom: float = 1.0) -> Shown:
        """Return no fewer pixels than pictures `zoom` times as large as usual need; of a region all that it has.

        Raises:
            PhotoError: the photo cannot be read.
            RegionError: the region is empty or leaves the photo.
        """
        if self._region is None:
            whole = self._decoded(self._decoded_side(zoom))
            return Shown(whole.pixels, whole.size, (0, 0, *whole.size))
        size = photo_size(self._photo) if self._last is None else self._last.size
        left, top, right, bottom = crop_box(self._region, size, describe(self._photo))
        return Shown(self._decoded(None).pixels[top:bottom, left:right], size, (left, top, right, bottom))

    def _decoded(self, fit: int | None) -> Decoded:
        if self._last is None or not self._last.serves(fit):
            self._last = read_decoded(self._photo, fit=fit)
        return self._last
