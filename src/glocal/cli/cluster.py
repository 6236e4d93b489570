"""`glocal cluster`: collections in shards."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from glocal.cli import cluster_demo, cluster_store
from glocal.cli.index import print_report, report_fields
from glocal.cli.option_bundles import with_bundles
from glocal.cli.options import Excluded, ModelName, PhotosToIndex, PrecisionIfAny, PresetIfAny
from glocal.cli.output import Json, note, out, print_json
from glocal.cli.progress_display import progress
from glocal.cli.serve import (
    EVERYTHING,
    NOWHERE,
    THIS_MACHINE,
    USUAL,
    Access,
    Allowed,
    Limits,
    Network,
    address_of,
    settings_of,
)
from glocal.cluster import MOST_SHARDS, Layout, index_photos, reshard, serve_shards, shards_of
from glocal.collection import ModelIdentity
from glocal.counting import counted
from glocal.errors import CollectionError
from glocal.extraction import load_model
from glocal.images import FindRules

app = typer.Typer(
    help="Collections in shards: index photos into them, serve them, publish them, change their number.",
    no_args_is_help=True,
)
app.command("demo")(cluster_demo.command)
app.command("publish")(cluster_store.publish_command)
app.command("fetch")(cluster_store.fetch_command)


@app.command()
def index(
    photos: PhotosToIndex,
    root: Annotated[Path, typer.Option("--out", metavar="ROOT", help="Folder of the sharded collection.")],
    shards: Annotated[
        int | None, typer.Option(min=1, max=MOST_SHARDS, help="Their number, when ROOT is made; it stays.")
    ] = None,
    model: ModelName = None,
    preset: PresetIfAny = None,
    precision: PrecisionIfAny = None,
    exclude: Excluded = None,
    as_json: Json = False,
) -> None:
    """Index PHOTOS into the shards of ROOT, by processes that Ray runs on this machine.

    Makes ROOT if it is not there. Run it again at any time: only new and changed photos cost work, and a run that was
    interrupted goes on where it stopped.
    """
    asked = {name: value for name, value in (("preset", preset), ("precision", precision)) if value}
    _make(root, shards, model, asked)
    with progress() as on_stage:
        report = index_photos(root, photos, FindRules(tuple(exclude or ())), on_stage)
    total = sum(shard.photos for shard in shards_of(root))
    if as_json:
        print_json({**report_fields(report), "photos": total})
    else:
        print_report(report)
        note(f"{root} holds {counted(total, 'photo')}")


@app.command()
def status(
    root: Annotated[Path, typer.Argument(metavar="ROOT", help="Folder of the sharded collection.")],
    as_json: Json = False,
) -> None:
    """Tell how many photos each shard of ROOT holds, and which shards are missing."""
    layout, shards = Layout.read(root), shards_of(root)
    if as_json:
        found = [{**vars(shard), "folder": str(shard.folder)} for shard in shards]
        print_json({"root": str(root), "model": layout.model.name, "preset": layout.model.preset, "shards": found})
        return
    table = Table(*("shard", "photos", "unreadable", "MB"))
    for shard in shards:
        size = "missing" if shard.missing else f"{shard.bytes / 1e6:.1f}"
        table.add_row(shard.folder.name, str(shard.photos), str(shard.unreadable), size)
    out.print(table)
    note(f"{root} holds {sum(shard.photos for shard in shards)} photos, by model {layout.model.name}")


@app.command("reshard")
def make_anew(
    root: Annotated[Path, typer.Argument(metavar="ROOT", help="Folder of the sharded collection.")],
    target: Annotated[Path, typer.Option("--out", metavar="NEW", help="Folder of the copy.")],
    shards: Annotated[int, typer.Option(min=1, max=MOST_SHARDS, help="Number of shards of the copy.")],
    as_json: Json = False,
) -> None:
    """Copy ROOT into NEW, a collection of another number of shards. No photo is read: features and metadata are copied.

    Run it again at any time: a copy that was interrupted goes on where it stopped, and one that is old is brought level
    with ROOT, which stays as it is.
    """
    with progress() as on_stage:
        report = reshard(root, target, shards, on_progress=on_stage)
    total = sum(shard.photos for shard in shards_of(target))
    if as_json:
        damaged = [str(path) for path in report.damaged]
        print_json({"copied": report.copied, "known": report.known, "damaged": damaged, "photos": total})
        return
    for path in report.damaged:
        note(f"left out: {path}: what is stored of it is damaged; run `glocal repair` on its shard, and this again")
    held = f"{counted(total, 'photo')} in {counted(shards, 'shard')}"
    note(f"{report.copied} copied, {report.known} were there; {target} holds {held}")


@app.command()
@with_bundles
def serve(
    root: Annotated[Path, typer.Argument(metavar="ROOT", help="Folder of the sharded collection.")],
    replicas: Annotated[int, typer.Option(min=1, help="Processes that search each shard.")] = 1,
    address: Annotated[
        str | None,
        typer.Option("--from", metavar="ADDRESS", help="Fetch ROOT from s3://BUCKET/FOLDER first, on every machine."),
    ] = None,
    allowed: Allowed = NOWHERE,
    access: Access = EVERYTHING,
    state: Annotated[Path | None, typer.Option(help="Folder of jobs and uploads; by default ROOT/service.")] = None,
    network: Network = THIS_MACHINE,
    limits: Limits = USUAL,
) -> None:
    """Open the page and the REST API of `glocal serve`, and have each shard of ROOT searched by processes of its own.

    A process that dies is started anew; meanwhile another one of its shard answers, or the answer names the shard.
    """
    name = root.resolve().name
    settings = settings_of({name: root}, state, allowed.roots(), access, network, limits)
    from glocal.service import listen, serve

    if address is None:
        Layout.read(root)
    with listen(settings) as listening, serve_shards(root, replicas, address) as cluster:
        serve(settings, listening, {name: cluster}, on_open=lambda: note(address_of(listening)))


def _make(root: Path, shards: int | None, model: str | None, asked: dict[str, str]) -> None:
    """Make the sharded collection, or see that the one that is there is as asked for.

    Raises:
        CollectionError: its number of shards is another, or is not given where it is needed.
        ModelError: its model is another.
    """
    if not Layout.exists(root):
        if shards is None:
            raise CollectionError(f"{root}: no sharded collection here; to make one, say of how many: --shards N")
        Layout.create(root, shards, ModelIdentity.of(load_model(model, **asked)))
        return
    layout = Layout.read(root)
    if shards not in (None, layout.shards):
        raise CollectionError(
            f"{root}: has {layout.shards} shards, not {shards}; leave --shards out, or name a new folder"
        )
    if model or asked:
        layout.model.require(load_model(model, **asked))
