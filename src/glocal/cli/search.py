"""`glocal search`: every photo that shows the same thing as the query, with the proof."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.hit_folder import HitFolder
from glocal.cli.hit_output import AnswerPrinter, Format
from glocal.cli.hit_selection import HitSelection
from glocal.cli.options import CollectionDir, RegionText, parse_region
from glocal.cli.output import Json, note
from glocal.cli.queries import STANDARD_INPUT, query_paths
from glocal.collection import DEFAULT_MODE, EFFORTS, Collection, Hit, RankBy, Ranking, SearchMode
from glocal.drawing import PAGE_SUFFIXES, PICTURE_SUFFIXES, check_suffix, save_ranking
from glocal.errors import PhotoError, RegionError
from glocal.features import Region
from glocal.images import PassedOver

SOME_UNREADABLE = 1
"""Exit code of a search by many queries of which some could not be read; the others were answered."""


def command(
    query: Annotated[list[Path], typer.Argument(help="A photo; several with --each or --views.")],
    collection: CollectionDir,
    each: Annotated[bool, typer.Option("--each", help="Search by every photo for itself; folders count too.")] = False,
    views: Annotated[bool, typer.Option("--views", help="The photos are several views of one thing.")] = False,
    region: RegionText = None,
    top: Annotated[int, typer.Option(min=1, help="Hits to show.")] = 10,
    mode: Annotated[
        SearchMode,
        typer.Option(help="How hard to look: fast (as it is), balanced (also turned), thorough (also mirrored)."),
    ] = DEFAULT_MODE,
    rerank: Annotated[
        int | None,
        typer.Option(min=0, help="Candidates to verify; 0 ranks by similarity alone.", show_default="the mode's"),
    ] = None,
    ranking: Annotated[
        RankBy, typer.Option(help="Order of verified hits: calibrated probability, or inliers as in the paper.")
    ] = "probability",
    proved: Annotated[bool, typer.Option("--proved", help="Only hits that are proved.")] = False,
    min_probability: Annotated[float, typer.Option(min=0, max=1, help="Only hits at least as probable.")] = 0.0,
    not_self: Annotated[bool, typer.Option("--not-self", help="Leave out the query's own file.")] = False,
    save: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the proof into FILE.html or FILE.png.")
    ] = None,
    show: Annotated[bool, typer.Option("--open", help="Open what --save wrote.")] = False,
    copy_to: Annotated[Path | None, typer.Option(metavar="DIR", help="Copy the files of the hits there.")] = None,
    link_to: Annotated[Path | None, typer.Option(metavar="DIR", help="Link to the files of the hits there.")] = None,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a line of CSV per hit.")] = False,
    paths0: Annotated[bool, typer.Option("--paths0", help="Print paths alone, each ended by a zero byte.")] = False,
    points: Annotated[bool, typer.Option("--points", help="With --json: also every inlier, and the masks.")] = False,
) -> None:
    """Find the photos in a collection that show the same thing as QUERY.

    With --each, every photo is a query for itself, of folders too; "-" reads paths from standard input, a line each or
    ended by zero bytes. Photos that cannot be read are named, and the exit code is then 1.
    """
    box = parse_region(region)
    _check(query, each=each, views=views, region=box, save=save, show=show)
    effort = EFFORTS[mode].rerank if rerank is None else rerank
    selection = HitSelection(top, proved, min_probability, not_self)
    folders = [HitFolder(folder, link) for folder, link in ((copy_to, False), (link_to, True)) if folder]
    with Collection.open(collection) as opened:
        search = _Search(opened, box, effort, ranking, mode, selection)
        printer = AnswerPrinter(_format(as_json=as_json, as_csv=as_csv, paths0=paths0), points=points, many=each)
        if opened.model.card.local is None:
            note("the model has no local features: ranked by similarity alone, and nothing is proved")
        elif opened.calibration is None:
            note("the model has no calibration: ranked by inliers, as in the paper; fit one with `glocal calibrate`")
        if each:
            sys.exit(_each(search, query, printer, folders))
        hits = search.hits(query)
        for folder in folders:
            folder.put(hits)
        if save:
            _save(save, query, Ranking(tuple(hits), search.order), box, show=show)
        printer.print(query, hits)


@dataclass(frozen=True)
class _Search:
    """A collection, and how it is searched."""

    collection: Collection
    region: Region | None
    rerank: int
    ranking: RankBy
    mode: SearchMode
    selection: HitSelection

    @property
    def order(self) -> RankBy:
        return self.ranking if self.collection.calibration else "paper"

    def hits(self, photos: Sequence[Path]) -> list[Hit]:
        wanted = self.selection.wanted(self.rerank)
        query = [*photos] if len(photos) > 1 else photos[0]
        found = self.collection.search(query, self.region, wanted, self.rerank, self.ranking, self.mode)
        return self.selection.of(found, photos)


def _each(search: _Search, given: Sequence[Path], printer: AnswerPrinter, folders: Sequence[HitFolder]) -> int:
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
        for folder in folders:
            folder.put(hits, f"{number:04}_{path.stem}")
        printer.print([path], hits)
    note(str(passed_over))
    for problem in unreadable:
        note(f"not searched: {problem}")
    note(f"{number} queries" + (f", {len(unreadable)} could not be read" if unreadable else ""))
    return SOME_UNREADABLE if unreadable else 0


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


def _format(*, as_json: bool, as_csv: bool, paths0: bool) -> Format:
    chosen: list[Format] = [name for name, on in (("json", as_json), ("csv", as_csv), ("paths0", paths0)) if on]  # type: ignore[misc]
    if len(chosen) > 1:
        raise typer.BadParameter("choose one of --json, --csv and --paths0")
    return chosen[0] if chosen else "table"
