"""Things of one texture, such as pages of print and codes, agree wherever one is laid on the other: no proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from glocal import match
from glocal.agreement import (
    AgreeingArea,
    Laid,
    Picture,
    agreeing_area,
    find_copy,
    worth_as_proof,
    worth_in_probability,
)
from glocal.agreement.area import COPY_SUPPORT, LEAST_IN_PLACE

Pixels = NDArray[np.uint8]
Drawn = Callable[[int], Pixels]
HEIGHT, WIDTH = 800, 620


def page(seed: int) -> Pixels:
    """A page of print: lines of words of letters that nobody has written before."""
    letters, rng = "etaoinshrdlu", np.random.default_rng([1, seed])
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(17)
    for top in range(50, HEIGHT - 60, 24):
        words = ["".join(rng.choice(list(letters), size)) for size in rng.integers(2, 9, 16)]
        line = " ".join(words)
        while font.getlength(line) > WIDTH - 100:
            line = line[:-1]
        draw.text((50, top), line, fill=(20, 20, 20), font=font)
    return np.asarray(image)


def squares(seed: int) -> Pixels:
    """A code of black and white squares, with three marks that all such codes have."""
    dark = np.random.default_rng([2, seed]).random((33, 33)) < 0.5
    for top, left in ((0, 0), (0, 26), (26, 0)):
        dark[top : top + 7, left : left + 7] = True
        dark[top + 1 : top + 6, left + 1 : left + 6] = False
        dark[top + 2 : top + 5, left + 2 : left + 5] = True
    grey = np.pad(np.where(np.kron(dark, np.ones((14, 14))) > 0, 0, 255), 70, constant_values=255)
    return np.repeat(grey[..., None], 3, axis=2).astype(np.uint8)


def bars(seed: int) -> Pixels:
    """A code of black bars."""
    rng, grey = np.random.default_rng([3, seed]), np.full((420, 700), 255, np.uint8)
    left = 60
    while left < 630:
        width = int(rng.choice([3, 6, 9, 12]))
        grey[50:370, left : left + width] = 0
        left += width + int(rng.choice([3, 6, 9]))
    return np.repeat(grey[..., None], 3, axis=2)


def photographed(pixels: Pixels) -> Pixels:
    """The same on a table: tilted, blurred, in another light."""
    height, width = pixels.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    seen = corners + np.array([[40, 35], [48, 50], [35, 48], [45, 40]], np.float32)
    table = np.full((height + 90, width + 90, 3), (105, 90, 80), np.uint8)
    warp = cv2.getPerspectiveTransform(corners, seen)
    laid = cv2.warpPerspective(pixels, warp, table.shape[1::-1], table, borderMode=cv2.BORDER_TRANSPARENT)
    noise = np.random.default_rng(4).normal(0, 4, laid.shape)
    return np.clip(cv2.GaussianBlur(laid, (0, 0), 0.8) * 0.85 + noise + 10, 0, 255).astype(np.uint8)


def laid_over(a: Pixels, b: Pixels) -> AgreeingArea:
    one, other = (Picture.of(pixels, (pixels.shape[1], pixels.shape[0])) for pixels in (a, b))
    return agreeing_area(one, other, np.eye(3))


@pytest.mark.parametrize("drawn", [page, squares, bars])
def test_different_ones_laid_on_each_other_prove_nothing(drawn: Drawn) -> None:
    found = laid_over(drawn(1), drawn(2))
    assert found.in_place
    assert found.close_share is not None
    assert found.close_share < 0.4
    assert worth_as_proof(50.0, found) == worth_in_probability(50.0, found) == 0


@pytest.mark.parametrize("drawn", [page, squares, bars])
def test_a_copy_is_worth_what_its_features_are(drawn: Drawn) -> None:
    noise = np.random.default_rng(5).normal(0, 15, drawn(1).shape)
    found = laid_over(drawn(1), np.clip(drawn(1) * 0.8 + noise, 0, 255).astype(np.uint8))
    assert found.close_share is not None
    assert found.close_share > 0.8
    assert worth_as_proof(300.0, found) == 300


def chart(seed: int) -> Pixels:
    """A chart of bars, which hardly has features."""
    heights, image = np.random.default_rng([4, seed]).integers(20, 440, 12), Image.new("RGB", (800, 600), "white")
    draw = ImageDraw.Draw(image)
    for place, height in enumerate(heights.tolist()):
        draw.rectangle((85 + 57 * place, 530 - height, 125 + 57 * place, 530), fill=(76, 114, 176))
    return np.asarray(image)


def laid(a: Picture, b: Picture, transform: NDArray[np.float64]) -> Laid:
    return Laid(transform, agreeing_area(a, b, transform))


def test_a_drawing_with_few_features_is_a_copy_of_itself_by_its_pixels() -> None:
    one, other = (Picture.of(chart(seed), (800, 600)) for seed in (1, 2))
    found = find_copy(one, one, None, 0.0, laid(one, one, np.eye(3)))
    assert found is not None
    assert worth_as_proof(3.0, found.area) == worth_in_probability(3.0, found.area) == COPY_SUPPORT
    assert find_copy(one, other, None, 1.0, laid(one, other, np.eye(3))) is None
    assert worth_as_proof(3.0, laid_over(chart(1), chart(2))) < 10


def test_copies_are_looked_for_by_features_in_place_or_by_corners_of_what_is_alike() -> None:
    shifted, picture = np.array([[1.0, 0, 200], [0, 1, 0], [0, 0, 1]]), Picture.of(chart(1), (800, 600))
    by_features = laid(picture, picture, shifted)
    by_corners = find_copy(picture, picture, None, 1.0, by_features)
    assert by_corners is not None
    assert np.allclose(by_corners.transform, np.eye(3))
    assert find_copy(picture, picture, None, 0.5, by_features) is None
    assert find_copy(picture, picture, None, 0.5, None) is None


@given(st.floats(0, 1), st.floats(0, 500), st.floats(0, 500), st.booleans())
def test_what_is_denied_with_less_support_is_denied_with_more(
    share: float, one: float, other: float, in_place: bool
) -> None:
    nothing = np.zeros((2, 2), np.bool_)
    area = AgreeingArea(nothing, nothing, 0.0, 0.0, thing_share=share, close_share=share, in_place=in_place)
    less, more = sorted((one, other))
    assert area.denies(less) <= area.denies(more)
    assert not (share >= LEAST_IN_PLACE and area.denies(more))
    assert not replace(area, colour_difference=5.0).denies(more)
    assert not replace(area, close_share=None).denies(more)


@pytest.mark.slow
@pytest.mark.parametrize("drawn", [page, squares, bars])
def test_different_ones_are_not_proved_and_one_photographed_anew_is(drawn: Drawn) -> None:
    assert match(drawn(1), drawn(2)).verdict == "similar"
    assert not match(photographed(drawn(1)), drawn(2)).proved
    assert match(photographed(drawn(1)), drawn(1)).proved


@pytest.mark.slow
def test_a_drawing_is_proved_the_same_by_its_pixels_alone() -> None:
    pair = match(chart(1), chart(1))
    assert pair.proved
    assert pair.transform is not None
    assert np.allclose(pair.transform, np.eye(3), atol=0.02)
    assert match(chart(1), chart(2)).verdict == "similar"
