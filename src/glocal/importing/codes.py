"""Binary codes for local descriptors of others, learned on photos, and what they cost.

Descriptors of any width are projected onto their principal components, as many as a code has bits, and turned so that
their signs are good bits (iterative quantisation: Gong & Lazebnik, CVPR 2011).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from glocal.errors import ModelError
from glocal.models.geometry import local_receptive_field
from glocal.models.network import SearchNetwork
from glocal.models.principal_components import principal_components
from glocal.progress import silent
from glocal.training.network_settings import Network
from glocal.training.objective import empty_network
from glocal.training.photos import LabelledPhoto, PhotoCache, fitted, to_input
from glocal.training.recipe import Recipe
from glocal.training.statistics import chosen_cells, in_two_views, sample_cells, shared_places

BITS = 128
LEAST_CELLS = 2 * BITS
SIDE = 384
"""Longest side in pixels at which photos are looked at."""

_LEARNED = ("pca.", "code_transform.")
_MOST_PHOTOS = 300
_HELD_OUT = 4
"""Each fourth photo is measured on, and the others are learned from."""


@dataclass(frozen=True)
class CodeReport:
    """What binary codes cost.

    Attributes:
        dimensions: of the descriptors.
        bits: of the codes.
        photos: how many were learned from.
        measured_on: how many others the following were measured on.
        float_precision: average precision, in [0, 1], of telling pairs of the same place in two views of a photo from
            pairs of different places, by the inner product of the descriptors.
        code_precision: the same by the Hamming distance of the codes.
        median_attention: of the cells of the photos learned from.
    """

    dimensions: int
    bits: int
    photos: int
    measured_on: int
    float_precision: float
    code_precision: float
    median_attention: float


@torch.no_grad()
def learn_codes(
    network: SearchNetwork, settings: Network, photos: Sequence[Path]
) -> tuple[SearchNetwork, Network, CodeReport]:
    """Return a network with codes, its settings, and what the codes cost.

    Args:
        network: gives the original's descriptors.
        settings: of that network.
        photos: to learn from and, each fourth, to measure on.

    Raises:
        ModelError: too few photos can be read.
    """
    chosen = [photos[int(row)] for row in np.unique(np.linspace(0, len(photos) - 1, _MOST_PHOTOS).round())]
    learned = _cache([photo for row, photo in enumerate(chosen) if row % _HELD_OUT != _HELD_OUT - 1])
    measured = _cache(chosen[_HELD_OUT - 1 :: _HELD_OUT])
    cells, attention = _sampled(network, settings, learned)
    if len(cells) < LEAST_CELLS or not len(measured):
        raise ModelError(f"{len(photos)} photos are too few to learn codes from; give some dozens")
    bits = settings.code_dimensions if network.pca is None else min(BITS, settings.code_dimensions)
    coded_settings = settings.model_copy(update={"code_dimensions": bits})
    coded = empty_network(coded_settings).eval()
    others = {name: value for name, value in network.state_dict().items() if not name.startswith(_LEARNED)}
    coded.load_state_dict(others, strict=False)
    if coded.pca is not None:
        coded.pca.start_from(principal_components(cells))
    coded.code_transform.learn(coded.encoder(cells[:, :, None, None])[:, :, 0, 0], seed=0)
    before, after = _precisions(network, coded, settings, measured)
    report = CodeReport(
        network.encoder.out_channels,
        bits,
        len(learned),
        len(measured),
        before,
        after,
        float(attention.median()),
    )
    return coded, coded_settings, report


def bits_without_photos(network: SearchNetwork, settings: Network) -> None:
    """Make signs of descriptors say something where none was learned: of those that are nowhere negative.

    Each channel is compared with the mean over all channels of its descriptor, instead of with zero.
    """
    if settings.local_code == "pca" and settings.architecture in ("delg", "delf"):
        network.code_transform.matrix -= 1 / len(network.code_transform.matrix)


def average_precision(scores: NDArray[np.floating], positive: NDArray[np.bool_]) -> float:
    """Return the average precision of scores [N], ties counted as one step: Σ (R_n - R_n-1) P_n."""
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.diff(scores[order], append=-np.inf))
    right = np.cumsum(positive[order])[ends]
    precision = right / (ends + 1)
    return float(np.sum(np.diff(right, prepend=0) * precision) / max(int(positive.sum()), 1))


def _cache(paths: Sequence[Path]) -> PhotoCache:
    photos = [LabelledPhoto(str(path), None, "import") for path in paths]
    return PhotoCache(photos, SIDE).only_readable()


def _sampled(network: SearchNetwork, settings: Network, photos: PhotoCache) -> tuple[Tensor, Tensor]:
    """Return cells [N, C] of the upper half by attention, and the attention of all cells."""
    random = np.random.default_rng(0)
    cells, attention = [torch.zeros(0, network.encoder.in_channels)], [torch.zeros(0)]
    for row in range(len(photos)):
        raw = network.raw_features(to_input(fitted(photos[row], SIDE)[None], settings.normalisation))
        cells.append(sample_cells(raw.cells, random, raw.attention))
        attention.append(raw.attention.flatten())
    return torch.cat(cells), torch.cat(attention)


def _precisions(
    network: SearchNetwork, coded: SearchNetwork, settings: Network, photos: PhotoCache
) -> tuple[float, float]:
    """Return the average precision of pairs of places by descriptors, and by codes."""
    field = local_receptive_field(network.backbone, network.local_branch)
    encoder = coded.code_transform.folded_into(coded.encoder)
    floats, codes = [], []
    recipe = Recipe(name="import", steps=0, network=settings)
    views = in_two_views(
        network, photos, recipe, settings.normalisation, count=len(photos), purpose=8, on_progress=silent
    )
    for photo, view, transform, random in views:
        cells = chosen_cells(photo.cells, random, photo.attention)
        pairs = shared_places(network.encoder(photo.cells), network.encoder(view.cells), cells, transform, field)
        floats.append(F.normalize(pairs, dim=2))
        own, other = encoder(photo.cells), encoder(view.cells)
        codes.append(torch.where(shared_places(own, other, cells, transform, field) > 0, 1.0, -1.0))
    return _precision(torch.cat(floats)), _precision(torch.cat(codes))


def _precision(pairs: Tensor) -> float:
    """Return the average precision by inner products of pairs [P, 2, C], each first with each second."""
    products = (pairs[:, 0] @ pairs[:, 1].T).numpy()
    return average_precision(products.ravel(), np.eye(len(products), dtype=np.bool_).ravel())
