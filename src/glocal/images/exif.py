"""What a camera wrote into a photo's file: when, where and with what it was taken."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import IO, Any

from PIL import Image
from PIL.ImageFile import ImageFile

from glocal.images.exif_directory import ExifDirectories, ExifValue

# Tags of CIPA DC-008-2019, tables 4 to 15.
_MAKE, _MODEL, _CHANGED, _CHANGED_OFFSET = 0x010F, 0x0110, 0x0132, 0x9010
_EXIF, _GPS = 0x8769, 0x8825
_TAKEN, _TAKEN_OFFSET, _DIGITISED, _DIGITISED_OFFSET = 0x9003, 0x9011, 0x9004, 0x9012
_SOUTH_NORTH, _LATITUDE, _EAST_WEST, _LONGITUDE = 1, 2, 3, 4

_LONGEST = 100
"""Characters of a camera's name."""


@dataclass(frozen=True)
class Exif:
    """When, where and with what a photo was taken, as far as its file says so.

    Attributes:
        date: local time, "2024-05-17T14:03:22", with "+02:00" behind it where the offset to UTC is known.
        latitude, longitude: degrees, north and east positive; both or none.
        camera: make and model.

    Raises:
        ValueError: the place is out of range, or only half of it is there.
    """

    date: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    camera: str | None = None

    def __post_init__(self) -> None:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude are both known or both not")
        if self.latitude is not None and not (abs(self.latitude) <= 90 and abs(self.longitude or 0.0) <= 180):
            raise ValueError(f"there is no place {self.latitude}, {self.longitude}")

    def to_dict(self) -> dict[str, Any]:
        """Return what is known."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def exif_of(image: Image.Image) -> Exif:
    """Return what the header of an open photo says; nothing where it is damaged or says nothing."""
    stream = _exif_stream(image)
    if stream is None:
        return Exif()
    directories = ExifDirectories(stream)
    first = directories.first()
    taken = _within(directories, first, _EXIF)
    latitude, longitude = _place(_within(directories, first, _GPS))
    return Exif(_date(first, taken), latitude, longitude, _camera(first))


def _exif_stream(image: Image.Image) -> IO[bytes] | None:
    if image.format in ("TIFF", "RAW") and isinstance(image, ImageFile) and image.fp is not None:
        image.fp.seek(0)
        if image.fp.read(4) in (b"II*\0", b"MM\0*"):
            return image.fp  # a TIFF file is itself laid out as an EXIF block
    block = image.info.get("exif")
    return io.BytesIO(block.removeprefix(b"Exif\0\0")) if isinstance(block, bytes) else None


def _date(first: Mapping[int, ExifValue], taken: Mapping[int, ExifValue]) -> str | None:
    """Return when it was taken; else when it was digitised, or its file written."""
    offsets = (_TAKEN_OFFSET, _DIGITISED_OFFSET, _CHANGED_OFFSET)
    for tag, offset in zip((_TAKEN, _DIGITISED, _CHANGED), offsets, strict=True):
        text = (first if tag == _CHANGED else taken).get(tag)
        try:
            date = datetime.strptime(str(text)[:19], "%Y:%m:%d %H:%M:%S").isoformat()
        except ValueError:  # not there, or zeros of a camera whose clock was never set
            continue
        known = str(taken.get(offset, ""))
        return date + known if re.fullmatch(r"[+-]\d\d:\d\d", known) else date
    return None


def _place(gps: Mapping[int, ExifValue]) -> tuple[float | None, float | None]:
    """Return latitude and longitude; nothing for 0, 0, which devices write that know no place."""
    south = _degrees(gps.get(_LATITUDE), gps.get(_SOUTH_NORTH), "S")
    east = _degrees(gps.get(_LONGITUDE), gps.get(_EAST_WEST), "W")
    if not (abs(south) <= 90 and abs(east) <= 180) or (south, east) == (0, 0):
        return None, None
    return south, east


def _degrees(value: ExifValue | None, side: ExifValue | None, negative: str) -> float:
    """Return degrees, minutes and seconds as degrees, to a tenth of a metre; not a number where there are none."""
    if not isinstance(value, tuple) or len(value) != 3:
        return math.nan
    degrees = round(value[0] + value[1] / 60 + value[2] / 3600, 6)
    return -degrees if str(side).upper().startswith(negative) else degrees


def _camera(first: Mapping[int, ExifValue]) -> str | None:
    make, model = (value if isinstance(value := first.get(tag), str) else "" for tag in (_MAKE, _MODEL))
    brand = make.split(" ")[0]  # "NIKON CORPORATION" makes the "NIKON D90"
    name = model if brand and model.lower().startswith(brand.lower()) else f"{make} {model}"
    return " ".join(name.split())[:_LONGEST] or None


def _within(directories: ExifDirectories, first: Mapping[int, ExifValue], tag: int) -> dict[int, ExifValue]:
    """Return the directory whose place a tag of the first one says."""
    place = first.get(tag)
    return directories.at(int(place[0])) if isinstance(place, tuple) and math.isfinite(place[0]) else {}
