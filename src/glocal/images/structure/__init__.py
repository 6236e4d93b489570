"""What a photo's file is made of, counted before anything decodes it: files built to be slow are refused."""

from glocal.images.structure.checking import check_structure
from glocal.images.structure.jpeg import check_scans, scans_start
from glocal.images.structure.limits import ExcessError
from glocal.images.structure.png import CHECKSUM_BYTES, PNG_SIGNATURE, png_chunks

__all__ = [
    "CHECKSUM_BYTES",
    "PNG_SIGNATURE",
    "ExcessError",
    "check_scans",
    "check_structure",
    "png_chunks",
    "scans_start",
]
