"""`glocal export`: a trained model becomes an ONNX file and a card."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from glocal.cli.extras import needs_training
from glocal.cli.found_photos import found_photos
from glocal.cli.output import Json, note, print_json
from glocal.errors import ModelError


def command(
    checkpoint: Annotated[Path, typer.Argument(help="The model.safetensors of a training run.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write into.")],
    name: Annotated[str, typer.Option(help="Name of the model and its files.")],
    photos: Annotated[
        list[Path] | None,
        typer.Option(help="Photos or folders to measure 8-bit ranges on; without any there is no 8-bit network."),
    ] = None,
    licence: Annotated[str, typer.Option(help="Licence of the weights, for the card.")] = "Apache-2.0",
    facts: Annotated[
        list[str] | None,
        typer.Option(
            "--fact", metavar="KEY=VALUE", help="What the card says of the training, as data_licence; repeatable."
        ),
    ] = None,
    results: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="Measured results for the card: a JSON object.")
    ] = None,
    local_of: Annotated[
        Path | None,
        typer.Option(
            metavar="CARD.json", help="Keep the local features of this model, of which the network is a part."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Export a trained model for searching: ONNX in float32 and 8-bit, checked against PyTorch, and its card."""
    with needs_training("exporting a model"):
        from glocal.training.export import export
    ranges_from = found_photos(photos or ())
    card = export(
        checkpoint,
        out,
        name=name,
        calibration_photos=ranges_from,
        facts=read_facts(facts or ()),
        results=None if results is None else read_results(results),
        licence=licence,
        local_of=local_of,
    )
    if as_json:
        print_json({"card": str(card)})
    else:
        note(f"wrote {card}")


def read_facts(lines: Sequence[str]) -> dict[str, str]:
    """Return facts given as "key=value".

    Raises:
        ModelError: one is not of this form.
    """
    facts = {}
    for line in lines:
        key, equals, value = line.partition("=")
        if not equals or not key.strip():
            raise ModelError(f"--fact {line}: not of the form key=value")
        facts[key.strip()] = value.strip()
    return facts


def read_results(path: Path) -> dict[str, Any]:
    """Return the results in a JSON file.

    Raises:
        ModelError: the file is missing or holds no JSON object.
    """
    try:
        results = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ModelError(f"{path}: cannot read the results ({error.strerror})") from error
    except ValueError as error:
        raise ModelError(f"{path}: not valid JSON: {error}") from error
    if not isinstance(results, dict):
        raise ModelError(f"{path}: holds no JSON object; write results as {{name: value}}")
    return results
