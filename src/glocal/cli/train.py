"""`glocal train`: train a model on your own photos."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glocal.cli.extras import needs_training
from glocal.cli.output import Json, note, print_json, progress

if TYPE_CHECKING:
    from glocal.training.loop import StepReport


def command(
    recipe: Annotated[Path, typer.Option("--recipe", metavar="FILE.toml", help="What decides the result.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for log, state and trained model.")],
    photos: Annotated[
        list[Path] | None, typer.Argument(help="Folders that hold a folder of photos per identity.")
    ] = None,
    unlabelled: Annotated[
        list[Path] | None, typer.Option(help="Folder of photos without identity; repeatable.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the recipe; repeatable.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Train a model on PHOTOS. Run it again to go on where it was stopped."""
    with needs_training():
        from glocal.training.recipe import load_recipe
        from glocal.training.run import train
    chosen = load_recipe(recipe, settings or ())
    with progress() as on_stage:

        def show(stage: str, done: int, total: int, _: StepReport | None) -> None:
            on_stage(stage, done, total)

        report = train(chosen, photos or (), out, unlabelled=unlabelled or (), on_progress=show)
    for line in report.skipped:
        note(f"skipped: {line}")
    if as_json:
        print_json({**vars(report), "checkpoint": str(report.checkpoint)})
        return
    note(
        f"trained on {report.photos} photos of {report.classes} classes in {report.seconds:.0f} s: {report.checkpoint}"
    )
    if report.validation is not None:
        note(f"mAP of the identities validated on, by global descriptor: {report.validation:.1%}")
