"""Which hits of a search are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from glocal.collection import Hit
from glocal.images import absolute_path


@dataclass(frozen=True)
class HitSelection:
    """Which hits are kept, as options of a command.

    Attributes:
        top: most of them.
        proved: only those that are proved.
        min_probability: only those at least as probable.
        not_self: not the query's own file.
    """

    top: Annotated[int, typer.Option(min=1, help="Hits to show.")] = 10
    proved: Annotated[bool, typer.Option("--proved", help="Only hits that are proved.")] = False
    min_probability: Annotated[float, typer.Option(min=0, max=1, help="Only hits at least as probable.")] = 0.0
    not_self: Annotated[bool, typer.Option("--not-self", help="Leave out the query's own file.")] = False

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
