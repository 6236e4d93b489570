"""Which cells of the local maps become local features: the strongest by attention, over all scales."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import FloatArray
from glocal.extraction.card import LocalMap
from glocal.extraction.onnx_network import Maps
from glocal.extraction.pyramid import Level
from glocal.extraction.worth import worth_keeping

STRIDE = 16
"""Stride of the local map that a feature's scale is counted in: half as fine a map locates half as finely."""


@dataclass(frozen=True, eq=False)
class LocalFeatures:
    """Local features of one level or photo, strongest first: rows as in `glocal.features.Features`."""

    keypoints: FloatArray
    scales: FloatArray
    attention: FloatArray
    descriptors: FloatArray


def level_features(maps: Maps, level: Level, local: LocalMap, limit: int) -> LocalFeatures:
    """Take the cells of one level whose attention reaches the threshold, at most `limit`, strongest first.

    The threshold is per scale and the limit over all scales (DELG, section 3.3; TensorFlow
    feature_extractor.py). Equal attention keeps the map's row-major order. Other than there, cells of plain
    ground and of the photo's border are left out: see `worth`. Of networks whose pictures are resized as their original
    does it, to float32, they stay, as there.
    """
    attention = maps.attention.ravel()
    reaching = np.flatnonzero(_worth(maps, level, local) & (attention >= local.attention_threshold))
    order = reaching[np.argsort(-attention[reaching], kind="stable")[:limit]]
    rows, columns = np.divmod(order, maps.attention.shape[1])
    cells = np.stack([columns, rows], axis=1).astype(np.float32)
    keypoints = level.to_photo(cells * np.float32(local.stride) + np.float32(local.offset))
    scale = np.sqrt(level.step[0] * level.step[1]) * local.stride / STRIDE
    descriptors = maps.descriptors.reshape(local.dimensions, -1)[:, order].T
    return LocalFeatures(keypoints, np.full(len(order), scale, np.float32), attention[order], descriptors)


def _worth(maps: Maps, level: Level, local: LocalMap) -> NDArray[np.bool_]:
    """Return, for the cells row by row, whether they may be kept."""
    if level.picture.dtype != np.uint8:
        return np.ones(maps.attention.size, np.bool_)
    return worth_keeping(level.picture.astype(np.uint8, copy=False), maps.attention.shape, local).ravel()


def strongest(levels: list[LocalFeatures], limit: int, dimensions: int) -> LocalFeatures:
    """Merge the levels of one photo and keep the `limit` strongest; equal attention keeps the order of levels."""
    merged = [_empty(dimensions), *levels]
    attention = np.concatenate([level.attention for level in merged])
    order = np.argsort(-attention, kind="stable")[:limit]
    return LocalFeatures(
        keypoints=np.concatenate([level.keypoints for level in merged])[order],
        scales=np.concatenate([level.scales for level in merged])[order],
        attention=attention[order],
        descriptors=np.concatenate([level.descriptors for level in merged])[order],
    )


def _empty(dimensions: int) -> LocalFeatures:
    return LocalFeatures(*(np.zeros(shape, np.float32) for shape in ((0, 2), 0, 0, (0, dimensions))))


def fuse(global_descriptors: list[FloatArray], power: float = 1.0) -> FloatArray:
    """Sum unit-length global descriptors [D] over scales and normalise again (TensorFlow DELG inference).

    With another power than 1 it is the generalised mean, of descriptors that are nowhere negative (Radenović et al.,
    TPAMI 2019, section 3.3).
    """
    rows = np.stack(global_descriptors).astype(np.float64)
    return unit(rows.sum(axis=0) if power == 1.0 else np.mean(rows**power, axis=0) ** (1.0 / power))


def unit(vector: NDArray[np.float64]) -> FloatArray:
    """Return a vector [D] at length 1."""
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), np.float32)
