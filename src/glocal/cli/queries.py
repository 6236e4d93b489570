"""The queries of a search that takes many: files, folders, or a list on standard input."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from glocal.errors import PhotoError
from glocal.images import PassedOver, find_photos

STANDARD_INPUT = Path("-")


def query_paths(given: Sequence[Path], passed_over: PassedOver, unreadable: list[PhotoError]) -> Iterator[Path]:
    """Yield the photos to search by, in the order given.

    Args:
        given: photos, folders of photos, or "-": a path a line on standard input, or ended by zero bytes.
        passed_over: counts what folders hold beside photos.
        unreadable: gets what cannot be looked at.
    """
    for path in given:
        for one in _listed() if path == STANDARD_INPUT else (path,):
            if one.is_dir():
                yield from find_photos([one], on_unreadable=unreadable.append, passed_over=passed_over)
            else:
                yield one


def _listed() -> Iterator[Path]:
    """Yield the paths on standard input as they come; names need not be valid in any encoding."""
    stream = sys.stdin.buffer
    first = stream.readline()
    rest = (first + stream.read()).split(b"\0") if b"\0" in first else itertools.chain([first], stream)
    for name in rest:
        text = name.rstrip(b"\r\n")
        if text:
            yield Path(os.fsdecode(text))
