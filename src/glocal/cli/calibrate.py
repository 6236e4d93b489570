"""`glocal calibrate`: fit the probability that two photos show the same thing, into a model's card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.found_photos import found_identities
from glocal.cli.output import Json, note, print_json
from glocal.cli.progress_display import progress
from glocal.collection import Collection
from glocal.counting import counted
from glocal.errors import ModelError
from glocal.evaluation.datasets import find_identity_folders
from glocal.evaluation.framing import FITTED
from glocal.evaluation.runs import gather_pairs, judged_pairs
from glocal.extraction import Model, ModelCard, load_model
from glocal.files import write_json
from glocal.matching import LabelledPairs, fit_calibration

FEWEST_JUDGED = 50
"""Each collection weighs as much as any kind of photos, which fewer answers could not bear."""


def command(
    card: Annotated[Path, typer.Argument(help="The model card (.json) that gets the calibration.")],
    folder: Annotated[Path, typer.Argument(help="A folder of photos per identity, none of them trained on.")],
    identities: Annotated[list[str] | None, typer.Option(help="Pattern of identities to use; repeatable.")] = None,
    distractors: Annotated[list[Path] | None, typer.Option(help="Photos of nothing among them; repeatable.")] = None,
    alike: Annotated[
        list[Path] | None, typer.Option(help="More such folders, of things that share a design or ground; repeatable.")
    ] = None,
    judged: Annotated[
        list[Path] | None,
        typer.Option(help="Collections of the same model whose users said what shows the same thing; repeatable."),
    ] = None,
    preset: Annotated[str, typer.Option(help="Preset of the model.")] = "fast",
    as_json: Json = False,
) -> None:
    """Calibrate a model on photos it was not trained on, as a search would meet them."""
    model = load_model(card, preset=preset)
    if model.card.local is None:
        raise ModelError(f"{card}: has no local features to calibrate; its searches rank by similarity alone")
    patterns = identities or ["*"]
    folders, others = found_identities(folder, distractors)
    sharing = [find_identity_folders(one) for one in alike or ()]
    for one in sharing:
        note(one.passed_over)
    said = _judged(judged or (), model, 1 + len(sharing))
    with progress() as on_stage:
        pairs = gather_pairs(model, folders, identities=patterns, distractors=others, alike=sharing, on_stage=on_stage)
    pairs = LabelledPairs.joined([pairs, *said])
    calibration = fit_calibration(pairs)
    fitted_on = {
        "identities": list(patterns),
        "distractors": len(others),
        "alike": [one.folder.name for one in sharing],
        "frames": list(FITTED),
        "judged": sum(map(len, said)),
        "preset": preset,
        "pairs": len(pairs.same),
        "same": int(pairs.same.sum()),
    }
    old = ModelCard.read(card)
    fitted = {**calibration.to_dict(), "fitted_on": fitted_on}
    new = replace(old, calibration={**(old.calibration or {}), preset: fitted})
    write_json(card, new.to_dict())
    if as_json:
        print_json({"card": str(card), "calibration": new.calibration})
    else:
        note(f"calibrated on {counted(len(pairs.same), 'pair')}, {int(pairs.same.sum())} of one thing: {card}")


def _judged(folders: Sequence[Path], model: Model, domain: int) -> list[LabelledPairs]:
    """Return what the users of each collection said.

    Raises:
        ModelError: a collection has too few judgements, or is of another model.
    """
    parts = []
    for number, folder in enumerate(folders, domain):
        with Collection.open(folder, model) as collection:
            said = judged_pairs(collection.judgements.all(), number)
        if len(said) < FEWEST_JUDGED:
            raise ModelError(
                f"{folder}: has {counted(len(said), 'judgement')} of hits; calibrating takes {FEWEST_JUDGED} or more"
            )
        note(f"glocal: {len(said)} judgements, {int(said.same.sum())} of one thing: {folder}")
        parts.append(said)
    return parts
