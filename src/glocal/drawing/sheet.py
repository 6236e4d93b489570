"""Many pictures as one: a ranking with the query above and a card per hit below, or plain tiles."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from glocal.arrays import Pixels
from glocal.counting import counted
from glocal.drawing.colours import FAINT, PAPER, TRACK, Colour
from glocal.drawing.proof import Proof, facts
from glocal.drawing.text import file_name, readable, write
from glocal.images import resize

_MARGIN = 32
_GAP = 8
_CARD = (752, 330)
_WIDTH = 2 * _CARD[0] + 3 * _MARGIN
_HEAD = 220
_WORDS = 46
_CERTAIN: Colour = (24, 128, 92)


def contact_sheet(query: Pixels, proofs: Sequence[Proof], *, title: str) -> Pixels:
    """Draw the query and, in two columns, every hit: its overlay, or its photo where nothing was verified.

    Args:
        query: [H, W, 3] RGB.
        proofs: hits in order.
        title: words beside the query, such as its file name.

    Returns:
        [h, 1600, 3] RGB.
    """
    cards = [_card(number, proof) for number, proof in enumerate(proofs, 1)]
    rows = [_head(query, title, len(proofs))]
    rows += [_row(cards[first : first + 2]) for first in range(0, len(cards), 2)]
    return np.vstack(rows)


def tiles(pictures: Sequence[Pixels]) -> Pixels:
    """Draw pictures of one size in rows, as wide as they are high or a little wider.

    Args:
        pictures: one or more, [H, W, 3] RGB.

    Returns:
        [h, w, 3] RGB.
    """
    height, width = pictures[0].shape[:2]
    columns = math.ceil(math.sqrt(len(pictures) * height / width))
    rows = math.ceil(len(pictures) / columns)
    sheet = np.full((_GAP + rows * (height + _GAP), _GAP + columns * (width + _GAP), 3), PAPER, np.uint8)
    for place, picture in enumerate(pictures):
        top, left = (_GAP + (height + _GAP) * (place // columns), _GAP + (width + _GAP) * (place % columns))
        sheet[top : top + height, left : left + width] = picture
    return sheet


def _row(cards: Sequence[Pixels]) -> Pixels:
    """Return a band with one or two cards, standing on one line."""
    height = max(len(card) for card in cards)
    band = np.full((height + _MARGIN, _WIDTH, 3), PAPER, np.uint8)
    for column, card in enumerate(cards):
        left = _MARGIN + column * (_CARD[0] + _MARGIN)
        band[height - len(card) : height, left : left + _CARD[0]] = card
    return band


def _head(query: Pixels, title: str, count: int) -> Pixels:
    """Return the top band: the query and what it is."""
    picture = fitted(query, 480, _HEAD)
    height, width = picture.shape[:2]
    band = np.full((max(height, 96) + 2 * _MARGIN, _WIDTH, 3), PAPER, np.uint8)
    band[_MARGIN : _MARGIN + height, _MARGIN : _MARGIN + width] = picture
    left = 2 * _MARGIN + width
    band = write(band, readable(title), (left, _MARGIN + 24), size=32, width=_WIDTH - left - _MARGIN)
    words = f"{counted(count, 'photo')} found"
    return write(band, words, (left, _MARGIN + 68), size=20, colour=FAINT)


def _card(number: int, proof: Proof) -> Pixels:
    """Return a hit's picture, name, facts, and a bar as long as its probability."""
    picture = fitted(proof.photo if proof.overlay is None else proof.overlay, *_CARD)
    height, width = picture.shape[0], _CARD[0]
    card = np.full((height + _WORDS, width, 3), PAPER, np.uint8)
    card[:height, : picture.shape[1]] = picture
    card = write(card, f"{number}", (0, height + 22), size=20, width=40)
    card = write(card, file_name(proof.hit.path), (40, height + 22), size=17, width=400)
    card = write(card, facts(proof.hit), (width, height + 22), size=17, colour=FAINT, align="right", width=300)
    card[height + 40 : height + 44] = TRACK
    card[height + 40 : height + 44, : round(width * (proof.hit.probability or 0.0))] = _CERTAIN
    return card


def fitted(picture: Pixels, width: int, height: int) -> Pixels:
    """Return the picture scaled to fit into width x height."""
    factor = min(width / picture.shape[1], height / picture.shape[0])
    size = (max(1, int(picture.shape[1] * factor)), max(1, int(picture.shape[0] * factor)))
    return resize(picture, *size, smooth=True)
