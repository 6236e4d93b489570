"""The runs of a table: a run is a row with a seed. Runs of the same recipe and photos share a folder."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glocal.training.ablation.rows import Ablation, Row
from glocal.training.photos import LabelledPhoto, TrainingError, find_labelled_photos, split_photos
from glocal.training.recipe import Recipe, load_recipe
from glocal.training.recipe_parts import Data

Sets = dict[str, tuple[LabelledPhoto, ...]]
"""Name to the photos that are measured on."""


@dataclass(frozen=True)
class Run:
    """One model to train and measure, in `folder`; finished once `result` is there."""

    row: Row
    seed: int
    recipe: Recipe
    folder: Path

    @property
    def result(self) -> Path:
        """Where its measures are written, last of all."""
        return self.folder / "result.json"

    def read_result(self) -> dict[str, Any] | None:
        """Return what was written, or None if the run is not finished."""
        return json.loads(self.result.read_text("utf-8")) if self.result.is_file() else None


def held_out_sets(base: Recipe, photos: Sequence[Path]) -> Sets:
    """Return the photos to measure on: what the recipe validates on, and what it holds out ("test").

    Raises:
        TrainingError: nothing is held out, or a set has fewer than two identities with two photos.
    """
    found = find_labelled_photos(photos).photos
    patterns = {"validation": base.data.validate_on, "test": base.data.held_out}
    sets = {
        name: split_photos(found, Data(validate_on=chosen, validate_at_most=len(found))).validate
        for name, chosen in patterns.items()
        if chosen
    }
    if not sets:
        raise TrainingError("nothing is held out to measure on; set data.validate_on, or give --held-out")
    for name, members in sets.items():
        sizes = Counter(photo.identity for photo in members)
        if sum(size >= 2 for size in sizes.values()) < 2:
            raise TrainingError(
                f"{', '.join(patterns[name])}: matches {len(sizes)} identities;"
                " two with two photos each are needed to measure on"
            )
    return sets


def plan(
    table: Ablation,
    recipe: str | Path,
    settings: Sequence[str],
    seeds: Sequence[int],
    photos: Sequence[Path],
    out: Path,
) -> list[Run]:
    """Return the runs of a table, all rows of one seed before those of the next.

    Args:
        table: what to compare.
        recipe: the base of all rows, a name or a file as `load_recipe` takes it.
        settings: overrides of the base; those of a row come after.
        seeds: each row is trained once with each.
        photos: folders of identities; their contents are part of what tells one run from another.
        out: folder of the whole.

    Raises:
        RecipeError: the recipe cannot be read, or an override does not fit.
        TrainingError: a folder of photos is missing.
    """
    contents = _contents(photos)
    runs = []
    for seed in seeds:
        for row in table.rows:
            one = load_recipe(recipe, [*settings, *row.settings, f"seed={seed}"])
            key = hashlib.sha256(json.dumps([one.model_dump(mode="json"), contents]).encode()).hexdigest()
            runs.append(Run(row, seed, one, out / "runs" / key[:16]))
    return runs


def job(run: Run, photos: Sequence[Path], sets: Mapping[str, Sequence[LabelledPhoto]]) -> dict[str, Any]:
    """Return all that a worker needs, as plain JSON values. All that is measured on is held out from training."""
    fields = run.recipe.model_dump(mode="json")
    fields["data"] |= {
        "validate_on": [],
        "validate_share": 0.0,
        "held_out": [*run.recipe.data.validate_on, *run.recipe.data.held_out],
    }
    return {
        "recipe": fields,
        "photos": [str(root.resolve()) for root in photos],
        "sets": {
            name: [[str(Path(photo.path).resolve()), photo.identity] for photo in members]
            for name, members in sets.items()
        },
    }


def _contents(photos: Sequence[Path]) -> list[list[Any]]:
    """Return identity, name and size of every photo: moved folders are the same, changed ones are not."""
    files = [(photo.identity, Path(photo.path)) for photo in find_labelled_photos(photos).photos]
    return sorted([identity, path.name, path.stat().st_size if path.is_file() else 0] for identity, path in files)
