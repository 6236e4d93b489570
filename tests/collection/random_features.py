"""Features made up from a seed."""

from __future__ import annotations

import numpy as np

from glocal.features import Features


def random_features(seed: int, count: int, size: tuple[int, int], levels: int = 7, bits: int = 128) -> Features:
    random = np.random.default_rng(seed)
    descriptors = random.standard_normal((count, bits)).astype(np.float32)
    global_descriptor = random.standard_normal(32).astype(np.float32)
    return Features(
        image_size=size,
        keypoints=random.uniform(-1, np.array(size) + 1, (count, 2)).astype(np.float32),
        scales=random.choice(random.uniform(0.1, 8, levels), count).astype(np.float32),
        attention=np.sort(random.exponential(5, count).astype(np.float32))[::-1],
        global_descriptor=global_descriptor / np.linalg.norm(global_descriptor),
        descriptors=descriptors,
    )
