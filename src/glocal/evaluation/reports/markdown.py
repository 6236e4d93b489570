"""An evaluation as Markdown, to paste into a README or a pull request."""

from __future__ import annotations

from glocal.evaluation.reports.result_rows import Table, metrics_table, published_table, setting_table, stages_table
from glocal.evaluation.result import Evaluation


def render_markdown(evaluation: Evaluation) -> str:
    """Return the tables of an evaluation: measures, published results beside them, costs and setting.

    Shares are in percent.
    """
    parts = [f"# {evaluation.benchmark}", _table(metrics_table(evaluation))]
    beside = published_table(evaluation)
    if beside is not None:
        parts += ["## mAP beside published results", _table(beside)]
    if evaluation.stages:
        parts += ["## Costs", _table(stages_table(evaluation))]
    parts += ["## Setting", _table(setting_table(evaluation))]
    return "\n\n".join(parts) + "\n"


def _table(table: Table) -> str:
    """Return a table; the first column is left-aligned, numbers to the right."""
    columns = zip(*table.rows, strict=True) if table.rows else [()] * len(table.header)
    rule = ["---:" if all(_is_number(cell) for cell in column) else "---" for column in columns]
    lines = [table.header, rule, *table.rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _is_number(cell: str) -> bool:
    return cell.replace(".", "", 1).replace("-", "", 1).isdigit() or cell in {"", "nan"}
