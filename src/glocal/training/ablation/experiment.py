"""`ablate`: train and measure every row of a table with every seed, and write the table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from glocal.files import write_json, write_whole
from glocal.progress import OnProgress
from glocal.training.ablation.chart import draw
from glocal.training.ablation.planning import Run, Sets, held_out_sets, job, plan
from glocal.training.ablation.report import render
from glocal.training.ablation.results import collect
from glocal.training.ablation.rows import Ablation
from glocal.training.ablation.workers import do_all
from glocal.training.photos import TrainingError
from glocal.training.recipe import load_recipe

OnRun = Callable[[str], None]
"""Called with a line for each run that ends."""


@dataclass(frozen=True)
class AblationReport:
    """What an ablation made: the Markdown table, the chart, and how many runs they rest on."""

    table: Path
    chart: Path
    runs: int


def ablate(
    table: Ablation,
    recipe: str | Path,
    photos: Sequence[Path],
    out: Path,
    *,
    settings: Sequence[str] = (),
    seeds: Sequence[int] = (0, 1, 2),
    jobs: int = 1,
    on_progress: OnProgress,
    on_run: OnRun,
) -> AblationReport:
    """Do the runs of a table that are not done, and write `<name>.md` and `<name>.svg` after each.

    Run again with the same arguments, it goes on where it was stopped: finished runs are kept, others continue
    from the last state that `train` saved. Tables that share `out` share the runs that are the same.

    Args:
        table: what to compare.
        recipe: the base of all rows, a name or a file as `load_recipe` takes it.
        photos: folders that hold a folder of photos per identity. What the recipe validates on and holds out is
            measured on, all else is trained on.
        out: folder for table, chart and runs.
        settings: "key=value" overrides of the recipe.
        seeds: each row is trained once with each.
        jobs: runs at once; each has its share of the cores.
        on_progress: called often.
        on_run: called when a run ends.

    Raises:
        RecipeError: the recipe cannot be read, or an override does not fit.
        TrainingError: photos are missing, too few are held out, or runs failed; the others are done and shown.
    """
    base = load_recipe(recipe, settings)
    sets = held_out_sets(base, photos)
    runs = plan(table, recipe, settings, seeds, photos, out)
    _write_jobs(runs, photos, sets)
    report = AblationReport(out / f"{table.name}.md", out / f"{table.name}.svg", len(runs))
    failed = []
    _write(report, table, runs, tuple(sets))
    with closing(do_all(runs, jobs, on_progress)) as ended:
        for number, (run, problem) in enumerate(ended, 1):
            if problem is not None:
                failed.append(f"{run.row.name}, seed {run.seed}: {problem}")
            on_run(f"{number} of {len(runs)}: {run.row.name}, seed {run.seed}: {problem or 'done'}")
            _write(report, table, runs, tuple(sets))
    if failed:
        raise TrainingError(f"{len(failed)} of {len(runs)} runs failed; the first: {failed[0]}")
    return report


def _write_jobs(runs: Sequence[Run], photos: Sequence[Path], sets: Sets) -> None:
    """Write what each run's process is to do."""
    for run in runs:
        run.folder.mkdir(parents=True, exist_ok=True)
        write_json(run.folder / "job.json", job(run, photos, sets))


def _write(report: AblationReport, table: Ablation, runs: Sequence[Run], sets: tuple[str, ...]) -> None:
    """Write chart and table of what is finished so far."""
    results = collect(runs)
    write_whole(report.chart, draw(table, results, sets))
    write_whole(report.table, render(table, runs, results, sets, report.chart.name))
