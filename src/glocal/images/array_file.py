"""A photo's file that another package than Pillow decodes, to an array."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ImageFile import ImageFile

from glocal.images.pixels import Range, finite

_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


class ArrayFile(ImageFile):
    """Header first, pixels when they are asked for, as Pillow's own files are. The decoder turns them upright.

    `_open` reads the header, and sets `_size` and `_mode`; loading sets the mode anew.
    """

    _is_loaded = False

    @abstractmethod
    def _values(self) -> NDArray[Any]:
        """Decode the upright picture.

        Returns:
            [H, W] or [H, W, C] of 1 to 4 channels, the second or fourth of which is opacity; uint8, uint16, or float
            with white at 1.

        Raises:
            Exception: of any kind: the file is damaged.
        """

    def load(self) -> Any:
        """Decode the pixels.

        Raises:
            ValueError: there are not as many as the header says.
        """
        if not self._is_loaded:
            values = self._values()
            values = values.reshape(*values.shape[:2], -1)
            if values.shape[1::-1] != self._size:
                raise ValueError(f"{values.shape[1::-1]} pixels where the header says {self._size}")
            if values.dtype != np.uint8:
                kind = "F" if values.dtype.kind == "f" else "16"
                values = Range.guessed(max(float(finite(row).max()) for row in values), kind).to_bytes_by_rows(values)
            self._mode, self._is_loaded = _MODES[values.shape[2]], True
            picture = np.ascontiguousarray(values[:, :, 0] if values.shape[2] == 1 else values)
            self.im = Image.fromarray(picture).im
        return super().load()
