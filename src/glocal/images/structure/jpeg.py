"""JPEG (ITU-T T.81): segments of the header, and scans."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

from glocal.images.structure.limits import ExcessError

MOST_SEGMENTS = 1000
"""Before the first scan. Cameras write 10 to 30; a depth map in extended XMP, and a colour profile, some hundred."""

MOST_HEADER_BYTES = 1 << 24
"""16 MiB. Pillow joins EXIF segments one by one, so that its time grows with the square."""

MOST_PADDING = 1 << 16
"""Bytes between segments, which Pillow reads one by one."""

MOST_SCANS = 100
"""libjpeg passes over the whole picture for each, however empty. Progressive encoders write 5 to 20."""

MOST_TABLES = 2000
"""Segments from the first scan on: each scan has its tables."""

_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF; the others are DHT, JPG and DAC
_SEGMENT = re.compile(rb"\xff[\x02-\xcf\xd9-\xfe]")
"""A marker with a segment, or the end: no escaped 0xFF, fill, restart, TEM or start of image."""


def check_header(stream: IO[bytes]) -> None:
    """Count the segments before the first scan."""
    for _ in _segments(stream):
        pass


def check_scans(stream: IO[bytes]) -> None:
    """Count the scans, where there can be several: in a progressive file, or one with a scan for each colour."""
    frame, components = 0, b""
    for marker, place in _segments(stream):
        stream.seek(place)
        if marker in _FRAMES:
            frame, components = marker, stream.read(8)[7:]
        elif marker == _START_OF_SCAN and (stream.read(3)[2:] != components or frame in _PROGRESSIVE):
            stream.seek(place)
            _count_scans(stream.read())


def scans_start(stream: IO[bytes]) -> int | None:
    """Return where the first scan begins; None if there is none."""
    return next((place for marker, place in _segments(stream) if marker == _START_OF_SCAN), None)


def _segments(stream: IO[bytes]) -> Iterator[tuple[int, int]]:
    """Yield (marker, place of its length) of each segment up to the first scan's; `stream` may be moved meanwhile."""
    place, padding = 2, 0
    for _ in range(MOST_SEGMENTS):
        stream.seek(place)
        found = _SEGMENT.match(stream.read(2))
        if found is None:
            stream.seek(place)
            between = stream.read(MOST_PADDING)
            found = _SEGMENT.search(between)
            padding += len(between) if found is None else found.start()
        if padding >= MOST_PADDING:
            raise ExcessError(f"has more than {MOST_PADDING} bytes between the parts of its header")
        if found is None or found[0][1] == _END_OF_IMAGE:
            return
        place += found.end()
        yield found[0][1], place
        if found[0][1] == _START_OF_SCAN:
            return
        stream.seek(place)
        place += int.from_bytes(stream.read(2))
        if place > MOST_HEADER_BYTES:
            raise ExcessError(f"has a header of more than {MOST_HEADER_BYTES} bytes")
    raise ExcessError(f"has more than {MOST_SEGMENTS} segments in its header")


def _count_scans(data: bytes) -> None:
    """Count from the first scan's length on."""
    place, scans = int.from_bytes(data[:2]), 1
    for _ in range(MOST_TABLES):
        found = _SEGMENT.search(data, place)
        if found is None or found[0][1] == _END_OF_IMAGE:
            return
        scans += found[0][1] == _START_OF_SCAN
        if scans > MOST_SCANS:
            raise ExcessError(f"has more than {MOST_SCANS} scans")
        place = found.end() + int.from_bytes(data[found.end() : found.end() + 2])
    raise ExcessError(f"has more than {MOST_TABLES} tables among its scans")
