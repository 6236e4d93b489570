"""Photo → pixels in this process: read, check, decode, turn upright."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glocal.errors import PhotoError
from glocal.images.cut_short import check_rows
from glocal.images.decoding_memory import MOST_BYTES, bytes_allowed, bytes_needed, most_pixels
from glocal.images.deep_colour import brightened, deep_colour_file
from glocal.images.exif import Exif, exif_of
from glocal.images.exif_orientation import orientation_of, upright_size
from glocal.images.extra_formats import UnreadKindError
from glocal.images.formats import CutJpeg, Jpeg, open_image, quiet
from glocal.images.photo import Photo, describe
from glocal.images.photo_files import open_file
from glocal.images.pixels import to_upright_rgb
from glocal.images.structure import ExcessError, check_scans

_ANIMATED = frozenset({"GIF", "PNG", "WEBP", "AVIF"})
_FRAMES_TRIED = 10
_PLAIN = 2  # of 255, between the darkest and the lightest pixel

OnBytes = Callable[[int], None]

_KNOWN = "JPEG, PNG, WebP, HEIC, AVIF, TIFF, GIF, BMP or PNM"


@dataclass(frozen=True, eq=False)
class Decoded:
    """A photo that was decoded.

    Attributes:
        pixels: [H, W, 3] uint8, RGB, upright, contiguous and read-only.
        size: (width, height) of the upright photo in pixels, also where `pixels` were decoded smaller.
        fit: that it was decoded with; None: it was not to be decoded smaller.
    """

    pixels: NDArray[np.uint8]
    size: tuple[int, int]
    fit: int | None = None

    def serves(self, fit: int | None) -> bool:
        """Say whether decoding the same photo with this `fit` is known to give the same pixels.

        Of the sizes that a decoder offers it takes the smallest that is not below `fit`: for a greater `fit` the same
        again, as long as that is not below it either.
        """
        longest = int(max(self.pixels.shape[:2]))
        is_whole = longest == max(self.size)
        if fit is None:
            return is_whole
        return self.fit is not None and self.fit <= fit and (is_whole or fit <= longest)


def decode(photo: Photo, max_pixels: int, fit: int | None, on_bytes: OnBytes | None = None) -> Decoded:
    """Decode a photo in this process; the arguments and errors are those of `read_photo`.

    `on_bytes` is called with the memory that decoding may take, as the header tells, before anything is decoded.
    """
    if isinstance(photo, np.ndarray):
        pixels = from_array(photo)
        return Decoded(pixels, (pixels.shape[1], pixels.shape[0]), fit)
    with _opened(photo) as image:
        _check_pixels(photo, image, max_pixels)
        size = upright_size(image)
        if on_bytes is not None:
            on_bytes(bytes_allowed(image))
        if fit is not None and isinstance(image, Jpeg):
            _decode_smaller(image, fit)
        return Decoded(_decode(photo, image), size, fit)


def header_size(photo: Photo) -> tuple[int, int]:
    """Read the size of a photo in this process; see `photo_size`."""
    if isinstance(photo, np.ndarray):
        height, width = from_array(photo).shape[:2]
        return width, height
    with _opened(photo) as image:
        return upright_size(image)


def header_exif(photo: Photo) -> Exif:
    """Read in this process what the camera wrote; see `photo_exif`."""
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


def _check_pixels(photo: Photo, image: Image.Image, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        limit = f"{width} x {height} pixels are more than the limit of {max_pixels}"
        raise PhotoError(describe(photo), f"{limit}; make a smaller copy")
    if bytes_needed(image) > MOST_BYTES:
        limit = f"{width} x {height} pixels are more than the limit of {most_pixels(image)} of its format"
        raise PhotoError(describe(photo), f"{limit}, which takes much memory; make a smaller copy, or save it as JPEG")


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
            stream, orientation = deep_colour_file(image), orientation_of(image)
            image.load()
            _leave_plain_frames(image)
            if isinstance(image, CutJpeg):
                check_rows(image)
            if stream is not None:
                image = brightened(image, stream)
        return from_array(to_upright_rgb(image, orientation))
    except Image.DecompressionBombError as error:
        raise PhotoError(name, "has too many pixels to be decoded; make a smaller copy") from error
    except ExcessError as error:
        raise PhotoError(name, str(error)) from error
    except MemoryError as error:
        raise PhotoError(name, "does not fit in memory; make a smaller copy") from error
    except Exception as error:  # decoders fed with arbitrary bytes raise anything
        reason = f"the {image.format or 'image'} data is damaged or incomplete; copy or download it again"
        raise PhotoError(name, reason) from error
