"""`glocal calibrate`: fit the probability that two photos show the same thing, into a model's card."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.found_photos import found_identities
from glocal.cli.output import Json, note, print_json
from glocal.cli.progress_display import progress
from glocal.errors import ModelError
from glocal.evaluation.datasets import find_identity_folders
from glocal.evaluation.framing import FITTED
from glocal.evaluation.runs import gather_pairs
from glocal.extraction import ModelCard, load_model
from glocal.files import write_json
from glocal.matching import fit_calibration


def command(
    card: Annotated[Path, typer.Argument(help="The model card (.json) that gets the calibration.")],
    folder: Annotated[Path, typer.Argument(help="A folder of photos per identity, none of them trained on.")],
    identities: Annotated[list[str] | None, typer.Option(help="Pattern of identities to use; repeatable.")] = None,
    distractors: Annotated[list[Path] | None, typer.Option(help="Photos of nothing among them; repeatable.")] = None,
    alike: Annotated[
        list[Path] | None, typer.Option(help="More such folders, of things that share a design or ground; repeatable.")
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
    with progress() as on_stage:
        pairs = gather_pairs(model, folders, identities=patterns, distractors=others, alike=sharing, on_stage=on_stage)
    calibration = fit_calibration(pairs)
    fitted_on = {
        "identities": list(patterns),
        "distractors": len(others),
        "alike": [one.folder.name for one in sharing],
        "frames": list(FITTED),
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
        note(f"calibrated on {len(pairs.same)} pairs, {int(pairs.same.sum())} of one thing: {card}")
