"""Counts that shards send: the same numbers, in fewer bytes."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from glocal.cluster.shard_reading import PackedCounts

DISTANCES = 41


@pytest.mark.parametrize("features", [0, 1, 500])
@pytest.mark.parametrize("most", [0, 255, 256, 1 << 20, 1 << 40])
def test_they_come_back_as_they_were(features: int, most: int) -> None:
    counts = np.random.default_rng(features).integers(0, most + 1, (features, DISTANCES))
    found = PackedCounts.of(counts).counts()
    assert found.dtype.itemsize <= 8
    np.testing.assert_array_equal(found, counts)


def test_few_bytes_are_sent_of_counts_like_those_of_photos() -> None:
    """Most photos have their nearest feature farther away than counts, and the nearer the fewer."""
    expected = 400 * 2.0 ** (np.arange(DISTANCES) - DISTANCES)
    counts = np.random.default_rng(0).poisson(expected, (500, DISTANCES))
    assert (counts == 0).mean() > 0.6
    sent = pickle.dumps(PackedCounts.of(counts))
    assert len(sent) < counts.astype(np.uint16).nbytes / 3
