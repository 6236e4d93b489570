"""The rows of a result table: ours first, published ones beside it. Shared by Markdown and HTML."""

from __future__ import annotations

from dataclasses import dataclass

from glocal.evaluation.reports.published import published
from glocal.evaluation.result import Evaluation, ProtocolResult


@dataclass(frozen=True)
class Table:
    """A table of text: a header and rows of as many cells."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def format_value(name: str, value: float) -> str:
    """Return a measure as papers print it: shares in percent, counts, the N-S score and log-loss as they are."""
    if name.startswith(("right", "wrong")):
        return f"{value:.0f}"
    return f"{value:.2f}" if name in {"N-S", "log-loss"} else f"{100 * value:.2f}"


def metrics_table(evaluation: Evaluation) -> Table:
    """Return the measures of each protocol, before and after re-ranking where there was any."""
    names = tuple(evaluation.results[0].metrics)
    variant = ", shared re-ranking" if evaluation.setting.get("variant") == "shared" else ""
    rows = []
    for result in evaluation.results:
        if result.before:
            rows.append((f"{result.protocol}, before re-ranking", *_cells(names, result.before)))
        rows.append((f"{result.protocol}{variant}", *_cells(names, result.metrics)))
    return Table(("protocol", *names), tuple(rows))


def published_table(evaluation: Evaluation) -> Table | None:
    """Return mAP in percent beside the published rows; None where nothing is published for the benchmark."""
    protocols = [
        result.protocol
        for result in evaluation.results
        if any((evaluation.benchmark, result.protocol) in row.scores for row in published())
    ]
    if not protocols:
        return None
    ours = {result.protocol: result for result in evaluation.results}
    label = str(evaluation.setting.get("model", "these descriptors"))
    rows = [(f"{label} (this evaluation)", *(_map(ours[name]) for name in protocols), "", _caveat(evaluation))]
    rows.extend(
        (
            row.method,
            *(f"{row.scores[evaluation.benchmark, name]:.1f}" for name in protocols),
            row.source,
            row.caveat,
        )
        for row in published()
    )
    return Table(("method", *protocols, "source", "caveat"), tuple(rows))


def reliability_table(evaluation: Evaluation) -> Table | None:
    """Return what probabilities are worth; None where none are judged, or all pairs are of one kind."""
    rows = tuple(
        (result.protocol, f"{100 * one.probability:.1f}", f"{100 * one.right:.1f}", f"{one.pairs}")
        for result in evaluation.results
        if any(one.right > 0 for one in result.reliability)
        for one in result.reliability
    )
    return Table(("pairs", "mean probability", "right", "count"), rows) if rows else None


def stages_table(evaluation: Evaluation) -> Table:
    """Return what each stage cost."""
    rows = tuple(
        (
            stage.name,
            f"{stage.seconds:.2f}",
            f"{stage.items}",
            f"{1000 * stage.seconds / stage.items:.2f}" if stage.items else "",
            f"{stage.bytes}" if stage.bytes else "",
        )
        for stage in evaluation.stages
    )
    return Table(("stage", "seconds", "items", "ms each", "bytes"), rows)


def setting_table(evaluation: Evaluation) -> Table:
    """Return all that is needed to repeat the evaluation."""
    rows = tuple((name, str(value)) for name, value in evaluation.setting.items() if value is not None)
    return Table(("setting", "value"), rows)


def _cells(names: tuple[str, ...], metrics: dict[str, float]) -> tuple[str, ...]:
    return tuple(format_value(name, metrics[name]) for name in names)


def _map(result: ProtocolResult) -> str:
    return f"{100 * result.metrics['mAP']:.1f}"


def _caveat(evaluation: Evaluation) -> str:
    """Return what makes this evaluation not comparable with the paper's protocol."""
    caveats = []
    if evaluation.setting.get("variant") == "shared":
        caveats.append("one re-ranking shared by all protocols, junk takes places in the shortlist")
    if evaluation.setting.get("crop") not in ("box", None):
        caveats.append("queries not cropped")
    return "; ".join(caveats)
