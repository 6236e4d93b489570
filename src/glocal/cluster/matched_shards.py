"""Candidates matched with a query where they lie, each shard's in that shard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from glocal.cluster.asking import Asking
from glocal.cluster.numbering import Numbering
from glocal.collection import Candidate, Hit, Matched
from glocal.matching import Calibration


@dataclass(frozen=True, eq=False)
class MatchedShards:
    """What `Matched` says, of the candidates of all shards that answered.

    Attributes:
        candidates: n of them, in the order given.
        places: of each, its shard and its place among those that are matched there.
        parts: what each shard has matched.
        asking: how shards are asked.
    """

    candidates: Sequence[Candidate]
    places: Sequence[tuple[int, int]]
    parts: Mapping[int, Matched]
    asking: Asking

    @classmethod
    def of(
        cls, candidates: Sequence[Candidate], numbers: Numbering, parts: Mapping[int, Matched], asking: Asking
    ) -> MatchedShards:
        """Put together what shards have matched of candidates, by their ids there."""
        places: dict[int, tuple[int, int]] = {}
        for number, part in parts.items():
            own = {one.photo: (number, place) for place, one in enumerate(part.candidates)}
            places |= numbers.mapped(number, own)
        known = [one for one in candidates if one.photo in places]
        return cls(known, [places[one.photo] for one in known], parts, asking)

    @property
    def support(self) -> NDArray[np.float64]:
        """Of each candidate [n], the greatest over all ways of the query."""
        return np.array([self.parts[shard].support[place] for shard, place in self.places], np.float64)

    def hits(self, similarities: Sequence[float], calibration: Calibration | None) -> list[Hit]:
        """Return one hit per candidate: see `Matched.hits`. Those of a shard that has gone since are left out."""
        own = {number: [0.0] * len(part.candidates) for number, part in self.parts.items()}
        for (shard, place), similarity in zip(self.places, similarities, strict=True):
            own[shard][place] = similarity
        hits = self.asking.each(
            {number: partial(part.hits, own[number], calibration) for number, part in self.parts.items()}
        )
        return [
            replace(hits[shard][place], photo=one.photo)
            for one, (shard, place) in zip(self.candidates, self.places, strict=True)
            if shard in hits
        ]
