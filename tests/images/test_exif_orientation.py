"""EXIF orientation: corners end where EXIF says, in every format, from every source, however broken the EXIF."""

from __future__ import annotations

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from handmade_files import png, saved
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pillow_heif import from_pillow

from glocal.images import photo_size, read_photo

RED, GREEN, BLUE, WHITE = (220, 30, 40), (20, 180, 60), (30, 50, 200), (255, 255, 255)

UPRIGHT_CORNERS = {
    # EXIF 2.32, 4.6.4: where row 0 and column 0 of the stored picture are in the upright one. Stored corners
    # are a b / c d; listed are the upright corners top left, top right, bottom left, bottom right.
    1: "abcd",
    2: "badc",
    3: "dcba",
    4: "cdab",
    5: "acbd",
    6: "cadb",
    7: "dbca",
    8: "bdac",
}
COLORS = {"a": RED, "b": GREEN, "c": BLUE, "d": WHITE}


def stored_picture() -> NDArray[np.uint8]:
    picture = np.empty((48, 64, 3), np.uint8)
    picture[:24, :32], picture[:24, 32:], picture[24:, :32], picture[24:, 32:] = RED, GREEN, BLUE, WHITE
    return picture


def exif(orientation: int, order: str = "<", kind: int = 3, before: bytes = b"Exif\0\0") -> bytes:
    """An EXIF block with one other tag ahead of the orientation, written from the TIFF specification."""
    value = struct.pack(order + {1: "B", 3: "H", 4: "I"}[kind], orientation).ljust(4, b"\0")
    mark = b"II*\0" if order == "<" else b"MM\0*"
    make = struct.pack(order + "HHI", 0x010F, 2, 4) + b"Abc\0"
    entries = make + struct.pack(order + "HHI", 0x0112, kind, 1) + value
    return before + mark + struct.pack(order + "IH", 8, 2) + entries + bytes(4)


def with_exif(data: bytes, block: bytes) -> bytes:
    """Put an APP1 segment into a JPEG."""
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + data[2:]


def plain_jpeg() -> bytes:
    ok, data = cv2.imencode(".jpg", stored_picture()[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 97])
    assert ok
    return data.tobytes()


def check(photo: bytes | Image.Image, orientation: int, tolerance: int = 12) -> None:
    picture = read_photo(photo)
    assert picture.shape == ((48, 64, 3) if orientation < 5 else (64, 48, 3))
    assert photo_size(photo) == picture.shape[1::-1]
    found = [picture[row, column] for row in (4, -5) for column in (4, -5)]
    expected = [COLORS[corner] for corner in UPRIGHT_CORNERS[orientation]]
    np.testing.assert_allclose(found, expected, atol=tolerance)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [1, 3, 4])
def test_jpeg(orientation: int, order: str, kind: int) -> None:
    check(with_exif(plain_jpeg(), exif(orientation, order, kind)), orientation)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_jpeg_as_opencv_turns_it(orientation: int) -> None:
    data = with_exif(plain_jpeg(), exif(orientation))
    peer = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    assert np.abs(read_photo(data).astype(int) - peer).mean() < 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_smaller_jpeg(orientation: int) -> None:
    data = with_exif(plain_jpeg(), exif(orientation))
    assert read_photo(data, fit=32).shape == ((24, 32, 3) if orientation < 5 else (32, 24, 3))
    assert photo_size(data) == ((64, 48) if orientation < 5 else (48, 64))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_other_formats(kind: str, orientation: int) -> None:
    block = Image.Exif()
    block[0x0112] = orientation
    stream = io.BytesIO()
    if kind == "HEIF":  # written as phones do: the container turns the picture, and EXIF says so again
        from_pillow(Image.fromarray(stored_picture())).save(stream, exif=block.tobytes(), quality=97)
    else:
        Image.fromarray(stored_picture()).save(stream, kind, exif=block, quality=97)
    check(stream.getvalue(), orientation)


def test_heic_is_turned_by_its_container_alone() -> None:
    """ISO/IEC 23008-12, A.2.1: a reader of HEIF ignores the orientation in EXIF."""
    stream = io.BytesIO()
    from_pillow(Image.fromarray(stored_picture())).save(stream, exif=exif(1), quality=97)
    data = stream.getvalue()
    assert data.count(exif(1)) == 1
    check(data.replace(exif(1), exif(6)), 1)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("behind", [False, True])
def test_png_with_exif_before_and_behind_the_pixels(orientation: int, behind: bool) -> None:
    stream = io.BytesIO()
    Image.fromarray(stored_picture()).save(stream, "PNG")
    data = stream.getvalue()
    block = exif(orientation, before=b"")
    chunk = struct.pack(">I4s", len(block), b"eXIf") + block + struct.pack(">I", zlib.crc32(b"eXIf" + block))
    place = len(data) - 12 if behind else 33  # before the end chunk, or after the header
    check(data[:place] + chunk + data[place:], orientation, tolerance=0)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", [b"zTXt", b"tEXt"])
@pytest.mark.parametrize("keyword", [b"Raw profile type exif", b"Raw profile type APP1"])
def test_png_with_exif_as_a_text_of_digits(orientation: int, kind: bytes, keyword: bytes) -> None:
    """As ImageMagick 6 writes it: a name, the length, and the block in lines of 36 bytes."""
    block = exif(orientation)
    digits = "\n".join(block[start : start + 36].hex() for start in range(0, len(block), 36))
    text = f"\nexif\n{len(block):8d}\n{digits}\n".encode()
    content = keyword + b"\0" + (b"\0" + zlib.compress(text) if kind == b"zTXt" else text)
    rows = b"".join(b"\0" + row.tobytes() for row in stored_picture())
    check(png(64, 48, 8, 2, rows, (kind, content)), orientation, tolerance=0)
    turned_by_its_own_chunk = png(64, 48, 8, 2, rows, (kind, content), (b"eXIf", exif(3, before=b"")))
    check(turned_by_its_own_chunk, 3, tolerance=0)


@given(junk=st.binary(max_size=80))
def test_any_bytes_may_stand_where_a_text_of_digits_should(junk: bytes) -> None:
    rows = b"".join(b"\0" + row.tobytes() for row in stored_picture())
    for kind in (b"zTXt", b"tEXt"):
        check(png(64, 48, 8, 2, rows, (kind, b"Raw profile type exif\0" + junk)), 1, tolerance=0)


def xmp(orientation: int, form: str) -> bytes:
    """A packet of XMP whose orientation is an attribute or an element, as ISO 16684-1 allows both."""
    said = (
        f'tiff:Orientation="{orientation}"/>'
        if form == "attribute"
        else f"><tiff:Orientation>{orientation}</tiff:Orientation>"
    )
    return b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description ' + said.encode()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["attribute", "element"])
@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_xmp_counts_where_exif_says_nothing(orientation: int, form: str, kind: str) -> None:
    packet = xmp(orientation, form)
    image = Image.fromarray(stored_picture())
    if kind == "PNG":
        text = PngInfo()
        text.add_itxt("XML:com.adobe.xmp", packet.decode())
        data, tagged = saved(image, kind, pnginfo=text), saved(image, kind, pnginfo=text, exif=exif(3))
    else:
        options = {"quality": 97, "xmp": packet}
        data, tagged = saved(image, kind, **options), saved(image, kind, exif=exif(3), **options)
    check(data, orientation, tolerance=20)
    check(tagged, 3, tolerance=20)


def test_what_stands_behind_the_pixels_of_a_png_turns_neither_size_nor_pixels() -> None:
    text = b"XML:com.adobe.xmp\0\0\0\0\0" + xmp(6, "attribute")
    chunk = struct.pack(">I4s", len(text), b"iTXt") + text + struct.pack(">I", zlib.crc32(b"iTXt" + text))
    data = saved(Image.fromarray(stored_picture()), "PNG")
    check(data[:-12] + chunk + data[-12:], 1, tolerance=0)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pil_images(orientation: int) -> None:
    opened = Image.open(io.BytesIO(with_exif(plain_jpeg(), exif(orientation))))
    check(opened.copy(), orientation)
    check(opened, orientation)
    made = Image.fromarray(stored_picture())
    made.getexif()[0x0112] = orientation
    check(made, orientation, tolerance=0)


@pytest.mark.parametrize("orientation", [0, 9, 255, 65535])
def test_an_orientation_out_of_range_is_ignored(orientation: int) -> None:
    check(with_exif(plain_jpeg(), exif(orientation)), 1)


@pytest.mark.parametrize(
    "block",
    [
        b"Exif\0\0",
        b"Exif\0\0II*\0",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        exif(6)[:24],
        exif(6).replace(b"II*\0", b"IX*\0"),
        b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x12\x01\x02\0" * 30,
    ],
)
def test_broken_exif_leaves_the_photo_as_stored(block: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    check(with_exif(plain_jpeg(), block), 1)
    assert capfd.readouterr() == ("", "")


@given(junk=st.binary(max_size=120))
def test_any_bytes_may_stand_where_exif_should(junk: bytes) -> None:
    data = with_exif(plain_jpeg(), b"Exif\0\0II*\0\x08\0\0\0" + junk)
    assert sorted(read_photo(data).shape) == [3, 48, 64]
