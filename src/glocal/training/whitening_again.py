"""`whiten`: the whitening of an exported model's global descriptor, taken again from other photos."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from glocal.errors import ModelError, PhotoError
from glocal.extraction import ModelCard, NetworkFile, load_model, read_card
from glocal.files import write_json
from glocal.models.losses import IGNORE
from glocal.models.whitening import Whitening
from glocal.progress import OnProgress, silent
from glocal.training.export import before_layer, with_layer, write_network
from glocal.training.objective import empty_network
from glocal.training.photos import LabelledPhoto, TrainingError, number_classes, split_photos, spread
from glocal.training.recipe import Recipe
from glocal.training.statistics import check_enough, whitening_of

PHOTOS_OF_A_SET = 400
"""As many photos of each set are looked at, spread evenly."""


@dataclass(frozen=True)
class WhitenReport:
    """What was made.

    Attributes:
        card: of the new model.
        photos: that the whitening is taken from.
        skipped: a line for each photo that could not be read.
    """

    card: Path
    photos: int
    skipped: tuple[str, ...]


def whiten(
    card: Path,
    recipe: Recipe,
    photos: Sequence[LabelledPhoto],
    out: Path,
    *,
    preset: str = "fast",
    facts: Mapping[str, Any] | None = None,
    results: Mapping[str, Any] | None = None,
    on_stage: OnProgress = silent,
) -> WhitenReport:
    """Write a model whose global descriptor is whitened by other photos; local features and words stay to the bit.

    The float32 network looks at the photos, at each global scale of the preset; its 8-bit copy gets the same layer.
    The new card has no calibration: the similarities that it was fitted to are others now.

    Args:
        card: of a model that `export` made.
        recipe: `start` says how to whiten, `data` which identities are left out; `network` must be the model's.
        photos: of any sets.
        out: folder to write into, another one than the card's.
        preset: of the card.
        facts: more facts for the new card's `training`, in place of the old ones of these names.
        results: measured results for the new card.
        on_stage: called with (stage, done, all).

    Raises:
        ModelError: the model is none that `export` made of this network, or lies in `out`.
        TrainingError: fewer readable photos than the descriptor has dimensions.
    """
    old = read_card(card)
    if out.resolve() == card.resolve().parent:
        raise ModelError(f"{out}: holds the model that is to be whitened; name another folder")
    chosen = _of_each_set(split_photos(photos, recipe.data).train)
    pooled, used, skipped = _pooled(card, chosen, preset, on_stage)
    check_enough(len(used), old.global_dimensions)
    labels = torch.from_numpy(number_classes(used, instances=False, ignore=IGNORE).labels)
    network = empty_network(recipe.network)
    if sum(network.pooled_widths) != pooled.shape[2]:
        raise ModelError(f"{card}: is not the network of recipe {recipe.name}; name the recipe it was trained with")
    scales = pooled.shape[1]
    rows = pooled.transpose(0, 1).flatten(0, 1)
    projection, mean = whitening_of(rows, network.pooled_widths, labels.repeat(scales), [*used] * scales, recipe.start)
    layer = Whitening(pooled.shape[2], old.global_dimensions)
    layer.project(projection, mean)
    whitened = {"photos": len(used), "sets": sorted({one.source for one in used}), "preset": preset}
    training = {**old.training, **(facts or {}), "whitening": {**whitened, "recipe": recipe.model_dump(mode="json")}}
    new = replace(old, calibration=None, training=training, results=dict(results or {}))
    return WhitenReport(_write(card, new, layer, out), len(used), skipped)


def _of_each_set(photos: Sequence[LabelledPhoto]) -> list[LabelledPhoto]:
    """Return at most so many photos of each set."""
    sets: dict[str, list[LabelledPhoto]] = {}
    for photo in photos:
        sets.setdefault(photo.source, []).append(photo)
    return [of_one[row] for of_one in sets.values() for row in spread(len(of_one), PHOTOS_OF_A_SET)]


def _pooled(
    card: Path, photos: Sequence[LabelledPhoto], preset: str, on_stage: OnProgress
) -> tuple[Tensor, list[LabelledPhoto], tuple[str, ...]]:
    """Return pooled features [N, S, P] at S scales, the N photos that can be read, and a line for each other."""
    old = read_card(card)
    cut = before_layer((card.parent / old.files["float32"].name).read_bytes())
    rows, used, skipped = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "pooled.json"
        file = write_network(place.with_suffix(".onnx"), cut)
        write_json(place, replace(old, local=None, words=None, files={"float32": file}).to_dict())
        model = load_model(place, preset=preset)
        found = model.scale_descriptors_many([Path(photo.path) for photo in photos])
        for done, (photo, (_, described)) in enumerate(zip(photos, found, strict=True), 1):
            if isinstance(described, PhotoError):
                skipped.append(str(described))
            else:
                rows.append(torch.from_numpy(described))
                used.append(photo)
            on_stage("describing", done, len(photos))
    if not rows:
        raise TrainingError(skipped[0] if skipped else "no photo is left: the recipe holds all of them out")
    return torch.stack(rows), used, tuple(skipped)


def _write(card: Path, new: ModelCard, layer: Whitening, out: Path) -> Path:
    """Write the networks with another layer, the words and the card."""
    out.mkdir(parents=True, exist_ok=True)
    weight, bias = (np.asarray(one.detach().numpy(), np.float32) for one in (layer.weight, layer.bias))
    files: dict[str, NetworkFile] = {}
    for precision, file in new.files.items():
        network = with_layer((card.parent / file.name).read_bytes(), weight, bias)
        files[precision] = write_network(out / file.name, network)
    if new.words is not None:
        shutil.copyfile(card.parent / new.words.name, out / new.words.name)
    path = out / card.name
    write_json(path, replace(new, files=files).to_dict())
    return path
