"""Photos as screenshots, on paper, on a wall: pictures of different things that have much in common.

Calibration is fitted on photos in the frames of `FITTED` and checked on those of `HELD_OUT`, which differ in kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PIL import Image, ImageDraw, ImageFont

from glocal.evaluation.framing.grounds import grain, stripes, words

Picture = Image.Image
Frame = Callable[[Picture], Picture]
"""From an RGB picture to one with the same frame as every other."""

_BLACK, _WHITE = (0, 0, 0), (255, 255, 255)


def _gallery(photo: Picture) -> Picture:
    """Frame a photo as a phone's gallery does: black above and below."""
    return _on((1080, 2340), _BLACK, photo, (0, 765, 1080, 1575))


def _app(photo: Picture) -> Picture:
    """Frame a photo as a phone's social app does: clock, name, buttons."""
    page = _on((1080, 2340), _WHITE, photo, (0, 400, 1080, 1480))
    pen = ImageDraw.Draw(page)
    _say(page, (40, 30), 44, "9:41")
    pen.ellipse((40, 220, 160, 340), fill=(200, 120, 60))
    _say(page, (190, 250), 48, "travel_photos")
    _say(page, (40, 1520), 52, "Like   Comment   Share")
    _say(page, (40, 1620), 44, "Liked by many others")
    for number in range(5):
        pen.rectangle((80 + 210 * number, 2240, 150 + 210 * number, 2310), outline=_BLACK, width=8)
    return page


def _on_white(photo: Picture) -> Picture:
    return _on((640, 480), _WHITE, photo, (192, 144, 448, 336))


def _stamp(photo: Picture) -> Picture:
    """Lay a photo on a scanner's lid, as small as a stamp."""
    return _on((640, 900), _WHITE, photo, (260, 400, 380, 490))


def _pillarbox(photo: Picture) -> Picture:
    return _on((854, 480), _BLACK, photo, (247, 0, 607, 480))


def _caption(photo: Picture) -> Picture:
    page = _on((640, 480), _WHITE, photo, (0, 76, 640, 404))
    _say(page, (24, 14), 44, "WHEN YOU SEE IT")
    _say(page, (24, 414), 44, "ONE DOES NOT SIMPLY")
    return page


def _watermark(photo: Picture) -> Picture:
    """Print a stock agency's words all over a photo."""
    page = _cover(photo, (640, 480)).convert("RGBA")
    layer = Image.new("RGBA", (1280, 960), (0, 0, 0, 0))
    for y in range(0, 960, 120):
        for x in range(0, 1280, 213):
            ImageDraw.Draw(layer).text((x, y), "STOCK PHOTO", fill=(255, 255, 255, 110), font=_font(34))
    page.alpha_composite(layer.rotate(25).crop((320, 240, 960, 720)))
    return page.convert("RGB")


def _date(photo: Picture) -> Picture:
    page = _cover(photo, (640, 480))
    _say(page, (430, 430), 34, "2004/08/15", (255, 140, 0))
    _say(page, (10, 10), 30, "CAM 01  REC", _WHITE)
    return page


def _grained_mount(photo: Picture) -> Picture:
    return _onto(grain((800, 640)), photo, (120, 120, 680, 520))


def _mat(photo: Picture) -> Picture:
    """Hang a photo on a grey wall in a mat, as galleries do."""
    page = Image.new("RGB", (800, 640), (90, 90, 95))
    pen = ImageDraw.Draw(page)
    pen.rectangle((30, 30, 770, 610), fill=(235, 232, 225))
    pen.rectangle((130, 110, 670, 530), outline=(120, 110, 100), width=3)
    return _onto(page, photo, (135, 115, 665, 525))


def _tall_strip(photo: Picture) -> Picture:
    return _on((300, 1500), (30, 60, 140), photo, (0, 600, 300, 900))


def _striped_strip(photo: Picture) -> Picture:
    return _onto(stripes((400, 1600)), photo, (0, 600, 400, 1000))


def _broadcast(photo: Picture) -> Picture:
    """Frame a photo as a news channel does: bars, logo, ticker."""
    page = _on((854, 480), _BLACK, photo, (0, 58, 854, 422))
    _say(page, (730, 70), 28, "NEWS 24", _WHITE)
    ImageDraw.Draw(page).rectangle((0, 390, 854, 440), fill=(160, 10, 20))
    _say(page, (20, 396), 30, "BREAKING: weather report at nine", _WHITE)
    return page


def _instant(photo: Picture) -> Picture:
    return _on((600, 720), (250, 248, 240), photo, (50, 50, 550, 550))


def _newspaper(photo: Picture) -> Picture:
    page = _on((800, 1100), (252, 252, 248), photo, (60, 130, 740, 590))
    _say(page, (60, 40), 56, "The Daily Example")
    for number, line in enumerate(words(14, 9)):
        _say(page, (60, 620 + 32 * number), 20, line, (40, 40, 40))
    return page


def _browser(photo: Picture) -> Picture:
    page = _on((1366, 768), (245, 246, 248), photo, (400, 130, 1200, 690))
    pen = ImageDraw.Draw(page)
    pen.rectangle((0, 0, 1366, 80), fill=(222, 225, 230))
    pen.rounded_rectangle((120, 44, 1100, 74), 12, fill=_WHITE)
    _say(page, (140, 48), 18, "https://www.example.org/photos")
    for number, line in enumerate(words(12, 2)):
        _say(page, (30, 120 + 44 * number), 20, line, (60, 60, 60))
    return page


def _film(photo: Picture) -> Picture:
    page = _on((600, 560), (15, 12, 10), photo, (0, 80, 600, 480))
    for x in range(15, 600, 60):
        for y in (20, 500):
            ImageDraw.Draw(page).rounded_rectangle((x, y, x + 35, y + 40), 8, fill=(235, 235, 230))
    return page


FITTED: Mapping[str, Frame] = {
    "gallery": _gallery,
    "app": _app,
    "on white": _on_white,
    "stamp": _stamp,
    "pillarbox": _pillarbox,
    "caption": _caption,
    "watermark": _watermark,
    "date": _date,
}
HELD_OUT: Mapping[str, Frame] = {
    "grained mount": _grained_mount,
    "mat": _mat,
    "tall strip": _tall_strip,
    "striped strip": _striped_strip,
    "broadcast": _broadcast,
    "instant": _instant,
    "newspaper": _newspaper,
    "browser": _browser,
    "film": _film,
}


def _on(size: tuple[int, int], colour: tuple[int, int, int], photo: Picture, box: tuple[int, int, int, int]) -> Picture:
    return _onto(Image.new("RGB", size, colour), photo, box)


def _onto(page: Picture, photo: Picture, box: tuple[int, int, int, int]) -> Picture:
    """Fill the box (left, top, right, bottom) of a page with a photo."""
    page.paste(_cover(photo, (box[2] - box[0], box[3] - box[1])), box[:2])
    return page


def _cover(photo: Picture, size: tuple[int, int]) -> Picture:
    """Return the middle of a photo, scaled to fill a size."""
    factor = max(size[0] / photo.width, size[1] / photo.height)
    grown = photo.convert("RGB").resize((round(photo.width * factor) + 1, round(photo.height * factor) + 1))
    left, top = (grown.width - size[0]) // 2, (grown.height - size[1]) // 2
    return grown.crop((left, top, left + size[0], top + size[1]))


def _say(page: Picture, place: tuple[int, int], size: int, text: str, colour: tuple[int, int, int] = _BLACK) -> None:
    ImageDraw.Draw(page).text(place, text, fill=colour, font=_font(size))


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
