"""Directories of EXIF (CIPA DC-008), which are those of TIFF 6.0: the values of their tags."""

from __future__ import annotations

import struct
from typing import IO

ExifValue = str | tuple[float, ...]
"""Text, or numbers; a fraction is one number."""

_HEADERS = {b"II*\0": "<", b"MM\0*": ">"}
_TEXT, _FRACTION = 2, 5
_NUMBERS = {1: "B", 3: "H", 4: "I", _FRACTION: "II", 13: "I"}
_MOST_ENTRIES = 1000
_MOST_BYTES = 1000
"""Of one value: names and places take less; what takes more is none of them."""


class ExifDirectories:
    """The directories of an EXIF block or a TIFF file.

    Args:
        stream: begins as TIFF does, or it has no directories.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._order = _HEADERS.get(self._read(0, 4), "")

    def first(self) -> dict[int, ExifValue]:
        """Return the first directory, as `at` does."""
        place = self._read(4, 4)
        if not self._order or len(place) < 4:
            return {}
        return self.at(*struct.unpack(self._order + "I", place))

    def at(self, place: int) -> dict[int, ExifValue]:
        """Return the values of a directory's tags, without damaged ones: cameras and editors leave junk there.

        Args:
            place: of the directory, bytes from the start.
        """
        count = self._read(place, 2)
        if not self._order or len(count) < 2:
            return {}
        entries = self._read(place + 2, 12 * min(struct.unpack(self._order + "H", count)[0], _MOST_ENTRIES))
        found: dict[int, ExifValue] = {}
        for start in range(0, len(entries) - 11, 12):
            tag, kind, numbers = struct.unpack_from(self._order + "HHI", entries, start)
            value = self._value(kind, numbers, entries[start + 8 : start + 12])
            if value is not None:
                found.setdefault(tag, value)
        return found

    def _value(self, kind: int, count: int, field: bytes) -> ExifValue | None:
        size = 1 if kind == _TEXT else struct.calcsize("<" + _NUMBERS.get(kind, ""))
        length = size * count
        if not 0 < length <= _MOST_BYTES:
            return None
        data = field[:length] if length <= 4 else self._read(struct.unpack(self._order + "I", field)[0], length)
        if kind == _TEXT:
            text = data.split(b"\0")[0].decode("utf-8", "replace")
            return "".join(one if one.isprintable() else " " for one in text).strip()
        if len(data) < length:
            return None
        numbers = struct.unpack(self._order + _NUMBERS[kind] * count, data)
        if kind != _FRACTION:
            return numbers
        fractions = zip(numbers[::2], numbers[1::2], strict=True)
        return tuple(above / below if below else float("nan") for above, below in fractions)

    def _read(self, start: int, length: int) -> bytes:
        self._stream.seek(start)
        return self._stream.read(length)
