"""`glocal attention`: see where a model looks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from glocal.arrays import FloatArray
from glocal.cli.options import ModelName
from glocal.cli.output import Json, note, print_json
from glocal.cli.progress_display import progress
from glocal.drawing import PICTURE_SUFFIXES, check_suffix, save_attention
from glocal.extraction import load_model


def command(
    photos: Annotated[list[Path], typer.Argument(help="The photos to look at.")],
    save: Annotated[Path, typer.Option(metavar="FILE.png", help="The picture to draw: .png, .jpg or .webp.")],
    model: ModelName = None,
    preset: Annotated[str, typer.Option(help="Preset of the model: fast or paper.")] = "fast",
    as_json: Json = False,
) -> None:
    """Draw photos, each beside its attention: bright is what the model finds worth matching."""
    check_suffix(save, PICTURE_SUFFIXES)
    loaded = load_model(model, preset=preset)
    maps = []
    with progress() as on_stage:
        for number, photo in enumerate(photos, 1):
            maps.append(loaded.attention(photo))
            on_stage("photos", number, len(photos))
    threshold = 0.0 if loaded.card.local is None else loaded.card.local.attention_threshold
    save_attention(save, photos, maps, threshold)
    note(f"wrote {save}")
    if as_json:
        told = [_fields(photo, heat) for photo, heat in zip(photos, maps, strict=True)]
        print_json({"threshold": threshold, "photos": told})


def _fields(photo: Path, heat: FloatArray) -> dict[str, object]:
    """Return how much attention a photo has: what 5, 50 and 95 % of its area do not exceed."""
    low, median, high = np.percentile(heat, (5, 50, 95)).round(3).tolist()
    return {"path": str(photo), "low": low, "median": median, "high": high}
