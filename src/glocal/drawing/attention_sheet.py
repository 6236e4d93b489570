"""Photos, each beside its attention: one picture to judge a model by."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from glocal.arrays import Pixels
from glocal.drawing.colours import FAINT, INK, PAPER, glow
from glocal.drawing.sheet import fitted
from glocal.drawing.text import write

_COLUMNS = 3
_PICTURE = (296, 222)
"""Greatest (width, height) of a photo on the sheet."""

_MARGIN = 20
_GAP = 4
_WORDS = 28
_LEGEND = 56
_BAR = (320, 12)
_CARD = (2 * _PICTURE[0] + _GAP, _PICTURE[1] + _WORDS)


def attention_sheet(
    photos: Sequence[Pixels], maps: Sequence[NDArray[np.float32]], names: Sequence[str], threshold: float
) -> Pixels:
    """Draw photos in rows, each beside its heat map; colours mean the same in all of them.

    Black is no attention; the brightest yellow is the attention that one pixel in a hundred of the sheet exceeds.

    Args:
        photos: one or more, [H, W, 3] RGB.
        maps: attention [h, w] of each, over the whole photo.
        names: words below each.
        threshold: the attention from which local features are kept, marked in the legend.

    Returns:
        [h, w, 3] RGB.
    """
    high = max(float(np.percentile(np.concatenate([heat.ravel() for heat in maps]), 99)), 1e-6)
    cards = [
        _card(photo, np.asarray(heat / high, np.float32), name)
        for photo, heat, name in zip(photos, maps, names, strict=True)
    ]
    columns = min(_COLUMNS, len(cards))
    width = _MARGIN + columns * (_CARD[0] + _MARGIN)
    rows = [_row(cards[first : first + columns], width) for first in range(0, len(cards), columns)]
    return np.vstack([_legend(width, high, threshold), *rows])


def _card(photo: Pixels, heat: NDArray[np.float32], name: str) -> Pixels:
    """Return a photo, its heat beside it, its name below."""
    picture = fitted(photo, *_PICTURE)
    height, width = picture.shape[:2]
    card = np.full((_CARD[1], _CARD[0], 3), PAPER, np.uint8)
    top, left = _PICTURE[1] - height, _PICTURE[0] - width
    card[top : _PICTURE[1], left : _PICTURE[0]] = picture
    right = _PICTURE[0] + _GAP
    card[top : _PICTURE[1], right : right + width] = glow(np.asarray(cv2.resize(heat, (width, height)), np.float32))
    return write(card, name, (left, _PICTURE[1] + _WORDS // 2), size=14, colour=FAINT, width=2 * width)


def _row(cards: Sequence[Pixels], width: int) -> Pixels:
    band = np.full((_CARD[1] + _MARGIN // 2, width, 3), PAPER, np.uint8)
    for column, card in enumerate(cards):
        left = _MARGIN + column * (_CARD[0] + _MARGIN)
        band[: _CARD[1], left : left + _CARD[0]] = card
    return band


def _legend(width: int, high: float, threshold: float) -> Pixels:
    """Return the band that says which colour is how much attention; a mark shows the threshold."""
    band = np.full((_LEGEND, width, 3), PAPER, np.uint8)
    left, top, middle = _MARGIN, (_LEGEND - _BAR[1]) // 2, _LEGEND // 2
    ramp = np.broadcast_to(np.linspace(0, 1, _BAR[0], dtype=np.float32), (_BAR[1], _BAR[0]))
    band[top : top + _BAR[1], left : left + _BAR[0]] = glow(ramp)
    kept = left + round((_BAR[0] - 1) * min(threshold / high, 1.0))
    band[top - 5 : top + _BAR[1] + 5, kept - 1 : kept + 1] = INK
    words = f"attention 0 to {high:.3g} and more; features are kept from {threshold:.3g} on"
    return write(band, words, (left + _BAR[0] + 12, middle), size=15, width=width - left - _BAR[0] - 12 - _MARGIN)
