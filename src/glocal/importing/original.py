"""What an imported network computes of a picture, by the names that reference files have for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from glocal.arrays import FloatArray
from glocal.extraction import fuse, resizing_of, unit
from glocal.importing.imported import Imported
from glocal.models.network import RawFeatures

_NAME = re.compile(r"(.*?)(\d+)(?:_s([\d.]+))?((?:_(?:raw|l2|ss|ms|final|first8|lw))*)")
_SCALES_OF = {"_ms": "ms", "_final": "scales"}


def picture_of(name: str) -> int:
    """Return the number of the picture that an output of a reference file is of, -1 if its name holds none."""
    found = _NAME.fullmatch(name)
    return int(found[2]) if found else -1


class Seen(NamedTuple):
    """What a network makes of one picture at one scale; maps are [1, C, h, w], the descriptor [D] as it comes."""

    early: list[Tensor]
    local_map: Tensor
    deep_map: Tensor
    raw: RawFeatures
    descriptor: Tensor


@dataclass(frozen=True, eq=False)
class Original:
    """An imported network, asked as its original would be: at any scale, without codes learned on photos.

    Attributes:
        imported: the network and its preprocessing.
        network: its weights in place.
        seen: what was made of the last picture, by scale.
    """

    imported: Imported
    network: Any
    seen: dict[float, Seen] = field(default_factory=dict)
    last: list[NDArray[np.uint8]] = field(default_factory=list)

    @classmethod
    def of(cls, imported: Imported) -> Original:
        """Build the network."""
        return cls(imported, imported.network())

    def see(self, picture: NDArray[np.uint8], scale: float) -> Seen:
        """Return what the network makes of a picture [H, W, 3] at a scale; of the last picture it is remembered."""
        if not self.last or self.last[0] is not picture:
            self.seen.clear()
            self.last[:] = [picture]
        if scale not in self.seen:
            self.seen[scale] = self._see(picture, scale)
        return self.seen[scale]

    @torch.no_grad()
    def _see(self, picture: NDArray[np.uint8], scale: float) -> Seen:
        resizing = resizing_of(self.imported.resize)
        level = resizing.level(picture, picture.shape[1], picture.shape[0], scale)
        normalisation = self.imported.settings.normalisation
        mean, std = np.array(normalisation.mean, np.float32), np.array(normalisation.std, np.float32)
        values = (level.astype(np.float32) - mean) / std
        image = torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1)[None]))
        raw = self.network.raw_features(image)
        backbone = self.network.backbone
        early = backbone.early_maps(image)
        local_map, deep_map = backbone.late_maps(early[-1])
        return Seen(early, local_map, deep_map, raw, self.network.whitening(raw.pooled)[0])

    @torch.no_grad()
    def output(self, name: str, picture: NDArray[np.uint8], settings: Mapping[str, NDArray[Any]]) -> FloatArray | None:
        """Return an output of a reference file, or None if this network has no output of the name.

        Args:
            name: as "attention0_s1": what, number of the picture, scale, and how it is normalised or fused.
            picture: of that number.
            settings: the reference's own, for the scales of outputs that read several.
        """
        found = _NAME.fullmatch(name)
        if found is None:
            return None
        what, _, scale, suffix = found.groups()
        if what == "global":
            return self._global(picture, scale, suffix, settings)
        if what not in _OUTPUTS:
            return None
        try:
            array: FloatArray = _OUTPUTS[what](self.network, self.see(picture, float(scale or 1))).numpy()
        except (AttributeError, TypeError):  # an output of another network than this one
            return None
        return array[..., :8] if suffix == "_first8" else array

    def _global(
        self, picture: NDArray[np.uint8], scale: str | None, suffix: str, settings: Mapping[str, NDArray[Any]]
    ) -> FloatArray:
        """Return global descriptors: at one scale, at each, or of several together."""
        several = next((key for part, key in _SCALES_OF.items() if part in suffix), None)
        if scale is not None or "_ss" in suffix:
            rows = self.descriptors(picture, [float(scale or 1)])
        else:
            rows = self.descriptors(picture, [float(one) for one in settings[several or "scales"]])
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        if several is not None:
            return self.fused(list(rows / lengths))
        rows = rows if "_raw" in suffix else rows / lengths
        return rows[0] if scale is not None or "_ss" in suffix else rows

    @torch.no_grad()
    def local_descriptors(self, seen: Seen) -> FloatArray:
        """Return the local descriptors [h w, C], row by row, as the original gives them, not normalised."""
        described: Tensor
        if self.network.pca is None:
            described = self.network.encoder(seen.raw.cells)
        elif self.imported.settings.local_code == "hidden":
            described = self.network.attention.hidden(seen.local_map)
        else:
            described = seen.raw.cells if self.imported.settings.architecture == "dolg" else seen.local_map
        return described[0].flatten(1).T.numpy()

    def descriptors(self, picture: NDArray[np.uint8], scales: Sequence[float]) -> FloatArray:
        """Return the global descriptors [S, D] at each scale, not normalised."""
        return np.stack([self.see(picture, scale).descriptor.numpy() for scale in scales])

    def fused(self, descriptors: list[FloatArray]) -> FloatArray:
        """Return the descriptor of all scales together, of descriptors of length 1."""
        fused = fuse(descriptors, self.imported.fusion_power)
        projection = self.imported.projection
        return fused if projection is None else unit(projection.matrix.astype(np.float64) @ (fused - projection.mean))


def _hwc(values: Tensor) -> Tensor:
    return values[0].permute(1, 2, 0)


def _hidden(network: Any, seen: Seen) -> Tensor:
    hidden: Tensor = network.attention.norm(network.attention.reduce(seen.local_map))
    return hidden[0]


_OUTPUTS: dict[str, Callable[[Any, Seen], Tensor]] = {
    "attention": lambda _, seen: seen.raw.attention[0, 0],
    "local_map": lambda _, seen: (seen.raw.cells * seen.raw.attention)[0],
    "local_mean": lambda _, seen: (seen.raw.cells * seen.raw.attention).mean(dim=(2, 3))[0],
    "conv1_bn_map": _hidden,
    "layer3_map": lambda _, seen: seen.local_map[0],
    "features": lambda _, seen: seen.deep_map[0],
    "block0mp_": lambda _, seen: _hwc(seen.early[0]),
    "block1_": lambda _, seen: _hwc(seen.early[1]),
    "block2_": lambda _, seen: _hwc(seen.early[2]),
    "block3_": lambda _, seen: _hwc(seen.local_map),
    "block4_": lambda _, seen: _hwc(seen.deep_map),
    "reduced": lambda network, seen: _hwc(network.autoencoder.encoder(seen.raw.cells)),
    "expanded": lambda network, seen: _hwc(F.relu(network.autoencoder.decoder(network.encoder(seen.raw.cells)))),
    "fg": lambda network, seen: seen.raw.pooled[0, : network.reduce.out_features],
    "pooled": lambda _, seen: seen.raw.pooled[0],
    "whitened": lambda _, seen: seen.descriptor,
}
"""What reference files call single outputs, and how they are computed."""
