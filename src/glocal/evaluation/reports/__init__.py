"""Results as tables, charts and pages."""

from glocal.evaluation.reports.html import Overlay, render_html
from glocal.evaluation.reports.markdown import render_markdown
from glocal.evaluation.reports.result_rows import Table, metrics_table, published_table, stages_table

__all__ = [
    "Overlay",
    "Table",
    "metrics_table",
    "published_table",
    "render_html",
    "render_markdown",
    "stages_table",
]
