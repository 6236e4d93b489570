"""Giving back the disk space that removed photos took."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from glocal.collection.catalog import CATALOG, LOCK, Catalog, writer_lock

WAIT_SECONDS = 2.0


@dataclass(frozen=True)
class CompactReport:
    """What compacting did.

    Attributes:
        bytes_before, bytes_after: size of the catalog and its log.
    """

    bytes_before: int
    bytes_after: int


def compact(folder: Path) -> CompactReport:
    """Write the catalog without the space of what was removed. Searches go on meanwhile, adding waits.

    Needs twice the catalog's size of free disk space, for as long as it runs.

    Raises:
        CollectionError: another process is adding, or the disk is full or cannot be written. Nothing is changed then.
    """
    path = folder / CATALOG
    catalog = Catalog(path)
    try:
        with writer_lock(folder / LOCK, wait=WAIT_SECONDS):
            before = _size(path)
            catalog.compact()
    finally:
        catalog.close()
    return CompactReport(before, _size(path))


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*") if not file.name.endswith("-shm"))
