"""Features: what the network says of one photo. Plain frozen values; arrays are read-only.

Two forms of the same thing: `Features` holds float descriptors as the network gave them, `CompactFeatures`
what a collection stores and matching compares: binary codes and quantised keypoints, some 20 bytes a feature.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from glocal import showing
from glocal.arrays import ByteArray, FloatArray
from glocal.orientation import UPRIGHT, Orientation

LocalKind = Literal["binary", "float16"]
"""How local descriptors are kept and compared: as bits, their signs, or as they are, in 16 bits, for evaluation."""

Region = tuple[float, float, float, float]
"""(x, y, width, height) in pixels of the upright photo."""

MAX_FEATURES = 65535
"""Most local features one photo may have: their number is stored in 16 bits."""

POSITION_STEPS = 4095
"""Steps of a stored position across the photo: a quarter of a pixel of the largest network input, 1024 pixels."""

TURNED_PENALTY = 0.05
"""What the similarity of a turned query must exceed that of the upright one by, to count: so few photos are searched
with turned that the greatest of four similarities is more often great by chance. With this, mAP by global descriptors
on landmarks is 84.5, without it 82.5, upright alone 85.2; on buildings, some of them turned, 85.0, 87.7 and 82.4."""

FARTHER, NEARER, NEAREST = 2**-1.5, 2**0.5, 2.0
"""Zooms at which a photo is looked at besides its own size. Of 32 things in a twentieth of another photo, 13 are first
in a search without, and 26 from farther; asked for by such a photo, 16 without, 31 from nearer, 32 from nearest, where
2, 20 and 31 are proved."""

_GREATEST_ATTENTION = 0x7BF
"""The last step before the infinity of float16."""


@dataclass(frozen=True, eq=False)
class LocalGeometry:
    """Where the local features of one photo are. Rows are sorted by attention, strongest first.

    Attributes:
        image_size: (width, height) of the upright photo in pixels.
        keypoints: [N, 2] float32, (x, y) in pixels of the upright photo; pixel centres lie at integers.
        scales: [N] float32, pixels of the upright photo per pixel of the network's input: a feature seen
            in a picture shrunk to a quarter has scale 4. Of a network whose local map has stride 32 instead of 16 they
            are twice that: its features are located half as finely.
        attention: [N] float32, >= 0.
        region: the part of the photo that was looked at, where the features are; None: all of it.

    Raises:
        ValueError: a shape is wrong, a value is not finite, or the order is not by attention.
    """

    image_size: tuple[int, int]
    keypoints: FloatArray
    scales: FloatArray
    attention: FloatArray
    region: Region | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        count = len(self.attention)
        if count > MAX_FEATURES:
            raise ValueError(f"{count} local features; at most {MAX_FEATURES} can be stored")
        if min(self.image_size) < 1:
            raise ValueError(f"image_size must be positive, not {self.image_size}")
        _freeze(self, "keypoints", np.float32, (count, 2))
        _freeze(self, "scales", np.float32, (count,))
        _freeze(self, "attention", np.float32, (count,))
        if count and (self.scales.min() <= 0 or self.attention.min() < 0):
            raise ValueError("scales must be positive and attention not negative")
        if np.any(np.diff(self.attention) > 0):
            raise ValueError("local features must be sorted by attention, strongest first")

    def __len__(self) -> int:
        """Return the number of local features N."""
        return len(self.attention)

    def __repr__(self) -> str:
        """Return one line."""
        width, height = self.image_size
        return f"{type(self).__name__}({len(self)} local features of {width} x {height} pixels)"

    def _repr_html_(self) -> str:
        return showing.html("features_html", self)


@dataclass(frozen=True, eq=False, repr=False)
class CompactFeatures(LocalGeometry):
    """Local features as a collection stores them and matching compares them.

    Attributes:
        codes: [N, B/8] uint8, the signs of the descriptors packed by `numpy.packbits` (B = 128 bits); or, of kind
            "float16", the bytes [N, 2 C] of the descriptors themselves.
        kind: what the codes are.
    """

    codes: ByteArray
    kind: LocalKind = "binary"

    def floats(self) -> FloatArray:
        """Return the descriptors [N, C] of kind "float16"."""
        return np.ascontiguousarray(self.codes).view("<f2").astype(np.float32)

    def __post_init__(self) -> None:
        super().__post_init__()
        width = self.codes.shape[1] if self.codes.ndim == 2 else 0
        _freeze(self, "codes", np.uint8, (len(self), width))

    def only(self, rows: NDArray[np.integer]) -> CompactFeatures:
        """Return some of the features, by their rows in ascending order."""
        return replace(
            self,
            keypoints=self.keypoints[rows],
            scales=self.scales[rows],
            attention=self.attention[rows],
            codes=self.codes[rows],
        )

    def moved(self, transform: NDArray[np.floating], image_size: tuple[int, int]) -> CompactFeatures:
        """Return the same features in another picture.

        Args:
            transform: [3, 3], affine and without change of scale, pixels of this picture to pixels of the other.
            image_size: (width, height) of the other.
        """
        keypoints = self.keypoints @ transform[:2, :2].T + transform[:2, 2]
        region = None if self.region is None else region_in(transform, self.region)
        return replace(self, image_size=image_size, keypoints=keypoints.astype(np.float32), region=region)


@dataclass(frozen=True, eq=False, repr=False)
class Features(LocalGeometry):
    """Everything the network says of one photo, as floats.

    Attributes:
        global_descriptor: [D] float32 of length 1. The inner product of two is their similarity, in [-1, 1].
        descriptors: [N, C] float32, rows of length 1 (C = 128).
        kind: how `compact` keeps the descriptors.
    """

    global_descriptor: FloatArray
    descriptors: FloatArray
    kind: LocalKind = "binary"

    def __post_init__(self) -> None:
        super().__post_init__()
        _freeze(self, "global_descriptor", np.float32, (self.global_descriptor.size,))
        width = self.descriptors.shape[1] if self.descriptors.ndim == 2 else 0
        _freeze(self, "descriptors", np.float32, (len(self), width))
        if abs(float(np.linalg.norm(self.global_descriptor)) - 1.0) > 1e-3:
            raise ValueError("the global descriptor must have length 1")

    def compact(self) -> CompactFeatures:
        """Return the local features with codes of their kind, and geometry exactly as it is stored.

        What this returns is unchanged by a round trip through `glocal.collection.catalog.packed_features`, so a fresh
        photo and a stored one are matched alike.
        """
        steps = np.array(self.image_size, np.float64) / POSITION_STEPS
        return CompactFeatures(
            image_size=self.image_size,
            keypoints=(position_steps(self.keypoints, self.image_size) * steps).astype(np.float32),
            scales=self.scales,
            attention=attention_of_steps(attention_steps(self.attention)),
            codes=self._codes(),
            kind=self.kind,
            region=self.region,
        )

    def _codes(self) -> ByteArray:
        if self.kind == "binary":
            return np.packbits(self.descriptors > 0, axis=1)
        return np.ascontiguousarray(self.descriptors, "<f2").view(np.uint8)


@dataclass(frozen=True, eq=False)
class LaidView:
    """What a photo looks like laid down in one way.

    Attributes:
        descriptor: [D] float32 of length 1, the global descriptor.
        local: the local features, in pixels of the photo so laid.
        orientation: how it is laid down.
        is_zoomed: whether the local features are on other scales than the model's preset has.

    Raises:
        ValueError: the descriptor has another shape or length, or is not finite.
    """

    descriptor: FloatArray
    local: CompactFeatures
    orientation: Orientation = UPRIGHT
    is_zoomed: bool = False

    def __post_init__(self) -> None:
        _freeze(self, "descriptor", np.float32, (self.descriptor.size,))
        if abs(float(np.linalg.norm(self.descriptor)) - 1.0) > 1e-3:
            raise ValueError("the global descriptor must have length 1")

    @property
    def penalty(self) -> float:
        """What is taken off a similarity to this way of laying it down."""
        return 0.0 if self.orientation == UPRIGHT else TURNED_PENALTY

    @classmethod
    def of(cls, features: Features, orientation: Orientation = UPRIGHT) -> Self:
        """Return the features of a photo so laid in the form that a collection stores."""
        return cls(features.global_descriptor, features.compact(), orientation)


@dataclass(frozen=True, eq=False)
class View(LaidView):
    """A photo, or the part of it that matters, as it is searched for and compared: upright, and perhaps otherwise too.

    Attributes:
        others: the same turned or mirrored, or upright on other scales, with the same global descriptor.
    """

    others: tuple[LaidView, ...] = ()

    @classmethod
    def oriented(cls, features: Sequence[Features], orientations: Sequence[Orientation]) -> View:
        """Return a photo's features in several orientations, the upright one first."""
        upright, *turned = map(LaidView.of, features, orientations)
        return cls(upright.descriptor, upright.local, others=tuple(turned))

    def with_zoomed(self, zoomed: Iterable[Features]) -> View:
        """Return the same looked at on other scales too, where there are features on these."""
        looks = (replace(LaidView.of(one), is_zoomed=True) for one in zoomed if len(one))
        return replace(self, others=(*self.others, *looks))

    @property
    def laid(self) -> tuple[LaidView, ...]:
        """All ways it is looked at, upright first."""
        return (self, *self.others)

    @property
    def image_size(self) -> tuple[int, int]:
        """(width, height) of the upright photo in pixels."""
        return self.local.image_size


def region_in(transform: NDArray[np.floating], region: Region) -> Region:
    """Return the upright region around one that a transform [3, 3] lays in another picture."""
    left, top, width, height = region
    x, y = transform[:2, :2] @ [[left, left, left + width, left + width], [top, top + height, top, top + height]]
    x, y = x + transform[0, 2], y + transform[1, 2]
    return float(x.min()), float(y.min()), float(np.ptp(x)), float(np.ptp(y))


def position_steps(keypoints: FloatArray, image_size: tuple[int, int]) -> NDArray[np.uint16]:
    """Return keypoints [N, 2] in steps of 1 / 4095 of the photo's width and height, kept inside the photo."""
    steps = np.array(image_size, np.float64) / POSITION_STEPS
    return np.round(np.clip(keypoints / steps, 0, POSITION_STEPS)).astype(np.uint16)


def attention_steps(attention: FloatArray) -> NDArray[np.uint16]:
    """Return attention [N] in logarithmic steps: the first 11 bits of its float16, within 0.9 percent."""
    bits = np.minimum(attention, np.finfo(np.float16).max).astype(np.float16).view(np.uint16)
    steps: NDArray[np.uint16] = np.minimum((bits + np.uint16(8)) >> np.uint16(4), np.uint16(_GREATEST_ATTENTION))
    return steps


def attention_of_steps(steps: NDArray[np.integer]) -> FloatArray:
    """Return the attention [N] that lies at these steps, 0 to 1983."""
    return (steps.astype(np.uint16) << np.uint16(4)).view(np.float16).astype(np.float32)


def _freeze(value: object, name: str, dtype: type[np.generic], shape: tuple[int, ...]) -> None:
    """Replace the array attribute `name` by a checked, contiguous, read-only one."""
    array: NDArray[np.generic] = np.ascontiguousarray(getattr(value, name), dtype=dtype)
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}, expected {shape}")
    if np.issubdtype(dtype, np.floating) and not np.isfinite(array).all():
        raise ValueError(f"{name} has values that are not finite")
    if array.flags.writeable:
        array = array.view()
        array.flags.writeable = False
    object.__setattr__(value, name, array)
