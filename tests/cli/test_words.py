"""`glocal words` on real photos, into a copy of the bundled model, and a search by them."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from example_photos import EXAMPLES

import glocal.extraction
from glocal.collection import Collection
from glocal.extraction import load_model
from glocal.features import View

ROOT = Path(__file__).parents[2]
WEIGHTS = Path(glocal.extraction.__file__).parents[1] / "weights"


def test_the_bundled_model_has_words() -> None:
    words = load_model().visual_words()
    assert words is not None
    assert words.shape == (256, 257, 16)
    assert len(np.unique(words.reshape(-1, 16), axis=0)) > 60_000


@pytest.fixture
def card(tmp_path):
    for name in ("delg-lite1.json", "delg-lite1.onnx"):
        shutil.copy(WEIGHTS / name, tmp_path)
    return tmp_path / "delg-lite1.json"


@pytest.mark.slow
def test_words_of_ones_own_photos_list_a_collection(glocal, card, tmp_path):
    size = ["--groups", "8", "--words-per-group", "32"]
    ended = glocal("words", card, EXAMPLES / "triple_books", EXAMPLES / "triple_bobcats", *size, "--json")
    assert ended.code == 0, ended.err
    answer = json.loads(ended.out)
    assert answer["words"] == 256
    assert answer["features"] > 1000
    model = load_model(card)
    words = model.visual_words()
    assert words is not None
    assert words.shape == (8, 33, 16)
    with Collection.create(tmp_path / "collection", model) as collection:
        collection.add(EXAMPLES / "triple_books")
        view = View.of(model.extract(EXAMPLES / "triple_books" / "books_02.jpg"))
        assert all(candidate.ways for candidate in collection.candidates([view], 3))  # so the votes were counted
        assert collection.search(EXAMPLES / "triple_books" / "books_02.jpg")[0].path.name == "books_02.jpg"
    (tmp_path / "delg-lite1-words.npy").write_bytes(b"not words")
    ended = glocal("search", EXAMPLES / "triple_books" / "books_02.jpg", "--collection", tmp_path / "collection")
    assert ended.code == 2
    assert "delg-lite1-words.npy" in ended.err
