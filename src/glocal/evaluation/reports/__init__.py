"""Results as tables, charts and pages."""

from glocal.evaluation.reports.domain_report import comparison_table, render_comparison, verdict
from glocal.evaluation.reports.html import Overlay, render_html
from glocal.evaluation.reports.markdown import markdown_table, render_markdown
from glocal.evaluation.reports.result_rows import Table, metrics_table, published_table, reliability_table, stages_table

__all__ = [
    "Overlay",
    "Table",
    "comparison_table",
    "markdown_table",
    "metrics_table",
    "published_table",
    "reliability_table",
    "render_comparison",
    "render_html",
    "render_markdown",
    "stages_table",
    "verdict",
]
