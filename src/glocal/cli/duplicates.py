"""`glocal duplicates`: groups of photos that show the same picture."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from glocal.cli.duplicate_files import movable, move_files, removal_script
from glocal.cli.hit_output import shown
from glocal.cli.options import CollectionDir
from glocal.cli.output import Json, note, out, print_json
from glocal.cli.progress_display import progress
from glocal.cluster import open_collection
from glocal.collection import Copy, DuplicateGroup, Keep, KeptPhoto
from glocal.counting import counted
from glocal.files import write_whole


def command(
    collection: CollectionDir,
    turned: Annotated[
        bool, typer.Option("--turned/--upright", help="Also find quarter turns and mirror images; takes longer.")
    ] = True,
    keep: Annotated[Keep, typer.Option(help="Which photo of a group the others are compared with.")] = "best",
    paths0: Annotated[
        bool, typer.Option("--paths0", help="Print only the paths of what could go, each ended by a zero byte.")
    ] = False,
    script: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a shell script that removes what could go; run it yourself."),
    ] = None,
    move_to: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Move what could go there; nothing is deleted.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Find copies in a collection: the same picture, also cropped, scaled, turned or mirrored.

    Every pair is proved by its pixels. Photos of one place taken from two spots are not copies. The first photo of a
    group is the one to keep; of the others it says in what they differ, and which could go.
    """
    with open_collection(collection) as opened, progress() as on_stage:
        groups = opened.duplicates(turned=turned, on_progress=on_stage)
        kept = [group.keep(keep) for group in groups]
    if paths0:
        sys.stdout.buffer.write(b"".join(os.fsencode(path) + b"\0" for one in kept for path, _ in movable(one)))
    elif as_json:
        print_json({"groups": [_fields(group, one) for group, one in zip(groups, kept, strict=True)]})
    else:
        for line in _lines(kept):
            out.print(line, markup=False, highlight=False, soft_wrap=True)
    if script:
        write_whole(script, removal_script(kept))
        note(f"wrote {script}; read it before you run it")
    if move_to:
        note(f"moved {counted(move_files(kept, move_to), 'file')} to {move_to}; the list is moved.csv in it")
    could_go = sum(copy.could_go for one in kept for copy in one.copies)
    note(f"{counted(len(groups), 'group')} of the same picture, {counted(could_go, 'photo')} could go")


def _lines(kept: Sequence[KeptPhoto]) -> Iterator[str]:
    for one in kept:
        yield shown(one.photo.path)
        for copy in one.copies:
            yield f"  {shown(copy.photo.path)}: {_said(copy)}"
        yield ""


def _said(copy: Copy) -> str:
    said = ", ".join(copy.differs) or "the same bytes"
    if copy.could_go:
        return said
    if copy.is_stretched:
        return f"{said}; stays: nobody knows which of the two was stretched"
    return f"{said}; stays: it is like the first one only by way of others"


def _fields(group: DuplicateGroup, kept: KeptPhoto) -> dict[str, object]:
    pairs = [
        {
            "first": str(p.first.path),
            "second": str(p.second.path),
            "agreement": round(p.proof.agreement, 4),
            "transform": p.proof.transform.tolist(),
        }
        for p in group.pairs
    ]
    copies = [
        {"path": str(copy.photo.path), "differs": list(copy.differs), "could_go": copy.could_go} for copy in kept.copies
    ]
    paths = [str(photo.path) for photo in group.photos]
    return {"paths": paths, "keep": str(kept.photo.path), "copies": copies, "pairs": pairs}
