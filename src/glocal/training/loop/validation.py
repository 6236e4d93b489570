"""Validation: leave-one-out retrieval of identities never trained on, by the global descriptor."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from glocal.arrays import Pixels
from glocal.evaluation.measures import leave_one_out
from glocal.models.imagenet import Normalisation
from glocal.models.network import SearchNetwork
from glocal.training.photos import PhotoCache, scaled_on_grid, to_input

SCALES = (0.7071068, 1.0, 1.4142135)
"""Factors on the photo at which the global descriptor is taken (the paper's global scales)."""


@torch.no_grad()
def global_descriptor(network: SearchNetwork, pixels: Pixels, normalisation: Normalisation) -> Tensor:
    """Return the global descriptor [D] of an RGB photo [H, W, 3]: normalised, summed over scales, normalised."""
    total = torch.zeros(network.whitening.out_features)
    for scale in SCALES:
        image = to_input(scaled_on_grid(pixels, scale)[None], normalisation)
        total += F.normalize(network.whitening(network.raw_features(image).pooled)[0], dim=0)
    return F.normalize(total, dim=0)


def validate(network: SearchNetwork, photos: PhotoCache, normalisation: Normalisation) -> float:
    """Return the mAP in [0, 1] of every photo as a query against all others. The network is left in evaluation mode."""
    network.eval()
    rows: list[NDArray[np.float32]] = [
        global_descriptor(network, photos[index], normalisation).numpy() for index in range(len(photos))
    ]
    identities = [photo.identity or str(photo.path) for photo in photos.photos]
    return leave_one_out(np.stack(rows), identities).mean_average_precision
