"""What is measured of a trained model: global and local features as the search side has them, and sparsity."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from glocal.errors import PhotoError
from glocal.evaluation.measures import leave_one_out
from glocal.extraction import Model, load_model
from glocal.features import Features
from glocal.models.imagenet import normalisation_of
from glocal.models.network import SearchNetwork
from glocal.progress import OnProgress
from glocal.training.ablation.local_matching import pair_precisions
from glocal.training.checkpoint import load_checkpoint
from glocal.training.export import export
from glocal.training.objective import empty_network
from glocal.training.photos import LabelledPhoto, PhotoCache, TrainingError, to_input

SPARSITY_PHOTOS = 100
"""Photos, spread evenly over all, that sparsity is measured on."""

SPARSITY_SIDE = 512
"""Their longest side in pixels, at most: that of the extraction preset `fast`."""

Measures = dict[str, dict[str, float]]
"""Set of photos to measure to value in [0, 1]."""


def measure(
    checkpoint: Path, sets: Mapping[str, Sequence[LabelledPhoto]], threads: int, on_progress: OnProgress
) -> tuple[Measures, dict[str, float | None]]:
    """Measure a trained model on photos it was not trained on.

    The network is exported to ONNX and run with the extraction preset `fast`, so that the features are those
    of a search.

    Args:
        checkpoint: the `model.safetensors` of `train`.
        sets: name to photos with identities.
        threads: photos extracted at once.
        on_progress: called often, with what is done.

    Returns:
        Per set mAP (leave one out) and the average precisions of `pair_precisions`; and the sparsity of the
        "local" and "deep" map, see `sparsity`.

    Raises:
        TrainingError: a photo cannot be read.
        EvaluationError: a set where no identity has two photos.
    """
    measures: Measures = {}
    with tempfile.TemporaryDirectory() as folder:
        card = export(checkpoint, Path(folder), name="measured", calibration_photos=())
        model = load_model(card)
        features = {name: _extract(model, photos, threads, on_progress) for name, photos in sets.items()}
    for name, photos in sets.items():
        identities = [photo.identity or photo.path for photo in photos]
        found = leave_one_out(np.stack([one.global_descriptor for one in features[name]]), identities)
        measures[name] = {"mAP": found.mean_average_precision, **pair_precisions(features[name], identities)}
    saved = load_checkpoint(checkpoint)
    network = empty_network(saved.recipe.network)
    network.load_state_dict(saved.tensors)
    every = [photo for photos in sets.values() for photo in photos]
    rows = np.unique(np.linspace(0, len(every) - 1, SPARSITY_PHOTOS).round().astype(int))
    cache = PhotoCache([every[row] for row in rows], SPARSITY_SIDE)
    return measures, sparsity(network.eval(), cache, saved.recipe.network.backbone)


def _extract(model: Model, photos: Sequence[LabelledPhoto], threads: int, on_progress: OnProgress) -> list[Features]:
    features = []
    for path, one in model.extract_many([Path(photo.path) for photo in photos], workers=threads):
        if isinstance(one, PhotoError):
            raise TrainingError(f"{path}: {one.reason}; take the photo away, or hold out other identities")
        features.append(one)
        on_progress("measuring", len(features), len(photos))
    return features


@torch.no_grad()
def sparsity(network: SearchNetwork, photos: PhotoCache, backbone: str) -> dict[str, float | None]:
    """Return the fraction of zeros in the "local" and the "deep" map, the mean over photos.

    Maps that have negative values do not end in a ReLU; their sparsity says nothing and is None.
    """
    normalisation = normalisation_of(backbone)
    zeros: dict[str, list[float]] = {"local": [], "deep": []}
    negative: set[str] = set()
    for row in range(len(photos)):
        maps = network.backbone(to_input(photos[row][None], normalisation))
        for name, values in zip(zeros, maps, strict=True):
            zeros[name].append(float((values == 0).float().mean()))
            if bool((values < 0).any()):
                negative.add(name)
    return {name: None if name in negative else float(np.mean(values)) for name, values in zeros.items()}
