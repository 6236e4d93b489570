"""Proofs by keypoints of the pixels: real photos, found by stored features that are too few to prove anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from example_photos import EXAMPLES
from numpy.typing import NDArray
from PIL import Image

from glocal.collection import Hit, Ranking
from glocal.collection.keypoint_proofs import compare_keypoints
from glocal.collection.pictures_at_hand import PicturesAtHand
from glocal.features import Region
from glocal.matching import Calibration

CALIBRATION = Calibration((-4.0, 4.0, 0.0, 1.0, 0.0, 0.0, 0.0), (-4.0, 4.0), chance_support=16.0)
KAYAK = EXAMPLES / "stitch_kayak" / "kayak_02.jpg"
TURN = cv2.getRotationMatrix2D((320.0, 240.0), 90.0, 0.8)


def pixels_of(path: Path) -> NDArray[np.uint8]:
    return np.asarray(Image.open(path).convert("RGB").resize((640, 480)))


def kayak() -> PicturesAtHand:
    return PicturesAtHand([pixels_of(KAYAK)])


@pytest.fixture
def turned(tmp_path: Path) -> Path:
    """The kayak, turned by a quarter counter-clockwise and a little smaller."""
    path = tmp_path / "turned.png"
    Image.fromarray(cv2.warpAffine(pixels_of(KAYAK), TURN, (640, 480), flags=cv2.INTER_AREA)).save(path)
    return path


def hit(path: Path, support: float = 6.0, probability: float = 0.3) -> Hit:
    found = Hit(7, path, 0.5, 8, probability, np.eye(3), 100, inlier_points=np.zeros((8, 4), np.float32))
    return replace(found, support=support)


def looked_at(one: Hit, query: NDArray[np.uint8] | None = None, region: Region | None = None) -> Hit:
    query = pixels_of(KAYAK) if query is None else query
    return compare_keypoints(PicturesAtHand([query]), Ranking.of([one]), CALIBRATION, region, 5)[0]


def test_a_photo_is_proved_and_laid_where_it_is(turned: Path) -> None:
    found = looked_at(hit(turned))
    assert found.verdict == "proved"
    assert found.by_keypoints
    assert (found.probability or 0) > 0.3
    assert found.orientation.quarter_turns == 1
    assert found.agreement is not None
    assert found.agreement.query_share > 0.4
    assert found.transform is not None
    points = found.inlier_points
    assert len(points) == found.inliers
    laid = points[:, :2] @ found.transform[:2, :2].T + found.transform[:2, 2]
    assert np.median(np.linalg.norm(laid - points[:, 2:], axis=1)) < 2
    assert np.allclose(np.array([320, 240, 1]) @ found.transform[:2].T, np.array([320, 240, 1]) @ TURN.T, atol=3)


@pytest.mark.slow
def test_another_thing_stays_as_it_was() -> None:
    before = hit(EXAMPLES / "pixabay" / "cat03.jpg")
    assert looked_at(before) is before


def test_other_colours_prove_nothing(turned: Path) -> None:
    pixels = np.asarray(Image.open(turned))
    Image.fromarray(np.ascontiguousarray(pixels[..., ::-1])).save(turned)
    assert looked_at(hit(turned)).verdict == "similar"


@pytest.mark.slow
def test_black_and_white_proves_nothing(turned: Path) -> None:
    Image.open(turned).convert("L").save(turned)
    assert looked_at(hit(turned)).verdict == "similar"


@pytest.mark.slow
def test_what_lies_in_place_is_left_to_stored_features(tmp_path: Path) -> None:
    Image.fromarray(pixels_of(KAYAK)).save(tmp_path / "copy.png")
    before = hit(tmp_path / "copy.png")
    assert looked_at(before) is before


def test_what_is_improbable_is_not_proved(turned: Path) -> None:
    assert looked_at(hit(turned, probability=0.001)).verdict == "similar"


def test_without_stored_features_that_agree_nothing_is_looked_at(turned: Path) -> None:
    before = hit(turned, support=3.9)
    assert looked_at(before) is before


def test_what_is_proved_stays_as_it_was(turned: Path) -> None:
    before = replace(hit(turned), proved=True)
    assert looked_at(before) is before


@pytest.mark.slow
def test_only_the_region_counts(turned: Path) -> None:
    found = looked_at(hit(turned), region=(300, 150, 200, 200))
    assert found.verdict == "proved"
    x, y = found.inlier_points[:, :2].T
    assert x.min() >= 300
    assert y.max() < 350


def test_a_photo_that_is_gone_stays_as_it_was(tmp_path: Path) -> None:
    before = hit(tmp_path / "gone.jpg")
    assert looked_at(before) is before


def test_a_query_without_pixels_and_a_ranking_by_the_papers_rule_stay(turned: Path) -> None:
    ranking = Ranking.of([hit(turned)])
    assert compare_keypoints(PicturesAtHand([None]), ranking, CALIBRATION, None, 5).hits == ranking.hits
    by_paper = Ranking.of([hit(turned)], "paper")
    assert compare_keypoints(kayak(), by_paper, CALIBRATION, None, 5) is by_paper
    assert compare_keypoints(kayak(), ranking, None, None, 5) is ranking


@pytest.mark.slow
def test_no_more_are_looked_at_than_wanted(turned: Path) -> None:
    more, less = (replace(hit(turned, probability=chance), photo=photo) for photo, chance in ((8, 0.4), (9, 0.3)))
    found = compare_keypoints(kayak(), Ranking.of([more, less]), CALIBRATION, None, 1)
    assert {one.photo: one.proved for one in found} == {8: True, 9: False}
    assert not any(one.proved for one in compare_keypoints(kayak(), found[1:], CALIBRATION, None, 0))


def test_what_is_proved_so_comes_first(turned: Path) -> None:
    weak = replace(hit(turned, probability=0.25), photo=8)
    other = replace(hit(EXAMPLES / "pixabay" / "cat03.jpg", probability=0.4), photo=9)
    found = compare_keypoints(kayak(), Ranking.of([other, weak]), CALIBRATION, None, 5)
    assert [one.photo for one in found] == [8, 9]
