"""PNM whose samples have any greatest value (netpbm's ppm(5)): scaled by NumPy, which Pillow does one by one."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from PIL import Image, PpmImagePlugin

_IN_PYTHON = "ppm"
"""What Pillow calls its own decoder in Python."""


class Pnm(PpmImagePlugin.PpmImageFile):
    """A PNM file. Its greatest value is 255 or 65535 as a rule, but may be any from 1 on."""

    def load(self) -> Any:
        """Read the samples."""
        if self.tile and self.tile[0][0] == _IN_PYTHON:
            self._load_scaled()
        return super().load()

    def _load_scaled(self) -> None:
        _, _, offset, arguments = self.tile[0]
        _, greatest = cast("tuple[str, int]", arguments)
        assert self.fp is not None
        bands = 3 if self.mode == "RGB" else 1
        kind = np.dtype("u1" if greatest < 256 else ">u2")
        width, height = self.size
        pixels = np.empty((height, width, bands), np.uint8)
        self.fp.seek(offset)
        for row in pixels:
            stored = np.frombuffer(self.fp.read(row.size * kind.itemsize), kind)
            row[...] = np.round(np.minimum(stored / greatest, 1) * 255).reshape(row.shape)
        self.tile = []
        picture = Image.fromarray(pixels if bands == 3 else pixels[:, :, 0])
        self._mode, self.im = picture.mode, picture.im
