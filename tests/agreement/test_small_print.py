"""Bills of one form, which differ in what is written small, are told from copies of one bill."""

from __future__ import annotations

import io
import random

import numpy as np
import pytest
from example_photos import EXAMPLES
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from glocal.agreement import FULL_SIDE, MIN_CORRELATION, Picture, replaced_in_print, weakest_correlation

HEADS = ("Customer", "Account", "Period", "Reading", "Used", "Price", "Net amount", "VAT", "Total", "Pay until")
SPRING = ("Jane Doe", "4711-0815", "Jan - Mar", "1 204", "38 m3", "2.10", "79.80", "15.96", "95.76 EUR", "30 April")
SUMMER = (*SPRING[:2], "Apr - Jun", "1 251", *SPRING[4:8], "118.44 EUR", SPRING[9])
OTHER_TOTAL = (*SPRING[:8], "118.44 EUR", SPRING[9])


def bill(rows: tuple[str, ...], letters: int) -> Image.Image:
    """Draw a page of 1240 x 1754 pixels, its letters so many pixels high, with the same small print below the rows."""
    page, chance = Image.new("RGB", (1240, 1754), "white"), random.Random(1)
    draw = ImageDraw.Draw(page)
    draw.ellipse((74, 52, 200, 178), fill=(20, 60, 140))
    draw.text((250, 90), "City Water Works", font=ImageFont.load_default(58), fill=(20, 60, 140))
    top = 260
    for head, row in zip(HEADS, rows, strict=True):
        draw.text((100, top), head, font=ImageFont.load_default(letters), fill="black")
        draw.text((620, top), row, font=ImageFont.load_default(letters), fill="black")
        top += 2 * letters
    for y in range(top, 1660, 34):
        words = ("".join(chance.choices("aeioulnrst", k=chance.randint(3, 9))) for _ in range(13))
        draw.text((100, y), " ".join(words), font=ImageFont.load_default(20), fill=(60, 60, 60))
    return page


def jpeg(page: Image.Image, quality: int) -> Image.Image:
    written = io.BytesIO()
    page.save(written, "JPEG", quality=quality)
    return Image.open(written).convert("RGB")


def resized(page: Image.Image, factor: float) -> Image.Image:
    return page.resize((round(factor * page.width), round(factor * page.height)), Image.Resampling.LANCZOS)


def stamped(page: Image.Image) -> Image.Image:
    copy = page.copy()
    ImageDraw.Draw(copy).text((500, 300), "PAID", font=ImageFont.load_default(110), fill=(200, 30, 30))
    return copy


def toned(page: Image.Image) -> Image.Image:
    return Image.fromarray((((np.asarray(page) / 255.0) ** 1.6) * 180).astype(np.uint8))


COPIES = {
    "saved": lambda page: jpeg(page, 90),
    "saved badly": lambda page: jpeg(page, 15),
    "smaller": lambda page: jpeg(resized(page, 0.6), 70),
    "larger": lambda page: resized(page, 1.3),
    "darker": toned,
    "grey": lambda page: page.convert("L").convert("RGB"),
    "contrast": lambda page: ImageEnhance.Contrast(page).enhance(1.5),
    "blurred": lambda page: page.filter(ImageFilter.GaussianBlur(1.5)),
    "sharpened": lambda page: page.filter(ImageFilter.UnsharpMask(3, 150, 2)),
    "posterised": lambda page: ImageOps.posterize(page, 4),
    "stamped": stamped,
}


def replaced(a: Image.Image, b: Image.Image) -> bool:
    one, other = (Picture.of(np.asarray(page), page.size, FULL_SIDE) for page in (a, b))
    return replaced_in_print(one, other, near(a, b))


def near(a: Image.Image, b: Image.Image) -> np.ndarray:
    """Return the map between two copies of one page as local features give it: right to some pixels."""
    scale = b.width / a.width
    return np.array([[scale * 1.002, 0, 1.5], [0, scale * 0.998, -1.0], [0, 0, 1]])


@pytest.mark.slow
@pytest.mark.parametrize("letters", [22, 32])
@pytest.mark.parametrize("kind", COPIES)
def test_a_copy_of_a_bill_is_the_same_bill(kind: str, letters: int) -> None:
    page = bill(SPRING, letters)
    assert not replaced(page, COPIES[kind](page))


@pytest.mark.slow
@pytest.mark.parametrize("letters", [18, 22, 32])
@pytest.mark.parametrize("kind", ["saved", "smaller", "darker"])
@pytest.mark.parametrize("rows", [SUMMER, OTHER_TOTAL])
def test_another_bill_of_the_form_is_another_bill(rows: tuple[str, ...], kind: str, letters: int) -> None:
    assert replaced(bill(SPRING, letters), COPIES[kind](bill(rows, letters)))


def test_print_too_small_for_the_first_look_is_seen_by_the_last() -> None:
    spring, summer = bill(SPRING, 20), bill(SUMMER, 20)
    one, other = (Picture.of(np.asarray(page), page.size) for page in (spring, summer))
    assert weakest_correlation(one, other, near(spring, summer)) >= MIN_CORRELATION
    assert replaced(spring, summer)
    assert not replaced(spring, spring.copy())
    assert not replaced(spring, resized(summer, 0.2))  # nobody could read it


@pytest.mark.slow
@pytest.mark.parametrize("name", ["stitch_kayak/kayak_02.jpg", "pixabay/bird04.jpg", "triple_books/books_01.jpg"])
@pytest.mark.parametrize("kind", [kind for kind in COPIES if kind != "larger"])
def test_a_copy_of_a_photo_is_the_same_photo(name: str, kind: str) -> None:
    photo = ImageOps.fit(Image.open(EXAMPLES / name).convert("RGB"), (1440, 1080))
    assert not replaced(photo, COPIES[kind](photo))
