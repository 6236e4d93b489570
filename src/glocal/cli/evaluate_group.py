"""`glocal evaluate group`: whether albums hold what belongs together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.evaluate_options import FAST, OUTPUT, WORK, ModelChoice, Output, Work
from glocal.cli.found_photos import found_photos
from glocal.cli.output import note
from glocal.cli.progress_display import progress
from glocal.evaluation.datasets import find_identity_folders
from glocal.evaluation.runs import evaluate_albums


def group(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Each holds a folder per identity.")],
    distractors: Annotated[list[Path] | None, typer.Option(help="Photos of nothing among them; repeatable.")] = None,
    work: Work = WORK,
    model: ModelChoice = FAST,
    output: Output = OUTPUT,
) -> None:
    """Sort photos into albums as `glocal group` does: pairwise precision and recall, of all sets and of each."""
    sets = [find_identity_folders(folder) for folder in folders]
    for one in sets:
        note(one.passed_over)
    others = found_photos(distractors or ())
    with progress() as on_stage:
        evaluation = evaluate_albums(sets, model.load(), work, distractors=others, on_stage=on_stage)
    output.show(evaluation)
