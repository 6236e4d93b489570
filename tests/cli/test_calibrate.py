"""`glocal calibrate` on real photos, into a copy of the bundled model."""

import json
import shutil
from pathlib import Path

import pytest
from example_photos import EXAMPLES

import glocal.extraction
from glocal.collection import Collection, Judgement
from glocal.extraction import load_model
from glocal.matching import Calibration

ROOT = Path(__file__).parents[2]
WEIGHTS = Path(glocal.extraction.__file__).parents[1] / "weights"


def collection_judged(folder, count):
    """Return a collection of no photos in which so many hits were judged, every second one of the same thing."""
    with Collection.create(folder, load_model()) as collection:
        for number in range(count):
            same = number % 2 == 0
            numbers = (0.6, 0.3, 50.0, 90) if same else (0.4, 0.3, 1.0, 60)
            collection.judgements.add(Judgement("q", str(number), "", same, *numbers, at=1.0))
    return folder


def test_a_few_judgements_are_too_few(glocal, tmp_path):
    card = WEIGHTS / "delg-lite1.json"
    ended = glocal("calibrate", card, EXAMPLES, "--judged", collection_judged(tmp_path / "c", 49))
    assert ended.code == 2
    assert "49 judgements" in ended.err


@pytest.mark.slow
def test_a_calibration_fitted_on_photos_tells_views_from_others(glocal, tmp_path):
    for name in ("delg-lite1.json", "delg-lite1.onnx"):
        shutil.copy(WEIGHTS / name, tmp_path)
    card = tmp_path / "delg-lite1.json"
    others = ["--distractors", EXAMPLES / "pixabay" / "bag01.jpg", "--distractors", EXAMPLES / "pixabay" / "ship01.jpg"]
    judged = ["--judged", collection_judged(tmp_path / "collection", 60)]
    ended = glocal("calibrate", card, EXAMPLES, "--identities", "triple_*", *others, *judged, "--json")
    assert ended.code == 0, ended.err
    found = json.loads(card.read_text())["calibration"]
    assert json.loads(ended.out) == {"card": str(card), "calibration": found}
    values = found["fast"]
    assert values["fitted_on"]["identities"] == ["triple_*"]
    assert values["fitted_on"]["distractors"] == 2
    assert values["fitted_on"]["judged"] == 60
    calibration = Calibration.from_dict(values)
    assert calibration.probability(0.8, 60, 100) > 20 * calibration.probability(0.1, 5, 100)
    assert calibration.exceeds_chance(100)
