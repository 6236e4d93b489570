"""Sharded collections on the command line."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from example_photos import EXAMPLES
from shards import make_shards
from toy_model import ToyModel

from glocal.collection import Collection

QUERY = EXAMPLES / "triple_skull" / "skull_01.jpg"


@pytest.fixture(scope="module")
def root(tmp_path_factory, small_collection):
    """The photos of the small collection in three shards, with the features that it has."""
    folder = tmp_path_factory.mktemp("sharded") / "root"
    with Collection.open(small_collection) as whole:
        make_shards(folder, [photo.path for photo in whole.photos()], 3, whole.model)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [[], ["--top", "20", "--mode", "fast"], ["--where", f"folder={EXAMPLES / 'triple_skull'}"], ["--sort", "-path"]],
    ids=str,
)
def test_a_search_is_answered_as_by_one_collection(glocal, small_collection, root, options):
    answers = [
        json.loads(glocal("search", QUERY, "--collection", folder, "--json", *options).out)
        for folder in (small_collection, root)
    ]
    assert answers[0]["hits"]
    assert answers[0] == answers[1]


def test_what_is_asked_of_a_root_must_fit_it(glocal, tmp_path):
    ended = glocal("cluster", "index", EXAMPLES, "--out", tmp_path / "root")
    assert (ended.code, (tmp_path / "root").exists()) == (2, False)
    assert "no sharded collection here; to make one, say of how many: --shards N" in ended.err
    make_shards(tmp_path / "root", [], 2, ToyModel())
    ended = glocal("cluster", "index", EXAMPLES, "--out", tmp_path / "root", "--shards", "3")
    assert ended.code == 2
    assert "has 2 shards, not 3; leave --shards out" in ended.err


def test_the_demo_says_what_it_needs(glocal, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = glocal("cluster", "demo")
    assert (ended.code, list(tmp_path.iterdir())) == (2, [])
    assert ended.err == "glocal: examples/photos: not here; run this in a checkout of glocal, or name your own photos\n"


def test_a_shard_that_is_missing_is_seen(glocal, tmp_path):
    layout = make_shards(tmp_path / "root", [], 2, ToyModel())
    layout.folders(tmp_path / "root")[0].rename(tmp_path / "aside")
    found = json.loads(glocal("cluster", "status", tmp_path / "root", "--json").out)
    assert [shard["missing"] for shard in found["shards"]] == [True, False]
    ended = glocal("cluster", "status", tmp_path / "root")
    assert ended.code == 0
    assert "missing" in ended.out


@pytest.mark.slow
def test_ray_is_asked_for_where_it_is_needed_and_nowhere_else(tmp_path):
    make_shards(tmp_path / "root", [], 2, ToyModel())
    code = "import sys; sys.modules['ray'] = None; from glocal.cli import main; main(sys.argv[1:])"

    def run(*arguments):
        command = [sys.executable, "-c", code, *map(str, arguments)]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    assert run("cluster", "status", tmp_path / "root").returncode == 0
    ended = run("cluster", "index", EXAMPLES, "--out", tmp_path / "root")
    assert (ended.returncode, ended.stderr) == (
        2,
        "glocal: indexing into shards needs ray; install it with: pip install 'glocal[cluster]'\n",
    )


@pytest.mark.slow
def test_a_copy_of_another_number_of_shards_answers_the_same(glocal, small_collection, root, tmp_path):
    new = tmp_path / "new"
    photos = json.loads(glocal("info", "--collection", small_collection, "--json").out)["photos"]
    first = json.loads(glocal("cluster", "reshard", root, "--out", new, "--shards", 2, "--json").out)
    assert first == {"copied": photos, "known": 0, "damaged": [], "photos": photos}
    said = glocal("cluster", "reshard", root, "--out", new, "--shards", 2).err
    assert f"0 copied, {photos} were there; {new} holds {photos} photos in 2 shards" in said
    answers = [json.loads(glocal("search", QUERY, "--collection", folder, "--json").out) for folder in (root, new)]
    assert answers[0] == answers[1]
    ended = glocal("cluster", "reshard", root, "--out", new, "--shards", 3)
    assert ended.code == 2
    assert "has 2 shards of model" in ended.err


@pytest.mark.slow
def test_what_keeps_one_collection_sound_keeps_shards_sound(glocal, root, tmp_path):
    photos = json.loads(glocal("check", "--collection", root, "--json").out)["photos"]
    told = json.loads(glocal("info", "--collection", root, "--json").out)
    assert (told["photos"], told["missing"], told["unreadable"]) == (photos, [], [])
    assert told["bytes"] >= sum(file.stat().st_size for file in root.glob("shard-*/*") if file.is_file())
    said = json.loads(glocal("backup", tmp_path / "backup", "--collection", root, "--json").out)
    assert (said["photos"], said["unchanged"]) == (photos, False)
    assert json.loads(glocal("backup", tmp_path / "backup", "--collection", root, "--json").out)["unchanged"]
    restored = tmp_path / "restored"
    assert (
        json.loads(glocal("restore", tmp_path / "backup", "--collection", restored, "--json").out)["photos"] == photos
    )
    answers = [json.loads(glocal("search", QUERY, "--collection", folder, "--json").out) for folder in (root, restored)]
    assert answers[0] == answers[1]
    refused = glocal("restore", tmp_path / "backup", "--collection", restored)
    assert "already holds a sharded collection; name another folder, or use --replace" in refused.err

    harm(restored)
    assert glocal("check", "--collection", restored).code == 1
    repaired = json.loads(glocal("repair", "--collection", restored, "--json").out)
    assert (len(repaired["found"]["damaged"]), len(repaired["extracted"]), repaired["lost"]) == (1, 1, [])
    assert glocal("check", "--collection", restored).code == 0

    new = EXAMPLES / "triple_chicken"
    added = json.loads(glocal("index", new, "--collection", restored, "--json").out)
    assert added["photos"] == photos + added["added"] == photos + len(list(new.glob("*.jpg")))
    glocal("remove", new, "--collection", restored)
    compacted = json.loads(glocal("compact", "--collection", restored, "--json").out)
    assert 0 < compacted["bytes_after"] <= compacted["bytes_before"]
    assert glocal("restore", tmp_path / "backup", "--collection", restored, "--replace").code == 0
    assert json.loads(glocal("search", QUERY, "--collection", restored, "--json").out) == answers[0]


def harm(root):
    """Change a bit of what is stored of a photo."""
    for catalog in sorted(root.glob("shard-*/catalog.sqlite")):
        with closing(sqlite3.connect(catalog)) as connection:
            row = connection.execute("SELECT photo, packed FROM features LIMIT 1").fetchone()
            if row:
                changed = row[1][:-1] + bytes([row[1][-1] ^ 1])
                connection.execute("UPDATE features SET packed = ? WHERE photo = ?", (changed, row[0]))
                connection.commit()
                return
