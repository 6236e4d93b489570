"""Regions of a photo: the part of a query that matters."""

from __future__ import annotations

import math

from glocal.errors import RegionError
from glocal.features import Region


def crop_box(region: Region, size: tuple[int, int], photo: str) -> tuple[int, int, int, int]:
    """Return the crop (left, top, right, bottom) in whole pixels: the region's corners rounded, not extended.

    This is how queries of revisited Oxford and Paris are cropped. Some of their boxes end a fraction of a
    pixel outside the photo, so one pixel too many is cut off without complaint.

    Args:
        region: (x, y, width, height) in pixels of the upright photo.
        size: (width, height) of the upright photo.
        photo: the photo's name, for messages.

    Raises:
        RegionError: the region is not finite, is empty after rounding, or leaves the photo.
    """
    if len(region) != 4 or not all(math.isfinite(value) for value in region):
        raise RegionError(f"a region is four numbers x,y,width,height, not {region}", photo)
    x, y, width, height = region
    left, top, right, bottom = round(x), round(y), round(x + width), round(y + height)
    if right <= left or bottom <= top:
        raise RegionError(f"the region {_show(region)} is empty; width and height must be positive", photo)
    inside = max(left, 0), max(top, 0), min(right, size[0]), min(bottom, size[1])
    off_by_more = left < -1 or top < -1 or right > size[0] + 1 or bottom > size[1] + 1
    if off_by_more or inside[2] <= inside[0] or inside[3] <= inside[1]:
        reason = f"the region {_show(region)} leaves the photo, which is {size[0]} x {size[1]} pixels"
        raise RegionError(reason, photo)
    return inside


def _show(region: Region) -> str:
    return ",".join(f"{value:g}" for value in region)
