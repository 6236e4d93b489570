"""Two runs become one model by command, which keeps the local features of one that was there."""

import json
from pathlib import Path

import numpy as np
import pytest
from example_photos import EXAMPLES
from tiny_recipe import TINY_RECIPE

pytest.importorskip("torch")
pytestmark = [pytest.mark.train, pytest.mark.slow]

from glocal.extraction import load_model  # noqa: E402

RECIPE = f"""{TINY_RECIPE}[optimiser]
frozen_stages = 7
freeze_batch_norm = true
"""


@pytest.fixture
def runs(glocal, tmp_path):
    (tmp_path / "recipe.toml").write_text(RECIPE)
    (tmp_path / "photos").mkdir()
    for thing in ("triple_books", "stitch_trees"):
        (tmp_path / "photos" / thing).symlink_to(EXAMPLES / thing)
    made = []
    for flip in ("0.0", "1.0"):
        arguments = ["--recipe", tmp_path / "recipe.toml", "--set", f"augmentation.flip={flip}", "--out"]
        ended = glocal("train", tmp_path / "photos", *arguments, tmp_path / flip, "--json")
        assert ended.code == 0, ended.err
        made.append(Path(json.loads(ended.out)["checkpoint"]))
    return made


def test_the_average_is_exported_with_the_local_features_of_another(glocal, runs, tmp_path):
    ended = glocal("average", *runs, "--out", tmp_path / "both", "--json")
    assert ended.code == 0, ended.err
    both = json.loads(ended.out)["checkpoint"]
    ended = glocal("export", runs[0], "--out", tmp_path / "old", "--name", "tiny", "--json")
    old = json.loads(ended.out)["card"]
    ended = glocal("export", both, "--local-of", old, "--out", tmp_path / "new", "--name", "tiny", "--json")
    assert ended.code == 0, ended.err
    photo = EXAMPLES / "triple_books" / "books_01.jpg"
    before, after = (load_model(card).extract(photo) for card in (old, json.loads(ended.out)["card"]))
    assert np.array_equal(before.descriptors, after.descriptors)
    assert not np.array_equal(before.global_descriptor, after.global_descriptor)


def test_one_model_has_no_average(glocal, runs, tmp_path):
    ended = glocal("average", runs[0], "--out", tmp_path / "both")
    assert (ended.code, "name two or more" in ended.err) == (2, True)
