"""`glocal average`: one model of several trained from the same start."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.extras import needs_training
from glocal.cli.output import Json, note, print_json


def command(
    checkpoints: Annotated[list[Path], typer.Argument(help="The model.safetensors of two or more training runs.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the new model.safetensors.")],
    as_json: Json = False,
) -> None:
    """Average the weights of models that were trained from the same start, in different ways or with other seeds."""
    with needs_training("averaging models"):
        from glocal.training.averaging import average
    path = average(checkpoints, out)
    if as_json:
        print_json({"checkpoint": str(path)})
    else:
        note(f"wrote {path}")
