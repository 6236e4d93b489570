"""Photo → pixels: decoded in this process, or in one that may be stopped (see `isolation`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from glocal.errors import PhotoError, StoreError
from glocal.images.decoding import Decoded, decode, header_exif, header_size
from glocal.images.exif import Exif
from glocal.images.isolation import isolating_pool
from glocal.images.photo import FilePhoto, Photo, describe
from glocal.images.photo_files import open_file
from glocal.images.stores import as_address

MAX_PIXELS = 250_000_000
"""Most pixels a photo may have: above the 200 megapixels of the largest phone sensors. Decoding takes 7 bytes
a pixel in most formats, so 1.75 GB at the limit, while a file of a few bytes can claim
billions of pixels."""


def read_photo(photo: Photo, *, max_pixels: int = MAX_PIXELS, fit: int | None = None) -> NDArray[np.uint8]:
    """Decode a photo. Of an animation this is the first frame, or of the first ten that which is not plain.

    A JPEG or PNG without its last bytes gives what is there, if that is at least half of the picture.

    Args:
        photo: a path, an address s3://BUCKET/KEY, the bytes of a file, a PIL image, or an array [H, W, 3] (RGB) or
            [H, W] (grey).
        max_pixels: photos with more are refused, by their header alone.
        fit: a JPEG may be returned 2, 4 or 8 times smaller, sides rounded up, as long as the longest stays >=
            `fit` pixels. Decoding is then several times faster. `photo_size` tells the full size.

    Returns:
        [H, W, 3] uint8, RGB, upright (EXIF orientation applied), contiguous and read-only.

    Raises:
        PhotoError: the photo cannot be read, is damaged or incomplete, has too many pixels, or takes too long or too
            much memory where decoders are isolated.
        StoreError: the store it lies in does not give it.
    """
    return read_decoded(photo, max_pixels=max_pixels, fit=fit).pixels


def read_decoded(photo: Photo, *, max_pixels: int = MAX_PIXELS, fit: int | None = None) -> Decoded:
    """Decode a photo as `read_photo` does, and tell its full size, which `fit` may have made smaller."""
    pool = isolating_pool()
    with _at_hand(photo) as given:
        if pool is not None and isinstance(given, FilePhoto):
            return pool.decode(given, max_pixels, fit)
        return decode(given, max_pixels, fit)


def photo_size(photo: Photo) -> tuple[int, int]:
    """Return (width, height) of the upright photo in pixels, from its header: nothing is decoded.

    Raises:
        PhotoError: the photo cannot be read, or its header is damaged.
    """
    pool = isolating_pool()
    with _at_hand(photo) as given:
        return pool.size(given) if pool is not None and isinstance(given, FilePhoto) else header_size(given)


def photo_exif(photo: Photo) -> Exif:
    """Return what the camera wrote into a photo's file, from its header: nothing is decoded.

    Raises:
        PhotoError: the photo cannot be read, or its header is damaged.
    """
    pool = isolating_pool()
    with _at_hand(photo) as given:
        return pool.exif(given) if pool is not None and isinstance(given, FilePhoto) else header_exif(given)


@contextmanager
def _at_hand(photo: Photo) -> Iterator[Photo]:
    """Lend a photo as decoders take it: that of an address as its bytes. Processes that decode ask no store."""
    address = as_address(photo)
    if address is None:
        yield photo
        return
    with open_file(address) as stream:
        content = stream.read()
    try:
        yield content
    except StoreError:
        raise
    except PhotoError as error:
        raise PhotoError(describe(address), error.reason) from error
