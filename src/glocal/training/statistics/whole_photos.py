"""What a network sees in whole photos, one after the other; on a GPU many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
from torch import device

from glocal.arrays import Pixels
from glocal.cores import available_cores
from glocal.models.imagenet import Normalisation
from glocal.models.network import RawFeatures, SearchNetwork
from glocal.parallel_map import map_ahead
from glocal.training.photos import PhotoCache, fitted, to_input

WINDOW = 256
"""Photos that a GPU looks at together, those of one size at once."""


def raw_features_of(
    network: SearchNetwork, photos: PhotoCache, rows: Sequence[int], side: int, normalisation: Normalisation
) -> Iterator[RawFeatures]:
    """Yield the features of photos in the order of `rows`, as batches of one, on the CPU.

    Args:
        network: looks at the photos on its device.
        photos: where they are.
        rows: which of them.
        side: longest side in pixels at which they are looked at.
        normalisation: of the network's input.
    """
    place = network.whitening.weight.device
    window, cores = WINDOW if place.type == "cuda" else 1, available_cores()
    pictures = map_ahead(lambda row: fitted(photos[row], side), rows, workers=cores, ahead=cores + window)
    while together := list(islice(pictures, window)):
        yield from features_in_order(network, together, normalisation, place)


def features_in_order(
    network: SearchNetwork, pictures: Sequence[Pixels], normalisation: Normalisation, place: device
) -> list[RawFeatures]:
    """Return the features of RGB pictures [H, W, 3] of any sizes, those of one size looked at together on a device."""
    of_size: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for number, picture in enumerate(pictures):
        of_size[picture.shape].append(number)
    found: dict[int, RawFeatures] = {}
    for numbers in of_size.values():
        images = to_input(np.stack([pictures[number] for number in numbers]), normalisation)
        raw = RawFeatures(*(one.cpu() for one in network.raw_features(images.to(place))))
        found |= {number: RawFeatures(*(one[i : i + 1] for one in raw)) for i, number in enumerate(numbers)}
    return [found[number] for number in range(len(pictures))]
