"""`glocal data check|prepare`: check whether a benchmark is complete, and fetch what it lacks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from glocal.cli.output import Json, note, out, print_json
from glocal.cli.progress_display import progress
from glocal.evaluation.datasets import DATASETS, CheckReport, Dataset, check, prepare
from glocal.evaluation.errors import EvaluationError

app = typer.Typer(help="Check or fetch the benchmarks.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="|".join(DATASETS))]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the benchmark.")]

INCOMPLETE = 1
"""Exit code of a check that found something missing or wrong."""

SHOWN_SOURCES = 3


@app.command("check")
def check_command(name: Name, folder: Folder, as_json: Json = False) -> None:
    """Verify counts and names, and say what is missing and where to fetch it."""
    _show(check(_dataset(name), folder), as_json=as_json)


@app.command("prepare")
def prepare_command(name: Name, folder: Folder, as_json: Json = False) -> None:
    """Fetch and unpack what is missing; run again to continue. Nothing is ever deleted."""
    with progress() as on_progress:
        report = prepare(_dataset(name), folder, on_progress=on_progress)
    _show(report, as_json=as_json)


def _dataset(name: str) -> Dataset:
    if name not in DATASETS:
        raise EvaluationError(f"no benchmark is called {name!r}; choose one of {', '.join(DATASETS)}")
    return DATASETS[name]


def _show(report: CheckReport, *, as_json: bool) -> None:
    if as_json:
        findings = [vars(finding) for finding in report.findings]
        print_json({"dataset": report.dataset, "complete": report.complete, "findings": findings})
    else:
        for finding in report.findings:
            mark = "[green]ok[/]" if finding.problem is None else "[red]missing[/]"
            out.print(f"{mark} {escape(finding.what)}", soft_wrap=True)
            if finding.problem is not None:
                out.print(f"   {finding.problem}", markup=False, highlight=False, soft_wrap=True)
            for source in finding.sources[:SHOWN_SOURCES]:
                out.print(f"   {source}", markup=False, highlight=False, soft_wrap=True)
            if len(finding.sources) > SHOWN_SOURCES:
                out.print(f"   and {len(finding.sources) - SHOWN_SOURCES} more", highlight=False)
    if not report.complete:
        note(f"{report.folder}: incomplete; `glocal data prepare {report.dataset} {report.folder}` fetches the rest")
        raise typer.Exit(INCOMPLETE)
