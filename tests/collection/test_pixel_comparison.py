from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from toy_photos import picture, save

from glocal.collection import Collection, Hit, SearchOptions
from glocal.collection.pictures_at_hand import PicturesAtHand
from glocal.collection.pixel_comparison import compare_pixels
from glocal.features import View


def test_the_first_hits_say_where_they_agree(empty: Collection, tmp_path: Path) -> None:
    save(tmp_path / "whole.png", picture(3, 480, 360))
    save(tmp_path / "crop.png", np.ascontiguousarray(picture(3, 480, 360)[60:300, 80:400]))
    empty.add([tmp_path / "whole.png", tmp_path / "crop.png"])
    crop = next(hit for hit in empty.search(tmp_path / "whole.png") if hit.path.name == "crop.png")
    assert crop.agreement is not None
    assert crop.agreement.photo_share > crop.agreement.query_share > 0.2  # all of the crop, less than half of the whole
    assert not crop.agreement.query_mask[:3].any()


def before_one_shelf(folder: Path, **tints: tuple[float, float, float]) -> None:
    """Save photos of one shelf, each with a thing of a colour of its own in front."""
    shelf = picture(3, 480, 360)
    for name, tint in tints.items():
        held = shelf.copy()
        held[90:270, 120:360] = (held[90:270, 120:360] * np.array(tint)).astype(np.uint8)
        save(folder / f"{name}.png", held)


def test_a_thing_of_other_colours_before_the_same_shelf_is_not_proved(empty: Collection, tmp_path: Path) -> None:
    before_one_shelf(tmp_path, red=(1.0, 0.2, 0.2), red_too=(0.95, 0.2, 0.2), green=(0.2, 1.0, 0.2))
    empty.add([tmp_path / "red_too.png", tmp_path / "green.png"])
    query = tmp_path / "red.png"
    by_geometry = empty.search_views([View.of(empty.model.extract(query))], SearchOptions())
    assert all(hit.proved for hit in by_geometry)
    found = empty.search(query)
    assert {hit.path.stem: hit.proved for hit in found} == {"red_too": True, "green": False}
    assert found[0].path.stem == "red_too"
    before = next(hit for hit in by_geometry if hit.path.stem == "green").probability
    assert found[1].probability is not None
    assert before is not None
    assert found[1].probability < before


def test_proved_hits_after_the_first_ones_are_held_to_their_pixels(empty: Collection, tmp_path: Path) -> None:
    names = {"red_too": (0.95, 0.2, 0.2), "red_again": (0.9, 0.2, 0.2), "green": (0.2, 1.0, 0.2)}
    before_one_shelf(tmp_path, red=(1.0, 0.2, 0.2), **names)
    empty.add([tmp_path / f"{name}.png" for name in names])
    query, options = tmp_path / "red.png", SearchOptions(compared=1)
    by_geometry = empty.search_views([View.of(empty.model.extract(query))], options)
    assert all(hit.proved for hit in by_geometry)
    seen = empty.look_closer([query], by_geometry, None, options)
    assert {hit.path.stem: hit.proved for hit in seen} == {"red_too": True, "red_again": True, "green": False}
    assert all(hit.agreement is not None for hit in seen)
    assert sum(hit.among_first for hit in seen) == 1
    assert seen[-1].path.stem == "green"


def test_the_very_picture_is_proved_by_its_pixels_where_no_features_agree(empty: Collection, tmp_path: Path) -> None:
    drawing = np.full((360, 480, 3), 255, np.uint8)
    for place, height in enumerate((40, 200, 120, 260, 90, 310, 170)):
        drawing[330 - height : 330, 40 + 60 * place : 80 + 60 * place] = (76, 114, 176)
    save(tmp_path / "drawing.png", drawing)
    save(tmp_path / "mirrored.png", np.ascontiguousarray(drawing[:, ::-1]))
    empty.add([tmp_path / "drawing.png", tmp_path / "mirrored.png"])
    query, options = tmp_path / "drawing.png", SearchOptions()
    found = empty.search_views([View.of(empty.model.extract(query))], options)
    unlaid = replace(found, hits=tuple(without_transform(hit) for hit in found.hits))
    seen = {hit.path.stem: hit for hit in empty.look_closer([query], unlaid, None, options)}
    assert seen["drawing"].proved
    assert seen["drawing"].transform is not None
    assert np.allclose(seen["drawing"].transform, np.eye(3))
    assert not seen["mirrored"].proved
    part = {hit.path.stem: hit for hit in empty.look_closer([query], unlaid, (0, 0, 240, 180), options)}
    assert part["drawing"].proved
    assert not part["mirrored"].proved


def test_copies_keep_their_inliers_where_these_rank_them(empty: Collection, tmp_path: Path) -> None:
    save(tmp_path / "query.png", picture(3, 480, 360))
    save(tmp_path / "crop.png", np.ascontiguousarray(picture(3, 480, 360)[60:300, 80:400]))
    empty.add([tmp_path / "query.png", tmp_path / "crop.png"])
    query, options = tmp_path / "query.png", SearchOptions(ranking="paper")
    found = empty.search_views([View.of(empty.model.extract(query))], options)
    unproved = replace(found, hits=tuple(replace(hit, proved=False) for hit in found.hits))
    # nothing is proved without a calibration
    seen = compare_pixels(PicturesAtHand([query]), unproved, None, None, options.compared)
    assert [hit.path.stem for hit in seen] == ["query", "crop"]
    assert [hit.inliers for hit in seen] == [hit.inliers for hit in found]
    assert not any(hit.proved for hit in seen)


def without_transform(hit: Hit) -> Hit:
    """Return a hit as if no features had agreed."""
    points = np.zeros((0, 4), np.float32)
    return replace(hit, proved=False, transform=None, inliers=0, inlier_points=points, support=0.0)


def test_hits_whose_files_are_gone_stay_as_they_are(filled: Collection, photos: Path) -> None:
    query = picture(0)
    (photos / "0.png").unlink()
    found = filled.search(query)[0]
    assert found.path.name == "0.png"
    assert found.agreement is None
    assert found.inliers


def test_features_alone_are_not_compared_by_pixels(filled: Collection) -> None:
    view = View.of(filled.model.extract(picture(0)))
    assert all(hit.agreement is None for hit in filled.search_views([view], SearchOptions()))


def test_a_negative_number_of_compared_hits_is_refused() -> None:
    with pytest.raises(ValueError, match="compared"):
        SearchOptions(compared=-1)
