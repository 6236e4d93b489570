"""Which photo comes when: decided by (seed, position) alone, so that a resumed run meets the same photos."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from glocal.models.losses import IGNORE
from glocal.training.photos.labelled_photos import LabelledPhoto, TrainingError
from glocal.training.recipe_parts import Data

LEAST_CYCLE = 1000
"""Draws after which the sets' shares are exact, at least: weights are met to a thousandth in small sets, too."""

Rows = NDArray[np.int64]


class Sampler:
    """The row of the photo at each position of training, position 0 being the first photo of the first batch.

    Without weights all photos are one pool; with weights each set is a pool, and draws are shared out by weight.
    A pool gives each of its groups once, then all again in a new order: a group is a single photo (`sampling`
    "photo") or a class ("class": each class equally often; a photo without class is one by itself). A class
    gives its photos in turn, each once before any comes again.

    Args:
        photos: N photos.
        labels: their classes, [N], `IGNORE` for none.
        data: how to sample.
        seed: of all orders.

    Raises:
        TrainingError: the weights do not name exactly the sets of the photos.
    """

    def __init__(self, photos: Sequence[LabelledPhoto], labels: Rows, data: Data, seed: int) -> None:
        rows = np.arange(len(photos))
        names = sorted(data.weights)
        pools = [rows]
        if names:
            sources = np.array([names.index(source) for source in _checked(photos, data)], np.int64)
            pools = [rows[sources == number] for number in range(len(names))]
        groups = _groups(labels) if data.sampling == "class" else rows
        self._pools = [
            _Pool(pool, groups[pool], [seed, 0, *([number] * bool(names))]) for number, pool in enumerate(pools)
        ]
        self._cycle = max(len(photos), LEAST_CYCLE)
        self._draws = _shares([data.weights[name] for name in names] or [1.0], self._cycle)
        self._seed = seed
        self._plan = lru_cache(maxsize=2)(self._new_plan)

    def row(self, position: int) -> int:
        """Return the row of the photo at a position."""
        if len(self._pools) == 1:
            return self._pools[0].row(position)
        cycle, place = divmod(position, self._cycle)
        pools, before = self._plan(cycle)
        pool = int(pools[place])
        return self._pools[pool].row(cycle * int(self._draws[pool]) + int(before[place]))

    def _new_plan(self, cycle: int) -> tuple[Rows, Rows]:
        """Return, for each draw of a cycle, its pool and how many draws of this pool came before in the cycle."""
        pools = np.repeat(np.arange(len(self._draws)), self._draws)
        np.random.default_rng([self._seed, 4, cycle]).shuffle(pools)
        before = np.empty(len(pools), np.int64)
        for pool, draws in enumerate(self._draws.tolist()):
            before[pools == pool] = np.arange(draws)
        return pools, before


class _Pool:
    """Rows in groups; every group once, in a new order each time round."""

    def __init__(self, rows: Rows, groups: Rows, seed: list[int]) -> None:
        by_group = np.argsort(groups, kind="stable")
        self._rows = rows[by_group]
        self._starts = np.append(np.unique(groups[by_group], return_index=True)[1], len(rows))
        self._seed = seed
        self._order = lru_cache(maxsize=2)(self._new_order)

    def row(self, draw: int) -> int:
        """Return the row at a draw of this pool, counted from 0."""
        visit, place = divmod(draw, len(self._starts) - 1)
        group = int(self._order(visit)[place])
        first, last = int(self._starts[group]), int(self._starts[group + 1])
        if last - first == 1:
            return int(self._rows[first])
        turn, member = divmod(visit, last - first)
        members = np.random.default_rng([*self._seed, 5, group, turn]).permutation(last - first)
        return int(self._rows[first + members[member]])

    def _new_order(self, visit: int) -> Rows:
        return np.random.default_rng([*self._seed, visit]).permutation(len(self._starts) - 1)


def _groups(labels: Rows) -> Rows:
    """Return a number for each photo, the same for photos of a class, its own for a photo without."""
    alone = labels == IGNORE
    groups = labels.copy()
    groups[alone] = labels.max(initial=0) + 1 + np.arange(np.count_nonzero(alone))
    return groups


def _shares(weights: Sequence[float], draws: int) -> Rows:
    """Divide draws by weight, rounded so that they add up (largest remainder)."""
    exact = np.array(weights) / sum(weights) * draws
    shares = np.floor(exact).astype(np.int64)
    shares[np.argsort(shares - exact, kind="stable")[: draws - int(shares.sum())]] += 1
    return shares


def _checked(photos: Sequence[LabelledPhoto], data: Data) -> list[str]:
    """Return the set of each photo, all of which have a weight."""
    sources = [photo.source for photo in photos]
    known = set(sources)
    for name in sorted(known ^ data.weights.keys()):
        if name in known:
            raise TrainingError(f"data.weights has no weight for the set {name}; add {name} = 1.0")
        raise TrainingError(f"data.weights names {name}, no set to train on; there are: {', '.join(sorted(known))}")
    return sources
