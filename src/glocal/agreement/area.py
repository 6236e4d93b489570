"""Where two photos agree: cell by cell, after a match has laid one over the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from glocal.agreement.cells import STRIDE
from glocal.agreement.colours import light_apart
from glocal.agreement.compared_cells import ComparedCells, compared_cells
from glocal.agreement.picture import Picture, Transform
from glocal.agreement.thing import asked_cells, asked_cells_of_photo, grid_of
from glocal.arrays import Mask
from glocal.features import Region
from glocal.matching import lie_in_place

SIDE = 256
"""Longest side in pixels of the overlap when its cells are compared."""

FINE_SIDE = 512
"""The same of a second look, at photos without colours: at the first, lines of print are grey bars, which agree on
every page. Of 460 right pairs of ten kinds of photos as much agrees as at the first."""

LEAST_IN_PLACE = 0.7
"""Without colours, the least share that has to agree where pictures lie on each other as they are. Pages of print agree
there in many features, and in fewer pixels: newspapers and price lists up to 0.68. Copies of 16 photos, blurred, dark,
noisy, small or of JPEG quality 8, have 0.72 and more. In colours so do views a step apart, whose pixels differ as
much."""

_SHARE_BY_SUPPORT, _SUPPORT_WITHOUT, _MOST_SHARE = 0.29, 13.0, 0.4
"""Without colours, the share that has to agree is the first times the logarithm of support over the second, and no more
than the third. Fitted to photos of ten kinds without their colours, of which it takes one right pair in ten and half of
the wrong ones."""

HARDLY = 0.15
"""Less than this share of two photos that are compared alone, without colours, says that it is their kind that is
alike. Of 168 pairs of different drawings of 21 kinds 108 are likely otherwise, and 15 so; of 60 right pairs of photos
made black and white 36 are proved or likely both times."""

COPY_SUPPORT = 50.0
"""What a copy is worth at least, three times what a proof takes: drawings, charts and logos have few features."""

MOST_WEIGHT = 1.45
"""Most that support is multiplied by: no less than seven tenths of what a proof takes can become one."""

_ADDS_FROM, _ADDS_MOST = 0.2, 0.5
"""Shares of the thing that agree from which pixels add to support, and from which they may add all they can. Where less
agrees, that the colours do not differ says little: one frame around photos of buildings, one sky."""

_AROUND, _LEAST_AROUND, _HALF = 0.65, 0.1, 0.5
"""Where less of the thing agrees than the first times what agrees of the whole query, and that is more than the second,
support counts by the third: a frame agrees, or what stands behind. Of 4181 right pairs of ten kinds proved by features
26 are so, and of ten unlike pairs of buildings proved in a broadcast all are."""


@dataclass(frozen=True)
class _Say:
    """What pixels say of support.

    The logarithm of a weight is `alone`, plus `agrees` times the share of the thing that agrees, less `differs` times
    how far its colours are off, less `alike_differs` times how far those of what is alike in structure are: what is
    alike in structure and has other colours is another thing of the same design. Photos that are lit differently
    excuse their colours, by `light`, but make nothing of what support alone does not: then a weight is at most 1.
    """

    alone: float
    agrees: float
    differs: float
    alike_differs: float = 0.0
    light: float = 0.0

    def weight(self, area: AgreeingArea) -> float:
        if area.thing_share is None or area.colour_difference is None:
            return 1.0
        colours = self.differs * area.colour_difference + self.alike_differs * area.alike_colour_difference
        strict, excused = (
            float(np.exp(self.alone + self.agrees * area.thing_share - off))
            for off in (colours, colours / (1.0 + self.light * area.light_difference))
        )
        return max(min(_most_weight(area.thing_share), strict), min(1.0, excused))


def _most_weight(share: float) -> float:
    """Return what support is multiplied by at most where a share of the thing agrees."""
    return float(np.interp(share, (_ADDS_FROM, _ADDS_MOST), (1.0, MOST_WEIGHT)))


_IN_PROOF = _Say(alone=3.5, agrees=6.0, differs=0.25, alike_differs=1.0, light=0.6)
"""Chosen on packages/train, covers, lego figures, shop videos, and landmarks of Aix, Orange and India. What it does to
these and to others is in docs/proof.md."""

_IN_PROBABILITY = _Say(alone=1.69, agrees=2.0, differs=0.3)
"""Chosen on packages/train and covers. The light excuses nothing: hits of one search are compared with each other."""


@dataclass(frozen=True, eq=False)
class AgreeingArea:
    """Where two photos agree.

    Attributes:
        query_mask: [R, C], a grid of equal cells over the query, 32 along its longer side: where it agrees.
        photo_mask: [R', C'], the same over the photo. With a region, both say so only of what it shows.
        query_share: the part of the query, or of its region, that agrees, 0 to 1.
        photo_share: the part of the photo that agrees with that, 0 to 1.
        thing_share: the part of the thing asked for (the region, or the middle of the query) that agrees, of what
            both photos show of it and is not plain, 0 to 1; None if that is nothing.
        colour_difference: how far the colours of that are from the photo's, in the a-b plane of CIE L*a*b*, once a tint
            and a contrast common to what agrees are removed; None if one of both is black and white, or what is
            compared of it is, or if there is nothing to compare.
        alike_colour_difference: the same of what is alike in structure alone; 0 if that is nothing.
        light_difference: how differently the photos are lit as a whole, by `light_apart`; it counts with colours.
        in_place: whether one lies on the other as it is, corner on corner, perhaps turned by quarters: see
            `glocal.matching.lie_in_place`.
        close_share: as `thing_share`, but of what agrees in structure, whatever its colour, the less of two looks (see
            `FINE_SIDE`); None if it was looked at once, or is nothing.
        is_copy: whether one picture, or the region of it, is known to be the other or a part of it, as `glocal
            duplicates` proves copies: see `find_copy`, which is asked where features prove nothing.

    Raises:
        ValueError: a number is out of range.
    """

    query_mask: Mask
    photo_mask: Mask
    query_share: float
    photo_share: float
    thing_share: float | None = None
    colour_difference: float | None = None
    alike_colour_difference: float = 0.0
    light_difference: float = 0.0
    in_place: bool = False
    close_share: float | None = None
    is_copy: bool = False

    def __post_init__(self) -> None:
        shares = self.query_share, self.photo_share, self.thing_share or 0.0
        differences = self.colour_difference or 0.0, self.alike_colour_difference, self.light_difference
        if not all(0 <= share <= 1 for share in shares) or min(differences) < 0:
            raise ValueError(f"shares {shares} or differences {differences} out of range")
        for mask in (self.query_mask, self.photo_mask):
            mask.flags.writeable = False

    def to_dict(self, *, masks: bool) -> dict[str, Any]:
        """Return the shares, and the masks as rows of 0 and 1 if wanted, ready for JSON."""
        shares = {"query_share": round(self.query_share, 4), "photo_share": round(self.photo_share, 4)}
        if not masks:
            return shares
        return {
            **shares,
            "query_mask": self.query_mask.astype(int).tolist(),
            "photo_mask": self.photo_mask.astype(int).tolist(),
        }

    @property
    def proof_weight(self) -> float:
        """What support is worth as a proof, in the light of the pixels: 0 to `MOST_WEIGHT`, 1 without colours.

        It falls where the thing asked for has other colours in the photo, though what lies around it agrees: another
        product of one brand, or another thing before the same shelf; less so where the photos are lit differently as a
        whole, as by day and by night. It rises as more of the thing agrees. Of photos in black and white it is 1:
        bright and dark alone agree on too much, a meadow and a beach; see `denies`. Where the photos agree around the
        thing, it is half of that: see `agrees_around`.
        """
        return self._weight_by(_IN_PROOF)

    @property
    def weight(self) -> float:
        """What support is worth in the probability, and so in the order of hits: as in a proof, but for the light."""
        return self._weight_by(_IN_PROBABILITY)

    def _weight_by(self, say: _Say) -> float:
        return say.weight(self) * (_HALF if self.agrees_around else 1.0)

    @property
    def agrees_around(self) -> bool:
        """Whether what agrees lies around the thing asked for, rather than in it: see `_AROUND`."""
        if self.thing_share is None or self.query_share < _LEAST_AROUND:
            return False
        return self.thing_share < _AROUND * self.query_share

    def denies(self, support: float) -> bool:
        """Say whether too little of the thing agrees, without colours, for features that agree so well.

        Things with one texture, such as pages of print and codes of squares or bars, agree in many features wherever
        one is laid on the other. What is the same agrees the more in its pixels, the more features do.
        """
        if self.close_share is None or self.colour_difference is not None:
            return False
        if self.in_place:
            return support > _SUPPORT_WITHOUT and self.close_share < LEAST_IN_PLACE
        asked = _SHARE_BY_SUPPORT * np.log(max(support, 1.0) / _SUPPORT_WITHOUT)
        return bool(self.close_share < min(asked, _MOST_SHARE))

    @property
    def hardly_agrees(self) -> bool:
        """Whether hardly any of the thing agrees, without colours: see `HARDLY`."""
        if self.close_share is None or self.colour_difference is not None:
            return False
        return self.close_share < (LEAST_IN_PLACE if self.in_place else HARDLY)

    def worth_as_proof(self, support: float) -> float:
        """Return what support is worth in a proof: see `proof_weight`, `denies` and `is_copy`."""
        return self._worth(support, self.proof_weight)

    def worth_in_probability(self, support: float) -> float:
        """Return what support is worth in the probability."""
        return self._worth(support, self.weight)

    def _worth(self, support: float, weight: float) -> float:
        if self.is_copy:
            return max(support * weight, COPY_SUPPORT)
        return 0.0 if self.denies(support) else support * weight


class Weighing(Protocol):
    """What pixels say of support: those of an area that agrees, or of keypoints."""

    def worth_as_proof(self, support: float) -> float:
        """Return what support is worth in a proof."""

    def worth_in_probability(self, support: float) -> float:
        """Return what support is worth in the probability."""


def worth_as_proof(support: float, pixels: Weighing | None) -> float:
    """Return what inliers are worth as a proof, in the light of the pixels; None: they were not compared."""
    return support if pixels is None else pixels.worth_as_proof(support)


def worth_in_probability(support: float, pixels: Weighing | None) -> float:
    """Return what inliers are worth in the probability, in the light of the pixels; None: they were not compared."""
    return support if pixels is None else pixels.worth_in_probability(support)


def agreeing_area(
    query: Picture, photo: Picture, transform: Transform, region: Region | None = None, *, closely: bool = False
) -> AgreeingArea:
    """Return where two photos agree.

    Args:
        query, photo: the photos.
        transform: [3, 3] affine, pixels of the query to pixels of the photo, right to some percent: each cell is
            looked for around the place it gives.
        region: the part of the query that matters, in pixels of the upright query.
        closely: look a second time (see `FINE_SIDE`) at photos in colour too.
    """
    found = compared_cells(query, photo, transform, region, SIDE)
    if found is None:
        return AgreeingArea(np.zeros(grid_of(query), np.bool_), np.zeros(grid_of(photo), np.bool_), 0.0, 0.0)
    query_mask = _mask(query, found.canvas.to_a, found.agrees)
    photo_mask = _mask(photo, found.canvas.to_b, found.agrees) & asked_cells_of_photo(photo, region, transform)
    asked = asked_cells(query, region)
    closely = closely or not found.is_coloured
    finer = compared_cells(query, photo, transform, region, FINE_SIDE, found) if closely else None
    return AgreeingArea(
        query_mask & asked,
        photo_mask,
        float(query_mask[asked].mean()),
        float(photo_mask.mean()),
        found.share(found.agrees),
        found.colours_off if found.is_coloured else None,
        (found.alike_off or 0.0) if found.is_coloured else 0.0,
        light_apart(query, photo) if found.is_coloured else 0.0,
        lie_in_place(transform, query.size, photo.size),
        None if finer is None else _least_alike(found, finer),
    )


def _least_alike(*looks: ComparedCells) -> float | None:
    """Return the least share of the thing that agrees in structure in several looks; None if there is nothing of it."""
    shares = (look.share(look.alike) for look in looks)
    return min((share for share in shares if share is not None), default=None)


def _mask(picture: Picture, canvas_to_picture: Transform, agrees: Mask) -> Mask:
    """Return the mask over a photo: each of its cells says what the canvas says at its centre."""
    height, width = picture.grey.shape
    rows, columns = grid_of(picture)
    x, y = np.meshgrid((np.arange(columns) + 0.5) * width / columns, (np.arange(rows) + 0.5) * height / rows)
    centres = np.stack([x - 0.5, y - 0.5, np.ones_like(x)], axis=-1) @ np.linalg.inv(canvas_to_picture).T
    cell = np.floor((centres[..., :2] + 0.5) / STRIDE).astype(int)
    inside = (cell >= 0).all(axis=2) & (cell[..., 0] < agrees.shape[1]) & (cell[..., 1] < agrees.shape[0])
    mask = np.zeros((rows, columns), np.bool_)
    mask[inside] = agrees[cell[inside][:, 1], cell[inside][:, 0]]
    return mask
