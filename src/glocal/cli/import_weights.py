"""`glocal import`: published weights of others as a model to search with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glocal.cli.extras import needs_training
from glocal.cli.found_photos import found_photos
from glocal.cli.output import Json, note, out, print_json

if TYPE_CHECKING:
    from glocal.importing import Comparison, ImportReport

DIFFERS = 1
"""Exit code where the model does not compute what the reference file says."""


def command(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FILE|DIR",
            help="A PyTorch file; the .index of a TensorFlow checkpoint; or a folder that holds one, as a SavedModel.",
        ),
    ],
    folder: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write the model into.")],
    kind: Annotated[
        str,
        typer.Option(help="auto; whose code wrote the weights; or which released model it is, for its threshold."),
    ] = "auto",
    name: Annotated[str | None, typer.Option(help="Name of the model; by default that of the file.")] = None,
    photos: Annotated[
        list[Path] | None,
        typer.Option(help="Photos or folders to learn binary codes and 8-bit ranges on; repeatable."),
    ] = None,
    float_local: Annotated[
        bool, typer.Option("--float-local", help="Keep local descriptors as floats of 16 bits, for evaluation.")
    ] = False,
    verify: Annotated[
        Path | None,
        typer.Option("--verify", metavar="reference.npz", help="Compare with what the original code computed."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Import published weights of DELG, DELF, DOLG or GeM networks, or a ResNet to start from."""
    with needs_training("importing weights"):
        from glocal.importing import import_weights, read_reference, verify_model, write_model
    reference = None if verify is None else read_reference(verify)
    imported = import_weights(source, kind)
    found = found_photos(photos or ())
    report = write_model(imported, folder, name or default_name(source), photos=found, float_local=float_local)
    comparisons = [] if reference is None else list(verify_model(imported, report.card, reference))
    if as_json:
        print_json(_fields(report, comparisons))
    else:
        _tell(report, comparisons)
    if not all(comparison.is_within for comparison in comparisons):
        raise typer.Exit(DIFFERS)


def default_name(source: Path) -> str:
    """Return the name of a model after its file or folder, of letters, digits, dots and dashes."""
    path = source.resolve()
    stem = path.name if path.is_dir() else path.name.removesuffix(path.suffix)
    if stem == "variables":
        stem = path.parent.parent.name
    return re.sub(r"[^A-Za-z0-9.]+", "-", stem).strip("-.") or "model"


def _tell(report: ImportReport, comparisons: list[Comparison]) -> None:
    """Say on the terminal what was written, what codes cost, and what differs."""
    if report.codes is not None:
        codes = report.codes
        note(
            f"local descriptors: {codes.dimensions} floats to {codes.bits} bits, learned on {codes.photos} photos. "
            f"Average precision of telling the same place in two views, on {codes.measured_on} others: "
            f"{codes.float_precision:.1%} by floats, {codes.code_precision:.1%} by bits"
        )
    for comparison in comparisons:
        told = "not compared" if comparison.difference is None else f"{comparison.difference:.1e}"
        out.print(f"{comparison.name:40} {told:>12}  {'' if comparison.is_within else 'differs'}", highlight=False)
    note(f"wrote {report.card}")


def _fields(report: ImportReport, comparisons: list[Comparison]) -> dict[str, Any]:
    return {
        "card": str(report.card),
        "codes": None if report.codes is None else vars(report.codes),
        "left_aside": list(report.left_aside),
        "comparisons": [{**vars(one), "within": one.is_within} for one in comparisons],
    }
