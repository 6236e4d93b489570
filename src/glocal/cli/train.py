"""`glocal train`: train a model on your own photos."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from glocal.cli.extras import needs_training
from glocal.cli.option_bundles import with_bundles
from glocal.cli.output import Json, note, note_skipped, print_json
from glocal.cli.progress_display import progress
from glocal.drawing import PICTURE_SUFFIXES, check_suffix, tiles
from glocal.images import save_picture

if TYPE_CHECKING:
    from glocal.training.loop import OnStep, StepReport
    from glocal.training.recipe import Recipe
    from glocal.training.run import TrainReport


@dataclass(frozen=True)
class PhotoSets:
    """What is trained on."""

    photos: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Sets of photos: a folder that holds a folder per identity; a CSV file of path,label with paths "
            "relative to its folder; or a folder with train_clean.csv or train.csv of Google Landmarks v2."
        ),
    ] = None
    unlabelled: Annotated[
        list[Path] | None, typer.Option(help="Set of photos whose identities are not known or not used; repeatable.")
    ] = None
    labels: Annotated[
        Literal["given", "none"], typer.Option(help="none: use no identities of PHOTOS; each photo is its own class.")
    ] = "given"

    def with_identities(self) -> list[Path]:
        """Return the sets whose identities are used."""
        return [] if self.labels == "none" else self.photos or []

    def without_identities(self) -> list[Path]:
        """Return the sets whose photos are taken without identity."""
        return [*(self.photos or [] if self.labels == "none" else []), *(self.unlabelled or [])]


@dataclass(frozen=True)
class Effort:
    """What a run may take of the machine; none of it changes what a step computes."""

    memory: Annotated[
        int, typer.Option(metavar="MB", min=0, help="Megabytes of decoded photos kept; the rest is read again.")
    ] = 2000
    workers: Annotated[
        int | None, typer.Option(min=1, help="Threads that prepare batches; as many as cores by default.")
    ] = None
    minutes: Annotated[
        float | None,
        typer.Option(min=0, help="Begin no further step after this many; run again to go on from there."),
    ] = None
    half: Annotated[
        bool,
        typer.Option("--half", help="Store the trained model in 16 bits, as exports are: half the file."),
    ] = False


@with_bundles
def command(
    recipe: Annotated[
        str, typer.Option("--recipe", metavar="NAME", help="What decides the result: a bundled recipe or a TOML file.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for log, state and trained model.")],
    sets: PhotoSets = PhotoSets(),
    start: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Start from this model.safetensors: its network instead of the recipe's."),
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the recipe; repeatable.")
    ] = None,
    effort: Effort = Effort(),
    preview: Annotated[
        Path | None,
        typer.Option(metavar="FILE.png", help="Draw what the network will see in its first step, and do not train."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Train a model on PHOTOS. Run it again to go on where it was stopped."""
    with needs_training():
        from glocal.training.continuing import starting_from
        from glocal.training.loop import is_first
        from glocal.training.recipe import load_recipe
        from glocal.training.run import Conduct, train
    chosen = load_recipe(recipe, settings or ())
    if start is not None:
        chosen = starting_from(chosen, start)
    if preview is not None:
        _draw(chosen, sets, preview)
        return
    with progress() as on_progress:
        report = train(
            chosen,
            sets.with_identities(),
            out,
            unlabelled=sets.without_identities(),
            conduct=Conduct(effort.memory * 1_000_000, effort.workers, effort.minutes, effort.half),
            on_progress=on_progress,
            on_step=_warning_once(),
        )
    if is_first():
        _show(report, out, as_json=as_json)


def _draw(recipe: Recipe, sets: PhotoSets, path: Path) -> None:
    """Draw what the network will see in its first step."""
    from glocal.training.photos import first_views

    check_suffix(path, PICTURE_SUFFIXES)
    save_picture(tiles(list(first_views(recipe, sets.with_identities(), sets.without_identities()))), path)
    note(f"wrote {path}")


def _warning_once() -> OnStep:
    """Return what says each warning of the steps, once."""
    said: set[str] = set()

    def hear(step: StepReport) -> None:
        for warning in set(step.warnings) - said:
            said.add(warning)
            note(f"step {step.step + 1}: {warning}")

    return hear


def _show(report: TrainReport, out: Path, *, as_json: bool) -> None:
    note(report.passed_over)
    note_skipped(report.skipped, f", see {out / 'skipped.txt'}")
    if as_json:
        print_json({**vars(report), "checkpoint": str(report.checkpoint)})
        return
    note(
        f"trained on {report.photos} photos of {report.classes} classes in {report.seconds:.0f} s: {report.checkpoint}"
    )
    if report.steps < report.planned:
        note(f"stopped after {report.steps} of {report.planned} steps; run again to go on")
    if report.validation is not None:
        note(f"mAP of the identities validated on, by global descriptor: {report.validation:.1%}")
