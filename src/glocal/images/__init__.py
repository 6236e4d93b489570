"""Read and write pictures: any common format and kind of pixel becomes upright RGB, or a clear error."""

from glocal.images.cut_short import note_of
from glocal.images.decoding import Decoded
from glocal.images.exif import Exif
from glocal.images.finding import DEFAULT_RULES, FindRules, FoundPhoto, absolute_path, find_photos, walk_photos
from glocal.images.formats import PHOTO_SUFFIXES
from glocal.images.isolation import isolated_decoders
from glocal.images.passed_over import PassedOver
from glocal.images.photo import Photo, describe
from glocal.images.photo_files import content_hash
from glocal.images.reading import MAX_PIXELS, photo_exif, photo_size, read_decoded, read_photo
from glocal.images.resizing import resize, scaled_size, shrink
from glocal.images.stores import Address, ReplacedError, as_address, path_of, perhaps_gone, status_of
from glocal.images.watching import watch_folders
from glocal.images.writing import encode, save_picture

__all__ = [
    "DEFAULT_RULES",
    "MAX_PIXELS",
    "PHOTO_SUFFIXES",
    "Address",
    "Decoded",
    "Exif",
    "FindRules",
    "FoundPhoto",
    "PassedOver",
    "Photo",
    "ReplacedError",
    "absolute_path",
    "as_address",
    "content_hash",
    "describe",
    "encode",
    "find_photos",
    "isolated_decoders",
    "note_of",
    "path_of",
    "perhaps_gone",
    "photo_exif",
    "photo_size",
    "read_decoded",
    "read_photo",
    "resize",
    "save_picture",
    "scaled_size",
    "shrink",
    "status_of",
    "walk_photos",
    "watch_folders",
]
