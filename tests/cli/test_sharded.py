"""Sharded collections on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from shards import make_shards

from glocal.collection import Collection

EXAMPLES = Path(__file__).parents[2] / "examples" / "photos"
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


@pytest.mark.parametrize(
    "command",
    [
        ["index", "photos"],
        ["info"],
        ["check"],
        ["remove", "--missing"],
        ["duplicates"],
        ["compact"],
        ["features", "--out", "x.npz"],
    ],
    ids=lambda command: command[0],
)
def test_commands_for_one_collection_say_what_to_name(glocal, tmp_path, command):
    (tmp_path / "cluster.json").write_text("{}")
    ended = glocal(*command, "--collection", tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"glocal: {tmp_path}: is a sharded collection; `glocal search` and `glocal cluster`")
    assert ended.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["cluster.json"]
