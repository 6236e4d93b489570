"""`average`: one model of several that were trained from the same start, by the mean of their weights."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from glocal.errors import ModelError
from glocal.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint


def average(checkpoints: Sequence[Path], out: Path) -> Path:
    """Write the model whose weights are the means of several models' weights; return its `out/model.safetensors`.

    A uniform soup (Wortsman et al., "Model soups", ICML 2022): networks that learned from the same start, in different
    ways, are often better together than each alone, and cost no more than one. Its recipe, threshold and other facts
    are those of the first; `facts["averaged"]` holds the recipes of all.

    Args:
        checkpoints: two or more `model.safetensors` of `train`.
        out: folder to write into; made if missing.

    Raises:
        ModelError: fewer than two, or networks that are not alike.
        TrainingError: a checkpoint cannot be read.
    """
    if len(checkpoints) < 2:
        raise ModelError("one model has no average; name two or more")
    loaded = [load_checkpoint(path) for path in checkpoints]
    first = loaded[0]
    for path, other in zip(checkpoints, loaded, strict=True):
        if {n: t.shape for n, t in other.tensors.items()} != {n: t.shape for n, t in first.tensors.items()}:
            raise ModelError(f"{path}: is another network than {checkpoints[0]}, so they have no average")
    tensors = {name: _mean([one.tensors[name] for one in loaded]) for name in first.tensors}
    facts = {**first.facts, "averaged": [one.recipe.model_dump(mode="json") for one in loaded]}
    out.mkdir(parents=True, exist_ok=True)
    save_checkpoint(out / "model.safetensors", Checkpoint(tensors, first.recipe, facts))
    return out / "model.safetensors"


def _mean(tensors: Sequence[Tensor]) -> Tensor:
    """Return the mean in float32, in the type of the first; a counter stays that of the first."""
    if not tensors[0].is_floating_point():
        return tensors[0]
    return torch.stack([one.float() for one in tensors]).mean(dim=0).to(tensors[0].dtype)
