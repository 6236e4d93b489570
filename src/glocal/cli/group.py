"""`glocal group`: albums of the same thing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.hit_output import shown
from glocal.cli.numbered_files import put_numbered
from glocal.cli.options import CollectionDir
from glocal.cli.output import Json, note, out, print_json
from glocal.cli.progress_display import progress
from glocal.cluster import open_collection
from glocal.collection import Album
from glocal.counting import counted


def command(
    collection: CollectionDir,
    min_photos: Annotated[int, typer.Option(min=2, help="Leave out albums of fewer photos.")] = 2,
    link_to: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Make a folder of links for each album there.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Sort a whole collection into albums: the photos that are proved to show the same thing.

    The stored features are compared, then the pixels of photos whose features agree; nothing is moved. One wrong proof
    does not join two albums whose photos were otherwise found to differ.
    """
    with open_collection(collection) as opened, progress() as on_stage:
        albums = [album for album in opened.albums(on_progress=on_stage) if len(album.photos) >= min_photos]
        total = len(opened)
    if link_to:
        for album in albums:
            below = link_to / album.name
            below.mkdir(parents=True)  # a folder that is there belongs to other albums
            put_numbered((photo.path for photo in album.photos), below, link=True)
    if as_json:
        print_json({"albums": [_fields(album) for album in albums], "photos": total})
        return
    for album in albums:
        out.print(f"{album.name}: {counted(len(album.photos), 'photo')}", markup=False, highlight=False, soft_wrap=True)
        for photo in album.photos:
            out.print(f"  {shown(photo.path)}", markup=False, highlight=False, soft_wrap=True)
    grouped = sum(len(album.photos) for album in albums)
    note(f"{grouped} of {counted(total, 'photo')} are in {counted(len(albums), 'album')}; the others are in none")


def _fields(album: Album) -> dict[str, object]:
    paths = {photo.id: str(photo.path) for photo in album.photos}
    links = [
        {"first": paths[link.first], "second": paths[link.second], "probability": round(link.probability, 4)}
        for link in album.links
    ]
    return {"name": album.name, "photos": list(paths.values()), "links": links}
