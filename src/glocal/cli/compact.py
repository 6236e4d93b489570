"""`glocal compact`: give back the disk space that removed photos took."""

from __future__ import annotations

from glocal.cli.options import CollectionDir
from glocal.cli.output import Json, note, print_json
from glocal.cluster import open_collection


def command(collection: CollectionDir, as_json: Json = False) -> None:
    """Write the catalog anew without the space of what was removed. Searching goes on meanwhile."""
    with open_collection(collection) as opened:
        report = opened.compact()
    if as_json:
        print_json(vars(report))
    else:
        note(f"{collection}: {report.bytes_before} bytes before, {report.bytes_after} now")
