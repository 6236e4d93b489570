"""`glocal evaluate proof`: how many right and how many wrong pairs are proved."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.evaluate_options import FAST, OUTPUT, Folder, ModelChoice, Output
from glocal.cli.found_photos import found_identities
from glocal.cli.progress_display import progress
from glocal.evaluation.runs import evaluate_proof


def proof(
    folder: Folder,
    identities: Annotated[list[str] | None, typer.Option(help="Pattern of identities to use; repeatable.")] = None,
    distractors: Annotated[list[Path] | None, typer.Option(help="Photos of nothing among them; repeatable.")] = None,
    candidates: Annotated[int, typer.Option(min=1, help="Photos verified per query.")] = 100,
    framed: Annotated[int, typer.Option(min=2, help="Photos that are put into each frame.")] = 40,
    model: ModelChoice = FAST,
    output: Output = OUTPUT,
) -> None:
    """Right and wrong pairs that are proved or likely: searched for, and unlike photos in the same frame."""
    folders, others = found_identities(folder, distractors)
    with progress() as on_stage:
        evaluation = evaluate_proof(
            folders,
            model.load(),
            identities=identities or ["*"],
            distractors=others,
            candidates=candidates,
            framed=framed,
            on_stage=on_stage,
        )
    output.show(evaluation)
