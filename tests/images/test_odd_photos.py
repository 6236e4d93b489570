"""Photos as scanners, programs and accidents leave them show what their writers meant."""

from __future__ import annotations

import io
import struct

import cv2
import numpy as np
import pytest
from handmade_files import png, saved, tiff
from PIL import Image

from glocal.images import photo_size, read_photo

SHADES = np.linspace(0, 200, 64 * 48 * 3).reshape(48, 64, 3).astype(np.uint8)


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
@pytest.mark.parametrize("kind", [".png", ".tif"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bits_of_which_fewer_are_used_are_not_black(bits: int, kind: str, channels: int) -> None:
    full = SHADES.copy()
    full[0, 0] = 255
    values = np.round(full[:, :, : min(channels, 3)] / 255 * (2**bits - 1)).astype(np.uint16)[:, :, ::-1]
    if channels == 4:
        values = np.dstack([values, np.full(values.shape[:2], 65535, np.uint16)])
    encoded = cv2.imencode(kind, values)[1].tobytes()
    expected = full if channels > 1 else np.repeat(full[:, :, :1], 3, axis=2)
    assert np.abs(read_photo(encoded).astype(int) - expected).max() <= 1


def test_a_tiff_where_white_is_zero_is_not_negative() -> None:
    values = (65535 - SHADES[:, :, 0].astype(np.uint16) * 257).astype("<u2")
    entries = {256: (4, 1, 64), 257: (4, 1, 48), 258: (3, 1, 16), 259: (3, 1, 1), 262: (3, 1, 0), 277: (3, 1, 1)}
    read = read_photo(tiff({**entries, 278: (4, 1, 48)}, values.tobytes()))
    assert np.abs(read[:, :, 0].astype(int) - SHADES[:, :, 0]).max() <= 1


@pytest.mark.parametrize("kind", ["planes", "float32", "float16", "uint32"])
def test_scientific_tiffs(kind: str) -> None:
    tifffile = pytest.importorskip("tifffile")
    full = SHADES.copy()
    full[0, 0] = 255
    stream = io.BytesIO()
    if kind == "planes":
        planes = np.moveaxis(full.astype(np.uint16) * 257, 2, 0)
        tifffile.imwrite(stream, planes, photometric="rgb", planarconfig="separate")
    else:
        values = full.astype(np.uint32) * 16843009 if kind == "uint32" else (full / 255).astype(kind)
        tifffile.imwrite(stream, values, photometric="rgb")
    assert np.abs(read_photo(stream.getvalue()).astype(int) - full).max() <= 1
    assert photo_size(stream.getvalue()) == (64, 48)


def test_the_gamma_of_a_png_is_applied() -> None:
    linear = np.round(255 * (SHADES / 255) ** 2.2).astype(np.uint8)
    rows = b"".join(b"\0" + row.tobytes() for row in linear)
    read = read_photo(png(64, 48, 8, 2, rows, (b"gAMA", struct.pack(">I", 100000))))
    bright = SHADES > 60  # darker ones have too few steps in linear light
    assert np.abs(read.astype(int) - SHADES)[bright].max() <= 3
    plain = read_photo(png(64, 48, 8, 2, rows, (b"gAMA", struct.pack(">I", 45455))))
    np.testing.assert_array_equal(plain, linear)


def matrix_profile(red: tuple[float, float, float], green: tuple[float, float, float], gamma: float) -> bytes:
    """An ICC profile written from the specification (ICC.1:2010, section 8.3): primaries in XYZ, and a gamma; the blue
    primary is what is left of the white of D50."""
    blue = tuple(white - r - g for white, r, g in zip((0.9642, 1.0, 0.8249), red, green, strict=True))

    def fixed(values: tuple[float, ...]) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    text = b"made for a test\0"
    described = b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78)
    tags = {b"desc": described, b"cprt": b"text\0\0\0\0free\0\0\0\0", b"wtpt": fixed((0.9642, 1.0, 0.8249))}
    tags |= {b"rXYZ": fixed(red), b"gXYZ": fixed(green), b"bXYZ": fixed(blue)}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    place, table, body = 128 + 4 + 12 * len(tags), b"", b""
    for name, content in tags.items():
        table += struct.pack(">4sII", name, place + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    size = place + len(body)
    head = struct.pack(">I4sI4s4s4s", size, b"none", 0x02400000, b"mntr", b"RGB ", b"XYZ ") + bytes(12) + b"acsp"
    head = head.ljust(68, b"\0") + struct.pack(">iii", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


SRGB_RED, SRGB_GREEN = (0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971)  # adapted to D50: IEC 61966-2-1


def test_a_colour_profile_is_applied() -> None:
    """sRGB's own primaries and gamma 1: what is linear light must come out as it was before."""
    linear = np.round(255 * (SHADES / 255) ** 2.2).astype(np.uint8)
    data = saved(Image.fromarray(linear), "PNG", icc_profile=matrix_profile(SRGB_RED, SRGB_GREEN, 1.0))
    bright = SHADES > 60
    assert np.abs(read_photo(data).astype(int) - SHADES)[bright].max() <= 4
    swapped = saved(Image.fromarray(SHADES), "PNG", icc_profile=matrix_profile(SRGB_GREEN, SRGB_RED, 2.2))
    red_and_green = SHADES[:, :, [1, 0, 2]]
    assert np.abs(read_photo(swapped).astype(int) - red_and_green)[bright].max() <= 6


def test_a_damaged_profile_is_none() -> None:
    data = saved(Image.fromarray(SHADES), "PNG", icc_profile=matrix_profile(SRGB_RED, SRGB_GREEN, 1.0)[:200])
    np.testing.assert_array_equal(read_photo(data), SHADES)


def test_an_animation_that_fades_in_shows_what_comes() -> None:
    black, shown = Image.new("RGB", (64, 48)), Image.new("RGB", (64, 48), (200, 30, 40))
    shown.paste((20, 180, 60), (0, 0, 32, 48))
    for kind, options in (("GIF", {}), ("WEBP", {"lossless": True}), ("PNG", {})):
        data = saved(black, kind, save_all=True, append_images=[black, shown], duration=100, **options)
        np.testing.assert_array_equal(read_photo(data), shown)
    plain = saved(black, "GIF", save_all=True, append_images=[Image.new("RGB", (64, 48), (1, 1, 1))])
    assert read_photo(plain).max() <= 1


def drawn_on_nothing(colour: int, mode: str) -> Image.Image:
    """A ring with soft edges, of one grey, on transparency."""
    across, down = np.meshgrid(np.arange(64) - 31.5, np.arange(48) - 23.5)
    alpha = np.clip(4 - np.abs(np.hypot(across, down) - 15), 0, 1)
    values = np.dstack([np.full_like(alpha, colour), 255 * alpha]).astype(np.uint8)
    image = Image.fromarray(values, "LA")
    return image if mode == "LA" else image.convert("RGBA")


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_what_is_drawn_in_white_on_nothing_is_seen_as_on_a_dark_page(mode: str) -> None:
    for colour, ground in ((255, 0), (245, 0), (200, 255), (0, 255)):
        image = drawn_on_nothing(colour, mode)
        alpha = np.asarray(image.getchannel("A")) / 255
        expected = alpha * colour + (1 - alpha) * ground
        for kind, options in (("PNG", {}), ("WEBP", {"lossless": True, "exact": True})):
            read = read_photo(saved(image, kind, **options))
            assert np.abs(read - expected[..., None]).max() <= 1
            assert np.ptp(read) > 50
    palette = drawn_on_nothing(255, "RGBA").quantize()
    assert np.ptp(read_photo(saved(palette, "PNG"))) > 200


def test_a_white_picture_that_hides_nothing_stays_as_it_is() -> None:
    opaque = Image.new("RGBA", (64, 48), (255, 255, 255, 255))
    assert read_photo(saved(opaque, "PNG")).min() == 255


def test_blanks_before_a_photo_do_not_hide_it() -> None:
    data = saved(Image.fromarray(SHADES), "PNG")
    for blanks in (b"\r\n", b"\xef\xbb\xbf", b"\n\n  \t"):
        np.testing.assert_array_equal(read_photo(blanks + data), SHADES)
