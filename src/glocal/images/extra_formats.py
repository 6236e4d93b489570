"""Kinds of photos that packages of the extra `formats` read: which there are, and what is said where one is missing."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import Any

REMEDY = "pip install 'glocal[formats]'"

_KINDS = {
    "imagecodecs": ".jxl .jp2 .j2k .j2c .jpx .jpf",
    "rawpy": ".dng .nef .nrw .cr2 .cr3 .arw .raf .orf .rw2 .pef .srw",
}
"""By package, suffixes in lower case."""


class UnreadKindError(Exception):
    """A kind of photo that is known, but not read here; what it says is meant for the user."""


def suffixes(*, installed: bool) -> frozenset[str]:
    """Return the suffixes, in lower case, of the kinds whose packages are installed, or of those that are missing."""
    found = (names for package, names in _KINDS.items() if (find_spec(package) is not None) == installed)
    return frozenset(suffix for names in found for suffix in names.split())


def package_for(kind: str, package: str) -> Any:
    """Import what reads a kind of photo.

    Args:
        kind: "a JPEG XL", as a sentence about a photo goes on after "is".
        package: its name.

    Raises:
        UnreadKindError: it is not installed.
    """
    try:
        return importlib.import_module(package)
    except ImportError:
        raise UnreadKindError(f"is {kind}; to read it: {REMEDY}, or save it as JPEG") from None
