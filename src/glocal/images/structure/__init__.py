"""What a photo's file is made of, counted before anything decodes it: files built to be slow are refused."""

from glocal.images.structure.checking import check_structure
from glocal.images.structure.jpeg import check_scans, scans_start
from glocal.images.structure.limits import ExcessError

__all__ = ["ExcessError", "check_scans", "check_structure", "scans_start"]
