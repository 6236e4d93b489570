"""Arguments and options that several commands share, so that they read and behave alike."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from glocal.errors import RegionError
from glocal.features import Region

_COLLECTION = partial(
    typer.Option, "--collection", "-c", metavar="DIR", help="Folder of the collection.", envvar="GLOCAL_COLLECTION"
)
CollectionDir = Annotated[Path, _COLLECTION()]
CollectionIfAny = Annotated[Path | None, _COLLECTION()]
ModelName = Annotated[
    str | None, typer.Option("--model", metavar="NAME", help="Bundled model, or path of a model card (.json).")
]
PresetIfAny = Annotated[str | None, typer.Option("--preset", help="Preset of the model: fast or paper.")]
PrecisionIfAny = Annotated[str | None, typer.Option("--precision", help="Network of the model: float32 or int8.")]
PhotosToIndex = Annotated[list[Path], typer.Argument(help="Photos, and folders of photos; s3://BUCKET/FOLDER too.")]
Excluded = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="PATTERN", help="Leave out names below folders, as .gitignore does; repeatable."),
]
RegionText = Annotated[
    str | None,
    typer.Option(metavar="X,Y,W,H", help="Part of the query that matters, in pixels of the upright photo."),
]


def parse_region(text: str | None) -> Region | None:
    """Read "X,Y,W,H".

    Raises:
        RegionError: the text is not four numbers.
    """
    if text is None:
        return None
    try:
        x, y, width, height = map(float, text.split(","))
    except ValueError:
        raise RegionError(f"--region {text}: give four numbers X,Y,W,H, for example --region 10,20,300,200") from None
    return x, y, width, height
