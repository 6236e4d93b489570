"""Where real photos agree, and what that says of the thing asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from example_photos import EXAMPLES
from numpy.typing import NDArray
from PIL import Image, ImageOps

from glocal.agreement import AgreeingArea, Picture, agreeing_area
from glocal.agreement.area import MOST_WEIGHT
from glocal.features import Region

IDENTITY = np.eye(3)


def photo(name: str, size: tuple[int, int] = (640, 480)) -> NDArray[np.uint8]:
    return np.asarray(ImageOps.fit(Image.open(EXAMPLES / name).convert("RGB"), size))


def area(
    a: NDArray[np.uint8],
    b: NDArray[np.uint8],
    transform: NDArray[np.float64] = IDENTITY,
    region: Region | None = None,
) -> AgreeingArea:
    one, other = (Picture.of(pixels, (pixels.shape[1], pixels.shape[0])) for pixels in (a, b))
    return agreeing_area(one, other, transform, region)


KAYAK = "stitch_kayak/kayak_02.jpg"
BIRD = "pixabay/bird04.jpg"


def test_a_photo_agrees_with_itself_wherever_it_is_not_plain() -> None:
    found = area(photo(KAYAK), photo(KAYAK))
    assert found.query_share > 0.7
    np.testing.assert_array_equal(found.query_mask, found.photo_mask)
    assert found.thing_share is not None
    assert found.thing_share > 0.9
    assert found.colour_difference is not None
    assert found.colour_difference < 1
    assert found.weight == found.proof_weight == MOST_WEIGHT


def test_unlike_photos_agree_hardly_anywhere() -> None:
    assert area(photo(KAYAK), photo(BIRD)).query_share < 0.05


def test_light_and_tint_do_not_matter() -> None:
    tinted = (photo(KAYAK) * np.array([0.8, 0.75, 0.6]) + 15).astype(np.uint8)
    assert area(photo(KAYAK), tinted).query_share > 0.6


def test_a_crop_agrees_where_it_was_cut_out() -> None:
    crop = photo(KAYAK)[120:360, 160:480]
    found = area(photo(KAYAK), crop, np.array([[1.01, 0, -161], [0, 0.99, -118], [0, 0, 1]]))
    assert found.photo_share > 0.7
    outside = found.query_mask.copy()
    outside[6:-6, 8:-8] = False
    assert not outside.any()


def test_the_thing_in_front_that_differs_denies_what_agrees_behind() -> None:
    shelf = photo(KAYAK)
    red, green = shelf.copy(), shelf.copy()
    thing = photo(
        "triple_books/" + sorted(path.name for path in (EXAMPLES / "triple_books").glob("*.jpg"))[0], (420, 440)
    )
    red[20:460, 110:530] = (thing * [1.0, 0.25, 0.25]).astype(np.uint8)
    green[20:460, 110:530] = (thing[::-1] * [0.25, 1.0, 0.25]).astype(np.uint8)
    assert area(red, green).weight < 0.5
    assert area(red, green).proof_weight < 0.5
    assert area(red, green, region=(110, 20, 420, 440)).query_share < area(red, green).query_share
    assert area(red, red).proof_weight == MOST_WEIGHT


def test_what_agrees_around_another_thing_counts_by_half() -> None:
    page, other = photo(KAYAK), photo(KAYAK).copy()
    other[90:390, 120:520] = photo(BIRD, (400, 300))
    found = area(page, other)
    assert found.query_share > 0.1
    assert found.agrees_around
    assert found.proof_weight < replace(found, query_share=0.0).proof_weight
    assert found.weight < replace(found, query_share=0.0).weight
    assert not area(page, page).agrees_around
    assert not area(page, page[120:360, 160:480], np.array([[1.0, 0, -160], [0, 1, -120], [0, 0, 1]])).agrees_around
    assert not area(page, other, region=(120, 90, 400, 300)).agrees_around  # hardly anything of it agrees


def test_colours_that_differ_say_less_between_day_and_night() -> None:
    shelf, dusk = photo(KAYAK), (photo(KAYAK) * np.array([0.3, 0.32, 0.5])).astype(np.uint8)
    day, night = area(shelf, shelf), area(shelf, dusk)
    assert day.light_difference == 0
    assert night.light_difference > 1
    assert area(dusk, shelf).light_difference == pytest.approx(night.light_difference)
    other = replace(day, colour_difference=13.0, alike_colour_difference=13.0)
    weights = [replace(other, light_difference=light).proof_weight for light in (0.0, 1.0, 9.0)]
    assert weights == sorted(weights)
    assert weights[0] < 0.2 < weights[1] < 1
    assert weights[2] == 1


def test_pixels_add_to_support_only_where_much_agrees() -> None:
    same = area(photo(KAYAK), photo(KAYAK))
    areas = [replace(same, thing_share=share, query_share=share) for share in (0.0, 0.2, 0.3, 0.4, 0.5, 1.0)]
    for weights in ([one.proof_weight for one in areas], [one.weight for one in areas]):
        assert weights[:2] == [1, 1]
        assert 1 < weights[2] < weights[3] < MOST_WEIGHT
        assert weights[4:] == [MOST_WEIGHT, MOST_WEIGHT]


@pytest.mark.parametrize("transform", [np.diag([1e-9, 1e-9, 1]), np.array([[1.0, 0, 5000], [0, 1, 0], [0, 0, 1]])])
def test_photos_that_do_not_overlap_agree_nowhere(transform: NDArray[np.float64]) -> None:
    found = area(photo(KAYAK), photo(KAYAK), transform)
    assert found.query_share == found.photo_share == 0
    assert found.thing_share is None
    assert found.weight == found.proof_weight == 1


def test_pixels_of_black_and_white_photos_weigh_nothing() -> None:
    grey = np.repeat(photo(KAYAK).mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
    found = area(photo(KAYAK), grey)
    assert found.colour_difference is None
    assert found.thing_share == pytest.approx(1, abs=0.2)
    assert found.weight == found.proof_weight == 1


def test_paler_colours_are_those_of_another_camera() -> None:
    grey = photo(KAYAK).mean(axis=2, keepdims=True)
    pale = (grey + 0.7 * (photo(KAYAK) - grey)).astype(np.uint8)
    found = area(photo(KAYAK), pale)
    assert found.colour_difference is not None
    assert found.colour_difference < 2


TURNED_AND_LARGER = np.array([[0, -1.25, 600], [1.25, 0, 0], [0, 0, 1.0]])


def test_of_the_photo_only_what_the_region_shows_agrees() -> None:
    """Each cell's centre is mapped back by hand: (x, y) of the photo was at (0.8 y, 480 - 0.8 x) of the query."""
    pixels = photo(KAYAK)
    turned = np.rot90(np.asarray(Image.fromarray(pixels).resize((800, 600))), -1)
    left, top, width, height = region = (256.0, 240.0, 352.0, 216.0)
    whole, part = (area(pixels, turned, TURNED_AND_LARGER, asked) for asked in (None, region))
    rows, columns = whole.photo_mask.shape
    for row, column in np.ndindex(rows, columns):
        x, y = 0.8 * (row + 0.5) * 800 / rows, 480 - 0.8 * (column + 0.5) * 600 / columns
        is_asked = left <= x <= left + width and top <= y <= top + height
        assert part.photo_mask[row, column] == (is_asked and whole.photo_mask[row, column])
    assert part.photo_share == pytest.approx(part.photo_mask.mean())
    assert 0.15 < part.photo_share < 0.26 < 0.7 < whole.photo_share  # the region is a quarter of the query


def test_a_region_that_the_photo_does_not_show_agrees_nowhere_in_it() -> None:
    right_half = np.array([[1.0, 0, -320], [0, 1, 0], [0, 0, 1]])
    seen, unseen = (area(photo(KAYAK), photo(KAYAK)[:, 320:], right_half, (x, 350, 8, 8)) for x in (500.0, 90.0))
    assert seen.photo_mask.sum() == 1
    assert not unseen.photo_mask.any()


@pytest.mark.parametrize("region", [(639, 200, 2, 2), (-1, -1, 2, 2), (300, 479, 2, 2)])
def test_a_region_at_the_edge_is_one_cell(region: Region) -> None:
    assert area(photo(KAYAK), photo(KAYAK), region=region).query_share in (0, 1)


def test_a_region_smaller_than_a_cell_is_one_cell() -> None:
    assert area(photo(KAYAK), photo(KAYAK), region=(300, 200, 2, 2)).query_share in (0, 1)


def test_shares_out_of_range_are_refused() -> None:
    mask = np.zeros((3, 4), np.bool_)
    with pytest.raises(ValueError, match="out of range"):
        AgreeingArea(mask, mask, 1.2, 0.0)
