"""Commands for other tools, over shards as over one collection with the same photos."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_photos import EXAMPLES
from shards import make_shards
from stored_arrays import read_npz
from toy_model import ToyModel
from toy_photos import save_photo

from glocal.collection import Collection

PHOTOS, SHARDS = 9, 3
THINGS = ("one", "root")
"""A collection, and shards with its photos."""


@pytest.fixture
def both(tmp_path: Path) -> Path:
    """Photos in a collection and in shards, of a model that no card is of: nothing here may load it."""
    files = [tmp_path / "photos" / "ab"[seed % 2] / f"{seed}.png" for seed in range(PHOTOS)]
    for seed, path in enumerate(files):
        path.parent.mkdir(parents=True, exist_ok=True)
        save_photo(path, seed)
    make_shards(tmp_path / "root", files, SHARDS, ToyModel())
    with Collection.create(tmp_path / "one", ToyModel()) as one:
        one.add(files)
    return tmp_path


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory, small_collection: Path) -> dict[str, Path]:
    """The small collection, and its photos in shards."""
    folder = tmp_path_factory.mktemp("sharded") / "root"
    with Collection.open(small_collection) as whole:
        make_shards(folder, [photo.path for photo in whole.photos()], SHARDS, whole.model)
    return {"one": small_collection, "root": folder}


def test_metadata_is_set_and_shown_alike(glocal, both, tmp_path):
    photos = tmp_path / "photos"
    (tmp_path / "own.csv").write_text(f"path,place\n{photos / 'a'},Bern\n{photos / 'b' / '3.png'},Basel\n")
    shown = []
    for name in THINGS:
        said = glocal("annotate", "-c", both / name, "--from", tmp_path / "own.csv").err
        assert said.endswith("6 photos changed\n")
        assert glocal("annotate", "-c", both / name, photos / "b", "--set", "seen=true").code == 0
        ended = glocal("annotate", "-c", both / name, photos / "a", photos / "gone.png", "--set", "seen=false")
        assert (ended.code, "gone.png: not in the collection" in ended.err) == (2, True)
        lines = [json.loads(line) for line in glocal("annotate", "-c", both / name).out.splitlines()]
        below = glocal("annotate", "-c", both / name, photos / "b").out.splitlines()
        assert sorted(below) == sorted(line for line in map(json.dumps, lines) if "/b/" in line)
        shown.append(lines)
    assert shown[0] == shown[1]
    assert sum(line["metadata"].get("place") == "Bern" for line in shown[0]) == 5


def test_tables_differ_in_nothing_but_ids(glocal, both, tmp_path):
    tables = []
    for name in THINGS:
        glocal("annotate", "-c", both / name, tmp_path / "photos" / "a", "--set", "place=Bern")
        said = glocal("tables", "-c", both / name, "--out", tmp_path / f"{name}.db").err
        assert f"wrote {PHOTOS} photos, 5 metadata: " in said
        tables.append(rows(tmp_path / f"{name}.db"))
    assert tables[0] == tables[1]


def rows(file: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        columns = "path, folder, name, bytes, changed, content_hash, width, height, indexed, key, value"
        return connection.execute(
            f"SELECT {columns} FROM photos LEFT JOIN metadata ON photo = id ORDER BY path"
        ).fetchall()


@pytest.mark.slow
def test_copies_and_albums_are_in_the_tables(glocal, examples, tmp_path):
    found = []
    for name in THINGS:
        glocal("tables", "-c", examples[name], "--out", tmp_path / f"{name}.db", "--duplicates", "--albums")
        with closing(sqlite3.connect(tmp_path / f"{name}.db")) as connection:
            albums = "SELECT path, album FROM albums JOIN photos ON id = photo ORDER BY path"
            copies = (
                "SELECT copy.path, kept.path, differs, could_go FROM duplicates "
                "JOIN photos copy ON copy.id = photo JOIN photos kept ON kept.id = kept ORDER BY copy.path"
            )
            found.append([connection.execute(query).fetchall() for query in (albums, copies)])
    assert found[0] == found[1]
    assert all(found[0])


@pytest.mark.slow
def test_features_and_pairs_are_those_of_one_collection(glocal, examples, tmp_path):
    for name in THINGS:
        assert glocal("features", "-c", examples[name], "--out", tmp_path / f"{name}.npz").code == 0
        ended = glocal("pairs", "-c", examples[name], "--top", 3, "--out", tmp_path / f"{name}.txt")
        assert f"named from {EXAMPLES}" in ended.err
    one, root = (read_npz(tmp_path / f"{name}.npz") for name in THINGS)
    assert sorted(one) == sorted(root)
    for key in one:
        np.testing.assert_array_equal(one[key], root[key])
    pairs = [(tmp_path / f"{name}.txt").read_text().splitlines() for name in THINGS]
    assert pairs[0] == pairs[1] != []
