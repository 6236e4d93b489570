"""`glocal evaluate search` and `changes`: what the modes of a search find, and by which evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.evaluate_options import FAST, OUTPUT, WORK, Folder, Identities, ModelChoice, Output, Work
from glocal.cli.found_photos import found_identities, found_photos
from glocal.cli.progress_display import progress
from glocal.evaluation.runs import evaluate_changes, evaluate_search


def search(
    folder: Folder,
    queries: Identities = "*",
    thorough: Annotated[bool, typer.Option("--thorough", help="Measure the mode thorough too.")] = False,
    most: Annotated[int | None, typer.Option(min=1, help="Queries, spread evenly.", show_default="all")] = None,
    distractors: Annotated[list[Path] | None, typer.Option(help="Photos to search too; repeatable.")] = None,
    work: Work = WORK,
    model: ModelChoice = FAST,
    output: Output = OUTPUT,
) -> None:
    """Search as `glocal search` does, in each mode: candidates by their source, proofs, and the ranking."""
    folders, others = found_identities(folder, distractors)
    with progress() as on_stage:
        evaluation = evaluate_search(
            folders,
            model.load(),
            work,
            modes=("fast", "balanced", "thorough") if thorough else ("fast", "balanced"),
            queries=queries,
            most=most,
            distractors=others,
            on_stage=on_stage,
        )
    output.show(evaluation)


def changes(
    photos: Annotated[list[Path], typer.Argument(help="Photos or folders; no two show the same thing.")],
    most: Annotated[int, typer.Option(min=2, help="Photos that are searched for, spread evenly.")] = 20,
    work: Work = WORK,
    model: ModelChoice = FAST,
    output: Output = OUTPUT,
) -> None:
    """Search for photos that were turned, mirrored, shrunk, cropped or pasted into another: found first, and proved."""
    paths = found_photos(photos)
    with progress() as on_stage:
        evaluation = evaluate_changes(paths, model.load(), work, most=most, on_stage=on_stage)
    output.show(evaluation)
