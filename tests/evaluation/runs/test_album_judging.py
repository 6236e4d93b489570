"""Albums of photos in folders that say what belongs together."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from example_photos import EXAMPLES

from glocal.evaluation.datasets import find_identity_folders
from glocal.evaluation.runs import evaluate_albums
from glocal.extraction import load_model


@pytest.mark.slow
def test_albums_of_two_sets_are_judged(tmp_path: Path) -> None:
    """One photo lies in a folder that is not its own: pairs with it are wrong, those without it are right."""
    for target, names in {
        "birds/turkey": ("triple_turkey/turkey_01", "triple_turkey/turkey_02"),
        "birds/chicken": ("triple_turkey/turkey_03",),
        "bones/skull": ("triple_skull/skull_01", "triple_skull/skull_02", "triple_skull/skull_03"),
    }.items():
        (tmp_path / target).mkdir(parents=True)
        for name in names:
            shutil.copy(EXAMPLES / f"{name}.jpg", tmp_path / target)
    sets = [find_identity_folders(tmp_path / name) for name in ("birds", "bones")]
    others = [EXAMPLES / "stitch_kayak" / name for name in ("kayak_02.jpg", "kayak_03.jpg")]
    evaluation = evaluate_albums(sets, load_model(), tmp_path / "work", distractors=others)
    found = {result.protocol: result.metrics for result in evaluation.results}
    assert list(found) == ["all", "birds", "bones"]
    assert found["bones"] == {"precision": 1.0, "recall": 1.0, "F1": 1.0, "wrong pairs": 0.0, "wrong groups": 0.0}
    assert found["birds"] == pytest.approx(
        {"precision": 1 / 3, "recall": 1.0, "F1": 0.5, "wrong pairs": 2.0, "wrong groups": 1.0}
    )
    assert found["all"]["precision"] == pytest.approx(4 / 6)
