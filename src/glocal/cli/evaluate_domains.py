"""`glocal evaluate domains`: one model beside baselines on different kinds of photos."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.evaluate_options import WORK, PresetName, Work, check_save, rich_table
from glocal.cli.output import Json, note, out, print_json
from glocal.cli.progress_display import progress
from glocal.evaluation.datasets import read_domains
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.reports import comparison_table, render_comparison, verdict
from glocal.evaluation.runs import Contender, judge_domains
from glocal.extraction import load_model
from glocal.files import write_whole


def command(
    root: Annotated[Path, typer.Argument(metavar="ROOT", help="The folders of all domains are below it.")],
    domains: Annotated[Path, typer.Option("--domains", metavar="FILE.toml", help="What the domains are.")],
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model", metavar="[NAME=]CARD", help="Bundled model or model card; several: seeds of one model."
        ),
    ] = None,
    baseline: Annotated[
        list[str] | None,
        typer.Option(
            "--baseline",
            metavar="[NAME=]CARD[+CARD]",
            help="What to compare with; with + descriptors of several models side by side. Repeatable.",
        ),
    ] = None,
    preset: PresetName = "fast",
    work: Work = WORK,
    save: Annotated[
        list[Path] | None,
        typer.Option("--save", metavar="FILE", help="Write .json or .md; may be given several times."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Judge a model by global descriptors on several kinds of photos: each one, their mean, the worst."""
    check_save(save, (".json", ".md"))
    listed = read_domains(domains)
    seeds = [contender(text, preset) for text in model or ["delg-lite1"]]
    with progress() as on_stage:
        comparison = judge_domains(
            root, listed, seeds, [contender(text, preset) for text in baseline or ()], work, on_stage
        )
    for path in save or ():
        if path.suffix == ".json":
            comparison.save(path)
        else:
            write_whole(path, render_comparison(comparison))
        note(f"wrote {path}")
    if as_json:
        print_json(comparison.to_dict())
        return
    out.print(rich_table("mAP in percent", comparison_table(comparison)))
    out.print(verdict(comparison), highlight=False)


def contender(text: str, preset: str) -> Contender:
    """Return what `[NAME=]CARD[+CARD...]` names; the cards' own names if there is none.

    Raises:
        EvaluationError: an empty name or card.
        ModelError: no such model.
    """
    name, equals, cards = text.rpartition("=")
    parts = cards.split("+")
    if not all(parts) or (equals and not name):
        raise EvaluationError(f"{text}: not of the form NAME=CARD, or NAME=CARD+CARD for several side by side")
    models = tuple(load_model(part, preset=preset) for part in parts)
    return Contender(name or " + ".join(one.name for one in models), models)
