"""What one worker process holds while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from glocal.cluster import Cluster
from glocal.collection import PhotoRecord, SearchMode, is_gone, look_at
from glocal.errors import GlocalError
from glocal.features import Region, View
from glocal.images import Address, encode, read_photo
from glocal.pair import compare
from glocal.service.access import Gate, Metrics, Sample, Tokens, sample
from glocal.service.jobs import Job, JobTable, Kind, Runner
from glocal.service.pictures import Pictures
from glocal.service.problems import Problem
from glocal.service.served_collection import ServedCollection
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
        opened: collections, by their names, that are open already.

    Raises:
        GlocalError: a collection cannot be opened.
    """

    def __init__(self, settings: Settings, opened: Mapping[str, Cluster]) -> None:
        self.settings = settings
        self.is_ready = False
        self.ending = asyncio.Event()
        self.collections: dict[str, ServedCollection] = {}
        try:
            for name, folder in settings.collections.items():
                self.collections[name] = ServedCollection(name, opened.get(name, folder))
        except GlocalError:
            self.close()
            raise
        folder = settings.state.resolve()  # as collections have their paths
        self.queries = folder / "queries"
        self.added = folder / "photos"
        self.jobs = JobTable(folder / "jobs.sqlite")
        self.metrics = Metrics(folder)
        self.tokens = Tokens(settings)
        self.pictures = Pictures(settings.max_pixels)
        self.searches = Gate(settings.slots, settings.waiting, settings.wait_seconds)
        self.drawings = Gate(settings.slots, _PICTURES_WAITING, settings.wait_seconds)
        self.runner = Runner(settings, self.jobs, self.collections)
        self._uploaded = lru_cache(_VIEWS_REMEMBERED)(self._extract)

    def warm_up(self) -> None:
        """Compile and load what the first search would otherwise wait for."""
        noise = np.random.default_rng(0).integers(0, 255, (256, 256, 3), np.uint8)
        read_photo(encode(noise))
        for served in self.collections.values():
            view = View.of(served.collection.model.extract(noise))
            compare(view, view, served.collection.calibration)
            served.collection.candidates([view], 1)

    def pressure(self) -> dict[Sample, float]:
        """Return how much waits or runs in this worker, and how much it refused: samples for its metrics."""
        samples: dict[Sample, float] = {}
        for name, gate in (("searches", self.searches), ("drawings", self.drawings)):
            samples[sample("glocal_pending", gate=name)] = gate.pending
            samples[sample("glocal_refused_total", gate=name)] = gate.refused
        return samples

    def close(self) -> None:
        """Close the collections."""
        for served in self.collections.values():
            served.collection.close()

    def served(self, name: str) -> ServedCollection:
        """Return a collection by its name.

        Raises:
            Problem: there is none (404).
        """
        if name not in self.collections:
            raise Problem(404, "There is no such collection here.")
        return self.collections[name]

    def begin(self, served: ServedCollection, kind: Kind, request: Mapping[str, Any]) -> Job:
        """Accept a job of a collection, durably, and let a worker look for it at once.

        Raises:
            Problem: too many are waiting (429).
        """
        job = self.jobs.put(served.name, kind, request)
        self.runner.wake(kind)
        return job

    def begin_once(self, served: ServedCollection, kind: Kind) -> Job:
        """Return the job of a kind that a collection waits for; if there is none, begin it as `begin` does."""
        return self.jobs.unfinished(served.name, kind) or self.begin(served, kind, {})

    def file_of(self, record: PhotoRecord) -> Path:
        """Return the file of a photo, or its address in a store.

        Raises:
            Problem: it is gone (410), or its store does not answer (503).
        """
        if not record.path.is_file():
            if isinstance(record.path, Address) and not is_gone(record.path):
                raise Problem(503, "The store of this photo cannot be reached; try again later.", retry_after=10)
            raise Problem(410, "The file of this photo is gone from the server's disk.")
        return record.path

    def path_of(self, served: ServedCollection, view: str) -> Path:
        """Return the file of a view, which is named as in `view`."""
        kind, _, rest = view.partition(":")
        if kind == "upload":
            return find_query(self.queries, rest)
        return self.file_of(served.collection.photo(_photo_id(view)))

    def content_of(self, served: ServedCollection, view: str) -> str:
        """Return the hash of a view's content, in hexadecimal: an upload has the same as its copy in the collection.

        Raises:
            Problem, UnknownPhotoError: there is no such view.
        """
        kind, _, rest = view.partition(":")
        if kind == "upload":
            find_query(self.queries, rest)
            return rest
        return (served.collection.photo(_photo_id(view)).file.content_hash or b"").hex()

    def pictured(self, served: ServedCollection, views: Sequence[str]) -> list[Path | None]:
        """Return the files of views, whose pixels can be compared; None where a photo's file is gone."""
        return [None if _is_gone(served, view) else self.path_of(served, view) for view in views]

    def view(self, served: ServedCollection, view: str, region: Region | None, mode: SearchMode = "fast") -> View:
        """Return the features of a view.

        Args:
            served: the collection that is searched.
            view: "upload:HASH" for an uploaded query, "photo:ID" for a photo of the collection.
            region: the part of it that matters.
            mode: how hard to look. A photo of the collection whose file is gone is looked at upright only.

        Raises:
            Problem: there is no such view, or its file is gone.
            UnknownPhotoError: there is no such photo.
            PhotoError, RegionError: it cannot be read, or the region is not in it.
        """
        is_stored = not view.startswith("upload:") and region is None
        if is_stored and (mode == "fast" or _is_gone(served, view)):
            return served.collection.view(_photo_id(view))
        path = self.path_of(served, view)
        return self._uploaded(served.name, path, path.stat().st_mtime_ns if view[0] == "p" else 0, region, mode)

    def views(
        self, served: ServedCollection, views: Sequence[str], region: Region | None, mode: SearchMode
    ) -> list[View]:
        """Return the features of several views of one thing; a region belongs to the first."""
        if not 0 < len(views) <= MOST_VIEWS:
            raise Problem(422, f"A search needs one to {MOST_VIEWS} views: photos sent, upload:ID, or photo:ID.")
        regions = (region, *[None] * (len(views) - 1))
        return list(map(partial(self.view, served, mode=mode), views, regions))

    def _extract(self, served: str, path: Path, _: int, region: Region | None, mode: SearchMode) -> View:
        check_photo(path, self.settings.max_pixels)
        return look_at(self.collections[served].collection.model, path, region, mode)


def _is_gone(served: ServedCollection, view: str) -> bool:
    """Say whether a view is a photo of the collection whose file is gone."""
    return not view.startswith("upload:") and not served.collection.photo(_photo_id(view)).path.is_file()


def _photo_id(view: str) -> int:
    kind, _, number = view.partition(":")
    if kind != "photo" or not number.isascii() or not number.isdigit() or len(number) > 18:
        raise Problem(422, "A view is upload:ID, as uploading a query answers, or photo:ID of the collection.")
    return int(number)
