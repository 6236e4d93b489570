"""Training runs that are cut off, and what their logs say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from glocal.progress import OnProgress
from glocal.training.recipe import Recipe

LOSSES = (
    "step", "total", "global_", "reconstruction", "attention", "distillation", "relation", "instances",
    "gradient", "learning_rate",
)  # fmt: skip


class KilledError(Exception):
    """Stands for a power cut."""


def kill_at(step: int) -> OnProgress:
    """Return what stops a run after so many steps."""

    def on_progress(stage: str, done: int, _total: int | None) -> None:
        if stage == "steps" and done == step:
            raise KilledError

    return on_progress


def losses_of(out: Path) -> list[dict[str, Any]]:
    """Return the lines of a run's log."""
    lines = (out / "log.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def decided(line: dict[str, Any]) -> dict[str, Any]:
    """Return what recipe and photos decide, without what the machine's speed does."""
    return {name: line[name] for name in LOSSES}


def changed(recipe: Recipe, **parts: Any) -> Recipe:
    """Return a recipe with some values of its parts changed."""
    fields = recipe.model_dump()
    for part, values in parts.items():
        fields[part] = {**fields[part], **values} if isinstance(values, dict) else values
    return Recipe.model_validate(fields)
