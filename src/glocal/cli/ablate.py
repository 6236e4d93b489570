"""`glocal ablate local|global`: which parts of the design matter, measured on your own photos."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.extras import needs_training
from glocal.cli.option_bundles import with_bundles
from glocal.cli.output import Json, note, print_json
from glocal.cli.progress_display import progress
from glocal.errors import GlocalError

app = typer.Typer(help="Train variants of the network alike, and tabulate what they score.", no_args_is_help=True)

Photos = Annotated[list[Path], typer.Argument(help="Folders that hold a folder of photos per identity.")]
RecipeName = Annotated[
    str, typer.Option("--recipe", metavar="NAME", help="What all variants share: a bundled recipe or a TOML file.")
]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for table, chart and runs.")]
Seeds = Annotated[str, typer.Option("--seeds", metavar="0,1,...", help="Each variant is trained once with each.")]
Jobs = Annotated[int, typer.Option("--jobs", min=1, help="Variants trained at once; the cores are divided.")]
HeldOut = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PATTERN",
        help="Identities to measure on, such as 'toulon-*', in place of those the recipe names; repeatable.",
    ),
]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the recipe; repeatable.")
]


@dataclass(frozen=True)
class Choices:
    """What decides the runs, beside the table itself."""

    seeds: Seeds = "0,1,2"
    jobs: Jobs = 1
    held_out: HeldOut = None
    settings: Settings = None


DEFAULTS = Choices()


@app.command()
@with_bundles
def local(photos: Photos, recipe: RecipeName, out: Out, choices: Choices = DEFAULTS, as_json: Json = False) -> None:
    """Codes by PCA or autoencoder, separate or joint training: average precision of matching pairs of photos."""
    _run("local", photos, recipe, out, choices, as_json)


@app.command("global")
@with_bundles
def global_(photos: Photos, recipe: RecipeName, out: Out, choices: Choices = DEFAULTS, as_json: Json = False) -> None:
    """Pooling, loss, and joint training: mAP of finding photos of held-out identities."""
    _run("global", photos, recipe, out, choices, as_json)


def _run(name: str, photos: list[Path], recipe: str, out: Path, choices: Choices, as_json: bool) -> None:
    with needs_training():
        from glocal.training.ablation import ABLATIONS, ablate
    settings = choices.settings or []
    if choices.held_out:
        listed = ", ".join(f"'{pattern}'" for pattern in choices.held_out)
        settings = [*settings, "data.validate_on=[]", f"data.held_out=[{listed}]"]
    numbers = _seeds(choices.seeds)
    with progress() as on_stage:
        report = ablate(
            ABLATIONS[name],
            recipe,
            photos,
            out,
            settings=settings,
            seeds=numbers,
            jobs=choices.jobs,
            on_progress=on_stage,
            on_run=note,
        )
    if as_json:
        print_json({"table": str(report.table), "chart": str(report.chart), "runs": report.runs})
        return
    note(f"{report.runs} runs: {report.table}, {report.chart}")


def _seeds(text: str) -> list[int]:
    """Read "0,1,2".

    Raises:
        GlocalError: not whole numbers, or one twice.
    """
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        raise GlocalError(f"--seeds {text}: give whole numbers, for example --seeds 0,1,2") from None
    if len(set(numbers)) < len(numbers):
        raise GlocalError(f"--seeds {text}: a seed given twice would be the same run twice")
    return numbers
