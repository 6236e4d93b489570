"""Every kind of file and pixel gives the RGB values that were written into it."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from example_photos import EXAMPLES
from handmade_files import png, saved, tiff
from numpy.typing import NDArray
from PIL import Image
from pillow_heif import from_pillow

from glocal.errors import PhotoError
from glocal.images import photo_size, read_decoded, read_photo

RED, GREEN, BLUE, WHITE = (220, 30, 40), (20, 180, 60), (30, 50, 200), (255, 255, 255)


def quadrants(height: int = 48, width: int = 64) -> NDArray[np.uint8]:
    """Red, green / blue, white."""
    picture = np.empty((height, width, 3), np.uint8)
    picture[: height // 2, : width // 2] = RED
    picture[: height // 2, width // 2 :] = GREEN
    picture[height // 2 :, : width // 2] = BLUE
    picture[height // 2 :, width // 2 :] = WHITE
    return picture


def corners(picture: NDArray[np.uint8]) -> list[list[int]]:
    return [picture[row, column].tolist() for row in (4, -5) for column in (4, -5)]


@pytest.mark.parametrize(
    ("kind", "options", "tolerance"),
    [
        ("JPEG", {"quality": 95, "subsampling": 0}, 6),
        ("JPEG", {"quality": 95, "progressive": True}, 6),
        ("MPO", {"quality": 95, "save_all": True, "append_images": [Image.new("RGB", (64, 48))]}, 6),
        ("PNG", {}, 0),
        ("GIF", {}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("WEBP", {"quality": 95}, 10),
        ("AVIF", {"quality": 95}, 10),
        ("TIFF", {}, 0),
        ("TIFF", {"compression": "tiff_lzw"}, 0),
        ("TIFF", {"compression": "tiff_deflate", "big_tiff": True}, 0),
        ("BMP", {}, 0),
        ("PPM", {}, 0),
    ],
)
def test_reads_every_format(kind: str, options: dict[str, object], tolerance: int) -> None:
    data = saved(Image.fromarray(quadrants()), kind, **options)
    picture = read_photo(data)
    assert picture.shape == (48, 64, 3)
    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous
    assert not picture.flags.writeable
    np.testing.assert_allclose(corners(picture), [RED, GREEN, BLUE, WHITE], atol=tolerance)
    assert photo_size(data) == (64, 48)


def heic(picture: NDArray[np.uint8], **options: object) -> bytes:
    stream = io.BytesIO()
    from_pillow(Image.fromarray(picture)).save(stream, **options)
    return stream.getvalue()


def test_reads_heic() -> None:
    data = heic(quadrants(), quality=95)
    np.testing.assert_allclose(corners(read_photo(data)), [RED, GREEN, BLUE, WHITE], atol=12)
    assert photo_size(data) == (64, 48)


@pytest.mark.parametrize("suffix", [".jpg", ".txt", ".heic", ""])
def test_the_content_decides_not_the_suffix(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"photo{suffix}"
    path.write_bytes(saved(Image.fromarray(quadrants()), "PNG"))
    np.testing.assert_array_equal(read_photo(path), quadrants())
    np.testing.assert_array_equal(read_photo(str(path)), quadrants())


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF", "AVIF"])
def test_an_animation_gives_its_first_frame(kind: str) -> None:
    frames = [Image.new("RGB", (32, 24), color) for color in (RED, GREEN, BLUE)]
    options = {"lossless": True} if kind == "WEBP" else {}
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    np.testing.assert_allclose(read_photo(data)[12, 16], RED, atol=6)


def test_16_bit_grey_png_is_scaled_not_clipped() -> None:
    values = np.arange(256, dtype=np.uint16) * 257
    row = b"\0" + values.astype(">u2").tobytes()
    picture = read_photo(png(256, 1, 16, 0, row))
    np.testing.assert_array_equal(picture[0], np.repeat(np.arange(256)[:, None], 3, axis=1))


def test_16_bit_rgb_png_keeps_the_high_byte() -> None:
    row = b"\0" + np.array([0xDC12, 0x1EFF, 0x2800], ">u2").tobytes()
    np.testing.assert_array_equal(read_photo(png(1, 1, 16, 2, row)), [[[0xDC, 0x1E, 0x28]]])


def test_16_bit_grey_tiff_of_either_byte_order() -> None:
    ok, data = cv2.imencode(".tif", np.full((8, 8), 0x8040, np.uint16))
    assert ok
    np.testing.assert_array_equal(read_photo(data.tobytes()), np.full((8, 8, 3), 0x80))
    shape = {256: (4, 1, 2), 257: (4, 1, 1), 258: (3, 1, 16), 259: (3, 1, 1), 262: (3, 1, 1), 277: (3, 1, 1)}
    little = tiff(shape, struct.pack("<HH", 0x1234, 0xFFFF))
    np.testing.assert_array_equal(read_photo(little)[0, :, 0], [0x12, 0xFF])


def test_16_bit_pgm() -> None:
    data = b"P5\n2 1\n65535\n" + struct.pack(">HH", 0x8000, 0x0100)
    np.testing.assert_allclose(read_photo(data)[0, :, 1], [128, 1], atol=1)


@pytest.mark.parametrize(("white", "written"), [(1.0, 0.5), (255.0, 127.5), (65535.0, 32767.5), (1e6, 5e5)])
def test_float_tiff_is_scaled_by_its_likely_white(white: float, written: float) -> None:
    values = np.array([[0.0, written, white, -white, np.nan]], np.float32)
    picture = read_photo(saved(Image.fromarray(values), "TIFF"))
    np.testing.assert_allclose(picture[0, :, 0], [0, 127.5, 255, 0, 0], atol=0.51)


def test_float_highlights_above_one_do_not_darken_the_photo() -> None:
    picture = read_photo(saved(Image.fromarray(np.array([[0.5, 1.3]], np.float32)), "TIFF"))
    np.testing.assert_allclose(picture[0, :, 0], [127.5, 255], atol=0.51)


def test_black_float_and_integer_tiffs_are_black() -> None:
    for dtype in (np.float32, np.int32):
        assert read_photo(saved(Image.fromarray(np.zeros((3, 4), dtype)), "TIFF")).max() == 0


def test_palette_and_one_bit_and_grey() -> None:
    palette = png(2, 1, 8, 3, b"\0\1\0", (b"PLTE", bytes([*RED, *BLUE])))
    np.testing.assert_array_equal(read_photo(palette), [[BLUE, RED]])
    one_bit = png(8, 1, 1, 0, b"\0\xa0")
    np.testing.assert_array_equal(read_photo(one_bit)[0, :, 0], [255, 0, 255, 0, 0, 0, 0, 0])
    grey = png(2, 1, 8, 0, b"\0\x07\xf0")
    np.testing.assert_array_equal(read_photo(grey), [[[7] * 3, [240] * 3]])


def test_transparency_is_laid_on_white() -> None:
    def over_white(value: int, alpha: int) -> int:
        return round((value * alpha + 255 * (255 - alpha)) / 255)

    rgba = png(3, 1, 8, 6, b"\0" + bytes([*RED, 255, *RED, 128, *RED, 0]))
    expected = [[RED, tuple(over_white(v, 128) for v in RED), WHITE]]
    np.testing.assert_allclose(read_photo(rgba), expected, atol=1)
    grey_alpha = png(2, 1, 8, 4, b"\0" + bytes([100, 64, 0, 0]))
    np.testing.assert_allclose(read_photo(grey_alpha)[0, :, 0], [over_white(100, 64), 255], atol=1)
    palette = png(2, 1, 8, 3, b"\0\0\1", (b"PLTE", bytes([*RED, *BLUE])), (b"tRNS", bytes([0, 255])))
    np.testing.assert_array_equal(read_photo(palette), [[WHITE, BLUE]])
    colour_key = png(2, 1, 8, 2, b"\0" + bytes([*RED, *BLUE]), (b"tRNS", struct.pack(">HHH", *BLUE)))
    np.testing.assert_array_equal(read_photo(colour_key), [[RED, WHITE]])
    premultiplied = Image.frombytes("La", (1, 1), bytes([50, 128]))
    np.testing.assert_allclose(read_photo(premultiplied)[0, 0], over_white(100, 128), atol=2)


def test_cmyk_jpeg_is_read_as_adobe_writes_it() -> None:
    """Adobe stores CMYK and YCCK inverted; cyan, magenta, yellow and black ink each absorb their colour."""
    inks = Image.new("CMYK", (64, 16))
    for index, ink in enumerate([(255, 0, 0, 0), (0, 255, 0, 0), (0, 0, 255, 0), (0, 0, 0, 255)]):
        inks.paste(ink, (16 * index, 0, 16 * index + 16, 16))
    data = saved(inks, "JPEG", quality=98)
    assert b"Adobe" in data[:64]
    colours = read_photo(data)[8, 8::16]
    np.testing.assert_allclose(colours, [(0, 255, 255), (255, 0, 255), (255, 255, 0), (0, 0, 0)], atol=8)


def test_ycck_jpeg() -> None:
    """The same bytes flagged YCCK: (C, M, Y) = 255 - RGB(Y, Cb, Cr), stored inverted (Adobe technical note 5116).

    One flat picture stored as (Y, Cb, Cr, K) = (0, 255, 255, 255): JFIF gives RGB (178, 0, 225), whose complement
    is what libjpeg calls CMY; inverted back the inks are (178, 0, 225, 0).
    """
    data = saved(Image.new("CMYK", (16, 16), (255, 0, 0, 0)), "JPEG", quality=98)
    cmyk_flag, ycck_flag = b"Adobe\0\x64\0\0\0\0\0", b"Adobe\0\x64\0\0\0\0\2"
    assert data.count(cmyk_flag) == 1
    picture = read_photo(data.replace(cmyk_flag, ycck_flag))
    np.testing.assert_allclose(picture[8, 8], (255 - 178, 255, 255 - 225), atol=8)


def test_lab_tiff() -> None:
    """CIE L*a*b* of sRGB red is (53.2, 80.1, 67.2) at white point D65, (54.3, 80.8, 69.9) at D50."""
    shape = {256: (4, 1, 3), 257: (4, 1, 1), 258: (3, 1, 8), 259: (3, 1, 1), 262: (3, 1, 8), 277: (3, 1, 3)}
    pixels = struct.pack("<Bbb Bbb Bbb", 138, 81, 70, 255, 0, 0, 136, 0, 0)
    picture = read_photo(tiff(shape, pixels))
    np.testing.assert_allclose(picture[0], [(255, 0, 0), (255, 255, 255), (127, 127, 127)], atol=6)


@pytest.mark.parametrize("mode", ["YCbCr", "HSV", "RGBX", "CMYK", "P", "1", "L", "RGBA", "LA", "F", "I"])
def test_pil_images_of_any_mode(mode: str) -> None:
    image = Image.new("RGB", (5, 4), WHITE)
    image = image.convert("L").convert(mode) if mode in ("F", "I", "LA", "1") else image.convert(mode)
    if mode == "I":
        image = image.point(lambda value: value * 257)
    assert read_photo(image).tolist() == np.full((4, 5, 3), 255).tolist()


def test_arrays_pass_through_and_grey_is_repeated() -> None:
    picture = quadrants()
    assert np.shares_memory(read_photo(picture), picture)
    assert picture.flags.writeable
    np.testing.assert_array_equal(read_photo(picture[:, ::-1]), picture[:, ::-1])
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4)
    np.testing.assert_array_equal(read_photo(grey), np.stack([grey] * 3, axis=2))
    assert photo_size(grey) == (4, 3)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4, 3), np.float32),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((3, 4, 4), np.uint8),
        np.zeros((4,), np.uint8),
        np.zeros((1, 4, 4, 3), np.uint8),
        np.zeros((4, 4), np.uint16),
    ],
)
def test_other_arrays_are_refused_with_what_is_accepted(array: NDArray[np.uint8]) -> None:
    for function in (read_photo, photo_size):
        with pytest.raises(PhotoError, match=r"uint8 of shape \[H, W, 3\] \(RGB\) or \[H, W\] \(grey\)"):
            function(array)


def test_an_array_without_pixels_is_refused() -> None:
    with pytest.raises(PhotoError, match="no pixels"):
        read_photo(np.zeros((0, 4, 3), np.uint8))


def test_one_pixel() -> None:
    np.testing.assert_array_equal(read_photo(png(1, 1, 8, 2, b"\0" + bytes(RED))), [[RED]])


def test_opencv_accepts_the_read_only_result() -> None:
    picture = read_photo(saved(Image.fromarray(quadrants()), "PNG"))
    assert cv2.resize(picture, (32, 24), interpolation=cv2.INTER_AREA)[3, 3].tolist() == list(RED)


@pytest.mark.parametrize("size", [(640, 480), (479, 641), (8, 8), (7, 3), (1, 1000), (1601, 17)])
@pytest.mark.parametrize("fit", [1, 60, 100, 320, 321, 5000])
def test_a_smaller_jpeg_never_falls_below_fit(size: tuple[int, int], fit: int) -> None:
    width, height = size
    data = saved(Image.new("RGB", size, RED), "JPEG")
    picture = read_photo(data, fit=fit)
    shrink = next((s for s in (8, 4, 2) if -(-max(size) // s) >= fit), 1)
    if min(size) < 8:  # too thin to be worth it
        assert max(picture.shape) >= min(fit, max(size))
    else:
        assert picture.shape == (-(-height // shrink), -(-width // shrink), 3)
    assert photo_size(data) == size
    np.testing.assert_allclose(picture.reshape(-1, 3).mean(0), RED, atol=4)


def test_fit_decodes_the_same_picture_smaller() -> None:
    photo = EXAMPLES / "scale_beach/beach01.jpg"
    full, small = read_photo(photo), read_photo(photo, fit=200)
    assert max(small.shape) < max(full.shape)
    expected = cv2.resize(full, small.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(small.astype(int) - expected).mean() < 3


@pytest.mark.parametrize("size", [(640, 480), (479, 641), (8, 8), (1, 1000), (1601, 17), (403, 302)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_what_serves_another_fit_is_what_that_would_give(size: tuple[int, int], kind: str) -> None:
    rng = np.random.default_rng(1)
    data = saved(Image.fromarray(rng.integers(0, 256, (*size[::-1], 3), np.uint8)), kind)
    decoded = {fit: read_decoded(data, fit=fit) for fit in (None, 1, 30, 50, 51, 100, 101, 160, 161, 320, 321, 5000)}
    for one in decoded.values():
        for fit, other in decoded.items():
            if one.serves(fit):
                np.testing.assert_array_equal(one.pixels, other.pixels)
    assert all(one.serves(fit) for fit, one in decoded.items())


def test_a_smaller_picture_serves_as_long_as_it_is_not_below_fit() -> None:
    small = read_decoded(saved(Image.new("RGB", (640, 480), RED), "JPEG"), fit=90)
    assert small.pixels.shape == (120, 160, 3)
    assert [fit for fit in (None, 70, 90, 160, 161, 640) if small.serves(fit)] == [90, 160]
    whole = read_decoded(saved(Image.new("RGB", (640, 480), RED), "PNG"), fit=90)
    assert [fit for fit in (None, 70, 90, 160, 161, 640) if whole.serves(fit)] == [None, 90, 160, 161, 640]


def test_fit_leaves_a_caller_s_image_alone() -> None:
    image = Image.open(io.BytesIO(saved(Image.fromarray(quadrants()), "JPEG")))
    assert read_photo(image, fit=8).shape == (48, 64, 3)
