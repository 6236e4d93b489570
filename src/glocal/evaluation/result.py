"""`Evaluation`: what was measured, of what, how and at what cost. Frozen, and the same after a trip through JSON."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from glocal.evaluation.errors import EvaluationError
from glocal.files import write_json

FORMAT = 1


@dataclass(frozen=True)
class QueryResult:
    """One query under one protocol.

    Attributes:
        name: the query photo.
        average_precision: in [0, 1], after re-ranking where there was any; None without positives.
        before: the same before re-ranking; None where nothing was re-ranked.
    """

    name: str
    average_precision: float | None
    before: float | None = None

    def __post_init__(self) -> None:
        for name in ("average_precision", "before"):
            value = getattr(self, name)
            if value is not None and math.isnan(value):
                object.__setattr__(self, name, None)
            elif value is not None and not 0 <= value <= 1 + 1e-9:
                raise ValueError(f"{name} of {self.name} is {value}, outside [0, 1]")


@dataclass(frozen=True)
class ReliabilityBin:
    """The pairs whose probability lies in one tenth of [0, 1].

    Attributes:
        probability: their mean probability.
        right: the part of them that is right.
        pairs: how many they are.
    """

    probability: float
    right: float
    pairs: int


@dataclass(frozen=True)
class ProtocolResult:
    """The measures under one protocol.

    Attributes:
        protocol: "easy", "medium", "hard", or the name of the one protocol a benchmark has.
        metrics: measure to value, after re-ranking where there was any; NaN where there was nothing to measure.
        before: the same before re-ranking; empty where nothing was re-ranked.
        queries: every query.
        curve: mean precision at recall 0, 0.01, ..., 1; empty where a benchmark has no such curve.
        reliability: what probabilities are worth, least first; empty where none are judged.
    """

    protocol: str
    metrics: dict[str, float]
    before: dict[str, float] = field(default_factory=dict)
    queries: tuple[QueryResult, ...] = ()
    curve: tuple[float, ...] = ()
    reliability: tuple[ReliabilityBin, ...] = ()


@dataclass(frozen=True)
class Stage:
    """What one stage cost: wall-clock seconds, photos (or pairs) handled, and bytes it left on disk."""

    name: str
    seconds: float
    items: int
    bytes: int = 0


@dataclass(frozen=True)
class RankedPhoto:
    """One photo in the ranking of an example. `label` is "positive", "junk" or "negative"."""

    path: str
    label: str
    similarity: float
    inliers: int | None = None


@dataclass(frozen=True)
class Example:
    """A query with the head of its ranking, to look at.

    Attributes:
        query: path of the query photo.
        region: (x, y, width, height) that was searched for, or None.
        protocol: under which protocol the score was poor.
        average_precision: in [0, 1]; NaN without positives.
        ranking: the first photos.
    """

    query: str
    region: tuple[float, float, float, float] | None
    protocol: str
    average_precision: float
    ranking: tuple[RankedPhoto, ...]


@dataclass(frozen=True)
class Evaluation:
    """One evaluation, with everything needed to repeat it.

    Attributes:
        benchmark: "roxford5k", "rparis6k", "folders", ...
        results: one per protocol.
        setting: model and its hash, preset, crop, image version, ranker, shortlist, variant, versions, command.
        stages: what each stage cost.
        examples: the worst queries.
    """

    benchmark: str
    results: tuple[ProtocolResult, ...]
    setting: dict[str, Any]
    stages: tuple[Stage, ...] = ()
    examples: tuple[Example, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form as plain values; what could not be measured (NaN) is None, as JSON has no NaN."""
        return {"format": FORMAT, **_without_nan(asdict(self))}

    def save(self, path: str | Path) -> None:
        """Write the JSON form to a file.

        Raises:
            OSError: it cannot be written.
        """
        write_json(path, self.to_dict())

    @classmethod
    def load(cls, path: str | Path) -> Evaluation:
        """Read what `save` wrote.

        Raises:
            EvaluationError: the file is missing, damaged, or of a newer format.
        """
        try:
            fields = json.loads(Path(path).read_text("utf-8"))
        except OSError as error:
            raise EvaluationError(f"{path}: cannot be read ({error.strerror})") from None
        except ValueError as error:
            raise EvaluationError(f"{path}: not JSON ({error})") from None
        if not isinstance(fields, dict) or fields.get("format") != FORMAT:
            raise EvaluationError(f"{path}: not an evaluation of format {FORMAT}")
        try:
            return _from_dict(fields)
        except (KeyError, TypeError, ValueError) as error:
            raise EvaluationError(f"{path}: a damaged evaluation ({error!r})") from None


def _from_dict(fields: dict[str, Any]) -> Evaluation:
    return Evaluation(
        benchmark=fields["benchmark"],
        results=tuple(
            ProtocolResult(
                **{
                    **result,
                    "metrics": _with_nan(result["metrics"]),
                    "before": _with_nan(result["before"]),
                    "queries": tuple(QueryResult(**query) for query in result["queries"]),
                    "curve": tuple(map(_number, result["curve"])),
                    "reliability": tuple(ReliabilityBin(**one) for one in result.get("reliability", ())),
                }
            )
            for result in fields["results"]
        ),
        setting=fields["setting"],
        stages=tuple(Stage(**stage) for stage in fields["stages"]),
        examples=tuple(
            Example(
                **{
                    **example,
                    "average_precision": _number(example["average_precision"]),
                    "region": None if example["region"] is None else tuple(example["region"]),
                    "ranking": tuple(RankedPhoto(**photo) for photo in example["ranking"]),
                }
            )
            for example in fields["examples"]
        ),
    )


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(entry) for entry in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _with_nan(metrics: dict[str, float | None]) -> dict[str, float]:
    return {name: _number(value) for name, value in metrics.items()}


def _number(value: float | None) -> float:
    return math.nan if value is None else value
