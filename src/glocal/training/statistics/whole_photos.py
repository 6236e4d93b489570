"""What a network sees in whole photos, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from glocal.models.imagenet import Normalisation
from glocal.models.network import RawFeatures, SearchNetwork
from glocal.training.photos import PhotoCache, fitted, to_input


def raw_features_of(
    network: SearchNetwork, photos: PhotoCache, rows: Sequence[int], side: int, normalisation: Normalisation
) -> Iterator[RawFeatures]:
    """Yield the features of photos in the order of `rows`, as batches of one, on the CPU.

    One at a time on a GPU too: eight of one size together, read by many threads, took several times longer there,
    and which of both it was is not known.

    Args:
        network: looks at the photos on its device.
        photos: where they are.
        rows: which of them.
        side: longest side in pixels at which they are looked at.
        normalisation: of the network's input.
    """
    device = network.whitening.weight.device
    for row in rows:
        image = to_input(fitted(photos[row], side)[None], normalisation)
        yield RawFeatures(*(one.cpu() for one in network.raw_features(image.to(device))))
