"""Searching photos: what the model sees in a query, the candidates this finds, and their proof."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import cast

from glocal.collection.candidates import Candidate, Found
from glocal.collection.hits import Hit, Query, RankBy, Ranking
from glocal.collection.keypoint_proofs import compare_keypoints
from glocal.collection.model_identity import Extractor, ModelIdentity
from glocal.collection.pictures_at_hand import PicturesAtHand
from glocal.collection.pixel_comparison import compare_pixels
from glocal.collection.prior_by_proofs import in_light_of_proofs
from glocal.collection.reading import Reading
from glocal.collection.search import (
    Evidence,
    SearchOptions,
    at_least,
    find_candidates,
    rank_candidates,
    verify_candidates,
)
from glocal.collection.search_modes import DEFAULT_MODE, EFFORTS, SearchMode, look_at
from glocal.collection.stored_photos import Allowed
from glocal.collection.witnesses import ask_witnesses
from glocal.features import Region, View
from glocal.images import Photo
from glocal.matching import Calibration
from glocal.pair import known_calibration


class PhotoSearch(ABC):
    """Searches photos with their model, wherever they lie: in one collection, or in several that are one."""

    def __init__(self, identity: ModelIdentity, model: Extractor | None) -> None:
        self.identity = identity
        self._model = model

    @abstractmethod
    def reading(self) -> AbstractContextManager[Reading]:
        """Lend the photos as they are now: what one search reads.

        Raises:
            CollectionError: the collection is damaged or was closed.
            ModelError: the model is gone, or its visual words are damaged.
        """

    @property
    def model(self) -> Extractor:
        """The model it was indexed with.

        Raises:
            ModelError: it is gone, or it is another one now.
        """
        if self._model is None:
            self._model = self.identity.load()
        return self._model

    @property
    def calibration(self) -> Calibration | None:
        """What turns similarity and inliers of its model into a probability; None if the model has no such thing.

        Raises:
            ModelError: the model is gone, or its calibration is damaged.
        """
        return known_calibration(self.model.card, self.model.preset.name)

    def search(
        self,
        photo: Photo | Sequence[Photo],
        region: Region | None = None,
        top: int = 10,
        rerank: int | None = None,
        ranking: RankBy = "probability",
        mode: SearchMode = DEFAULT_MODE,
        allowed: Allowed | None = None,
    ) -> Ranking:
        """Find the photos that show the same thing.

        The pixels of the first hits are compared with the query's: see `SearchOptions.compared` and `Hit.agreement`.

        Args:
            photo: the query: a path, the bytes of a file, a PIL image or an RGB array; or a list of those,
                several views of one thing.
            region: (x, y, width, height) in pixels of the upright photo, if only that part of it matters.
            top: most hits returned; it may exceed `rerank`.
            rerank: candidates verified by their local features; 0: the ranking by similarity alone; None: the mode's.
            ranking: see `Ranking.by`; a model without a calibration ranks by the paper's rule.
            mode: how hard to look: see `SearchMode`.
            allowed: which photos may be found, such as `Where.of("date=2024", "camera=*pixel*")`; None: all.

        Raises:
            PhotoError: the query cannot be read.
            RegionError: the region leaves the photo.
            CollectionError: the collection is damaged or was closed.
            ModelError: the collection's model is gone.
            ValueError: a number is out of range, a list of views is empty, or has a region.
        """
        effort = EFFORTS[mode]
        verified = effort.rerank if rerank is None else rerank
        options = SearchOptions(top, verified, ranking, searched_for_keypoints=effort.searched_for_keypoints)
        if isinstance(photo, list | tuple) and (not photo or region is not None):
            raise ValueError("a query of several views needs at least one photo, and takes no region")
        photos = photo if isinstance(photo, list | tuple) else [cast("Photo", photo)]
        views = [look_at(self.model, view, region, mode) for view in photos]
        found = self.search_views(views, options, allowed).answering(Query(tuple(photos), region))
        return self.look_closer(photos, found, region, options)

    def search_views(self, views: Sequence[View], options: SearchOptions, allowed: Allowed | None = None) -> Ranking:
        """Find the photos that show the same thing, by the features of one or several views of it.

        Nothing is compared by pixels: see `look_closer`.
        """
        with self.reading() as reading:
            found = find_candidates(reading, views, options.candidates, allowed)
            ranking = rank_candidates(reading, self.calibration, views, found, options)
            return ranking.missing(*reading.missing_shards)

    def look_closer(
        self, photos: Sequence[Photo | None], found: Ranking, region: Region | None, options: SearchOptions
    ) -> Ranking:
        """Look at the first hits by their pixels, hear those that are proved, and compare keypoints of the others.

        Probabilities are then those of a search with as many proofs: see `in_light_of_proofs`.

        Args:
            photos: the query's views, as the hits number them; None where there are no pixels.
            found: what a search with these found.
            region: of the first view, if only a part of it was searched.
            options: how many are looked at. If none is to be compared by its pixels, the ranking is returned as it is.

        Raises:
            PhotoError: a view cannot be read.
            CollectionError: the collection is damaged or was closed.
        """
        if not options.compared:
            return found
        pictures = PicturesAtHand(photos)
        seen = compare_pixels(pictures, found, self.calibration, region, options.compared)
        with self.reading() as reading:
            heard = ask_witnesses(reading, pictures, seen, self.calibration)
            missing = (*found.missing_shards, *reading.missing_shards)
        proved = compare_keypoints(pictures, heard, self.calibration, region, options.searched_for_keypoints)
        told = in_light_of_proofs(proved, self.calibration)
        return at_least(told, options.min_probability).missing(*missing)

    def candidates(
        self, views: Sequence[View], count: int, allowed: Allowed | None = None, by: Evidence = "both"
    ) -> list[Candidate]:
        """Return the photos most likely to show the same thing as any of the views, best first.

        Args:
            views: the features of one or several views of one thing.
            count: most candidates returned.
            allowed: which photos may be found: see `Allowed`; None: all.
            by: what they are found by: see `Evidence`. A model without visual words finds by the descriptor alone.
        """
        return list(self.find(views, count, allowed, by).candidates)

    def find(self, views: Sequence[View], count: int, allowed: Allowed | None = None, by: Evidence = "both") -> Found:
        """Return the candidates, as `candidates` does, and the shards that did not answer."""
        with self.reading() as reading:
            return Found(find_candidates(reading, views, count, allowed, by), reading.missing_shards)

    def verify(self, views: Sequence[View], candidates: Sequence[Candidate]) -> list[Hit]:
        """Compare candidates with the views by their local features.

        Args:
            views: the features of one or several views of one thing; a hit is proved by the view that proves it best.
            candidates: as `candidates` found them. Those removed since are left out.

        Returns:
            One verified hit per candidate, in their order.

        Raises:
            ModelError: the collection's model is gone.
        """
        with self.reading() as reading:
            return verify_candidates(reading, self.calibration, views, candidates)

    def rank(self, views: Sequence[View], candidates: Sequence[Candidate], options: SearchOptions) -> Ranking:
        """Verify the first candidates and rank all of them: what `search` does with those it found."""
        with self.reading() as reading:
            ranking = rank_candidates(reading, self.calibration, views, candidates, options)
            return ranking.missing(*reading.missing_shards)
