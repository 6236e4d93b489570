"""Overlays: pixels where they must be, and nothing where there is nothing to show."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glocal.drawing import Caption, DrawnMatch, align, draw_attention, draw_match
from glocal.drawing.colours import hues
from glocal.drawing.overlay import outlined
from glocal.features import LocalGeometry
from glocal.matching import Match

GREY = 128


def grey(width, height):
    return np.full((height, width, 3), GREY, np.uint8)


def places(points, size, attention=None, scale=1.0):
    points = np.asarray(points, np.float32).reshape(-1, 2)
    return LocalGeometry(
        image_size=size,
        keypoints=points,
        scales=np.full(len(points), scale, np.float32),
        attention=np.ones(len(points), np.float32) if attention is None else np.asarray(attention, np.float32),
    )


def matched(a, b, inliers, transform):
    pairs = np.repeat(np.arange(len(a))[:, None], 2, axis=1).astype(np.int32)
    return DrawnMatch.of_match(Match(pairs, np.asarray(inliers, np.bool_), transform, 0.0), a, b)


def coloured(picture):
    """Where the drawing is neither grey nor paper: pixels [N, 2] as (x, y)."""
    spread = picture.max(axis=2).astype(int) - picture.min(axis=2)
    return np.argwhere(spread > 40)[:, ::-1]


SQUARE = (400, 400)


def test_an_inlier_becomes_a_line_with_dots_at_its_ends():
    a, b = places([[100, 100]], SQUARE), places([[300, 200]], SQUARE)
    elsewhere = np.array([[1.0, 0, 5000], [0, 1.0, 0], [0, 0, 1.0]])  # keeps the outline out of sight
    drawn = draw_match(grey(400, 400), grey(400, 400), matched(a, b, [True], elsewhere), width=818)
    assert drawn.shape[1] <= 818
    height = drawn.shape[0]
    start = np.array([100, 100]) * height / 400
    end = np.array([300, 200]) * height / 400 + [height + 16, 0]
    colour = hues(np.array([0.25]))[0].astype(int)
    for x, y in (start, end):
        assert np.abs(drawn[round(y), round(x)] - colour).max() < 12
    for share in (0.3, 0.5, 0.7):
        x, y = start + share * (end - start)
        near = drawn[round(y) - 1 : round(y) + 2, round(x)].astype(int)
        assert np.abs(near - colour).max(axis=1).min() < 60
    line_length = np.hypot(*(end - start))
    assert 0.8 * line_length < len(coloured(drawn)) < 6 * line_length


def test_nothing_in_common_leaves_the_photos_as_they_are():
    none = places([], SQUARE)
    drawn = draw_match(grey(400, 400), grey(400, 400), matched(none, none, [], None), width=818)
    assert (drawn[:, : drawn.shape[0]] == GREY).all()
    assert (drawn[:, -drawn.shape[0] :] == GREY).all()


def test_what_does_not_agree_is_not_drawn():
    a, b = places([[100, 200]], SQUARE), places([[300, 200]], SQUARE)
    drawn = draw_match(grey(400, 400), grey(400, 400), matched(a, b, [False], None), width=818)
    assert (drawn[:, :400] == GREY).all()


def test_the_region_is_outlined_and_projected():
    transform = np.array([[0.5, 0, 150], [0, 0.5, 100], [0, 0, 1.0]])
    none = places([], SQUARE)
    drawn = draw_match(
        grey(400, 400), grey(400, 400), matched(none, none, [], transform), region=(100, 100, 200, 160), width=818
    )
    assert drawn.shape[0] == 400
    found = coloured(drawn)
    left, right = found[found[:, 0] < 408], found[found[:, 0] >= 408] - [416, 0]
    assert np.abs(left.min(axis=0) - [100, 100]).max() <= 3
    assert np.abs(left.max(axis=0) - [300, 260]).max() <= 3
    assert np.abs(right.min(axis=0) - [200, 150]).max() <= 3
    assert np.abs(right.max(axis=0) - [300, 230]).max() <= 3
    inside = drawn[150:240, 110:290]
    assert (inside == GREY).all()


def test_without_a_region_the_whole_query_is_projected_and_clipped_to_the_photo():
    transform = np.array([[1.0, 0, 200], [0, 1.0, 0], [0, 0, 1.0]])
    none = places([], SQUARE)
    drawn = draw_match(grey(400, 400), grey(400, 400), matched(none, none, [], transform), width=818)
    found = coloured(drawn)
    assert found[:, 0].min() >= 416 + 196
    assert (drawn[:, :400] == GREY).all()


@settings(max_examples=10)
@given(
    sizes=st.tuples(*[st.integers(16, 900)] * 4),
    width=st.integers(300, 1600),
    captioned=st.booleans(),
)
def test_any_two_photos_fit_the_width(sizes, width, captioned):
    query_width, query_height, photo_width, photo_height = sizes
    a, b = places([[0, 0]], (query_width, query_height)), places([[0, 0]], (photo_width, photo_height))
    drawn = draw_match(
        grey(query_width, query_height),
        grey(photo_width, photo_height),
        matched(a, b, [True], np.eye(3)),
        caption=Caption("query", "photo " * 30, "12 inliers") if captioned else None,
        width=width,
    )
    assert drawn.dtype == np.uint8
    assert drawn.shape[1] <= width
    assert drawn.shape[2] == 3


def test_a_picture_of_another_size_than_the_features_know_is_drawn_alike():
    a, b = places([[100, 100]], SQUARE), places([[300, 200]], SQUARE)
    match = matched(a, b, [True], np.eye(3))
    full = draw_match(grey(400, 400), grey(400, 400), match, width=618)
    small = draw_match(grey(200, 200), grey(300, 300), match, width=618)
    assert full.shape == small.shape
    assert np.abs(full.astype(int) - small).max() <= 2


def test_the_caption_adds_words_below():
    none = places([], SQUARE)
    arguments = (grey(400, 400), grey(400, 400), matched(none, none, [], None))
    plain = draw_match(*arguments, width=818)
    captioned = draw_match(*arguments, width=818, caption=Caption("left", "right", "3 inliers"))
    assert np.array_equal(captioned[: len(plain)], plain)
    bar = captioned[len(plain) :]
    for part in (bar[:, :60], bar[:, 416:480], bar[:, -60:]):
        assert part.min() < 140


def test_many_inliers_keep_all_dots():
    rng = np.random.default_rng(0)
    points = rng.uniform(20, 380, (300, 2))
    both = places(points, SQUARE)
    drawn = draw_match(grey(400, 400), grey(400, 400), matched(both, both, [True] * 300, np.eye(3)), width=818)
    colours = hues(points[:, 1] / 400).astype(int)
    near = 0
    for (x, y), colour in zip(points.round().astype(int), colours, strict=True):
        near += np.abs(drawn[y - 1 : y + 2, x - 1 : x + 2].astype(int) - colour).max(axis=2).min() < 40
    assert near > 290


def test_inputs_are_not_drawn_upon():
    query, photo = grey(400, 400), grey(400, 400)
    both = places([[50, 50]], SQUARE)
    draw_match(query, photo, matched(both, both, [True], np.eye(3)), region=(10, 10, 50, 50), width=818)
    assert (query == GREY).all()
    assert (photo == GREY).all()


def test_attention_glows_where_it_is_high():
    features = places([[100, 50], [300, 50]], (400, 100), attention=[5.0, 1.0])
    drawn = draw_attention(grey(400, 100), features, width=400).astype(int)
    assert drawn.shape == (100, 400, 3)
    strong, weak, none = drawn[50, 100], drawn[50, 300], drawn[50, 200]
    assert strong[0] > weak[0] > none[0] - 1
    assert strong[0] > 180
    assert np.ptp(none) <= 1


def test_attention_of_nothing_is_only_dimmed():
    drawn = draw_attention(grey(40, 30), places([], (40, 30)), width=40)
    assert (drawn == drawn[0, 0]).all()


@settings(max_examples=20)
@given(shift=st.tuples(st.integers(-30, 30), st.integers(-30, 30)))
def test_align_moves_pixels_as_the_transform_says(shift):
    rng = np.random.default_rng(0)
    query = rng.integers(0, 256, (60, 80, 3), dtype=np.uint8)
    transform = np.array([[1.0, 0, shift[0]], [0, 1.0, shift[1]], [0, 0, 1.0]])
    aligned, covered = align(query, transform, (90, 70))
    assert aligned.shape == (70, 90, 3)
    for y in range(70):
        for x in (0, 17, 45, 89):
            source = (y - shift[1], x - shift[0])
            inside = 0 <= source[0] < 60 and 0 <= source[1] < 80
            assert covered[y, x] == inside
            assert np.array_equal(aligned[y, x], query[source] if inside else (0, 0, 0))


def test_hues_differ_and_look_equally_bright():
    colours = hues(np.linspace(0, 1, 9)).astype(float) / 255
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    assert np.ptp(luminance) < 0.2
    assert np.abs(np.diff(colours, axis=0)).max(axis=1).min() > 0.05


@pytest.mark.parametrize(("position", "same_as"), [(-5.0, 0.0), (7.0, 1.0)])
def test_hues_beyond_the_ends_are_clipped(position, same_as):
    assert np.array_equal(hues(np.array([position])), hues(np.array([same_as])))


def test_a_query_shows_which_part_of_it_was_searched():
    np.testing.assert_array_equal(outlined(grey(300, 200), (300, 200), None), grey(300, 200))
    drawn = outlined(grey(1200, 800), (3600, 2400), (900, 600, 1800, 1200))
    assert drawn.shape == (320, 480, 3)
    places = coloured(drawn)
    np.testing.assert_allclose([places.min(axis=0), places.max(axis=0)], [[120, 80], [360, 240]], atol=3)
    assert (drawn[:60] == GREY).all()
    assert (drawn[100:220, 140:340] == GREY).all()
