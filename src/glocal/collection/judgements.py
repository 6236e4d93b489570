"""What people said of hits: the same thing or not. Kept in a file beside the catalog, to calibrate with."""

from __future__ import annotations

import json
import math
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from glocal.errors import CollectionError
from glocal.files import write_whole

JUDGEMENTS = "judgements.jsonl"


@dataclass(frozen=True)
class Judgement:
    """What somebody said of a query and a photo.

    Attributes:
        query, photo: the files, by the hashes of their content.
        region: the part of the query that mattered, "x,y,width,height"; empty: all of it.
        same: whether both show the same thing; None: what was said before is taken back.
        similarity, background, support, correspondences: what the search knew of the two, see
            `glocal.matching.LabelledPairs`.
        at: seconds since 1970.

    Raises:
        ValueError: a number is not finite.
    """

    query: str
    photo: str
    region: str
    same: bool | None
    similarity: float
    background: float | None
    support: float
    correspondences: int
    at: float

    def __post_init__(self) -> None:
        numbers = (self.similarity, self.background or 0.0, self.support, self.at)
        if not all(map(math.isfinite, numbers)):
            raise ValueError(f"a judgement of {numbers}")


_Line = tuple[bytes, Judgement]


class Judgements:
    """The judgements of a collection: lines of JSON, each written whole. Safe to use from several processes.

    Args:
        folder: of the collection.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / JUDGEMENTS

    @property
    def path(self) -> Path:
        """The file, which is there once there is a judgement."""
        return self._path

    def add(self, judgement: Judgement) -> None:
        """Keep a judgement, durably. Of one pair the last counts.

        Raises:
            CollectionError: the file cannot be written.
        """
        line = json.dumps(asdict(judgement), allow_nan=False).encode()
        try:
            with self._path.open("ab", buffering=0) as file:
                # One write, so that lines of several processes do not mix; a line break first, so that what a power
                # cut left of the last line does not spoil this one.
                file.write(b"\n" + line + b"\n")
                os.fsync(file.fileno())
        except OSError as error:
            raise CollectionError(f"{self._path}: the judgement cannot be kept ({error.strerror})") from error

    def all(self) -> list[Judgement]:
        """Return what counts of each pair, the earliest said first. Lines that are damaged are left out.

        Raises:
            CollectionError: the file cannot be read.
        """
        latest: dict[tuple[str, str, str], Judgement] = {}
        try:
            for _, judgement in self._lines():
                key = (judgement.query, judgement.photo, judgement.region)
                latest.pop(key, None)
                if judgement.same is not None:
                    latest[key] = judgement
        except OSError as error:
            raise CollectionError(f"{self._path}: cannot be read ({error.strerror})") from error
        return list(latest.values())

    def take_in(self, other: Judgements) -> bool:
        """Keep what another file says too, in the order it was said; whatever was kept stays.

        Returns:
            True if there was something new.

        Raises:
            CollectionError: one of the files cannot be read, or this one cannot be written.
        """
        try:
            here, there = self._lines(), other._lines()
            new = _without(there, here)
            if not new:
                return False
            both = sorted([*here, *new], key=lambda one: one[1].at)
            if not _without(here, there):  # one file holds all: its order counts, whatever its clock said
                both = there
            write_whole(self._path, b"".join(b"\n" + line + b"\n" for line, _ in both))
        except OSError as error:
            raise CollectionError(f"{self._path}: the judgements cannot be kept ({error.strerror})") from error
        return True

    def _lines(self) -> list[_Line]:
        """Return the lines that are sound, as they stand in the file, and what they say."""
        judgements: list[_Line] = []
        if not self._path.exists():
            return judgements
        for line in self._path.read_bytes().splitlines():
            try:
                judgements.append((line, Judgement(**json.loads(line))))
            except (ValueError, TypeError):
                continue
        return judgements


def _without(lines: list[_Line], others: list[_Line]) -> list[_Line]:
    known = {line for line, _ in others}
    return [one for one in lines if one[0] not in known]
