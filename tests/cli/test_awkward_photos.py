"""Photos that other tools get wrong: thumbnails, a box in a large photo, white logos, a part that was replaced."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from example_photos import EXAMPLES
from PIL import Image, ImageDraw

THINGS = (
    "triple_books/books_01.jpg",
    "stitch_kayak/kayak_02.jpg",
    "triple_skull/skull_01.jpg",
    "triple_turkey/turkey_01.jpg",
)
Glocal = Callable[..., Any]


def example(name: str, size: tuple[int, int] = (640, 480)) -> Image.Image:
    with Image.open(EXAMPLES / name) as image:
        return image.convert("RGB").resize(size)


def indexed(glocal: Glocal, folder: Path, photos: dict[str, Image.Image]) -> Path:
    folder.mkdir()
    for name, photo in photos.items():
        photo.save(folder / name)
    assert glocal("index", folder, "-c", folder / "c").code == 0
    return folder


def first_hit(glocal: Glocal, folder: Path, query: str, *options: object) -> tuple[str, str]:
    """Return the name and verdict of the first hit beside the query."""
    ended = glocal("search", folder / query, "-c", folder / "c", "--not-self", "--csv", *options)
    row = next(csv.DictReader(io.StringIO(ended.out)))
    return Path(row["photo"]).name, row["verdict"]


@pytest.mark.slow
def test_a_thumbnail_and_its_original_prove_each_other(glocal, tmp_path):
    photos = {f"{number}.jpg": example(name) for number, name in enumerate(THINGS)}
    photos |= {"original.jpg": example(THINGS[1], (3000, 2250)), "thumbnail.jpg": example(THINGS[1], (160, 120))}
    del photos["1.jpg"]
    folder = indexed(glocal, tmp_path / "photos", photos)
    assert first_hit(glocal, folder, "thumbnail.jpg") == ("original.jpg", "proved")
    assert first_hit(glocal, folder, "original.jpg") == ("thumbnail.jpg", "proved")


@pytest.mark.slow
def test_a_box_in_a_photo_of_many_things_finds_what_is_in_it(glocal, tmp_path):
    photos = {f"{number}.jpg": example(name) for number, name in enumerate(THINGS)}
    wall = Image.new("RGB", (1280, 960))
    for number, photo in enumerate(photos.values()):
        wall.paste(photo, (640 * (number % 2), 480 * (number // 2)))
    folder = indexed(glocal, tmp_path / "photos", photos | {"wall.jpg": wall})
    for number in range(len(THINGS)):
        box = f"{640 * (number % 2)},{480 * (number // 2)},640,480"
        assert first_hit(glocal, folder, "wall.jpg", "--region", box) == (f"{number}.jpg", "proved")


@pytest.mark.slow
def test_a_white_logo_is_like_itself_on_a_dark_page(glocal, tmp_path):
    """And not like any other white logo, as it is when both are laid on white."""
    photos: dict[str, Image.Image] = {}
    for name in ("round", "pointed", "steps"):
        logo = Image.new("RGBA", (600, 400))
        draw = ImageDraw.Draw(logo)
        if name == "round":
            draw.ellipse((40, 40, 240, 240), outline="white", width=18)
            draw.text((60, 260), "NORTHWIND", font_size=80, fill="white")
        elif name == "pointed":
            draw.polygon([(100, 300), (200, 60), (300, 300)], outline="white", width=16)
            draw.text((320, 120), "Acme\nTools", font_size=84, fill="white")
        else:
            for step in range(6):
                draw.rectangle((40 + 90 * step, 350 - 50 * step, 100 + 90 * step, 380), fill="white")
        page = Image.new("RGBA", logo.size, (30, 40, 60, 255))
        page.alpha_composite(logo)
        photos |= {f"{name}.png": logo, f"page {name}.png": page}
    folder = indexed(glocal, tmp_path / "photos", photos)
    for name in ("round", "pointed", "steps"):
        assert first_hit(glocal, folder, f"{name}.png")[0] == f"page {name}.png"


@pytest.mark.slow
def test_a_photo_of_which_a_part_was_replaced_is_no_copy(glocal, tmp_path):
    scene, other = example(THINGS[1]), example(THINGS[3], (300, 220))
    changed = scene.copy()
    changed.paste(other, (250, 150))
    folder = indexed(glocal, tmp_path / "photos", {"scene.jpg": scene, "changed.jpg": changed})
    assert "0 groups" in glocal("duplicates", "--upright", "-c", folder / "c").err
    name, verdict = first_hit(glocal, folder, "scene.jpg")
    assert (name, verdict != "similar") == ("changed.jpg", True)


@pytest.mark.slow
def test_bills_of_one_form_are_no_copies_and_saved_again_they_are(glocal, tmp_path):
    photos = {}
    for month, total in (("January", "95.76 EUR"), ("April", "118.44 EUR"), ("July", "101.08 EUR")):
        page = Image.new("RGB", (1240, 1754), "white")
        draw = ImageDraw.Draw(page)
        draw.ellipse((74, 52, 200, 178), fill=(20, 60, 140))
        draw.text((250, 90), "City Water Works", font_size=58, fill=(20, 60, 140))
        for number, row in enumerate(
            (f"Month {month}", "Customer Jane Doe", f"Total {total}", *["terms and more"] * 40)
        ):
            draw.text((100 + number % 3, 300 + 33 * number), f"{row} {number % 7}", font_size=24, fill="black")
        photos[f"{month}.png"] = page
    folder = indexed(glocal, tmp_path / "bills", photos)
    assert "0 groups" in glocal("duplicates", "-c", folder / "c").err
    photos["April.png"].resize((930, 1315)).save(folder / "mail.jpg", quality=70)
    assert glocal("index", folder, "-c", folder / "c").code == 0
    (group,) = json.loads(glocal("duplicates", "-c", folder / "c", "--json").out)["groups"]
    assert {Path(path).name for path in group["paths"]} == {"April.png", "mail.jpg"}
