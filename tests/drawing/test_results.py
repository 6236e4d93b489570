"""Results that show themselves: in a terminal, in a notebook, as pictures and as data."""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from toy_model import ToyModel
from toy_photos import picture, save

import glocal
from glocal.collection import Collection, Ranking


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three photos, one of them also cut; and a collection of them."""
    folder = tmp_path_factory.mktemp("shown")
    (folder / "photos").mkdir()
    for seed in range(3):
        save(folder / "photos" / f"{seed}.png", picture(seed, 480, 360))
    save(folder / "photos" / "cut <0>.png", np.ascontiguousarray(picture(0, 480, 360)[30:330, 40:440]))
    Collection.create(folder / "collection", ToyModel()).add(folder / "photos")
    return folder


@pytest.fixture
def collection(folder: Path) -> Iterator[Collection]:
    with Collection.open(folder / "collection", ToyModel()) as opened:
        yield opened


def test_one_line_in_a_terminal(folder, collection):
    found = collection.search(folder / "photos" / "0.png")
    pair = glocal.match(picture(0), picture(0), model=ToyModel())
    features = collection.features(folder / "photos" / "0.png")
    said = [
        repr(one) for one in (found, found[0], found[:2], pair, features, collection, ToyModel().extract(picture(0)))
    ]
    assert not any("\n" in one or len(one) > 250 for one in said)
    assert said[0].startswith("Ranking(4 hits: ")
    assert "0.png', proved" in said[1]
    assert said[2].startswith("Ranking(2 hits: ")
    assert "of 480 x 360 pixels" in said[4]
    assert ": 4 photos, model toy" in said[5]
    collection.close()
    assert "closed" in repr(collection)


def test_a_hit_draws_itself_beside_its_query(folder, collection):
    found = collection.search(folder / "photos" / "0.png", rerank=2)
    for hit in found:
        drawn = hit.draw(600)
        assert isinstance(drawn, Image.Image)
        assert 400 < drawn.width <= 600
        embedded = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', hit._repr_html_())
        assert base64.b64decode(embedded[0])[:2] == b"\xff\xd8"
    cut = next(hit for hit in found if "cut" in hit.path.name)
    assert "<0>" not in cut._repr_html_()
    by_pixels = collection.search(picture(0, 480, 360))
    assert by_pixels[0].draw(600).size == found[0].draw(600).size


@pytest.mark.slow
def test_a_ranking_shows_and_saves_its_page(folder, collection, tmp_path):
    found = collection.search(folder / "photos" / "0.png", region=(50, 50, 300, 200))
    shown = unescape(re.fullmatch(r'<iframe srcdoc="([^"]*)"[^>]*></iframe>', found._repr_html_())[1])
    assert shown.startswith("<!doctype html>")
    assert "4 photos found" in shown
    assert found.save(tmp_path / "found.html") == []
    assert "4 photos found" in (tmp_path / "found.html").read_text("utf-8")
    assert found[:1].save(tmp_path / "found.png") == []
    assert "1 photo found" in found[:1]._repr_html_()


def test_what_cannot_be_drawn_is_said(folder, collection, tmp_path):
    by_features = collection.search_views([collection.view(1)], glocal.SearchOptions())
    assert "does not know its query" in by_features._repr_html_()
    for draw in (by_features[0].draw, lambda: by_features.save(tmp_path / "x.html")):
        with pytest.raises(glocal.GlocalError, match="does not know its query"):
            draw()
    gone = save(tmp_path / "gone.png", picture(0))
    found = collection.search(gone)
    gone.unlink()
    assert "no such file" in found._repr_html_()
    assert "no such file" in found[0]._repr_html_()


def test_pairs_features_and_collections(folder, collection):
    pair = glocal.match(folder / "photos" / "0.png", folder / "photos" / "cut <0>.png", model=ToyModel())
    assert pair.draw(500).width <= 500
    assert "inliers" in pair._repr_html_()
    features = collection.features(folder / "photos" / "0.png")
    assert features._repr_html_().count("<circle") == len(features)
    assert "4 photos" in collection._repr_html_()


def test_data_for_other_programs(folder, collection, monkeypatch):
    found = collection.search(folder / "photos" / "0.png")
    data = json.loads(json.dumps(found.to_dict(points=True)))
    assert data["by"] == found.by
    assert [hit["path"] for hit in data["hits"]] == [str(hit.path) for hit in found]
    assert len(data["hits"][0]["inlier_points"]) == found[0].inliers
    assert [type(hit).__name__ for hit in found[::2]] == ["Hit", "Hit"]
    assert isinstance(found[1:], Ranking)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(glocal.GlocalError, match="pip install pandas"):
        found.to_pandas()


def test_a_data_frame(folder, collection):
    pytest.importorskip("pandas")
    found = collection.search(folder / "photos" / "0.png")
    frame = found.to_pandas()
    assert list(frame["path"]) == [str(hit.path) for hit in found]
