"""Local features as catalogs of format 1 stored them, 23 bytes a feature: only read, to be packed anew.

Layout, little-endian, after the header (checksum of all that follows it, version, bytes per code, N, number of
scales S, width, height):

    codes      N x B/8 uint8    the binary descriptors
    positions  2 x N   uint16   all x, then all y, in steps of width / 65535 and height / 65535
    attention  N       float16
    levels     N       uint8    row in the table of scales
    scales     S       float32
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from glocal.features import CompactFeatures, LocalKind

_HEADER = struct.Struct("<IBBHHII")
_STEPS = 65535


def unpack_1(packed: bytes) -> CompactFeatures:
    """Return the local features; the checksum must have been verified."""
    _, _, code_bytes, count, scale_count, width, height = _HEADER.unpack_from(packed)
    end = _HEADER.size + count * code_bytes
    codes = np.frombuffer(packed, np.uint8, count * code_bytes, _HEADER.size).reshape(count, code_bytes)
    positions = np.frombuffer(packed, "<u2", 2 * count, end).reshape(2, count).T
    keypoints = (positions * (np.array([width, height], np.float64) / _STEPS)).astype(np.float32)
    attention = np.frombuffer(packed, "<f2", count, end + 4 * count).astype(np.float32)
    levels = np.frombuffer(packed, np.uint8, count, end + 6 * count)
    scales = np.frombuffer(packed, "<f4", scale_count, end + 7 * count).take(levels)
    return trusted_features((width, height), np.ascontiguousarray(keypoints), scales, attention, codes)


def trusted_features(
    image_size: tuple[int, int],
    keypoints: NDArray[np.float32],
    scales: NDArray[np.float32],
    attention: NDArray[np.float32],
    codes: NDArray[np.uint8],
    kind: LocalKind = "binary",
) -> CompactFeatures:
    """Build the value without its checks, which cost three times as much as all the rest of `unpack`."""
    features = object.__new__(CompactFeatures)
    for array in (keypoints, scales, attention):
        array.flags.writeable = False
    fields = {"image_size": image_size, "keypoints": keypoints, "scales": scales, "attention": attention}
    features.__dict__.update(fields, codes=codes, kind=kind)
    return features
