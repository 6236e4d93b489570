"""`glocal compact`: give back the disk space that removed photos took."""

from __future__ import annotations

from pathlib import Path

from glocal.cli.options import SearchedDir
from glocal.cli.output import Json, note, print_json
from glocal.cluster import Layout, compact_shards
from glocal.collection import Collection, CompactReport


def command(collection: SearchedDir, as_json: Json = False) -> None:
    """Write the catalog anew without the space of what was removed. Searching goes on meanwhile."""
    report = _compacted(collection)
    if as_json:
        print_json(vars(report))
    else:
        note(f"{collection}: {report.bytes_before} bytes before, {report.bytes_after} now")


def _compacted(folder: Path) -> CompactReport:
    if Layout.exists(folder):
        return compact_shards(folder)
    with Collection.open(folder) as opened:
        return opened.compact()
