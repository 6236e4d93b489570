"""What one worker process holds while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from glocal.collection import PhotoRecord
from glocal.errors import GlocalError
from glocal.features import Region
from glocal.matching import match_features
from glocal.service.access.back_pressure import Gate
from glocal.service.access.metrics import Metrics
from glocal.service.jobs.job_table import JobTable
from glocal.service.jobs.runner import Runner
from glocal.service.pictures import Pictures
from glocal.service.problems import Problem
from glocal.service.searching import View
from glocal.service.served_collection import Shelf
from glocal.service.settings import Settings
from glocal.service.uploads import check_photo, find_query

_VIEWS_REMEMBERED = 128
"""Features of queries: some 30 kB each, and dragging a region comes back to the same photo again and again."""

_PICTURES_WAITING = 400
"""A page shows some hundred thumbnails and asks for all of them at once."""

MOST_VIEWS = 8


class State:
    """Collections, jobs, gates and caches of one worker. Made by `open`.

    Args:
        settings: what the operator decided.

    Raises:
        GlocalError: a collection cannot be opened.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.shelves: dict[str, Shelf] = {}
        try:
            for name, folder in settings.collections.items():
                self.shelves[name] = Shelf(name, folder)
        except GlocalError:
            self.close()
            raise
        folder = settings.state.resolve()  # as collections have their paths
        self.queries = folder / "queries"
        self.added = folder / "photos"
        self.jobs = JobTable(folder / "jobs.sqlite")
        self.metrics = Metrics(folder / "metrics")
        self.pictures = Pictures(settings.max_pixels)
        self.searches = Gate(settings.slots, settings.waiting, settings.wait_seconds)
        self.drawings = Gate(settings.slots, _PICTURES_WAITING, settings.wait_seconds)
        self.runner = Runner(settings, self.jobs, self.shelves)
        self._uploaded = lru_cache(_VIEWS_REMEMBERED)(self._extract)

    def warm_up(self) -> None:
        """Compile and load what the first search would otherwise wait for."""
        noise = np.random.default_rng(0).integers(0, 255, (256, 256, 3), np.uint8)
        for shelf in self.shelves.values():
            features = shelf.model.extract(noise)
            match_features(features.compact(), features.compact())
            shelf.candidates(features.global_descriptor[None], 1, None)

    def close(self) -> None:
        """Close the collections."""
        for shelf in self.shelves.values():
            shelf.close()

    def shelf(self, name: str) -> Shelf:
        """Return a collection by its name.

        Raises:
            Problem: there is none (404).
        """
        if name not in self.shelves:
            raise Problem(404, "There is no such collection here.")
        return self.shelves[name]

    def file_of(self, record: PhotoRecord) -> Path:
        """Return the file of a photo.

        Raises:
            Problem: it is gone from the disk (410).
        """
        if not record.path.is_file():
            raise Problem(410, "The file of this photo is gone from the server's disk.")
        return record.path

    def path_of(self, shelf: Shelf, view: str) -> Path:
        """Return the file of a view, which is named as in `view`."""
        kind, _, rest = view.partition(":")
        if kind == "upload":
            return find_query(self.queries, rest)
        return self.file_of(shelf.photo(_number(view)))

    def view(self, shelf: Shelf, view: str, region: Region | None) -> View:
        """Return the features of a view.

        Args:
            shelf: the collection that is searched.
            view: "upload:HASH" for an uploaded query, "photo:ID" for a photo of the collection.
            region: the part of it that matters.

        Raises:
            Problem: there is no such view, or its file is gone.
            PhotoError, RegionError: it cannot be read, or the region is not in it.
        """
        if not view.startswith("upload:") and region is None:
            return View(*shelf.stored(_number(view)))
        path = self.path_of(shelf, view)
        return self._uploaded(shelf.name, path, path.stat().st_mtime_ns if view[0] == "p" else 0, region)

    def views(self, shelf: Shelf, views: Sequence[str], region: Region | None) -> list[View]:
        """Return the features of several views of one thing; a region belongs to the first."""
        if not 0 < len(views) <= MOST_VIEWS:
            raise Problem(422, f"A search needs one to {MOST_VIEWS} views: photos sent, upload:ID, or photo:ID.")
        regions = (region, *[None] * (len(views) - 1))
        return list(map(partial(self.view, shelf), views, regions))

    def _extract(self, shelf: str, path: Path, _: int, region: Region | None) -> View:
        check_photo(path, self.settings.max_pixels)
        features = self.shelves[shelf].model.extract(path, region)
        return View(features.global_descriptor, features.compact())


def _number(view: str) -> int:
    kind, _, number = view.partition(":")
    if kind != "photo" or not number.isascii() or not number.isdigit() or len(number) > 18:
        raise Problem(422, "A view is upload:ID, as uploading a query answers, or photo:ID of the collection.")
    return int(number)
