"""`glocal evaluate write-features` and `compare-features`: features in the files of other codes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.evaluate_options import PresetName, rich_table
from glocal.cli.extracted_features import extracted_features
from glocal.cli.found_photos import found_photos
from glocal.cli.options import ModelName
from glocal.cli.output import Json, note, out, print_json
from glocal.cli.progress_display import progress
from glocal.counting import counted
from glocal.evaluation.exchange import (
    FeatureComparison,
    compare_features,
    write_features,
)
from glocal.evaluation.reports import Table
from glocal.extraction import load_model

_TOLD = ("photo", "similarity", "features", "shared", "position, px", "score", "descriptor")


def write(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of photos; names are paths from there.")],
    to: Annotated[
        Path,
        typer.Option("--to", metavar="FILE.h5|DIR", help="As hloc keeps them; or as DELG does, a file or two a photo."),
    ],
    model: ModelName = None,
    preset: PresetName = "paper",
) -> None:
    """Write features of photos as hloc (HDF5) or the TensorFlow code of DELG (.delg_local, .delg_global) does."""
    loaded = load_model(model, preset=preset)
    photos = found_photos([folder])
    with progress() as on_stage:
        count = write_features(to, extracted_features(loaded, photos, folder, loaded.card.local, on_stage))
    note(f"wrote features of {counted(count, 'photo')}: {to}")


def compare(
    first: Annotated[Path, typer.Argument(metavar="A", help="An .h5 file, or a folder of .delg_local or .delf files.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="The same, of another code.")],
    as_json: Json = False,
) -> None:
    """Compare features of the same photos from two codes, one by one."""
    found = list(compare_features(first, second))
    if as_json:
        print_json({"photos": [vars(one) for one in found]})
        return
    out.print(rich_table("largest differences", Table(_TOLD, tuple(_row(one) for one in found))))


def _row(one: FeatureComparison) -> tuple[str, ...]:
    numbers = (one.position, one.score, one.descriptor)
    return (
        one.name,
        "" if one.similarity is None else f"{one.similarity:.6f}",
        f"{one.counts[0]}, {one.counts[1]}",
        str(one.shared),
        *("" if number is None else f"{number:.1e}" for number in numbers),
    )
