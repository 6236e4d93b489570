"""`DomainComparison`: one model, trained with one or more seeds, beside baselines on several domains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from glocal.files import write_json

FORMAT = 1


@dataclass(frozen=True)
class DomainScore:
    """What was measured on one domain. Every mAP is in [0, 1].

    Attributes:
        domain: its name.
        queries: photos that were searched for, each among all the others.
        distractors: photos that were searched too and are right for no query.
        model: mAP of each seed.
        baselines: mAP of each baseline.
    """

    domain: str
    queries: int
    distractors: int
    model: tuple[float, ...]
    baselines: tuple[float, ...]


@dataclass(frozen=True)
class DomainComparison:
    """A model beside baselines. A table whose rows disagree cannot be built.

    Attributes:
        model: its name.
        baselines: their names.
        single: for each baseline, whether it is one network; not so are descriptors of several, side by side.
        scores: one per domain.
        setting: all that is needed to repeat it.

    Raises:
        ValueError: no domain, or a domain with another number of seeds or baselines.
    """

    model: str
    baselines: tuple[str, ...]
    single: tuple[bool, ...]
    scores: tuple[DomainScore, ...]
    setting: dict[str, Any]

    def __post_init__(self) -> None:
        shapes = {(len(score.model), len(score.baselines)) for score in self.scores}
        if len(shapes) != 1 or shapes.pop()[1] != len(self.baselines) or len(self.single) != len(self.baselines):
            raise ValueError("every domain needs as many seeds as the others, and a score of each baseline")
        if not self.scores[0].model:
            raise ValueError("a comparison needs a model")

    @property
    def means(self) -> DomainScore:
        """The mean mAP over domains: of each seed, of each baseline."""
        return self._over_domains("mean", mean)

    @property
    def worst(self) -> DomainScore:
        """The mAP of the worst domain: of each seed, of each baseline; each may have another worst one."""
        return self._over_domains("worst", min)

    def gain(self, score: DomainScore) -> float | None:
        """Return the model's mean mAP less that of the best single baseline; None without such a baseline."""
        single = [value for value, alone in zip(score.baselines, self.single, strict=True) if alone]
        return mean(score.model) - max(single) if single else None

    @property
    def lost(self) -> tuple[str, ...]:
        """Domains where the model is below the best single baseline by more than its seeds' standard deviation."""
        gains = ((score, self.gain(score)) for score in self.scores)
        return tuple(score.domain for score, gain in gains if gain is not None and gain < -spread(score.model))

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form as plain values."""
        summary = {"mean": asdict(self.means), "worst": asdict(self.worst), "lost": list(self.lost)}
        gains = {score.domain: self.gain(score) for score in self.scores}
        return {"format": FORMAT, **asdict(self), **summary, "gains": gains}

    def save(self, path: Path) -> None:
        """Write the JSON form to a file."""
        write_json(path, self.to_dict())

    def _over_domains(self, name: str, summary: Any) -> DomainScore:
        """Return one number for each seed and baseline from those of all domains."""
        seeds = zip(*(score.model for score in self.scores), strict=True)
        baselines = zip(*(score.baselines for score in self.scores), strict=True)
        return DomainScore(
            name,
            sum(score.queries for score in self.scores),
            sum(score.distractors for score in self.scores),
            tuple(float(summary(values)) for values in seeds),
            tuple(float(summary(values)) for values in baselines),
        )


def spread(values: Sequence[float]) -> float:
    """Return the sample standard deviation of the values, 0 of a single one."""
    return stdev(values) if len(values) > 1 else 0.0
