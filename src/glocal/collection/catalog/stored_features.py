"""Features in the form the catalog stores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import FloatArray
from glocal.collection.catalog.packed_features import pack
from glocal.features import Features

DESCRIPTOR_TYPE = np.dtype("<f2")
"""Global descriptors are stored as float16: half the bytes of float32, and similarities move by some 1e-5."""


@dataclass(frozen=True)
class StoredFeatures:
    """The features of one photo, small enough for hundreds to wait for their batch.

    Attributes:
        image_size: (width, height) of the upright photo in pixels.
        vector: the global descriptor.
        packed: the local features, see packing.py.
    """

    image_size: tuple[int, int]
    vector: bytes
    packed: bytes

    @classmethod
    def of(cls, features: Features) -> StoredFeatures:
        """Reduce what the network said to what is kept."""
        vector = features.global_descriptor.astype(DESCRIPTOR_TYPE).tobytes()
        return cls(features.image_size, vector, pack(features.compact()))


def descriptor_rows(vectors: Sequence[bytes]) -> FloatArray:
    """Return stored global descriptors as rows [n, D] float32; [0, 0] if there are none."""
    rows: NDArray[np.float16] = np.frombuffer(b"".join(vectors), DESCRIPTOR_TYPE)
    return rows.reshape(len(vectors), -1 if vectors else 0).astype(np.float32)
