"""`glocal features`: features of photos or of a whole collection in a file for other programs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.found_photos import found_photos
from glocal.cli.options import ModelName
from glocal.cli.output import note
from glocal.cli.pairs import root_of
from glocal.cli.progress_display import progress
from glocal.collection import Collection
from glocal.errors import PhotoError
from glocal.evaluation.exchange import FEATURE_SUFFIXES, PhotoFeatures, own_features, write_feature_file
from glocal.evaluation.reconstruction import stored_images
from glocal.extraction import load_model
from glocal.progress import OnProgress


def command(
    out: Annotated[Path, typer.Option(metavar="FILE", help="Ends in .npz (NumPy) or .h5 (HDF5, as hloc keeps them).")],
    photos: Annotated[list[Path] | None, typer.Argument(help="Photos and folders; none with --collection.")] = None,
    collection: Annotated[
        Path | None, typer.Option("--collection", "-c", metavar="DIR", help="Write what a collection has stored.")
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
            with Collection.open(collection) as opened:
                named = ((image.name, image.features()) for image in stored_images(opened, root_of(opened, root)))
                count = write_feature_file(out, named)
        else:
            count = write_feature_file(out, _extracted(photos or [], root, model, preset, on_stage))
    note(f"wrote features of {count} photos: {out}")


def _extracted(
    given: list[Path], root: Path | None, model: str | None, preset: str, on_stage: OnProgress
) -> Iterator[tuple[str, PhotoFeatures]]:
    """Yield the features of photos; one that cannot be read is named and left out."""
    found = [path.resolve() for path in found_photos(given)]
    folder = root.resolve() if root else Path(os.path.commonpath([path.parent for path in found] or [Path.cwd()]))
    for done, (path, features) in enumerate(load_model(model, preset=preset).extract_many(found), 1):
        on_stage("extracting", done, len(found))
        if isinstance(features, PhotoError):
            note(f"left out: {features}")
        else:
            yield Path(os.path.relpath(path, folder)).as_posix(), own_features(features)
