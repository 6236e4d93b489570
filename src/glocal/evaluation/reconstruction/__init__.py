"""A collection for structure from motion: features, pairs and matches, in the files of hloc and COLMAP."""

from glocal.evaluation.reconstruction.colmap import write_colmap
from glocal.evaluation.reconstruction.hloc_files import write_matches, write_pairs
from glocal.evaluation.reconstruction.pairing import ImagePair, matched_pairs
from glocal.evaluation.reconstruction.stored_image import StoredImage, stored_images

__all__ = [
    "ImagePair",
    "StoredImage",
    "matched_pairs",
    "stored_images",
    "write_colmap",
    "write_matches",
    "write_pairs",
]
