"""Which hits of a search are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from glocal.cli.output import note
from glocal.cluster import AnyCollection
from glocal.collection import Hit, Where
from glocal.images import absolute_path


@dataclass(frozen=True)
class HitSelection:
    """Which hits are kept, and in which order they are shown, as options of a command.

    Attributes:
        top: most of them.
        proved: only those that are proved.
        min_probability: only those at least as probable.
        not_self: not the query's own file.
        where: conditions on the photos that are searched.
        sort: the fact of a photo that hits are sorted by, or "path"; with "-" before it from the last to the first.

    Raises:
        ConditionError: a condition cannot be understood.
    """

    top: Annotated[int, typer.Option(min=1, help="Hits to show.")] = 10
    proved: Annotated[bool, typer.Option("--proved", help="Only hits that are proved.")] = False
    min_probability: Annotated[float, typer.Option(min=0, max=1, help="Only hits at least as probable.")] = 0.0
    not_self: Annotated[bool, typer.Option("--not-self", help="Leave out the query's own file.")] = False

    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CONDITION",
            help="Search only photos such as date=2023..2024-05, camera=*pixel*, gps=S,W,N,E, folder=DIR, or by own "
            "metadata; several all have to hold.",
        ),
    ] = None
    sort: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="Show hits by date, path or any metadata, not by rank; -KEY: backwards."),
    ] = None

    def __post_init__(self) -> None:
        Where.of(*self.where or ())

    def allowed(self, collection: AnyCollection) -> NDArray[np.int64] | None:
        """Return the ids of the photos to search, and say so if there are none; None: all."""
        if not self.where:
            return None
        ids = collection.select(Where.of(*self.where))
        if not len(ids):
            note("no photo of the collection is as --where says")
        return ids

    def in_order(self, hits: Sequence[Hit], collection: AnyCollection) -> list[Hit]:
        """Return hits in the order they are shown in; those of which the key is not known come last."""
        if self.sort is None:
            return list(hits)
        key = self.sort.removeprefix("-")
        records = collection.photos_with_ids([hit.photo for hit in hits])
        facts = {photo: {**record.facts, "path": str(record.path)} for photo, record in records.items()}
        values = [facts.get(hit.photo, {}).get(key) for hit in hits]
        known = [number for number, value in enumerate(values) if value is not None]
        known.sort(key=lambda number: _comparable(values[number]), reverse=self.sort.startswith("-"))
        return [hits[number] for number in (*known, *(n for n, value in enumerate(values) if value is None))]

    def wanted(self, verified: int) -> int:
        """Return how many hits to ask for, so that enough are left: all that are verified, if any may be dropped."""
        chooses = self.proved or self.min_probability > 0 or self.not_self
        return max(self.top + 1, verified) if chooses else self.top

    def of(self, hits: Sequence[Hit], queries: Sequence[Path]) -> list[Hit]:
        """Return the hits that are kept, in their order."""
        own = {absolute_path(query) for query in queries} if self.not_self else set()
        kept = (hit for hit in hits if hit.path not in own and (hit.proved or not self.proved))
        return [hit for hit in kept if (hit.probability or 0.0) >= self.min_probability][: self.top]


BEST = HitSelection()
"""The best ones, whatever they are."""


def _comparable(value: object) -> tuple[bool, float, str]:
    """Return what values of any kind are sorted by: numbers first."""
    if isinstance(value, int | float):
        return False, value, ""
    return True, 0.0, str(value)
