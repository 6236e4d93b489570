"""What replaces content is told from what marks a copy, on real photos."""

from __future__ import annotations

import numpy as np
import pytest
from example_photos import EXAMPLES
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from glocal.agreement import MIN_CORRELATION, Picture, weakest_correlation
from glocal.agreement.changes import shows_changes

SCENES = ["stitch_kayak/kayak_02.jpg", "stitch_apartment_building/apartment_building_01.jpg"]


def correlation(a: Image.Image, b: Image.Image) -> float:
    one, other = (Picture.of(np.asarray(picture.convert("RGB")), picture.size) for picture in (a, b))
    scale = b.width / a.width
    near = np.array([[scale * 1.004, 0, 1.5], [0, scale * 0.997, -1.0], [0, 0, 1]])  # as local features give it
    return weakest_correlation(one, other, near)


def scene(name: str) -> Image.Image:
    return ImageOps.fit(Image.open(EXAMPLES / name).convert("RGB"), (960, 720))


def written(picture: Image.Image, words: str, place: tuple[int, int], colour: str = "white") -> Image.Image:
    copy = picture.copy()
    ImageDraw.Draw(copy).text(place, words, font=ImageFont.load_default(56), fill=colour)
    return copy


def board(picture: Image.Image, words: str) -> Image.Image:
    copy = picture.copy()
    ImageDraw.Draw(copy).rectangle((50, 40, 420, 130), fill=(10, 10, 60))
    return written(copy, words, (60, 55))


def form(rows: list[str]) -> Image.Image:
    page = Image.new("RGB", (900, 1200), "white")
    ImageDraw.Draw(page).ellipse((60, 40, 160, 140), fill=(20, 60, 140))
    for number, (head, row) in enumerate(
        zip(["Water", "Account", "Period", "Used", "Price", "Total"], rows, strict=True)
    ):
        page = written(page, head, (80, 180 + 160 * number), "black")
        page = written(page, row, (430, 180 + 160 * number), "black")
        ImageDraw.Draw(page).line((60, 270 + 160 * number, 840, 270 + 160 * number), fill="grey", width=3)
    return page


def darker(picture: Image.Image) -> Image.Image:
    values = (np.asarray(picture) / 255.0) ** 1.6 * 180
    return Image.fromarray(values.astype(np.uint8))


COPIES = {
    "watermark": lambda picture: written(picture, "(c) Jane Doe", (40, 620)),
    "date": lambda picture: written(picture, "2021/07/14", (620, 640), "orange"),
    "sharpened": lambda picture: picture.filter(ImageFilter.UnsharpMask(3, 150, 2)),
    "contrast": lambda picture: ImageEnhance.Contrast(picture).enhance(1.5),
    "dark": darker,
    "half": lambda picture: picture.resize((480, 360), Image.Resampling.LANCZOS),
    "grey": lambda picture: picture.convert("L"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("kind", COPIES)
def test_copies_stay_copies(name: str, kind: str) -> None:
    assert correlation(scene(name), COPIES[kind](scene(name))) >= MIN_CORRELATION


@pytest.mark.parametrize("name", SCENES)
def test_another_score_is_another_picture(name: str) -> None:
    zero, three = board(scene(name), "HOME 0 : 0"), board(scene(name), "HOME 3 : 1")
    assert correlation(zero, zero.copy()) >= MIN_CORRELATION
    assert correlation(zero, three) < MIN_CORRELATION
    assert correlation(three, zero) < MIN_CORRELATION


@pytest.mark.parametrize("name", SCENES)
def test_a_thing_added_makes_another_picture(name: str) -> None:
    bird = ImageOps.fit(Image.open(EXAMPLES / "pixabay/bird04.jpg").convert("RGB"), (144, 144))
    added = scene(name)
    added.paste(bird, (480, 300))
    assert correlation(scene(name), added) < MIN_CORRELATION


def test_the_next_invoice_is_another_document() -> None:
    spring = form(["Works", "4711-0815", "Jan - Mar", "38 m3", "2.10", "95.76 EUR"])
    summer = form(["Works", "4711-0815", "Apr - Jun", "47 m3", "2.10", "118.44 EUR"])
    assert correlation(spring, spring.copy()) >= MIN_CORRELATION
    assert correlation(spring, summer) < MIN_CORRELATION


def test_a_pasted_patch_is_noticed_where_it_is_to_be_seen() -> None:
    picture = np.asarray(scene(SCENES[0]).convert("L"), np.float32)[:360, :480]
    seen = np.ones(picture.shape, np.bool_)
    changed = picture.copy()
    changed[100:140, 200:240] = picture[300:340, 20:60][::-1]
    assert not shows_changes(picture, picture, seen)
    assert shows_changes(picture, changed, seen)
    assert not shows_changes(picture, changed, seen & (np.arange(480) < 180))
