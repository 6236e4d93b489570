"""How pictures are resized: our own way, or that of the code that a network's weights come from.

A network sees what it was trained to see only if pictures are resized as then: where samples are taken, whether
shrinking averages, and how sizes are rounded differ from library to library.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glocal.arrays import FloatArray, Pixels
from glocal.errors import ModelError
from glocal.images import resize

ResizeName = Literal["area", "opencv", "tensorflow", "tensorflow1", "pytorch"]

MIN_SIDE = 32
"""No side of a network input is shorter: the deepest map has stride 32."""


@dataclass(frozen=True)
class Resizing:
    """How the pictures of a pyramid are made.

    Attributes:
        is_ours: whether a photo may be decoded smaller than it is, and a small one enlarged first; others do neither.
        base: from pixels, width and height (not rounded) to the picture of scale 1, [h, w, 3] uint8.
        level: from that, the unrounded width and height it was asked for, and a scale, to a network's input, [h, w, 3]:
            uint8, or float32 from 0 to 255.
    """

    is_ours: bool
    base: Callable[[Pixels, float, float], Pixels]
    level: Callable[[Pixels, float, float, float], NDArray[np.uint8] | FloatArray]


def resizing_of(name: str) -> Resizing:
    """Return a way of resizing by name.

    - "area": ours. Averages when shrinking, bilinear when enlarging, rounded to whole grey values.
    - "opencv": `cv2.resize` of floats, bilinear whether it shrinks or not, sides by Python's round.
    - "tensorflow": `tf.image.resize` of TensorFlow 2, bilinear, sides by round in float32.
    - "tensorflow1": the same as TensorFlow 1 samples it, without half a pixel of offset.
    - "pytorch": `interpolate(scale_factor=...)`, bilinear, sides by floor; the scale places the samples.

    Raises:
        ModelError: there is none of this name.
    """
    if name not in _RESIZINGS:
        raise ModelError(f"the model card asks for the resizing {name!r}, which is not known; upgrade glocal")
    return _RESIZINGS[name]


def resize_area(pixels: Pixels, width: float, height: float) -> Pixels:
    """Resize with area averaging when shrinking (no aliasing), bilinearly when enlarging."""
    return resize(pixels, *_shape(round(width), round(height)))


def sample_bilinear(
    picture: Pixels,
    shape: tuple[int, int],
    step: tuple[float, float],
    *,
    half_pixels: bool = True,
) -> FloatArray:
    """Return a picture sampled bilinearly, [h, w, 3] float32; beyond the border it stays as it is there.

    Args:
        picture: [H, W, 3].
        shape: (w, h).
        step: pixels of the picture from sample to sample, (x, y).
        half_pixels: whether sample i is at (i + 1/2) step - 1/2, or at i times step.

    Places of samples are computed in float32, as TensorFlow and PyTorch do: fine patterns far from the origin show it.
    """
    across = _samples(picture.shape[1], shape[0], np.float32(step[0]), half_pixels)
    down = _samples(picture.shape[0], shape[1], np.float32(step[1]), half_pixels)
    rows = _mixed(picture.astype(np.float32), down, 0)
    return _mixed(rows, across, 1)


def _samples(
    size: int, count: int, step: np.float32, half_pixels: bool
) -> tuple[NDArray[np.intp], NDArray[np.intp], FloatArray]:
    """Return for each sample the pixels on its sides, and the weight of the second."""
    half, numbers = np.float32(0.5), np.arange(count, dtype=np.float32)
    places = (numbers + half) * step - half if half_pixels else numbers * step
    places = np.clip(places, np.float32(0.0), np.float32(size - 1))
    before = np.floor(places).astype(np.intp)
    return before, np.minimum(before + 1, size - 1), (places - before).astype(np.float32)


def _mixed(
    picture: FloatArray, samples: tuple[NDArray[np.intp], NDArray[np.intp], FloatArray], axis: int
) -> FloatArray:
    """Return the samples along an axis."""
    before, after, weight = samples
    weights = weight[:, None, None] if axis == 0 else weight[None, :, None]
    first = picture.take(before, axis)
    return first + (picture.take(after, axis) - first) * weights


def _shape(width: int, height: int) -> tuple[int, int]:
    return max(MIN_SIDE, width), max(MIN_SIDE, height)


def _area_level(picture: Pixels, width: float, height: float, scale: float) -> Pixels:
    return resize_area(picture, width * scale, height * scale)


def _opencv_level(picture: Pixels, _width: float, _height: float, scale: float) -> FloatArray:
    height, width = picture.shape[:2]
    shape = _shape(round(width * scale), round(height * scale))
    resized = cv2.resize(picture.astype(np.float32), shape, interpolation=cv2.INTER_LINEAR)
    return np.asarray(resized, np.float32)


def _tensorflow_level(*, half_pixels: bool) -> Callable[[Pixels, float, float, float], FloatArray]:
    def level(picture: Pixels, _width: float, _height: float, scale: float) -> FloatArray:
        height, width = picture.shape[:2]
        sides = np.rint(np.array([width, height], np.float32) * np.float32(scale))
        shape = _shape(int(sides[0]), int(sides[1]))
        return sample_bilinear(picture, shape, (width / shape[0], height / shape[1]), half_pixels=half_pixels)

    return level


def _pytorch_level(picture: Pixels, _width: float, _height: float, scale: float) -> FloatArray:
    height, width = picture.shape[:2]
    shape = _shape(int(width * scale), int(height * scale))
    return sample_bilinear(picture, shape, (1 / scale, 1 / scale))


def _base(filter_: Image.Resampling) -> Callable[[Pixels, float, float], Pixels]:
    """Return Pillow's resizing with a filter, which averages when it shrinks."""

    def base(pixels: Pixels, width: float, height: float) -> Pixels:
        shape = (max(1, round(width)), max(1, round(height)))
        if shape == (pixels.shape[1], pixels.shape[0]):
            return pixels
        return np.asarray(Image.fromarray(pixels).resize(shape, filter_))

    return base


_BILINEAR, _LANCZOS = _base(Image.Resampling.BILINEAR), _base(Image.Resampling.LANCZOS)
_RESIZINGS: dict[str, Resizing] = {
    "area": Resizing(True, resize_area, _area_level),
    "opencv": Resizing(False, _BILINEAR, _opencv_level),
    "tensorflow": Resizing(False, _BILINEAR, _tensorflow_level(half_pixels=True)),
    "tensorflow1": Resizing(False, _BILINEAR, _tensorflow_level(half_pixels=False)),
    "pytorch": Resizing(False, _LANCZOS, _pytorch_level),
}
