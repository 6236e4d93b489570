"""`glocal export`: a trained model becomes an ONNX file and a card."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.extras import needs_training
from glocal.cli.output import Json, note, print_json
from glocal.collection import find_photos


def command(
    checkpoint: Annotated[Path, typer.Argument(help="The model.safetensors of a training run.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write into.")],
    name: Annotated[str, typer.Option(help="Name of the model and its files.")],
    photos: Annotated[
        list[Path] | None,
        typer.Option(help="Photos or folders to measure 8-bit ranges on; without any there is no 8-bit network."),
    ] = None,
    licence: Annotated[str, typer.Option(help="Licence of the weights, for the card.")] = "Apache-2.0",
    as_json: Json = False,
) -> None:
    """Export a trained model for searching: ONNX in float32 and 8-bit, checked against PyTorch, and its card."""
    with needs_training():
        from glocal.training.export import export
    card = export(checkpoint, out, name=name, calibration_photos=list(find_photos(photos or ())), licence=licence)
    if as_json:
        print_json({"card": str(card)})
    else:
        note(f"wrote {card}")
