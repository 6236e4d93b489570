"""Looks at a photo: the levels of a pyramid each, run through the network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from glocal.arrays import FloatArray
from glocal.cores import available_cores
from glocal.extraction.card import LocalMap
from glocal.extraction.onnx_network import Network
from glocal.extraction.pyramid import Level
from glocal.extraction.selection import LocalFeatures, level_features, strongest
from glocal.extraction.shown import Shown


@dataclass(frozen=True, eq=False)
class Look:
    """One way of looking at a photo.

    Attributes:
        shown: the photo, or a part of it, laid down in some way.
        levels: its pyramid.
        limit: most local features kept of it.
    """

    shown: Shown
    levels: Sequence[Level]
    limit: int


@dataclass(frozen=True, eq=False)
class Seen:
    """What the network says of a look.

    Attributes:
        global_descriptors: [D] each, of the levels that have one.
        local: the strongest local features of all levels, in pixels of the photo.
    """

    global_descriptors: list[FloatArray]
    local: LocalFeatures


@dataclass(frozen=True, eq=False)
class _SeenLevel:
    global_descriptor: FloatArray | None
    local: LocalFeatures | None


def see(network: Network, look: Look, local: LocalMap | None) -> Seen:
    """Run the network on a look, level by level.

    Args:
        network: what is run.
        look: at a photo.
        local: the network's local maps; None: it has none.
    """
    return _together(look, [_level(network, level, look.limit, local) for level in look.levels], local)


def see_all(network_of: Callable[[int], Network], looks: Sequence[Look], local: LocalMap | None) -> list[Seen]:
    """Run the network on several looks with all cores.

    Where there are as many levels as cores, each core runs whole levels, the largest first: two cores take a quarter
    less time so than together on one level after the other, and on a busy machine half.

    Args:
        network_of: the network that runs with so many threads.
        looks: at one photo.
        local: as in `see`.
    """
    cores = available_cores()
    levels = [(level, look.limit) for look in looks for level in look.levels]
    if len(levels) < cores:
        return [see(network_of(cores), look, local) for look in looks]
    network = network_of(1)
    order = sorted(range(len(levels)), key=lambda row: -levels[row][0].picture.size)
    with ThreadPoolExecutor(cores) as pool:
        found = dict(zip(order, pool.map(lambda row: _level(network, *levels[row], local), order), strict=True))
    in_order = iter([found[row] for row in range(len(levels))])
    return [_together(look, [next(in_order) for _ in look.levels], local) for look in looks]


def _level(network: Network, level: Level, limit: int, local: LocalMap | None) -> _SeenLevel:
    """Run the network on one level."""
    maps = network(level.picture)
    return _SeenLevel(
        maps.global_descriptor if level.is_global else None,
        level_features(maps, level, local, limit) if level.is_local and local is not None else None,
    )


def _together(look: Look, levels: Sequence[_SeenLevel], local: LocalMap | None) -> Seen:
    """Return what all levels of a look say."""
    dimensions = 0 if local is None else local.dimensions
    best = strongest([seen.local for seen in levels if seen.local is not None], look.limit, dimensions)
    placed = LocalFeatures(look.shown.in_photo(best.keypoints), best.scales, best.attention, best.descriptors)
    return Seen([seen.global_descriptor for seen in levels if seen.global_descriptor is not None], placed)
