"""A table of results as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glocal.evaluation.reports import Table, markdown_table
from glocal.training.ablation.planning import Run
from glocal.training.ablation.results import Results, differences, percent, values_of
from glocal.training.ablation.rows import Ablation, Row
from glocal.training.recipe import Recipe

_ZEROS = (
    "Percent of the values of the local and of the deep map that are zero, on photos measured on; empty where a map"
    " does not end in a ReLU. Beside it what the paper states for its ResNet-50, trained on Google Landmarks."
)


def render(table: Ablation, runs: Sequence[Run], results: Results, sets: Sequence[str], chart: str) -> str:
    """Return the document: results, differences from the reference row, sparsity, and the setting.

    Args:
        table: what is compared.
        runs: all runs, finished or not.
        results: of the finished ones.
        sets: names of the sets of photos measured on.
        chart: name of the picture beside the document.
    """
    seeds = sorted({run.seed for run in runs})
    done = sum(len(by_seed) for by_seed in results.values())
    base = next(run.recipe for run in runs if run.row == table.reference)
    spread = "mean ± standard deviation over seeds" if len(seeds) > 1 else "one seed, so without spread"
    parts = [
        f"# {table.title}",
        f"In percent, {spread}. {done} of {len(runs)} runs are finished.",
        _measures(table, results, sets),
        _meanings(table),
        f"![{table.title}: one dot a seed, a line at the mean]({chart})",
        f"## Difference from “{table.reference.name}”",
        "In points, over the seeds that both rows have, which share photos, their order and their views.",
        _differences(table, results, sets),
        "## Zeros in the maps",
        _ZEROS,
        _sparsity(results),
        "## Setting",
        markdown_table(Table(("", ""), _setting(base, seeds, results))),
    ]
    return "\n\n".join(parts) + "\n"


def _measures(table: Ablation, results: Results, sets: Sequence[str]) -> str:
    header = ("variant", "seeds", *(f"{column.heading}, {name}" for name in sets for column in table.columns))
    rows = [
        (
            row.name,
            str(len(by_seed)),
            *(percent(values_of(by_seed, name, column.key)) for name in sets for column in table.columns),
        )
        for row, by_seed in results.items()
    ]
    return markdown_table(Table(header, tuple(rows)))


def _meanings(table: Ablation) -> str:
    return "\n".join(f"- {column.heading}: {column.meaning}." for column in table.columns)


def _differences(table: Ablation, results: Results, sets: Sequence[str]) -> str:
    header = ("variant", *(f"{column.heading}, {name}" for name in sets for column in table.columns))
    reference = results[table.reference]

    def cell(row: Row, name: str, key: str) -> str:
        own, other = (values_of(by_seed, name, key) for by_seed in (results[row], reference))
        return percent(differences(own, other), signed=True)

    rows = [
        (row.name, *(cell(row, name, column.key) for name in sets for column in table.columns))
        for row in results
        if row != table.reference
    ]
    return markdown_table(Table(header, tuple(rows)))


def _sparsity(results: Results) -> str:
    header = ("variant", "local map", "deep map", "paper, local", "paper, deep")
    rows = [
        (
            row.name,
            *(percent(values_of(by_seed, "sparsity", key)) for key in ("local", "deep")),
            *(map(str, row.published_sparsity) if row.published_sparsity else ("", "")),
        )
        for row, by_seed in results.items()
    ]
    return markdown_table(Table(header, tuple(rows)))


def _setting(base: Recipe, seeds: Sequence[int], results: Results) -> tuple[tuple[str, str], ...]:
    lines = [
        ("recipe", f"{base.name}: {base.steps} steps of {base.batch} photos at {base.side} pixels"),
        ("backbone", f"{base.network.backbone}, weights: {base.network.weights}"),
        ("seeds", ", ".join(map(str, seeds))),
        ("validation", ", ".join(base.data.validate_on)),
        ("test", ", ".join(base.data.held_out)),
    ]
    finished: list[dict[str, Any]] = [result for by_seed in results.values() for result in by_seed.values()]
    if finished:
        first = finished[0]
        machine = f"{first['environment']['machine']}, {first['environment']['threads']} threads a run"
        lines += [
            ("trained on", f"{first['photos']} photos of {first['classes']} identities"),
            ("minutes of all runs", f"{sum(result['seconds'] for result in finished) / 60:.0f}"),
            ("machine", machine),
            ("torch", first["environment"]["torch"]),
        ]
    return tuple(lines)
