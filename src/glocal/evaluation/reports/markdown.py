"""An evaluation as Markdown, to paste into a README or a pull request."""

from __future__ import annotations

import re

from glocal.evaluation.reports.result_rows import (
    Table,
    metrics_table,
    published_table,
    reliability_table,
    setting_table,
    stages_table,
)
from glocal.evaluation.result import Evaluation

NUMBER = re.compile(r"[+-]?\d+(\.\d+)?( ± \d+(\.\d+)?)?|nan|")
"""A cell that is a number, perhaps with its spread, or empty."""


def render_markdown(evaluation: Evaluation) -> str:
    """Return the tables of an evaluation: measures, published results beside them, costs and setting.

    Shares are in percent.
    """
    parts = [f"# {evaluation.benchmark}", markdown_table(metrics_table(evaluation))]
    beside = published_table(evaluation)
    if beside is not None:
        parts += ["## mAP beside published results", markdown_table(beside)]
    reliability = reliability_table(evaluation)
    if reliability is not None:
        parts += ["## Reliability", markdown_table(reliability)]
    if evaluation.stages:
        parts += ["## Costs", markdown_table(stages_table(evaluation))]
    parts += ["## Setting", markdown_table(setting_table(evaluation))]
    return "\n\n".join(parts) + "\n"


def markdown_table(table: Table) -> str:
    """Return a table as Markdown; columns of numbers are aligned to the right."""
    columns = zip(*table.rows, strict=True) if table.rows else [()] * len(table.header)
    rule = ["---:" if all(_is_number(cell) for cell in column) else "---" for column in columns]
    lines = [table.header, rule, *table.rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _is_number(cell: str) -> bool:
    return NUMBER.fullmatch(cell) is not None
