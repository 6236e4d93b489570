"""How much work extraction does for one photo: image sizes, scales, number of local features."""

from __future__ import annotations

from dataclasses import dataclass
from math import isclose
from typing import Any

from glocal.errors import ModelError
from glocal.extraction.card_fields import numbers, whole
from glocal.features import MAX_FEATURES

SIDES = (64, 8192)
SCALES = (0.05, 8.0)
"""Least and greatest of a picture's longest side in pixels, and of a factor on it."""

MOST_ZOOMED_SIDE = 1024
"""Longest side in pixels of the largest picture of a zoomed pyramid, if the preset itself has none that is larger."""


@dataclass(frozen=True)
class Preset:
    """The image pyramid of one photo, and how many local features are kept of it.

    Attributes:
        name: what `load_model(preset=...)` calls it.
        max_side: a photo whose longest side is longer is shrunk to this many pixels first.
        local_scales: factors on that picture at which local features are taken.
        global_scales: factors at which global descriptors are taken and averaged.
        max_features: most local features kept over all scales, by attention.

    Raises:
        ModelError: a number is out of range, or no global scale is given.
    """

    name: str
    max_side: int
    local_scales: tuple[float, ...]
    global_scales: tuple[float, ...]
    max_features: int

    def __post_init__(self) -> None:
        scales = (*self.local_scales, *self.global_scales)
        if not self.global_scales or not all(SCALES[0] <= scale <= SCALES[1] for scale in scales):
            raise ModelError(
                f"preset {self.name}: needs a global scale, and all scales within {SCALES[0]} to {SCALES[1]}"
            )
        if not SIDES[0] <= self.max_side <= SIDES[1] or not 0 <= self.max_features <= MAX_FEATURES:
            raise ModelError(
                f"preset {self.name}: max_side must be {SIDES[0]} to {SIDES[1]}, max_features 0 to {MAX_FEATURES}"
            )

    @classmethod
    def from_dict(cls, name: str, fields: dict[str, Any]) -> Preset:
        """Read the form a model card holds (all attributes but the name)."""
        try:
            return cls(
                name=name,
                max_side=whole(fields, "max_side", *SIDES),
                local_scales=numbers(fields, "local_scales", *SCALES),
                global_scales=numbers(fields, "global_scales", *SCALES),
                max_features=whole(fields, "max_features", 0, MAX_FEATURES),
            )
        except (KeyError, TypeError, ValueError) as error:
            reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            raise ModelError(
                f"preset {name} of the model card is damaged: {reason}; install the model again"
            ) from error

    def to_dict(self) -> dict[str, Any]:
        """Return the form a model card holds: all attributes but the name."""
        return {
            "max_side": self.max_side,
            "local_scales": list(self.local_scales),
            "global_scales": list(self.global_scales),
            "max_features": self.max_features,
        }

    @property
    def scales(self) -> tuple[float, ...]:
        """All scales at which the network runs, each once, smallest first."""
        return tuple(sorted({*self.local_scales, *self.global_scales}))

    def zoomed_scales(self, zoom: float) -> tuple[float, ...]:
        """Return the local scales of a photo `zoom` times as large, without those that the photo itself has too.

        Returns:
            Factors on the picture `zoom` times as large as that of scale 1; none whose picture would be too large.
        """
        most = max(MOST_ZOOMED_SIDE, self.max_side * max(self.local_scales, default=1.0))
        return tuple(
            scale
            for scale in self.local_scales
            if self.max_side * zoom * scale <= most
            and not any(isclose(zoom * scale, own, rel_tol=0.01) for own in self.local_scales)
        )
