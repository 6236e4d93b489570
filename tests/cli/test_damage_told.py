"""A search says in its JSON what it had to leave out."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing

import pytest
from example_photos import EXAMPLES

QUERY = EXAMPLES / "triple_turkey/turkey_01.jpg"


@pytest.mark.slow
def test_damaged_photos_are_named_and_are_no_hits(glocal, small_collection, tmp_path):
    folder = tmp_path / "collection"
    shutil.copytree(small_collection, folder)
    before = json.loads(glocal("search", QUERY, "-c", folder, "--json").out)
    assert before["damaged"] == []
    best = before["hits"][0]["path"]
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as connection:
        query = "SELECT photo, packed FROM features JOIN photos ON photo = id WHERE CAST(path AS TEXT) = ?"
        photo, packed = connection.execute(query, (best,)).fetchone()
        changed = packed[:-1] + bytes([packed[-1] ^ 1])
        connection.execute("UPDATE features SET packed = ? WHERE photo = ?", (changed, photo))
        connection.commit()
    after = json.loads(glocal("search", QUERY, "-c", folder, "--json").out)
    assert after["damaged"] == [{"photo": photo, "path": best, "part": "local features"}]
    assert best not in [hit["path"] for hit in after["hits"]]
