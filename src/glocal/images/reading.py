"""Photo → pixels: read, check, decode, turn upright."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glocal.errors import PhotoError
from glocal.images.cut_short import check_rows
from glocal.images.deep_colour import brightened, deep_colour_file
from glocal.images.exif import Exif, exif_of
from glocal.images.exif_orientation import orientation_of, upright_size
from glocal.images.formats import CutJpeg, Jpeg, open_image, quiet
from glocal.images.photo import Photo, describe
from glocal.images.photo_files import open_file
from glocal.images.pixels import to_upright_rgb
from glocal.images.scientific_tiff import UnreadKindError
from glocal.images.structure import ExcessError, check_scans

MAX_PIXELS = 250_000_000
"""Most pixels a photo may have: above the 200 megapixels of the largest phone sensors. Decoding takes 7 bytes
a pixel in most formats, so 1.75 GB at the limit, while a file of a few bytes can claim
billions of pixels."""

_ANIMATED = frozenset({"GIF", "PNG", "WEBP", "AVIF"})
_FRAMES_TRIED = 10
_PLAIN = 2  # of 255, between the darkest and the lightest pixel

_KNOWN = "JPEG, PNG, WebP, HEIC, AVIF, TIFF, GIF, BMP or PNM"


def read_photo(photo: Photo, *, max_pixels: int = MAX_PIXELS, fit: int | None = None) -> NDArray[np.uint8]:
    """Decode a photo. Of an animation this is the first frame, or of the first ten that which is not plain.

    A JPEG or PNG without its last bytes gives what is there, if that is at least half of the picture.

    Args:
        photo: a path, the bytes of a file, a PIL image, or an array [H, W, 3] (RGB) or [H, W] (grey).
        max_pixels: photos with more are refused, by their header alone.
        fit: a JPEG may be returned 2, 4 or 8 times smaller, sides rounded up, as long as the longest stays >=
            `fit` pixels. Decoding is then several times faster. `photo_size` tells the full size.

    Returns:
        [H, W, 3] uint8, RGB, upright (EXIF orientation applied), contiguous and read-only.

    Raises:
        PhotoError: the photo cannot be read, is damaged or incomplete, or has too many pixels.
    """
    if isinstance(photo, np.ndarray):
        return from_array(photo)
    with _opened(photo) as image:
        _check_pixels(photo, image.size, max_pixels)
        if fit is not None and isinstance(image, Jpeg):
            _decode_smaller(image, fit)
        return _decode(photo, image)


def photo_size(photo: Photo) -> tuple[int, int]:
    """Return (width, height) of the upright photo in pixels, from its header: nothing is decoded.

    Raises:
        PhotoError: the photo cannot be read, or its header is damaged.
    """
    if isinstance(photo, np.ndarray):
        height, width = from_array(photo).shape[:2]
        return width, height
    with _opened(photo) as image:
        return upright_size(image)


def photo_exif(photo: Photo) -> Exif:
    """Return what the camera wrote into a photo's file, from its header: nothing is decoded.

    Raises:
        PhotoError: the photo cannot be read, or its header is damaged.
    """
    if isinstance(photo, np.ndarray):
        return Exif()
    with _opened(photo) as image:
        return exif_of(image)


def from_array(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return an array [H, W, 3] or [H, W] as read-only RGB [H, W, 3].

    Raises:
        PhotoError: the array has another shape or type, or no pixels.
    """
    if array.dtype != np.uint8 or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] == 3)):
        accepted = "uint8 of shape [H, W, 3] (RGB) or [H, W] (grey)"
        raise PhotoError(describe(array), f"is not a picture; give {accepted}")
    if array.size == 0:
        raise PhotoError(describe(array), "has no pixels; give at least one")
    rgb = array if array.ndim == 3 else np.repeat(array[:, :, None], 3, axis=2)
    view = np.ascontiguousarray(rgb).view()
    view.flags.writeable = False
    return view


@contextmanager
def _opened(photo: str | os.PathLike[str] | bytes | Image.Image) -> Iterator[Image.Image]:
    """Give the photo with its header read and its pixels not yet decoded."""
    name = describe(photo)
    if isinstance(photo, Image.Image):
        yield photo
        return
    if not isinstance(photo, str | os.PathLike | bytes):
        raise PhotoError(name, "not a photo; give a path, the bytes of a file, a PIL image or a NumPy array")
    if photo == b"":
        raise PhotoError(name, "the photo is empty; read its file again")
    with io.BytesIO(photo) if isinstance(photo, bytes) else open_file(photo) as stream:
        try:
            image = open_image(stream)
        except (ExcessError, UnreadKindError) as error:
            raise PhotoError(name, str(error)) from error
        except Image.DecompressionBombError as error:
            raise PhotoError(name, "has too many pixels to be decoded; make a smaller copy") from error
        except Exception as error:  # decoders fed with arbitrary bytes raise anything
            raise PhotoError(name, "is damaged or incomplete; copy or download it again") from error
        if image is None:
            raise PhotoError(name, f"is not a photo of a known format; convert it to {_KNOWN}")
        yield image


def _check_pixels(photo: Photo, size: tuple[int, int], max_pixels: int) -> None:
    width, height = size
    if width * height > max_pixels:
        limit = f"{width} x {height} pixels are more than the limit of {max_pixels}"
        raise PhotoError(describe(photo), f"{limit}; make a smaller copy")


def _decode_smaller(image: Jpeg, fit: int) -> None:
    """Let libjpeg decode at 1/2, 1/4 or 1/8, by the inverse DCT of fewer coefficients."""
    width, height = image.size
    shrink = next((s for s in (8, 4, 2) if -(-max(width, height) // s) >= fit), 1)
    if shrink > 1:
        image.draft(None, (max(1, width // shrink), max(1, height // shrink)))


def _leave_plain_frames(image: Image.Image) -> None:
    """Go on to the first frame of an animation that shows something: many fade in from black."""
    if image.format not in _ANIMATED or not getattr(image, "is_animated", False):
        return
    for frame in range(1, _FRAMES_TRIED):
        if not _is_plain(image):
            return
        try:
            image.seek(frame)
            image.load()
        except EOFError:
            break
    if _is_plain(image):
        image.seek(0)
        image.load()


def _is_plain(image: Image.Image) -> bool:
    grey = np.asarray(image.convert("L"))
    return int(grey.max()) - int(grey.min()) <= _PLAIN


def _decode(photo: Photo, image: Image.Image) -> NDArray[np.uint8]:
    name = describe(photo)
    try:
        # Of all formats, only TIFF reads metadata while it decodes.
        with quiet() if image.format == "TIFF" else nullcontext():
            if isinstance(image, Jpeg) and image.fp is not None:
                check_scans(image.fp)
            stream = deep_colour_file(image)
            image.load()
            _leave_plain_frames(image)
            if isinstance(image, CutJpeg):
                check_rows(image)
            if stream is not None:
                image = brightened(image, stream)
        return from_array(to_upright_rgb(image, orientation_of(image)))
    except Image.DecompressionBombError as error:
        raise PhotoError(name, "has too many pixels to be decoded; make a smaller copy") from error
    except ExcessError as error:
        raise PhotoError(name, str(error)) from error
    except MemoryError as error:
        raise PhotoError(name, "does not fit in memory; make a smaller copy") from error
    except Exception as error:  # decoders fed with arbitrary bytes raise anything
        reason = f"the {image.format or 'image'} data is damaged or incomplete; copy or download it again"
        raise PhotoError(name, reason) from error
