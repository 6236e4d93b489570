"""A model whitened again by command: its global descriptor is another one, its local features are the same."""

import json
from pathlib import Path

import numpy as np
import pytest
from example_photos import EXAMPLES
from tiny_recipe import TINY_RECIPE

pytest.importorskip("torch")
pytestmark = [pytest.mark.train, pytest.mark.slow]

from glocal.extraction import load_model  # noqa: E402

RECIPE = f"""{TINY_RECIPE}[start]
whitening = "pairs"
balance = "sets"
shrinkage = 0.1
"""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    file = tmp_path_factory.mktemp("recipe") / "recipe.toml"
    file.write_text(RECIPE)
    return file


@pytest.fixture
def photos(tmp_path):
    things = ("triple_books", "stitch_trees", "triple_rockview")
    (tmp_path / "photos").mkdir()
    for thing in things:
        (tmp_path / "photos" / thing).symlink_to(EXAMPLES / thing)
    return tmp_path / "photos"


@pytest.fixture
def card(glocal, recipe, photos, tmp_path):
    ended = glocal("train", photos / "triple_books", photos / "stitch_trees", "--recipe", recipe, "--out", tmp_path)
    assert ended.code == 0, ended.err
    ended = glocal("export", tmp_path / "model.safetensors", "--out", tmp_path / "old", "--name", "tiny", "--json")
    return Path(json.loads(ended.out)["card"])


def test_the_global_descriptor_changes_and_the_local_features_stay(glocal, card, recipe, photos, tmp_path):
    ended = glocal("whiten", card, photos, "--recipe", recipe, "--out", tmp_path / "new", "--fact", "data=a", "--json")
    assert ended.code == 0, ended.err
    report = json.loads(ended.out)
    things = ("triple_books", "stitch_trees", "triple_rockview")
    assert report["photos"] == sum(len(list((EXAMPLES / thing).glob("*.jpg"))) for thing in things)
    old, new = load_model(str(card)), load_model(report["card"])
    photo = EXAMPLES / "triple_books" / "books_01.jpg"
    before, after = old.extract(photo), new.extract(photo)
    assert abs(before.global_descriptor @ after.global_descriptor) < 0.999
    assert np.linalg.norm(after.global_descriptor) == pytest.approx(1, rel=1e-5)
    assert np.array_equal(before.descriptors, after.descriptors)
    assert new.card.training["data"] == "a"
    assert new.card.training["whitening"]["photos"] == report["photos"]
    assert new.fingerprint != old.fingerprint


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--out", "old"], "name another folder"),
        (["--out", "new", "--set", "network.pooled=both"], "is not the network of recipe tiny"),
        (["--out", "new", "--set", "data.held_out=['*']"], "no photo is left"),
    ],
)
def test_mistakes_end_on_one_line(glocal, card, recipe, photos, tmp_path, monkeypatch, arguments, complaint):
    monkeypatch.chdir(tmp_path)
    ended = glocal("whiten", card, photos, "--recipe", recipe, *arguments)
    assert (ended.code, complaint in ended.err) == (2, True), ended.err
    assert not (tmp_path / "new").exists()
