"""Which cells of the local maps become local features: the strongest by attention, over all scales."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glocal.extraction.card import LocalMap
from glocal.extraction.network import Maps
from glocal.extraction.pyramid import Level
from glocal.extraction.worth import worth_keeping
from glocal.features import FloatArray


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
    ground and of the photo's border are left out: see `worth`.
    """
    attention = maps.attention.ravel()
    worth = worth_keeping(level.picture, maps.attention.shape, local).ravel()
    reaching = np.flatnonzero(worth & (attention >= local.attention_threshold))
    order = reaching[np.argsort(-attention[reaching], kind="stable")[:limit]]
    rows, columns = np.divmod(order, maps.attention.shape[1])
    cells = np.stack([columns, rows], axis=1).astype(np.float32)
    keypoints = level.to_photo(cells * np.float32(local.stride) + np.float32(local.offset))
    scale = np.sqrt(level.step[0] * level.step[1])
    descriptors = maps.descriptors.reshape(local.dimensions, -1)[:, order].T
    return LocalFeatures(keypoints, np.full(len(order), scale, np.float32), attention[order], descriptors)


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


def fuse(global_descriptors: list[FloatArray]) -> FloatArray:
    """Sum unit-length global descriptors [D] over scales and normalise again (TensorFlow DELG inference)."""
    total = np.stack(global_descriptors).sum(axis=0, dtype=np.float64)
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-12), np.float32)
