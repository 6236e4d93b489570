"""The state of a run: everything that must survive a kill, in one file."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn, optim

from glocal.training.checkpoint import (
    Checkpoint,
    load_checkpoint,
    optimiser_tensors,
    prefixed,
    restore_optimiser,
    save_checkpoint,
    without_prefix,
)
from glocal.training.photos import TrainingError
from glocal.training.recipe import Recipe


class RunState:
    """What training changes, and where it is kept. Batches need no state: the step number decides them.

    Args:
        path: of the file.
        modules: by name; their weights and statistics.
        copies: by name; other weights by name, such as where the network started.
        optimiser: its moments.
        recipe: that the run follows.
    """

    def __init__(
        self,
        path: Path,
        modules: dict[str, nn.Module],
        copies: dict[str, dict[str, Tensor]],
        optimiser: optim.Optimizer,
        recipe: Recipe,
    ) -> None:
        self._path = path
        self._modules = modules
        self._copies = copies
        self._optimiser = optimiser
        self._recipe = recipe

    def save(self, step: int) -> None:
        """Write the state after `step` steps, whole or not at all."""
        tensors = prefixed("optimiser", optimiser_tensors(self._optimiser))
        for name, module in self._modules.items():
            tensors |= prefixed(name, module.state_dict())
        for name, copies in self._copies.items():
            tensors |= prefixed(name, copies)
        save_checkpoint(self._path, Checkpoint(tensors, self._recipe, {"step": step}))

    def restore(self) -> int:
        """Put a written state back, if there is one, and return the number of steps done.

        Raises:
            TrainingError: the file is damaged, or was written with another recipe or other photos.
        """
        if not self._path.is_file():
            return 0
        saved = load_checkpoint(self._path)
        if saved.recipe != self._recipe:
            raise TrainingError(f"{self._path}: was written with another recipe; choose another folder")
        try:
            for name, module in self._modules.items():
                module.load_state_dict(without_prefix(name, saved.tensors))
        except RuntimeError as error:
            raise TrainingError(f"{self._path}: was written with other photos; choose another folder") from error
        for name, copies in self._copies.items():
            for key, tensor in without_prefix(name, saved.tensors).items():
                copies[key].copy_(tensor)
        restore_optimiser(self._optimiser, without_prefix("optimiser", saved.tensors))
        return int(saved.facts["step"])
