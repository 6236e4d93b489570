"""`glocal cluster demo`: shards on this machine, from photos to the page."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from glocal.cli.index import print_report
from glocal.cli.output import note
from glocal.cli.progress_display import progress
from glocal.cli.serve import EVERYTHING, USUAL, Network, address_of, settings_of
from glocal.cluster import Layout, index_photos, serve_shards, shards_of
from glocal.collection import ModelIdentity
from glocal.errors import PhotoError
from glocal.extraction import load_model

EXAMPLES = Path("examples/photos")
"""Where a checkout has them; they are not installed."""


def command(
    photos: Annotated[
        list[Path] | None, typer.Argument(help="Photos, and folders of photos; by default examples/photos.")
    ] = None,
    shards: Annotated[int, typer.Option(min=1, max=16, help="Their number.")] = 4,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the page; 0: a free one.")] = 8000,
) -> None:
    """Index PHOTOS into shards in a temporary folder, and serve them until Ctrl-C, a process for each shard.

    Nothing is left at the end: no process, and nothing on disk.
    """
    if not photos and not EXAMPLES.is_dir():
        raise PhotoError(str(EXAMPLES), "not here; run this in a checkout of glocal, or name your own photos")
    with TemporaryDirectory(prefix="glocal-demo-", ignore_cleanup_errors=True) as folder:
        root = Path(folder) / "demo"
        settings = settings_of({root.name: root}, None, {}, EVERYTHING, Network(port=port), USUAL)
        from glocal.service import listen, serve

        with listen(settings) as listening:
            Layout.create(root, shards, ModelIdentity.of(load_model()))
            with progress() as on_stage:
                print_report(index_photos(root, photos or [EXAMPLES], on_progress=on_stage))
            for shard in shards_of(root):
                note(f"{shard.folder.name}: {shard.photos} photos, {shard.bytes / 1e6:.1f} MB")
            note("starting a process for each shard")
            with serve_shards(root) as cluster:
                serve(settings, listening, {root.name: cluster}, on_open=lambda: note(address_of(listening)))
