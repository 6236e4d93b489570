"""The pictures that one search compares, each read once: several of its looks see the same photos."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from glocal.agreement import Picture, picture_if_there, read_picture
from glocal.images import Photo


class PicturesAtHand:
    """Pictures of a query's views and of stored photos. Threads may ask for them; none waits for another.

    Args:
        views: of the query, as hits number them; None where there are no pixels.
    """

    def __init__(self, views: Sequence[Photo | None]) -> None:
        self._views = views
        self._seen: dict[int, Picture] = {}
        self._stored: dict[Path, Picture | None] = {}

    @property
    def views(self) -> list[int]:
        """The numbers of the views that have pixels."""
        return [number for number, photo in enumerate(self._views) if photo is not None]

    def view(self, number: int) -> Picture | None:
        """Return the picture of a view of the query; None if there are no pixels.

        Raises:
            PhotoError: it cannot be read.
        """
        photo = self._views[number]
        if photo is None:
            return None
        if number not in self._seen:
            self._seen[number] = read_picture(photo)
        return self._seen[number]

    def stored(self, path: Path) -> Picture | None:
        """Return the picture of a stored photo; None if its file is gone or cannot be read."""
        if path not in self._stored:
            self._stored[path] = picture_if_there(path)
        return self._stored[path]
