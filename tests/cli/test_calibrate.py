"""`glocal calibrate` on real photos, into a copy of the bundled model."""

import json
import shutil
from pathlib import Path

import pytest

import glocal.extraction
from glocal.matching import Calibration

ROOT = Path(__file__).parents[2]
WEIGHTS = Path(glocal.extraction.__file__).parents[1] / "weights"


@pytest.mark.slow
def test_a_calibration_fitted_on_photos_tells_views_from_others(glocal, tmp_path):
    for name in ("delg-lite1.json", "delg-lite1.onnx"):
        shutil.copy(WEIGHTS / name, tmp_path)
    card = tmp_path / "delg-lite1.json"
    photos = ROOT / "examples" / "photos"
    others = ["--distractors", photos / "pixabay" / "bag01.jpg", "--distractors", photos / "pixabay" / "ship01.jpg"]
    ended = glocal("calibrate", card, photos, "--identities", "triple_*", *others, "--json")
    assert ended.code == 0, ended.err
    found = json.loads(card.read_text())["calibration"]
    assert json.loads(ended.out) == {"card": str(card), "calibration": found}
    values = found["fast"]
    assert values["fitted_on"]["identities"] == ["triple_*"]
    assert values["fitted_on"]["distractors"] == 2
    calibration = Calibration.from_dict(values)
    assert calibration.probability(0.8, 60, 100) > 20 * calibration.probability(0.1, 5, 100)
    assert calibration.proves(100)
