"""Pages and contact sheets: complete, self-contained, and safe with hostile names."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from glocal.agreement import AgreeingArea
from glocal.collection import Hit
from glocal.drawing import Proof, contact_sheet, page
from glocal.drawing.proof import facts, percent
from glocal.drawing.text import file_name, readable, write

HOSTILE = [
    '"><script>alert(1)</script>.jpg',
    "' onerror='alert(1)' x='.jpg",
    "&lt;b&gt;&amp;.jpg",
    "</title></style><h1>.jpg",
    "line\nbreak\x00\x1b[31m.jpg",
    "broken\udcff\udc80.jpg",
    "مرحبا \u202egpj.exe",
    "猫 🐈.jpg",
]


def picture(width=80, height=60, shade=90):
    return np.full((height, width, 3), shade, np.uint8)


def verified(name="place/photo.jpg", inliers=23, probability=0.93):
    hit = Hit(1, Path(name), 0.71, inliers, probability, np.eye(3), 60, proved=inliers > 20)
    return Proof(hit, picture(), picture(300, 100))


def unverified(name="place/other.jpg"):
    return Proof(Hit(1, Path(name), 0.31, None, 0.004, None, None), picture(40, 90), None)


class Reader(HTMLParser):
    """Collects tags and visible words."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words, self.attributes = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *attribute) for attribute in attrs]

    def handle_data(self, data):
        self.words.append(data)


def test_says_everything_about_each_hit():
    text = page(picture(), [verified(), unverified()], title="query.jpg")
    words = " ".join(Reader(text).words)
    for expected in ("query.jpg", "2 photos found: 1 proved, 1 similar", "place/photo.jpg", "place/other.jpg"):
        assert expected in words
    for expected in ("0.710", "23 of 60", "proved", "93 %", "0.310", "not verified", "< 1 %"):
        assert expected in words


def test_pictures_are_inside_as_jpeg_and_have_words():
    reader = Reader(page(picture(), [verified(), unverified()], title="query.jpg"))
    sources = [value for tag, name, value in reader.attributes if (tag, name) == ("img", "src")]
    words = [value for tag, name, value in reader.attributes if (tag, name) == ("img", "alt")]
    assert len(sources) == len(words) == 4
    assert all(words)
    for source in sources:
        kind, data = source.split(",", 1)
        assert kind == "data:image/jpeg;base64"
        assert Image.open(io.BytesIO(base64.b64decode(data))).format == "JPEG"


def test_needs_nothing_from_elsewhere():
    text = page(picture(), [verified()], title="query.jpg")
    assert "script" not in Reader(text).tags
    assert not re.search(r"https?:|//\w|url\(|@import", re.sub(r"base64,[^\"]*", "", text))
    assert "prefers-color-scheme: dark" in text


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_words(name):
    plain = Reader(page(picture(), [verified(), unverified()], title="query.jpg"))
    text = page(picture(), [verified("folder/" + name), unverified("folder/" + name)], title=name)
    text.encode("utf-8")
    reader = Reader(text)
    assert reader.tags == plain.tags
    assert [item[:2] for item in reader.attributes] == [item[:2] for item in plain.attributes]
    assert any(readable(name.split("/")[-1]) in words for words in reader.words)


@settings(max_examples=15)
@given(st.text(min_size=1, max_size=30).filter(lambda name: "\0" not in name))
def test_no_name_changes_the_structure(name):
    tags = Reader(page(picture(), [verified("folder/x")], title="x")).tags
    assert Reader(page(picture(), [verified("folder/" + name)], title=name)).tags == tags


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_can_be_drawn(name):
    assert contact_sheet(picture(), [verified(name)], title=name).shape[1] == 1600


def test_no_hits_make_a_page_and_a_sheet():
    assert "0 photos found" in page(picture(), [], title="query.jpg")
    assert contact_sheet(picture(), [], title="query.jpg").shape[1] == 1600


def test_a_sheet_shows_overlays_photos_and_bars():
    red = Proof(verified().hit, picture(), np.full((100, 300, 3), (200, 0, 0), np.uint8))
    blue = Proof(unverified().hit, np.full((90, 40, 3), (0, 0, 200), np.uint8), None)
    sheet = contact_sheet(picture(), [red, blue, red], title="query.jpg").astype(int)
    left, right = sheet[:, :800], sheet[:, 800:]
    is_red = (left[:, :, 0] == 200) & (left[:, :, 1] == 0)
    assert is_red.sum() == 2 * 752 * 250
    assert ((right[:, :, 2] == 200) & (right[:, :, 0] == 0)).sum() == 146 * 330
    bars = (sheet == (24, 128, 92)).all(axis=2).sum(axis=1)
    assert set(np.unique(bars)) == {0, round(0.93 * 752), round(0.93 * 752) + round(0.004 * 752)}


@pytest.mark.parametrize(
    ("probability", "words"),
    [(0.0, "< 1 %"), (0.009, "< 1 %"), (0.01, "1 %"), (0.5, "50 %"), (0.99, "99 %"), (0.999, "> 99 %")],
)
def test_percent_never_claims_certainty(probability, words):
    assert percent(probability) == words


def test_facts():
    assert facts(verified().hit) == "23 of 60 inliers · proved · 93 %"
    assert facts(unverified().hit) == "similarity 0.31, not verified"
    everywhere = np.ones((2, 2), np.bool_)
    copy = AgreeingArea(everywhere, everywhere, 1.0, 1.0, is_copy=True)
    hit = replace(verified().hit, inliers=0, inlier_points=np.zeros((0, 4), np.float32), agreement=copy)
    assert facts(hit) == "the same picture, by its pixels · proved · 93 %"


def test_file_name_keeps_the_folder():
    assert file_name(Path("/a/b/c/d.jpg")) == "c/d.jpg"
    assert file_name("d.jpg") == "d.jpg"


@pytest.mark.parametrize("align", ["left", "right"])
def test_long_words_are_shortened_to_their_width(align):
    paper = np.full((40, 600, 3), 255, np.uint8)
    written = write(paper, "a very long name " * 20, (300, 20), align=align, width=200)
    columns = np.flatnonzero((written < 200).any(axis=(0, 2)))
    low, high = (298, 502) if align == "left" else (98, 302)
    assert low <= columns.min() < columns.max() <= high
    assert (paper == 255).all()
