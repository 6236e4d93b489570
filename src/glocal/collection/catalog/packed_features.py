"""Local features to bytes and back: what the catalog stores of a photo, some 20 bytes a feature.

Layout, little-endian, after the header (checksum of all that follows it, version, bytes per code, N, number of
scales S, width, height, greatest attention step). Version 3 has two bytes for the bytes per code, and for descriptors
floats of 16 bits:

    codes      N x B/8 uint8    the binary descriptors, or the bytes of the floats
    positions  3 x N   uint8    x mod 256; y mod 256; x div 256 + 16 * (y div 256); steps of 1 / 4095 of a side
    levels     bits             rows in the table of scales: the lowest bit of all N, padded to a byte, then the next
    attention  bits             N ones, each after as many zeros as its step lies below the one before it
    scales     S       float32  the distinct scales of this photo: one per level of its image pyramid

Attention falls from feature to feature, so its steps cost two bits each (the upper half of an Elias-Fano code).
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import ByteArray
from glocal.collection.catalog.packed_features_format_1 import trusted_features, unpack_1
from glocal.compiled import compiled
from glocal.errors import CollectionError
from glocal.features import (
    POSITION_STEPS,
    CompactFeatures,
    LocalKind,
    attention_of_steps,
    attention_steps,
    position_steps,
)

VERSION = 2
MAX_SCALES = 256

FLOAT_VERSION = 3
_HEADERS = {VERSION: struct.Struct("<IBBHHIIH"), FLOAT_VERSION: struct.Struct("<IBHHHIIH")}
_MOST_CODE_BYTES = {VERSION: 255, FLOAT_VERSION: 65535}
_PREFIX = struct.Struct("<IB")


class DamagedFeaturesError(CollectionError):
    """Stored local features are not what was packed."""


def pack(features: CompactFeatures) -> bytes:
    """Return the bytes of the local features of one photo.

    What `Features.compact()` returns is unchanged by `unpack(pack(...))`; other keypoints and attention are rounded
    as it rounds them.

    Raises:
        ValueError: more than 256 distinct scales, or codes longer than 255 bytes, 65535 of floats.
    """
    scales, levels = np.unique(features.scales, return_inverse=True)
    count, code_bytes = features.codes.shape
    version = VERSION if features.kind == "binary" else FLOAT_VERSION
    if len(scales) > MAX_SCALES or code_bytes > _MOST_CODE_BYTES[version]:
        most = _MOST_CODE_BYTES[version]
        raise ValueError(f"{len(scales)} scales and {code_bytes} bytes a code; at most 256 and {most} can be packed")
    x, y = position_steps(features.keypoints, features.image_size).T
    steps = attention_steps(features.attention).astype(np.int64)
    greatest = int(steps[0]) if count else 0
    body = b"".join(
        (
            features.codes.tobytes(),
            *(part.astype(np.uint8).tobytes() for part in (x & 255, y & 255, x >> 8 | y >> 8 << 4)),
            *(np.packbits(levels >> bit & 1).tobytes() for bit in range(_level_bits(len(scales)))),
            _rising_bits(greatest - steps),
            scales.astype("<f4").tobytes(),
        )
    )
    header = _HEADERS[version].pack(0, version, code_bytes, count, len(scales), *features.image_size, greatest)[4:]
    return struct.pack("<I", zlib.crc32(body, zlib.crc32(header))) + header + body


def unpack(packed: bytes) -> CompactFeatures:
    """Return the local features that `pack` was given, now or when it wrote version 1.

    The checksum shows that the bytes come from a value that was valid, so its rules are not checked again:
    this is read for every candidate of a query.

    Raises:
        DamagedFeaturesError: the bytes are not what was packed.
        CollectionError: they are of a version this one does not know.
    """
    if not isinstance(packed, bytes) or len(packed) < _PREFIX.size:
        raise DamagedFeaturesError("stored local features are damaged (cut short); run `glocal repair`")
    checksum, version = _PREFIX.unpack_from(packed)
    if zlib.crc32(memoryview(packed)[4:]) != checksum:
        raise DamagedFeaturesError("stored local features are damaged (checksum); run `glocal repair`")
    if version == 1:
        return unpack_1(packed)
    if version not in _HEADERS:
        raise CollectionError(f"stored local features are of version {version}, which is newer; upgrade glocal")
    head = _HEADERS[version]
    _, _, code_bytes, count, scale_count, width, height, greatest = head.unpack_from(packed)
    end = head.size + count * code_bytes
    codes = np.frombuffer(packed, np.uint8, count * code_bytes, head.size).reshape(count, code_bytes)
    steps = np.array([width, height], np.float64) / POSITION_STEPS
    rest = np.frombuffer(packed, np.uint8, len(packed) - 4 * scale_count - end, end)
    keypoints, levels, attention = _decoded(rest, count, _level_bits(scale_count), greatest, steps)
    scales = np.frombuffer(packed, "<f4", scale_count, len(packed) - 4 * scale_count).take(levels)
    kind: LocalKind = "binary" if version == VERSION else "float16"
    return trusted_features((width, height), keypoints, scales, attention_of_steps(attention), codes, kind)


def _level_bits(scales: int) -> int:
    return max(scales - 1, 0).bit_length()


def _rising_bits(numbers: NDArray[np.int64]) -> bytes:
    """Write each number of a rising sequence [N] as a one at bit number + its place."""
    places = numbers + np.arange(len(numbers))
    bits = np.zeros(places[-1] + 1 if len(places) else 0, np.uint8)
    bits[places] = 1
    return np.packbits(bits).tobytes()


@compiled
def _decoded(
    parts: ByteArray, count: int, level_bits: int, greatest: int, position_steps: NDArray[np.float64]
) -> tuple[NDArray[np.float32], ByteArray, NDArray[np.uint16]]:
    """Return keypoints [N, 2] in pixels, levels [N] and attention steps [N] from positions, levels and attention."""
    keypoints = np.empty((count, 2), np.float32)
    for i in range(count):
        high = int(parts[2 * count + i])
        keypoints[i, 0] = (parts[i] + (high & 15) * 256) * position_steps[0]
        keypoints[i, 1] = (parts[count + i] + (high >> 4) * 256) * position_steps[1]
    start = 3 * count
    levels = np.zeros(count, np.uint8)
    for bit in range(level_bits):
        for i in range(count):
            levels[i] |= (parts[start + i // 8] >> (7 - i % 8) & 1) << bit
        start += (count + 7) // 8
    attention = np.empty(count, np.uint16)
    found = 0
    for place in range(8 * (len(parts) - start)):
        if parts[start + place // 8] >> (7 - place % 8) & 1:
            attention[found] = greatest - (place - found)
            found += 1
    return keypoints, levels, attention
