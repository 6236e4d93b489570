"""`glocal search`: every photo that shows the same thing as the query, with the proof."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from glocal.cli.hit_output import TABLE, AnswerFormat, AnswerPrinter
from glocal.cli.hit_selection import BEST, HitSelection
from glocal.cli.numbered_files import numbered, put_numbered
from glocal.cli.option_bundles import with_bundles
from glocal.cli.options import CollectionDir, RegionText, parse_region
from glocal.cli.output import note
from glocal.cli.queries import STANDARD_INPUT, query_paths
from glocal.cluster import AnyCollection, open_collection
from glocal.collection import DEFAULT_MODE, EFFORTS, Hit, RankBy, Ranking, SearchMode
from glocal.counting import counted
from glocal.drawing import PAGE_SUFFIXES, PICTURE_SUFFIXES, check_suffix, save_ranking
from glocal.errors import PhotoError, RegionError
from glocal.features import Region
from glocal.images import PassedOver

SOME_UNREADABLE = 1
"""Exit code of a search by many queries of which some could not be read; the others were answered."""


@with_bundles
def command(
    query: Annotated[list[Path], typer.Argument(help="A photo; several with --each or --views.")],
    collection: CollectionDir,
    each: Annotated[bool, typer.Option("--each", help="Search by every photo for itself; folders count too.")] = False,
    views: Annotated[bool, typer.Option("--views", help="The photos are several views of one thing.")] = False,
    region: RegionText = None,
    selection: HitSelection = BEST,
    mode: Annotated[
        SearchMode,
        typer.Option(help="How hard to look: fast (as it is), balanced (also turned), thorough (mirrored, nearer)."),
    ] = DEFAULT_MODE,
    rerank: Annotated[
        int | None,
        typer.Option(min=0, help="Candidates to verify; 0 ranks by similarity alone.", show_default="the mode's"),
    ] = None,
    ranking: Annotated[
        RankBy, typer.Option(help="Order of verified hits: calibrated probability, or inliers as in the paper.")
    ] = "probability",
    save: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the proof into FILE.html or FILE.png.")
    ] = None,
    show: Annotated[bool, typer.Option("--open", help="Open what --save wrote.")] = False,
    copy_to: Annotated[Path | None, typer.Option(metavar="DIR", help="Copy the files of the hits there.")] = None,
    link_to: Annotated[Path | None, typer.Option(metavar="DIR", help="Link to the files of the hits there.")] = None,
    answers: AnswerFormat = TABLE,
) -> None:
    """Find the photos in a collection that show the same thing as QUERY.

    With --each, every photo is a query for itself, of folders too; "-" reads paths from standard input, a line each or
    ended by zero bytes. Photos that cannot be read are named, and the exit code is then 1.
    """
    box = parse_region(region)
    _check(query, each=each, views=views, region=box, save=save, show=show)
    effort = EFFORTS[mode].rerank if rerank is None else rerank
    folders = [(folder, link) for folder, link in ((copy_to, False), (link_to, True)) if folder]
    with open_collection(collection) as opened:
        search = _Search(opened, box, effort, ranking, mode, selection, selection.allowed(opened))
        printer = AnswerPrinter(answers, many=each)
        _note_limits(opened)
        if each:
            sys.exit(_each(search, query, printer, folders))
        hits = search.hits(query)
        _put(hits, folders)
        if save:
            _save(save, query, Ranking(tuple(hits), search.order), box, show=show)
        printer.print(query, search.shown(hits), opened.damage)
        if opened.calibration and search.could_look_harder and not any(hit.proved for hit in hits):
            note("nothing is proved; --mode thorough looks harder, and --region looks at a part of the query alone")


@dataclass(frozen=True)
class _Search:
    """A collection, and how it is searched."""

    collection: AnyCollection
    region: Region | None
    rerank: int
    ranking: RankBy
    mode: SearchMode
    selection: HitSelection
    allowed: NDArray[np.int64] | None

    @property
    def order(self) -> RankBy:
        return self.ranking if self.collection.calibration else "paper"

    @property
    def could_look_harder(self) -> bool:
        """Say whether another mode looks at more."""
        return self.mode != "thorough" and self.rerank > 0

    def hits(self, photos: Sequence[Path]) -> list[Hit]:
        wanted = self.selection.wanted(self.rerank)
        query = [*photos] if len(photos) > 1 else photos[0]
        found = self.collection.search(query, self.region, wanted, self.rerank, self.ranking, self.mode, self.allowed)
        return self.selection.of(found, photos)

    def shown(self, hits: Sequence[Hit]) -> list[Hit]:
        return self.selection.in_order(hits, self.collection)


def _note_limits(collection: AnyCollection) -> None:
    """Say what the collection's model cannot do."""
    if collection.model.card.local is None:
        note("the model has no local features: ranked by similarity alone, and nothing is proved")
    elif collection.calibration is None:
        note("the model has no calibration: ranked by inliers, as in the paper; fit one with `glocal calibrate`")


def _each(search: _Search, given: Sequence[Path], printer: AnswerPrinter, folders: Sequence[tuple[Path, bool]]) -> int:
    """Answer every query for itself, and return the exit code."""
    passed_over, unreadable = PassedOver(), list[PhotoError]()
    number = 0
    for number, path in enumerate(query_paths(given, passed_over, unreadable), 1):
        try:
            hits = search.hits([path])
        except PhotoError as error:
            unreadable.append(error)
            printer.failed(path, error)
            continue
        _put(hits, [(folder / numbered(number, path.stem), link) for folder, link in folders])
        printer.print([path], search.shown(hits), search.collection.damage)
    note(str(passed_over))
    for problem in unreadable:
        note(f"not searched: {problem}")
    note(counted(number, "query", "queries") + (f", {len(unreadable)} could not be read" if unreadable else ""))
    return SOME_UNREADABLE if unreadable else 0


def _put(hits: Sequence[Hit], folders: Sequence[tuple[Path, bool]]) -> None:
    """Put the files of hits into folders, which are made; True: links to them."""
    for folder, link in folders:
        folder.mkdir(parents=True, exist_ok=True)
        put_numbered((hit.path for hit in hits), folder, link=link)


def _save(file: Path, query: list[Path], hits: Ranking, box: Region | None, *, show: bool) -> None:
    for error in save_ranking(file, query, hits, box):
        note(f"left out: {error}")
    note(f"wrote {file}")
    if show and not webbrowser.open(file.resolve().as_uri()):
        note(f"no program is there to open it; open {file} yourself")


def _check(
    query: Sequence[Path], *, each: bool, views: bool, region: Region | None, save: Path | None, show: bool
) -> None:
    """Refuse what does not go together.

    Raises:
        typer.BadParameter: options contradict each other, or it is not said what several photos are.
        RegionError: a region belongs to one photo.
    """
    if each and (views or save or region):
        raise typer.BadParameter("--each answers every photo for itself; it takes no --views, --save or --region")
    if len(query) > 1 and not (each or views):
        raise typer.BadParameter(
            f"{len(query)} photos: give --each to search by every one for itself, "
            "or --views if all show one thing and the hits of all count together"
        )
    if not each and STANDARD_INPUT in query:
        raise typer.BadParameter("- is a list of photos on standard input; give --each too")
    if not each and (folders := [path for path in query if path.is_dir()]):
        raise typer.BadParameter(f"{folders[0]} is a folder; give --each to search by every photo in it")
    if len(query) > 1 and region:
        raise RegionError("--region belongs to one photo; search with one photo, or without a region")
    if show and not save:
        raise typer.BadParameter("--open opens what --save wrote; give --save FILE.html too")
    if save:
        check_suffix(save, (*PAGE_SUFFIXES, *PICTURE_SUFFIXES))
