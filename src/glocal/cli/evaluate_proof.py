"""`glocal evaluate proof`: how many right and how many wrong hits are proved."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.evaluate_options import FAST, OUTPUT, WORK, Folder, ModelChoice, Output, Work
from glocal.cli.found_photos import found_identities
from glocal.cli.progress_display import progress
from glocal.collection import DEFAULT_MODE, SearchMode
from glocal.evaluation.runs import Judging, evaluate_proof


def proof(
    folder: Folder,
    identities: Annotated[list[str] | None, typer.Option(help="Pattern of identities to use; repeatable.")] = None,
    distractors: Annotated[list[Path] | None, typer.Option(help="Photos of nothing among them; repeatable.")] = None,
    most: Annotated[int, typer.Option(min=1, help="Queries, spread evenly.")] = 100,
    top: Annotated[int, typer.Option(min=1, help="Hits that are judged, of each query.")] = 36,
    mode: Annotated[SearchMode, typer.Option(help="How hard to look: fast, balanced or thorough.")] = DEFAULT_MODE,
    framed: Annotated[int, typer.Option(min=2, help="Photos that are put into each frame.")] = 40,
    work: Work = WORK,
    model: ModelChoice = FAST,
    output: Output = OUTPUT,
) -> None:
    """Hits of searches that are proved or likely, right and wrong ones; and unlike photos in the same frame."""
    folders, others = found_identities(folder, distractors)
    with progress() as on_stage:
        evaluation = evaluate_proof(
            folders,
            model.load(),
            work,
            identities=identities or ["*"],
            distractors=others,
            judging=Judging(mode, most, top),
            framed=framed,
            on_stage=on_stage,
        )
    output.show(evaluation)
