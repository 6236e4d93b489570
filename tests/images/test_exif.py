"""What the camera wrote, in every format, written by Pillow, by libheif, or by hand from the specification."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pillow_heif import from_pillow

from glocal.images import Exif, photo_exif

EVERYTHING = Exif("2019-05-06T07:08:09+02:00", -12.51, 8.25, "NIKON D90")


def written() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0132] = "NIKON CORPORATION", "NIKON D90", "2024:01:01 00:00:00"
    exif.get_ifd(0x8769).update({0x9003: "2019:05:06 07:08:09", 0x9011: "+02:00"})
    exif.get_ifd(0x8825).update({1: "S", 2: (12.0, 30.0, 36.0), 3: "E", 4: (8.0, 15.0, 0.0)})
    return exif


def encoded(kind: str, exif: Image.Exif) -> bytes:
    out, image = io.BytesIO(), Image.new("RGB", (16, 12), (200, 60, 9))
    if kind == "heic":
        from_pillow(image).save(out, exif=exif.tobytes())
    else:
        image.save(out, kind, exif=exif)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "avif", "heic"])
def test_every_format(kind):
    assert photo_exif(encoded(kind, written())) == EVERYTHING


@pytest.mark.parametrize("order", "<>")
def test_a_tiff_file_holds_it_itself(order):
    """A TIFF of one grey pixel: its first directory has camera, date of the file and a directory of its own."""
    entries = [  # tag, type, count, value: TIFF 6.0, section 2
        *[(tag, 3, 1, value) for tag, value in ((256, 1), (257, 1), (258, 8), (259, 1), (262, 1))],
        (0x010F, 2, 4, b"Abc\0"),
        (0x0110, 2, 2, b"X\0\0\0"),
        (273, 4, 1, 8),
        *[(tag, 3, 1, 1) for tag in (277, 278)],
        (279, 4, 1, 1),
        (0x8769, 4, 1, 200),
    ]
    body = struct.pack(order + "H", len(entries))
    for tag, kind, count, value in entries:
        field = value if isinstance(value, bytes) else struct.pack(order + ("H2x" if kind == 3 else "I"), value)
        body += struct.pack(order + "HHI", tag, kind, count) + field
    mark = b"II*\0" if order == "<" else b"MM\0*"
    file = (mark + struct.pack(order + "I", 16) + bytes(8) + body + bytes(4)).ljust(200, b"\0")
    file += struct.pack(order + "HHHII4x", 1, 0x9004, 2, 20, 218) + b"2001:02:03 04:05:06\0"
    assert photo_exif(file) == Exif(date="2001-02-03T04:05:06", camera="Abc X")


def test_what_is_not_there_or_means_nothing_is_not_known():
    assert photo_exif(encoded("jpeg", Image.Exif())) == Exif()
    exif = written()
    exif.get_ifd(0x8769)[0x9003] = "0000:00:00 00:00:00"
    exif.get_ifd(0x8825).update({2: (0.0, 0.0, 0.0), 4: (0.0, 0.0, 0.0)})
    assert photo_exif(encoded("jpeg", exif)) == Exif("2024-01-01T00:00:00", camera="NIKON D90")
    exif.get_ifd(0x8825).update({2: (91.0, 0.0, 0.0), 4: (8.0, 0.0, 0.0)})
    assert photo_exif(encoded("jpeg", exif)).latitude is None


@given(st.data())
def test_damage_gives_what_can_be_read_and_no_error(data):
    block = bytearray(b"Exif\0\0" + written().tobytes().removeprefix(b"Exif\0\0"))
    for _ in range(data.draw(st.integers(1, 8))):
        block[data.draw(st.integers(6, len(block) - 1))] = data.draw(st.integers(0, 255))
    image = Image.new("RGB", (1, 1))
    image.info["exif"] = bytes(block[: data.draw(st.integers(0, len(block)))])
    found = photo_exif(image)
    assert found.camera is None or (found.camera.isprintable() and len(found.camera) <= 100)


def test_a_value_that_breaks_its_rules_cannot_be_made():
    for latitude, longitude in ((1.0, None), (91.0, 0.0), (float("nan"), 0.0), (0.0, 181.0)):
        with pytest.raises(ValueError):
            Exif(latitude=latitude, longitude=longitude)
