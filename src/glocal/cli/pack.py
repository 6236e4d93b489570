"""`glocal pack`: photos and what teachers say of them in one small folder, to train on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.evaluate_options import WORK, Work
from glocal.cli.extras import needs_training
from glocal.cli.output import Json, note, note_skipped, print_json
from glocal.cli.progress_display import progress
from glocal.extraction import load_model


def command(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write: a set for `glocal train`.")],
    photos: Annotated[list[Path] | None, typer.Argument(help="Sets of photos, as `glocal train` takes them.")] = None,
    unlabelled: Annotated[
        list[Path] | None, typer.Option(help="Set of photos whose identities are not known or not used; repeatable.")
    ] = None,
    teacher: Annotated[
        list[str] | None,
        typer.Option(
            "--teacher",
            metavar="CARD",
            help="Bundled model or model card that a student is to learn from; of several, descriptors side by side.",
        ),
    ] = None,
    preset: Annotated[str, typer.Option("--preset", help="Preset of the teachers: paper or fast.")] = "fast",
    dimensions: Annotated[
        int | None, typer.Option(min=1, help="Reduce the teachers' descriptors to this many dimensions.")
    ] = None,
    side: Annotated[int, typer.Option(min=32, help="Longest side of a packed photo in pixels.")] = 288,
    quality: Annotated[int, typer.Option(min=1, max=100, help="Quality of AVIF.")] = 60,
    work: Work = WORK,
    as_json: Json = False,
) -> None:
    """Pack sets of photos, shrunk, and their teachers' descriptors. Run it again to go on where it was stopped."""
    with needs_training("packing photos"):
        from glocal.training.photos import find_labelled_photos, pack
    teachers = [load_model(name, preset=preset) for name in teacher or ()]
    found = find_labelled_photos(photos or [], unlabelled or [])
    with progress() as on_stage:
        report = pack(
            found.photos,
            out,
            side=side,
            quality=quality,
            teachers=teachers,
            dimensions=dimensions,
            work=work,
            on_stage=on_stage,
        )
    note(str(found.passed_over))
    lines = [*found.missing, *report.skipped]
    note_skipped(lines)
    if as_json:
        print_json(vars(report))
        return
    taught = f", {report.dimensions} dimensions of teachers" if report.dimensions else ""
    note(f"packed {report.photos} photos{taught}: {out}, {report.bytes / 1e6:.1f} MB")
