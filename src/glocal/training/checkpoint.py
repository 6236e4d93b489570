"""Checkpoints: one safetensors file, written whole or not at all, whose metadata is JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, optim

from glocal.files import clear_unfinished, publish, unfinished
from glocal.training.photos import TrainingError
from glocal.training.recipe import Recipe

FORMAT = "1"


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Tensors by name, the recipe that made them, and facts about the run (plain JSON values)."""

    tensors: dict[str, Tensor]
    recipe: Recipe
    facts: dict[str, Any]


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint, whole or not at all.

    Raises:
        OSError: the disk is full, or cannot be written.
    """
    metadata = {
        "format": FORMAT,
        "recipe": checkpoint.recipe.model_dump_json(),
        "facts": json.dumps(checkpoint.facts),
    }
    tensors = {name: tensor.detach().contiguous().clone() for name, tensor in checkpoint.tensors.items()}
    clear_unfinished(path)  # a run killed while it wrote leaves as much as the state itself takes
    with unfinished(path) as draft:
        save_file(tensors, draft, metadata)
        publish(draft, path)


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises:
        TrainingError: the file is missing, damaged, or not a checkpoint of this format.
    """
    try:
        with safe_open(path, "pt") as opened:
            metadata = opened.metadata() or {}
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118  no mapping
    except (OSError, SafetensorError) as error:
        raise TrainingError(f"{path}: cannot read this checkpoint ({error})") from error
    if metadata.get("format") != FORMAT:
        raise TrainingError(f"{path}: not a glocal checkpoint of format {FORMAT}; train it again")
    recipe = Recipe.model_validate_json(metadata["recipe"])
    return Checkpoint(tensors, recipe, json.loads(metadata["facts"]))


def is_checkpoint(path: Path) -> bool:
    """Return whether a file is a checkpoint of any format, and not weights alone."""
    if path.suffix != ".safetensors" or not path.is_file():
        return False
    try:
        with safe_open(path, "pt") as opened:
            return "recipe" in (opened.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise TrainingError(f"{path}: cannot read these weights ({error})") from error


def prefixed(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors with `prefix.` before each name."""
    return {f"{prefix}.{name}": tensor for name, tensor in tensors.items()}


def without_prefix(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors whose name begins with `prefix.`, without it."""
    start = prefix + "."
    return {name[len(start) :]: tensor for name, tensor in tensors.items() if name.startswith(start)}


def optimiser_tensors(optimiser: optim.Optimizer) -> dict[str, Tensor]:
    """Return the optimiser's state as tensors named `<parameter number>.<name>`."""
    state = optimiser.state_dict()["state"]
    return {
        f"{number}.{name}": value
        for number, values in state.items()
        for name, value in values.items()
        if isinstance(value, Tensor)
    }


def restore_optimiser(optimiser: optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Put tensors from `optimiser_tensors` back."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        number, name = key.split(".", 1)
        state.setdefault(int(number), {})[name] = value
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
