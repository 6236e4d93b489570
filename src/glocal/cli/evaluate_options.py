"""What the commands of `glocal evaluate` share: options, progress, and how a result is shown and saved."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table as RichTable

from glocal.cli.options import ModelName
from glocal.cli.output import Json, note, out, print_json
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.ranking import RANKERS
from glocal.evaluation.reports import (
    Overlay,
    Table,
    metrics_table,
    published_table,
    reliability_table,
    render_html,
    render_markdown,
    stages_table,
)
from glocal.evaluation.result import Evaluation
from glocal.evaluation.runs import Plan
from glocal.extraction import Model, load_model
from glocal.files import write_whole

WORK = Path("glocal-features")

Annotations = Annotated[Path, typer.Option("--annotations", metavar="FILE", help="A .pkl or .json file.")]
Data = Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder of the set; see `glocal data`.")]
Distractors = Annotated[
    Path | None, typer.Option("--distractors", metavar="DIR", help="Add the 1,001,001 photos of R1M.")
]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A folder of photos for each identity.")]
Identities = Annotated[
    str,
    typer.Option("--queries", metavar="PATTERN", help="Only identities like this are queries, e.g. 'aix*'."),
]
PresetName = Annotated[str, typer.Option("--preset", help="Preset of the model: paper or fast.")]
RankerName = Annotated[str, typer.Option("--ranker", help=f"How to re-rank: {', '.join(RANKERS)}.")]
Rerank = Annotated[
    int | None,
    typer.Option("--rerank", metavar="N", min=0, help="Re-rank the first N (the ranker's own number); 0: not at all."),
]
Shared = Annotated[
    bool,
    typer.Option("--shared", help="One re-ranking for all protocols, junk included: not comparable."),
]
Work = Annotated[
    Path, typer.Option("--work", metavar="DIR", help="Keep features here, so that a stopped run continues.")
]
Save = Annotated[
    list[Path] | None,
    typer.Option("--save", metavar="FILE", help="Write .json, .md or .html; may be given several times."),
]

SUFFIXES = (".json", ".md", ".html")


def check_save(paths: list[Path] | None, suffixes: tuple[str, ...] = SUFFIXES) -> None:
    """Refuse a file that could not be written in the end, before any work starts.

    Raises:
        EvaluationError: another suffix, or no such folder.
    """
    for path in paths or ():
        if path.suffix not in suffixes:
            raise EvaluationError(f"--save {path}: end the name in {', '.join(suffixes)}")
        if not path.resolve().parent.is_dir():
            raise EvaluationError(f"--save {path}: there is no folder {path.resolve().parent}")


@dataclass(frozen=True)
class ModelChoice:
    """Which model to measure, and how it looks at photos."""

    model: ModelName = None
    preset: PresetName = "fast"

    def load(self) -> Model:
        """Return the model.

        Raises:
            ModelError: no such model or preset.
        """
        return load_model(self.model, preset=self.preset)


@dataclass(frozen=True)
class Reranking:
    """How the first photos of a ranking are ranked again."""

    ranker: RankerName = "probability"
    rerank: Rerank = None

    def plan(self, *, shared: bool = False) -> Plan:
        """Return it as an evaluation takes it.

        Raises:
            EvaluationError: no such ranker.
        """
        return Plan(ranker=None if self.rerank == 0 else self.ranker, depth=self.rerank or None, shared=shared)


@dataclass(frozen=True)
class Output:
    """Where the result goes.

    Raises:
        EvaluationError: a file to save that could not be written.
    """

    save: Save = None
    as_json: Json = False

    def __post_init__(self) -> None:
        check_save(self.save)

    def show(self, evaluation: Evaluation, overlay: Overlay | None = None) -> None:
        """Save an evaluation to every file asked for, and print it."""
        for path in self.save or ():
            if path.suffix == ".json":
                evaluation.save(path)
            else:
                page = render_markdown(evaluation) if path.suffix == ".md" else render_html(evaluation, overlay)
                write_whole(path, page)
            note(f"wrote {path}")
        if self.as_json:
            print_json(evaluation.to_dict())
        else:
            _print_tables(evaluation)


FAST = ModelChoice()
PAPER = ModelChoice(preset="paper")
OUTPUT = Output()


def _print_tables(evaluation: Evaluation) -> None:
    for title, table in (
        (f"{evaluation.benchmark} (shares in percent)", metrics_table(evaluation)),
        ("mAP beside published results", published_table(evaluation)),
        ("reliability (shares in percent)", reliability_table(evaluation)),
        ("costs", stages_table(evaluation) if evaluation.stages else None),
    ):
        if table is not None:
            out.print(rich_table(title, table))


def rich_table(title: str, table: Table) -> RichTable:
    """Return a table for the terminal: numbers to the right."""
    shown = RichTable(title=title, title_justify="left")
    for name in table.header:
        shown.add_column(name, justify="left" if name in {table.header[0], "source", "caveat"} else "right")
    for row in table.rows:
        shown.add_row(*row)
    return shown
