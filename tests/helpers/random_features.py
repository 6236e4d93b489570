"""Features made up from a seed."""

from __future__ import annotations

import struct
import zlib

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


def packed_1(features: Features) -> bytes:
    """Pack local features as format 1 did, written from its description."""
    scales = sorted(set(features.scales.tolist()))
    x, y = (np.clip(np.rint(features.keypoints[:, k] / features.image_size[k] * 65535), 0, 65535) for k in (0, 1))
    signs = features.descriptors > 0
    rest = struct.pack("<BBHHII", 1, signs.shape[1] // 8, len(features), len(scales), *features.image_size)
    rest += np.packbits(signs, axis=1).tobytes() + x.astype("<u2").tobytes() + y.astype("<u2").tobytes()
    rest += features.attention.astype("<f2").tobytes() + bytes(
        scales.index(scale) for scale in features.scales.tolist()
    )
    rest += np.array(scales, "<f4").tobytes()
    return struct.pack("<I", zlib.crc32(rest)) + rest
