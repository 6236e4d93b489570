"""Pairs and matches as hloc keeps them (cvg/Hierarchical-Localization, pairs_from_retrieval.py, match_features.py)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from glocal.evaluation.exchange import hdf5
from glocal.evaluation.reconstruction.pairing import ImagePair
from glocal.files import publish, unfinished, write_whole


def write_pairs(path: Path, pairs: Iterable[ImagePair]) -> None:
    """Write a line a pair, both names with a blank between, as hloc and COLMAP read it."""
    write_whole(path, "".join(f"{pair.first.name} {pair.second.name}\n" for pair in pairs))


def write_matches(path: Path, pairs: Iterable[ImagePair]) -> None:
    """Write matches of pairs.

    A group for the first name, `/` as `-`, has one for the second, with `matches0` [N] and `matching_scores0` [N]: of
    each feature of the first the row in the second, or -1, and 1 for inliers of our own verification, else a half.

    Raises:
        EvaluationError: h5py is not installed.
    """
    with unfinished(path) as draft:
        with hdf5().File(draft, "w") as file:
            for pair in pairs:
                rows = np.full(len(pair.first.view.local), -1, np.int32)
                scores = np.zeros(len(rows), np.float16)
                first, second = pair.match.correspondences.T
                rows[first], scores[first] = second, np.where(pair.match.inliers, 1.0, 0.5)
                group = file.create_group(f"{pair.first.name.replace('/', '-')}/{pair.second.name.replace('/', '-')}")
                group.create_dataset("matches0", data=rows)
                group.create_dataset("matching_scores0", data=scores)
        publish(draft, path)
