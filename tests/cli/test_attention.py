"""`glocal attention` as a person types it."""

import json

import cv2
import pytest
from example_photos import EXAMPLES

PHOTOS = [EXAMPLES / "pixabay" / "bird02.jpg", EXAMPLES / "triple_mono_wall" / "mono_wall_01.jpg"]


@pytest.mark.slow
def test_photos_are_drawn_beside_their_attention(glocal, tmp_path):
    ended = glocal("attention", *PHOTOS, "--save", tmp_path / "sheet.jpg", "--json")
    assert ended.code == 0, ended.err
    assert cv2.imread(str(tmp_path / "sheet.jpg")).shape == (316, 1252, 3)
    told = json.loads(ended.out)
    assert [photo["path"] for photo in told["photos"]] == [str(photo) for photo in PHOTOS]
    assert all(0 <= photo["low"] < photo["median"] < photo["high"] for photo in told["photos"])
    assert told["threshold"] > 0


def test_mistakes_are_one_line_and_come_before_work(glocal, tmp_path):
    ended = glocal("attention", *PHOTOS, "--save", tmp_path / "sheet.pdf")
    assert (ended.code, "sheet.pdf: cannot be drawn into" in ended.err) == (2, True)
    ended = glocal("attention", tmp_path / "gone.jpg", "--save", tmp_path / "sheet.png")
    assert (ended.code, "gone.jpg: no such file" in ended.err) == (2, True)
    assert not (tmp_path / "sheet.png").exists()
