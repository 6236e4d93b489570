"""What differs between two copies, in words."""

from __future__ import annotations

from collections.abc import Iterator

from glocal.agreement import MAX_STRETCH, PictureDifference
from glocal.collection.catalog import PhotoRecord
from glocal.images import describe

# Looked up in copies of two photos that were cut, framed, turned, toned, marked, shrunk and saved again.
_PART = 0.94
_TURN = 1.5
_BRIGHTER = 8.0
_CONTRASTS = (0.85, 1.18)
_COLOURS = 7.0
_WRITTEN = 0.0025
_SHRUNK = 5.0
"""Copies that are so many times smaller have lost fine detail, which is no mark."""


def words_of(kept: PhotoRecord, copy: PhotoRecord, difference: PictureDifference | None) -> tuple[str, ...]:
    """Say in what a copy differs from the photo that is kept.

    Args:
        kept, copy: their records.
        difference: of their pixels, the copy's being the second; None: not known.
    """
    return (*_of_files(kept, copy), *(_of_pixels(difference) if difference else ()))


def is_marked_beside(difference: PictureDifference) -> bool:
    """Say whether one of two copies has a mark or a caption that the other has not."""
    return difference.written > _WRITTEN and 1 / _SHRUNK < difference.scale < _SHRUNK


def is_turned_beside(difference: PictureDifference) -> bool:
    """Say whether two copies stand otherwise: turned or mirrored."""
    return difference.mirrored or abs(difference.turned) > _TURN


def is_stretched_beside(difference: PictureDifference) -> bool:
    """Say whether one of two copies was stretched: nobody knows which."""
    return difference.stretch > MAX_STRETCH


def _of_files(kept: PhotoRecord, copy: PhotoRecord) -> Iterator[str]:
    if (kept.width, kept.height) != (copy.width, copy.height):
        yield f"{copy.width} x {copy.height} instead of {kept.width} x {kept.height} pixels"
    if kept.path.suffix.lower() != copy.path.suffix.lower():
        yield f"{_kind(copy)} instead of {_kind(kept)}"
    if kept.file.size != copy.file.size:
        yield f"{copy.file.size / 1e3:.0f} instead of {kept.file.size / 1e3:.0f} KB"


def _of_pixels(one: PictureDifference) -> Iterator[str]:
    if one.first_share < _PART:
        yield "without the frame" if one.first_framed else f"cropped to {100 * one.first_share:.0f} %"
    if one.second_share < _PART:
        yield "with a frame" if one.second_framed else "shows more around it"
    if one.mirrored:
        yield "mirrored"
    if abs(one.turned) > _TURN:
        yield f"turned by {abs(one.turned):.0f} degrees"
    if is_stretched_beside(one):
        yield "stretched"
    if abs(one.brighter) > _BRIGHTER:
        yield "brighter" if one.brighter > 0 else "darker"
    if not _CONTRASTS[0] <= one.contrast <= _CONTRASTS[1]:
        yield "more contrast" if one.contrast > 1 else "less contrast"
    if one.first_colours != one.second_colours:
        yield "in colour" if one.second_colours else "without colour"
    elif one.colours > _COLOURS:
        yield "other colours"
    if is_marked_beside(one):
        yield "a mark or a caption on one of them"


def _kind(photo: PhotoRecord) -> str:
    return describe(photo.path.suffix.lower()) if photo.path.suffix else "no suffix"
