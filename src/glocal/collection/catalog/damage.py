"""What reading found damaged: told once, and left out of answers."""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glocal.images import describe

_LOGGER = logging.getLogger("glocal.collection")


@dataclass(frozen=True, order=True)
class Damage:
    """Something of one photo that is not what was written.

    Attributes:
        photo: id of the photo.
        path: of the photo, if that can be told.
        part: "record", "metadata", "global descriptor" or "local features".
    """

    photo: int
    path: Path | None
    part: str

    def __str__(self) -> str:
        """Name the photo and what is damaged of it."""
        name = f"photo {self.photo}" if self.path is None else describe(self.path)
        return f"{name}: damaged in the catalog: {self.part}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON knows it."""
        return {"photo": self.photo, "path": self.path and str(self.path), "part": self.part}


class DamageFound:
    """All damage that was met while a catalog is open. Safe to use from several threads.

    Args:
        folder: of the collection.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found: dict[tuple[int, str], Damage] = {}
        self._version = -1

    def begin(self, connection: sqlite3.Connection) -> None:
        """Forget what was found before the whole catalog was replaced, by a repair, or written anew."""
        version = int(connection.execute("PRAGMA schema_version").fetchone()[0])
        if version != self._version:
            self._version, self._found = version, {}

    def add(self, damage: Damage) -> None:
        """Keep it; of what is new, write a line to the log `glocal.collection`."""
        if self._found.setdefault((damage.photo, damage.part), damage) is damage:
            _LOGGER.warning("%s; left out of answers; run `glocal repair --collection %s`", damage, self._folder)

    def all(self) -> list[Damage]:
        """Return what was found so far, by photo."""
        return sorted(self._found.values(), key=lambda damage: (damage.photo, damage.part))
