"""Two photos side by side: whether they show the same thing, and where."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glocal import showing
from glocal.agreement import (
    LEAST_SIMILARITY_OF_COPIES,
    AgreeingArea,
    KeypointMatch,
    Laid,
    Picture,
    SeenPicture,
    agreeing_area,
    find_copy,
    match_keypoints,
    read_picture,
    worth_as_proof,
    worth_in_probability,
)
from glocal.arrays import FloatArray
from glocal.errors import ModelError
from glocal.extraction import Model, ModelCard, load_model
from glocal.features import FARTHER, NEAREST, CompactFeatures, Region, View
from glocal.images import Photo
from glocal.matching import Calibration, Match, Verdict, match_features, verdict_of
from glocal.orientation import UPRIGHT, Orientation, nearest_turn


@dataclass(frozen=True, eq=False)
class Pair:
    """What two photos have in common.

    Attributes:
        query, photo: the local features that were compared, in pixels of the upright photos.
        match: correspondences (rows of query and photo), inliers and transform.
        similarity: inner product of the global descriptors, in [-1, 1]; see `TURNED_PENALTY` for turned queries.
        calibration: of the model; None if it has none, and then there is neither probability nor proof.
        orientation: how the query was laid down when its features were taken; in `query` and `transform` it is upright
            again, once `uprighted` was called.
        agreement: where the pixels of both agree; None if they were not compared.
        background: of the search that found the photo; None: the two were compared alone, or with too few others.
        by_keypoints: the keypoints of the pixels that prove it, as the network's features do not; `query`, `photo`,
            `match` and `agreement` are then theirs. None: the network's features.
        photos: both, to be drawn; None: they were compared by their features alone.
        region: the part of the query that matters, or None.
    """

    query: CompactFeatures
    photo: CompactFeatures
    match: Match
    similarity: float
    calibration: Calibration | None
    orientation: Orientation = UPRIGHT
    agreement: AgreeingArea | None = None
    background: float | None = None
    by_keypoints: KeypointMatch | None = None
    photos: tuple[Photo, Photo] | None = None
    region: Region | None = None

    def __repr__(self) -> str:
        """Return one line."""
        sure = "" if self.probability is None else f", probability {self.probability:.3f}"
        found = f"{self.inliers} of {len(self.match)} inliers"
        return f"Pair({self.verdict}{sure}, similarity {self.similarity:.3f}, {found})"

    def _repr_html_(self) -> str:
        return showing.html("pair_html", self)

    def draw(self, width: int = 1200) -> Image.Image:
        """Draw both photos side by side, with lines between what agrees.

        Args:
            width: greatest width in pixels.

        Raises:
            GlocalError: the pair was made of features alone.
            PhotoError: a photo can no longer be read.
        """
        return Image.fromarray(showing.drawn("pair_picture", self, width))

    def to_dict(self, *, points: bool = False) -> dict[str, Any]:
        """Return all that was found, ready for JSON; the transform as three rows.

        Args:
            points: also every inlier, as x, y of the query and x, y of the photo, and the masks of where both agree.
        """
        fields = {
            "similarity": round(self.similarity, 4),
            "inliers": self.inliers,
            "correspondences": len(self.match),
            "probability": None if self.probability is None else round(self.probability, 4),
            "proved": self.proved,
            "verdict": self.verdict,
            "by_keypoints": self.by_keypoints is not None,
            "transform": None if self.transform is None else self.transform.tolist(),
            "agreement": None if self.agreement is None else self.agreement.to_dict(masks=points),
        }
        return {**fields, "inlier_points": self.inlier_points().tolist()} if points else fields

    @property
    def inliers(self) -> int:
        """The number of correspondences that agree with the transform."""
        return self.match.inlier_count

    @property
    def transform(self) -> NDArray[np.float64] | None:
        """[3, 3], maps pixels of the query to pixels of the photo; None if nothing was verified."""
        return self.match.transform

    @cached_property
    def probability(self) -> float | None:
        """That both show the same thing, in [0, 1], in the light of the pixels; None without a calibration."""
        if self.calibration is None:
            return None
        support = worth_in_probability(self._support(self.calibration), self.by_keypoints or self.agreement)
        background = self.background
        if background is None and self._are_only_alike:
            background = self.similarity
        return self.calibration.probability(self.similarity, support, len(self.match), background)

    @property
    def _are_only_alike(self) -> bool:
        """Whether all that speaks for them is that they are alike, as drawings or prints of one kind are."""
        if self.transform is None:
            return self.similarity >= LEAST_SIMILARITY_OF_COPIES  # the same thing seen so alike has features that agree
        return self.agreement is not None and self.agreement.hardly_agrees

    @property
    def proved(self) -> bool:
        """The inliers are worth more than chance gives, in the light of compared pixels, and it is not improbable.

        See `Calibration.chance_support` and `AgreeingArea.proof_weight`. Nothing is proved without a calibration.
        """
        if self.calibration is None:
            return False
        support = worth_as_proof(self._support(self.calibration), self.by_keypoints or self.agreement)
        return self.calibration.proves(support, self.probability)

    def _support(self, calibration: Calibration) -> float:
        """Return what the inliers are worth, as those of the network's features are."""
        found = self.by_keypoints
        return self.match.support if found is None else found.support(calibration.chance_support)

    @property
    def verdict(self) -> Verdict:
        """What to say of them: "proved", "likely" or "similar"."""
        return verdict_of(self.probability, proved=self.proved)

    def inlier_points(self) -> FloatArray:
        """Return the inliers' keypoints, [I, 4]: x, y in pixels of the query, x, y in pixels of the photo."""
        return self.match.inlier_points(self.query, self.photo)

    def with_pixels(self, a: Photo | None, b: Photo | None, region: Region | None = None) -> Pair:
        """Return the same with the pixels compared, where both photos are there.

        Where geometry laid one over the other, it is known where they agree. Where that is no proof, the one may be a
        copy of the other by its pixels alone; and keypoints of these are looked for, and taken if they prove it.

        Args:
            a, b: the query and the photo.
            region: the part of the query that matters.

        Raises:
            PhotoError: a photo cannot be read.
        """
        if a is None or b is None:
            return self
        query, photo = read_picture(a), read_picture(b)
        seen = self
        if self.transform is not None:
            seen = replace(self, agreement=agreeing_area(query, photo, self.transform, region))
        if seen.proved or seen.calibration is None:
            return seen
        return seen._as_copy(query, photo, region) or seen._with_keypoints(query, photo, region)

    def _as_copy(self, query: Picture, photo: Picture, region: Region | None) -> Pair | None:
        """Return the same as a copy, laid by its features, its pixels or its corners; None if it is none."""
        found = find_copy(query, photo, region, self.similarity, Laid.known(self.transform, self.agreement))
        if found is None:
            return None
        transform, area = found.transform, found.area
        if transform is self.transform:
            return replace(self, agreement=area)
        none = np.zeros(len(self.match), np.bool_)
        match = Match(self.match.correspondences, none, transform, 0.0)
        return replace(self, match=match, agreement=area, orientation=nearest_turn(transform))

    def _with_keypoints(self, query: Picture, photo: Picture, region: Region | None) -> Pair:
        """Return what keypoints prove, or the same if they do not."""
        found = match_keypoints(SeenPicture.of(query, region), SeenPicture.of(photo))
        if found is None or found.match.transform is None:
            return self
        looked_at = replace(
            self,
            query=found.query,
            photo=found.photo,
            match=found.match,
            orientation=nearest_turn(found.match.transform),
            agreement=found.area,
            by_keypoints=found,
        )
        return looked_at if looked_at.proved else self

    def uprighted(self, size: tuple[int, int]) -> Pair:
        """Return the same in pixels of the upright query, which has this (width, height)."""
        if self.orientation == UPRIGHT:
            return self
        to_laid = self.orientation.transform(*size)
        transform = None if self.match.transform is None else self.match.transform @ to_laid
        query = self.query.moved(np.linalg.inv(to_laid), size)
        return replace(self, query=query, match=replace(self.match, transform=transform))


def match(a: Photo, b: Photo, *, region: Region | None = None, model: Model | None = None) -> Pair:
    """Compare two photos; where that proves nothing, also for a thing that is small in either.

    Args:
        a: the query: a path, the bytes of a file, a PIL image, or an RGB array [H, W, 3] uint8.
        b: the photo, likewise.
        region: (x, y, width, height), the part of `a` that matters, in pixels of the upright photo.
        model: the bundled default if None.

    Raises:
        PhotoError: a photo cannot be read.
        RegionError: the region is empty or leaves the photo.
        ModelError: the calibration of the model's card is damaged.
    """
    model = model or load_model()
    calibration = known_calibration(model.card, model.preset.name)
    query, photo = model.extract(a, region), model.extract(b)
    pair = compare(View.of(query), View.of(photo), calibration)
    if calibration and not pair.proved:
        looks = (model.extract_zoomed(a, region, query, zoom) for zoom in (FARTHER, NEAREST))
        nearer = model.extract_zoomed(b, None, photo, NEAREST)
        pair = compare(View.of(query).with_zoomed(looks), View.of(photo).with_zoomed([nearer]), calibration)
    return replace(pair, photos=(a, b), region=region).with_pixels(a, b, region)


def compare(a: View, b: View, calibration: Calibration | None) -> Pair:
    """Compare two photos by their features.

    Args:
        a: the query, in all ways that it is looked at.
        b: the photo, upright, and perhaps on other scales.
        calibration: of the model that made the features of both.
    """
    similarity = max(min(float(laid.descriptor @ b.descriptor), 1.0) - laid.penalty for laid in a.laid)
    seen = [(laid, b) for laid in a.laid] + [(a, other) for other in b.laid if other.is_zoomed]
    pairs = (
        Pair(one.local, other.local, match_features(one.local, other.local), similarity, calibration, one.orientation)
        for one, other in seen
    )
    return max(pairs, key=lambda pair: pair.match.support).uprighted(a.image_size)


def known_calibration(card: ModelCard, preset: str) -> Calibration | None:
    """Return what `calibration_of` does, or None if the card has no calibration.

    Raises:
        ModelError: the calibration of the card is damaged.
    """
    known = card.calibration_for(preset)
    return None if known is None else Calibration.from_dict(known)


def calibration_of(card: ModelCard, preset: str) -> Calibration:
    """Return what turns similarity and support of a model's features into a probability.

    Args:
        card: of the model.
        preset: name of the preset; if only another one was calibrated, that is taken.

    Raises:
        ModelError: its card has none.
    """
    known = known_calibration(card, preset)
    if known is None:
        raise ModelError(f"model {card.name} has no calibration; fit one with `glocal calibrate`")
    return known
