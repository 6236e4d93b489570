"""`glocal features`: features of photos or of a whole collection in a file for other programs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.extracted_features import extracted_features
from glocal.cli.found_photos import found_photos
from glocal.cli.options import ModelName
from glocal.cli.output import note
from glocal.cli.pairs import root_of
from glocal.cli.progress_display import progress
from glocal.cluster import open_collection
from glocal.counting import counted
from glocal.evaluation.exchange import FEATURE_SUFFIXES, write_feature_file
from glocal.evaluation.reconstruction import stored_images
from glocal.extraction import load_model
from glocal.progress import OnProgress


def command(
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="Ends in .npz (NumPy), .parquet or .h5 (HDF5, as hloc keeps them).")
    ],
    photos: Annotated[list[Path] | None, typer.Argument(help="Photos and folders; none with --collection.")] = None,
    collection: Annotated[
        Path | None,
        typer.Option("--collection", "-c", metavar="DIR", help="Write what a collection has stored."),
    ] = None,
    root: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder that names begin from.", show_default="what all photos lie in"),
    ] = None,
    model: ModelName = None,
    preset: Annotated[str, typer.Option(help="Preset of the model: fast or paper.")] = "fast",
) -> None:
    """Write global descriptors and local features of PHOTOS, or those of a collection, into one file."""
    if bool(photos) == bool(collection):
        raise typer.BadParameter("name photos, or a collection by --collection")
    if out.suffix.lower() not in FEATURE_SUFFIXES:
        raise typer.BadParameter(f"{out}: end the name in one of {', '.join(FEATURE_SUFFIXES)}")
    with progress() as on_stage:
        if collection:
            with open_collection(collection) as opened:
                named = ((image.name, image.features()) for image in stored_images(opened, root_of(opened, root)))
                count = write_feature_file(out, named)
        else:
            count = _of_photos(out, photos or [], root, model, preset, on_stage)
    note(f"wrote features of {counted(count, 'photo')}: {out}")


def _of_photos(
    out: Path, given: list[Path], root: Path | None, model: str | None, preset: str, on_stage: OnProgress
) -> int:
    """Write the features of photos, and return how many."""
    found = [path.resolve() for path in found_photos(given)]
    folder = root or Path(os.path.commonpath([path.parent for path in found] or [Path.cwd()]))
    named = extracted_features(load_model(model, preset=preset), found, folder, None, on_stage)
    return write_feature_file(out, named)
