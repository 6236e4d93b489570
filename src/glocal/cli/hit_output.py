"""Answers to queries as tables, JSON, CSV or bare paths."""

from __future__ import annotations

import csv
import io
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from glocal.cli.output import Json, out, print_json, rounded, write_text
from glocal.collection import Damage, Hit
from glocal.drawing import percent
from glocal.errors import PhotoError
from glocal.images import describe

Format = Literal["table", "json", "csv", "paths0"]

CSV_COLUMNS = (
    "query",
    "rank",
    "photo",
    "verdict",
    "probability",
    "similarity",
    "inliers",
    "correspondences",
    "witness",
    "by_keypoints",
)


@dataclass(frozen=True)
class AnswerFormat:
    """How answers are printed, as options of a command: in one way, or as a table.

    Attributes:
        as_json, as_csv, paths0: the ways.
        points: with JSON, also every inlier and the masks of where both pictures agree.

    Raises:
        typer.BadParameter: several ways.
    """

    as_json: Json = False
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a line of CSV per hit.")] = False
    paths0: Annotated[bool, typer.Option("--paths0", help="Print paths alone, each ended by a zero byte.")] = False
    points: Annotated[bool, typer.Option("--points", help="With --json: also every inlier, and the masks.")] = False

    def __post_init__(self) -> None:
        if self.as_json + self.as_csv + self.paths0 > 1:
            raise typer.BadParameter("choose one of --json, --csv and --paths0")

    @property
    def kind(self) -> Format:
        """The way."""
        if self.as_json:
            return "json"
        if self.as_csv:
            return "csv"
        return "paths0" if self.paths0 else "table"


TABLE = AnswerFormat()


class AnswerPrinter:
    """Prints the answers to one query, or to many, each as soon as it is there.

    Args:
        chosen: how. JSON of many queries is a line each.
        many: whether there are many queries.
    """

    def __init__(self, chosen: AnswerFormat, *, many: bool) -> None:
        self._kind = chosen.kind
        self._points = chosen.points
        self._many = many
        if self._kind == "csv":
            write_text(_csv_text([CSV_COLUMNS]))

    def print(self, query: Sequence[Path], hits: Sequence[Hit], damage: Iterable[Damage]) -> None:
        """Print the hits of a query: one photo, or several views of one thing; and what was left out as damaged."""
        if self._kind == "json":
            named = str(query[0]) if self._many else [str(path) for path in query]
            fields = [hit.to_dict(points=self._points) for hit in hits]
            damaged = [one.to_dict() for one in damage]
            print_json({"query": named, "hits": fields, "damaged": damaged}, line=self._many)
        elif self._kind == "csv":
            write_text(_csv_text(_csv_rows(query[0], hits)))
        elif self._kind == "paths0":
            sys.stdout.flush()
            sys.stdout.buffer.write(b"".join(os.fsencode(hit.path) + b"\0" for hit in hits))
            sys.stdout.buffer.flush()
        else:
            for line in ([shown(query[0])] if self._many else []) + [*_table_lines(hits)]:
                out.print(line, markup=False, highlight=False, soft_wrap=True)

    def failed(self, query: Path, error: PhotoError) -> None:
        """Note among the answers that a query could not be read, where the format has room for it."""
        if self._kind == "json":
            print_json({"query": str(query), "error": error.reason}, line=self._many)


def _table_lines(hits: Sequence[Hit]) -> Iterator[str]:
    """Yield a head and a line per hit, in columns; the path comes last and whole, however long it is."""
    yield f"{'':>3}  {'similarity':>10}  {'inliers':>12}  {'verdict':>7}  {'probability':>11}  photo"
    for rank, hit in enumerate(hits, 1):
        inliers = "not verified" if hit.inliers is None else f"{hit.inliers} of {hit.correspondences}"
        numbers = f"{rank:>3}  {hit.similarity:>10.3f}  {inliers:>12}  {hit.verdict:>7}  {percent(hit.probability):>11}"
        yield f"{numbers}  {shown(hit.path)}{_proved_by(hit)}"


def _proved_by(hit: Hit) -> str:
    """Say what proves a hit, if it is not the query's own features."""
    if hit.witness is not None:
        return f" (through {shown(hit.witness.path)})"
    return " (by keypoints)" if hit.by_keypoints else ""


def _csv_rows(query: Path, hits: Sequence[Hit]) -> Iterator[Sequence[object]]:
    for rank, hit in enumerate(hits, 1):
        numbers = (rounded(hit.probability), round(hit.similarity, 4), hit.inliers, hit.correspondences)
        witness = None if hit.witness is None else str(hit.witness.path)
        yield str(query), rank, str(hit.path), hit.verdict, *numbers, witness, hit.by_keypoints


def _csv_text(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def shown(path: Path) -> str:
    """Return a path as short as it can be typed here; what a terminal cannot show is escaped."""
    short = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    return describe(short)
