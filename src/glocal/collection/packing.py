"""Local features to bytes and back: what the catalog stores of a photo, 23 bytes a feature.

Layout, little-endian, after the header (checksum of all that follows it, version, bytes per code, N, number of
scales S, width, height):

    codes      N x B/8 uint8    the binary descriptors
    positions  2 x N   uint16   all x, then all y, in steps of width / 65535 and height / 65535
    attention  N       float16
    levels     N       uint8    row in the table of scales
    scales     S       float32  the distinct scales of this photo: one per level of its image pyramid
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from glocal.errors import CollectionError
from glocal.features import CompactFeatures

VERSION = 1
MAX_SCALES = 256
MAX_STEP = 65535

_HEADER = struct.Struct("<IBBHHII")
_CHECKSUM_BYTES = 4


def pack(features: CompactFeatures) -> bytes:
    """Return the bytes of the local features of one photo.

    What `Features.compact()` returns is unchanged by `unpack(pack(...))`; other keypoints move by at most half
    a step, width / 131070 pixels, and other attention is rounded to float16.

    Raises:
        ValueError: more than 256 distinct scales, or codes longer than 255 bytes.
    """
    scales, levels = np.unique(features.scales, return_inverse=True)
    count, code_bytes = features.codes.shape
    if len(scales) > MAX_SCALES or code_bytes > 255:
        raise ValueError(f"{len(scales)} scales and {code_bytes} bytes a code; at most 256 and 255 can be packed")
    positions = np.round(np.clip(features.keypoints / _steps(features.image_size), 0, MAX_STEP))
    body = b"".join(
        (
            features.codes.tobytes(),
            positions.T.astype("<u2").tobytes(),
            features.attention.astype("<f2").tobytes(),
            levels.astype(np.uint8).tobytes(),
            scales.astype("<f4").tobytes(),
        )
    )
    header = _HEADER.pack(0, VERSION, code_bytes, count, len(scales), *features.image_size)[_CHECKSUM_BYTES:]
    return struct.pack("<I", zlib.crc32(body, zlib.crc32(header))) + header + body


def unpack(packed: bytes) -> CompactFeatures:
    """Return the local features that `pack` was given.

    The checksum shows that the bytes come from a value that was valid, so its rules are not checked again:
    this is read for every candidate of a query.

    Raises:
        CollectionError: the bytes are damaged, or of a version this one does not know.
    """
    if len(packed) < _HEADER.size:
        raise CollectionError("stored local features are damaged (cut short); remove the photo and add it again")
    checksum, version, code_bytes, count, scale_count, width, height = _HEADER.unpack_from(packed)
    if zlib.crc32(memoryview(packed)[_CHECKSUM_BYTES:]) != checksum:
        raise CollectionError("stored local features are damaged (checksum); remove the photo and add it again")
    if version != VERSION:
        raise CollectionError(f"stored local features are of version {version}, not {VERSION}; upgrade glocal")
    end = _HEADER.size + count * code_bytes
    codes = np.frombuffer(packed, np.uint8, count * code_bytes, _HEADER.size).reshape(count, code_bytes)
    keypoints = np.empty((count, 2), np.float32)
    for axis, step in enumerate(_steps((width, height))):  # one axis at a time: three times as fast
        keypoints[:, axis] = np.frombuffer(packed, "<u2", count, end + 2 * count * axis) * step
    attention = np.frombuffer(packed, "<f2", count, end + 4 * count).astype(np.float32)
    levels = np.frombuffer(packed, np.uint8, count, end + 6 * count)
    scales = np.frombuffer(packed, "<f4", scale_count, end + 7 * count).take(levels)
    return _trusted((width, height), keypoints, scales, attention, codes)


def _steps(image_size: tuple[int, int]) -> NDArray[np.float64]:
    """Return pixels per step of x and of y, exactly as `Features.compact` rounds."""
    return np.array(image_size, np.float64) / MAX_STEP


def _trusted(
    image_size: tuple[int, int],
    keypoints: NDArray[np.float32],
    scales: NDArray[np.float32],
    attention: NDArray[np.float32],
    codes: NDArray[np.uint8],
) -> CompactFeatures:
    """Build the value without its checks, which cost three times as much as all the rest of `unpack`."""
    features = object.__new__(CompactFeatures)
    for array in (keypoints, scales, attention):
        array.flags.writeable = False
    fields = {"image_size": image_size, "keypoints": keypoints, "scales": scales, "attention": attention}
    features.__dict__.update(fields, codes=codes)
    return features
