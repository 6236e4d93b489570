"""RAW photos, written by hand as the DNG specification (1.4) says: a thumbnail, the sensor's values, and a preview."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

BYTE, ASCII, SHORT, LONG, SRATIONAL, RATIONAL = 1, 2, 3, 4, 10, 5
_SIZES = {BYTE: 1, ASCII: 1, SHORT: 2, LONG: 4, SRATIONAL: 8, RATIONAL: 8}
_FORMATS = {BYTE: "B", SHORT: "H", LONG: "I"}

Entry = tuple[int, int, list[int] | bytes]
"""Tag, type, values."""

# XYZ to linear sRGB (IEC 61966-2-1): a camera whose colours are those of a screen.
_FROM_XYZ = (32405, -15371, -4985, -9693, 18760, 416, 556, -2040, 10572)


def dng(
    picture: NDArray[np.uint8], *, thumbnail: NDArray[np.uint8], preview: bytes = b"", orientation: int = 1
) -> bytes:
    """A DNG of a picture [H, W, 3], sRGB with even sides, seen through a Bayer pattern of red, green, green, blue.

    Args:
        picture: what the sensor sees.
        thumbnail: [h, w, 3], kept where other TIFF files have their picture.
        preview: a JPEG, kept beside; none if empty.
        orientation: EXIF's, of all three.
    """
    height, width = picture.shape[:2]
    linear = (((picture / 255 + 0.055) / 1.055).clip(0) ** 2.4 * 65535).round().astype("<u2")
    sensor = linear[:, :, 1].copy()
    sensor[::2, ::2], sensor[1::2, 1::2] = linear[::2, ::2, 0], linear[1::2, 1::2, 2]
    raw: list[Entry] = [
        *_picture(0, width, height, 16, 32803, sensor.tobytes()),
        (33421, SHORT, [2, 2]),
        (33422, BYTE, [0, 1, 1, 2]),
        (50717, LONG, [65535]),
    ]
    parts = [raw]
    if preview:
        parts.append([*_picture(1, 2 * width, 2 * height, 8, 6, preview, compression=7)])
    first: list[Entry] = [
        *_picture(1, thumbnail.shape[1], thumbnail.shape[0], 8, 2, thumbnail.tobytes(), channels=3),
        (271, ASCII, b"Maker\0"),
        (272, ASCII, b"Model\0"),
        (274, SHORT, [orientation]),
        (306, ASCII, b"2024:05:17 14:03:22\0"),
        (50706, BYTE, [1, 4, 0, 0]),
        (50708, ASCII, b"Maker Model\0"),
        (50721, SRATIONAL, [number for value in _FROM_XYZ for number in (value, 10000)]),
        (50728, RATIONAL, [1, 1] * 3),
        (50778, SHORT, [21]),
    ]
    return _file(first, parts)


def _picture(
    kind: int, width: int, height: int, bits: int, colours: int, data: bytes, *, channels: int = 1, compression: int = 1
) -> list[Entry]:
    channels = 3 if compression == 7 else channels
    return [
        (254, LONG, [kind]),
        (256, LONG, [width]),
        (257, LONG, [height]),
        (258, SHORT, [bits] * channels),
        (259, SHORT, [compression]),
        (262, SHORT, [colours]),
        (273, LONG, data),  # its place, once it is known
        (277, SHORT, [channels]),
        (278, LONG, [height]),
        (279, LONG, [len(data)]),
    ]


def _file(first: list[Entry], parts: list[list[Entry]]) -> bytes:
    body = bytearray(b"II*\0" + bytes(4))
    places = [_put(body, part) for part in parts]
    struct.pack_into("<I", body, 4, _put(body, [*first, (330, LONG, places)]))
    return bytes(body)


def _put(body: bytearray, entries: list[Entry]) -> int:
    """Append a directory and its values; return its place."""
    fields = []
    for tag, kind, values in sorted(entries, key=lambda entry: entry[0]):
        if tag == 273 and isinstance(values, bytes):
            place = _append(body, values)
            fields.append(struct.pack("<HHII", tag, kind, 1, place))
            continue
        packed = values if isinstance(values, bytes) else _packed(kind, values)
        field = packed.ljust(4, b"\0") if len(packed) <= 4 else struct.pack("<I", _append(body, packed))
        fields.append(struct.pack("<HHI", tag, kind, len(packed) // _SIZES[kind]) + field)
    return _append(body, struct.pack("<H", len(fields)) + b"".join(fields) + bytes(4))


def _append(body: bytearray, data: bytes) -> int:
    body += bytes(-len(body) % 2)
    body += data
    return len(body) - len(data)


def _packed(kind: int, values: list[int]) -> bytes:
    if kind in (RATIONAL, SRATIONAL):
        return struct.pack(f"<{len(values)}{'i' if kind == SRATIONAL else 'I'}", *values)
    return struct.pack(f"<{len(values)}{_FORMATS[kind]}", *values)
