"""`glocal cluster publish` and `fetch`: shards in an object store."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.output import Json, note, print_json
from glocal.cli.progress_display import progress
from glocal.cluster import Moved, fetch, publish, store_address
from glocal.counting import counted

Root = Annotated[Path, typer.Argument(metavar="ROOT", help="Folder of the sharded collection.")]
Store = Annotated[str, typer.Argument(metavar="ADDRESS", help="Where it lies in a store: s3://BUCKET/FOLDER.")]


def publish_command(root: Root, address: Store, as_json: Json = False) -> None:
    """Put the shards of ROOT that changed into a store: whoever fetches them has the former state or the new one.

    Photos themselves are not copied. Nothing is added to ROOT meanwhile; it may be searched.
    """
    with progress() as on_stage:
        moved = publish(root, store_address(address), on_stage)
    _say(moved, f"published to {address}", as_json=as_json)


def fetch_command(address: Store, root: Root, as_json: Json = False) -> None:
    """Bring the shards that changed from a store to ROOT, where they are searched and served.

    Nobody may use ROOT meanwhile.
    """
    with progress() as on_stage:
        moved = fetch(store_address(address), root, on_stage)
    _say(moved, f"fetched to {root}", as_json=as_json)


def _say(moved: Moved, done: str, *, as_json: bool) -> None:
    if as_json:
        print_json({**asdict(moved), "shards": list(moved.shards)})
        return
    note(f"{counted(len(moved.shards), 'shard')}, {moved.bytes / 1e6:.1f} MB {done}; all others were level")
