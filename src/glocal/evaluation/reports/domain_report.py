"""A comparison over domains as a table, and as Markdown."""

from __future__ import annotations

from statistics import mean

from glocal.evaluation.domain_comparison import DomainComparison, DomainScore, spread
from glocal.evaluation.reports.markdown import markdown_table
from glocal.evaluation.reports.result_rows import Table


def comparison_table(comparison: DomainComparison) -> Table:
    """Return mAP in percent: a row per domain, then the mean and the worst; a column per baseline, then the model.

    The last column is the model's gain over the best single baseline, in points. Its worst is the lowest gain of a
    domain, not the difference of the two worst domains.
    """
    gains = [comparison.gain(score) for score in comparison.scores]
    known = [gain for gain in gains if gain is not None]
    rows = [_row(score, gain) for score, gain in zip(comparison.scores, gains, strict=True)]
    rows.append(_row(comparison.means, mean(known) if known else None))
    rows.append(_row(comparison.worst, min(known, default=None)))
    header = ("domain", "queries", "distractors", *comparison.baselines, comparison.model, "gain")
    return Table(header, tuple(rows))


def render_comparison(comparison: DomainComparison) -> str:
    """Return the table as Markdown, with what was lost and how to repeat it."""
    setting = Table(("setting", "value"), tuple((name, str(value)) for name, value in comparison.setting.items()))
    parts = ["# domains", markdown_table(comparison_table(comparison)), verdict(comparison)]
    return "\n\n".join([*parts, "## Setting", markdown_table(setting)]) + "\n"


def verdict(comparison: DomainComparison) -> str:
    """Return a sentence: on which domains the model is below the best single baseline by more than seeds differ."""
    if not any(comparison.single):
        return "No single baseline to lose against was given."
    if not comparison.lost:
        return f"{comparison.model} loses on no domain against the best single baseline."
    return f"{comparison.model} loses against the best single baseline on: {', '.join(comparison.lost)}."


def _row(score: DomainScore, gain: float | None) -> tuple[str, ...]:
    model = f"{100 * mean(score.model):.1f}"
    if len(score.model) > 1:
        model += f" ± {100 * spread(score.model):.1f}"
    baselines = (f"{100 * value:.1f}" for value in score.baselines)
    difference = "" if gain is None else f"{100 * gain:+.1f}"
    return score.domain, str(score.queries), str(score.distractors), *baselines, model, difference
