"""Features in a NumPy archive: one array of each kind for all photos."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from glocal.evaluation.exchange.float_features import PhotoFeatures
from glocal.files import publish, unfinished


def write_npz(path: Path, photos: Iterator[tuple[str, PhotoFeatures]]) -> int:
    """Write features of n photos, whole or not at all; return n.

    The archive holds `names` [n], `sizes` [n, 2] (width, height), `global_descriptors` [n, D], and of all local
    features, one after the other, `keypoints` [m, 2], `scales` [m], `scores` [m], `descriptors` [m, C]. Those of photo
    i are the rows `starts[i]` to `starts[i + 1]` of these.
    """
    named = list(photos)
    of_all = [features for _, features in named]
    counts = [len(one.scores) for one in of_all]
    wholes = [one.global_descriptor for one in of_all if one.global_descriptor is not None]
    arrays = {
        "names": np.array([name for name, _ in named], np.str_),
        "sizes": np.array([one.image_size or (0, 0) for one in of_all], np.int64).reshape(-1, 2),
        "global_descriptors": np.stack(wholes) if wholes else np.zeros((0, 0), np.float32),
        "starts": np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64),
        "keypoints": np.concatenate([np.zeros((0, 2), np.float32), *(one.keypoints for one in of_all)]),
        "scales": np.concatenate([np.zeros(0, np.float32), *(one.scales for one in of_all)]),
        "scores": np.concatenate([np.zeros(0, np.float32), *(one.scores for one in of_all)]),
        "descriptors": np.concatenate([one.descriptors for one in of_all] or [np.zeros((0, 0), np.float32)]),
    }
    with unfinished(path) as draft:
        with draft.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        publish(draft, path)
    return len(named)
