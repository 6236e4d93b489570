"""`glocal index`: add photos to a collection; again, only what is new."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.options import CollectionDir, Excluded, ModelName, PhotosToIndex, PrecisionIfAny, PresetIfAny
from glocal.cli.output import Json, note, print_json
from glocal.cli.progress_display import progress
from glocal.cli.watching import keep_current
from glocal.cluster import AnyCollection, kind_of, open_collection
from glocal.collection import AddReport, Collection
from glocal.counting import counted
from glocal.extraction import load_model
from glocal.images import FindRules, isolated_decoders


def command(
    photos: PhotosToIndex,
    collection: CollectionDir,
    model: ModelName = None,
    preset: PresetIfAny = None,
    precision: PrecisionIfAny = None,
    exclude: Excluded = None,
    min_side: Annotated[int, typer.Option(min=0, help="Leave out photos whose longest side is shorter.")] = 0,
    links: Annotated[bool, typer.Option("--links/--no-links", help="Follow symbolic links below folders.")] = True,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on: index what comes and changes, forget what goes, until Ctrl-C.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Index PHOTOS: compute their features and keep them in a collection.

    Makes the collection if there is none. Run it again at any time: only new and changed photos cost work,
    and a run that was interrupted goes on where it stopped. Of folders, hidden names and those of systems are passed
    over, and what a file .glocalignore in them names.
    """
    rules = FindRules(tuple(exclude or ()), min_side, links)
    with isolated_decoders(), open_or_create(collection, model, preset, precision) as opened:

        def index() -> AddReport:
            with progress() as on_stage:
                return opened.add(photos, on_stage, rules)

        try:
            if watch:
                keep_current(opened, photos, index, partial(_say, opened, as_json=as_json))
            else:
                _say(opened, index(), as_json=as_json)
        except KeyboardInterrupt:
            note(f"{collection} holds {counted(len(opened), 'photo')}; the same command goes on from there")
            raise


def _say(opened: AnyCollection, report: AddReport, removed: int | None = None, *, as_json: bool) -> None:
    """Say what a run did; `removed` photos left the collection, where that is watched."""
    total, gone = len(opened), len(opened.missing())
    if as_json:
        left = {} if removed is None else {"removed": removed}
        print_json({**report_fields(report), **left, "photos": total, "missing": gone}, line=removed is not None)
        return
    print_report(report, removed)
    note(f"{opened.directory} holds {counted(total, 'photo')}")
    if gone and not removed:
        note(f"{gone} gone from disk; to forget them: glocal remove --missing --collection {opened.directory}")


def open_or_create(folder: Path, model: str | None, preset: str | None, precision: str | None) -> AnyCollection:
    """Open the collection, which may lie in shards, or make it with the model asked for.

    Raises:
        ModelError: the collection has another model than the one asked for.
        CollectionError: the folder is something else.
    """
    asked = {name: value for name, value in (("preset", preset), ("precision", precision)) if value}
    if not kind_of(folder).exists(folder):
        return Collection.create(folder, load_model(model, **asked))
    return open_collection(folder, load_model(model, **asked) if model or asked else None)


def report_fields(report: AddReport) -> dict[str, object]:
    """Return what a run did, ready for JSON."""
    unreadable = [{"path": str(path), "reason": reason} for path, reason in report.unreadable]
    noted = [{"path": str(path), "note": text} for path, text in report.noted]
    return {**vars(report), "unreadable": unreadable, "noted": noted}


def print_report(report: AddReport, removed: int | None = None) -> None:
    """Say what a run did; `removed` photos left the collection, where that is watched."""
    note(report.passed_over)
    for path, reason in report.unreadable:
        note(f"not indexed: {path}: {reason}")
    for path, text in report.noted:
        note(f"indexed, but: {path}: {text}")
    done = report.added + report.updated
    rate = f", {done / report.seconds:.1f} photos a second" if done and report.seconds else ""
    left = "" if removed is None else f", {removed} removed"
    note(
        f"{report.added} added, {report.updated} updated, {report.renamed} renamed{left}, "
        f"{report.unchanged} unchanged, {len(report.unreadable)} unreadable{rate}"
    )
