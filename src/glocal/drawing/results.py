"""Results as pictures and HTML for notebooks: what `glocal.showing` asks for."""

from __future__ import annotations

import base64
from functools import cache
from html import escape
from pathlib import Path

import numpy as np

from glocal.arrays import Pixels
from glocal.collection import Collection, Hit, Ranking
from glocal.drawing.drawn_match import DrawnMatch
from glocal.drawing.overlay import draw_match, outlined
from glocal.drawing.page import page
from glocal.drawing.proof import Proof, facts, percent, prove
from glocal.drawing.saving import save_ranking
from glocal.drawing.sheet import fitted, tiles
from glocal.drawing.text import file_name, name_of, readable
from glocal.errors import GlocalError, PhotoError
from glocal.features import LocalGeometry
from glocal.images import Decoded, Photo, encode, photo_size, read_decoded, read_photo
from glocal.pair import Pair
from glocal.svg import dot, picture

_WIDTH = 1000
_SHOWN = 10
"""Hits of a ranking, and twice as many photos of a collection, that a notebook shows."""

_TILE = (180, 135)


def hit_picture(hit: Hit, width: int) -> Pixels:
    """Draw a hit's photo beside its query, with what agrees.

    Raises:
        GlocalError: the hit does not know its query.
        PhotoError: a photo can no longer be read.
    """
    query = read_decoded(_query_of(hit), fit=width // 2)
    proof = prove(query.pixels, query.size, hit, region=_region_of(hit), width=width)
    if proof.overlay is not None:
        return proof.overlay
    plain = DrawnMatch(query.size, photo_size(hit.path), None, np.zeros((0, 4), np.float32))
    return draw_match(query.pixels, proof.photo, plain, width=width)


def pair_picture(pair: Pair, width: int) -> Pixels:
    """Draw both photos of a pair, with what agrees.

    Raises:
        GlocalError: the pair was made of features alone.
        PhotoError: a photo can no longer be read.
    """
    if pair.photos is None:
        raise GlocalError("this pair was made of features alone; compare photos with glocal.match to draw them")
    query, photo = (read_photo(one, fit=width // 2) for one in pair.photos)
    found = DrawnMatch.of_match(pair.match, pair.query, pair.photo, pair.agreement)
    return draw_match(query, photo, found, region=pair.region, width=width)


def save(file: Path, ranking: Ranking) -> list[PhotoError]:
    """Draw a ranking into a page or a picture: see `save_ranking`."""
    if ranking.query is None:
        raise GlocalError("this ranking does not know its query; search by photos to save it")
    return save_ranking(file, ranking.query.photos, ranking, ranking.query.region)


def hit_html(hit: Hit) -> str:
    """Return a hit's picture with what is known of it."""
    return _figure(hit_picture(hit, _WIDTH), f"{file_name(hit.path)}: {facts(hit)}")


def pair_html(pair: Pair) -> str:
    """Return a pair's picture with what is known of it."""
    words = f"{pair.inliers} of {len(pair.match)} inliers, {pair.verdict}, {percent(pair.probability)}"
    return _figure(pair_picture(pair, _WIDTH), words)


def ranking_html(ranking: Ranking) -> str:
    """Return the page of the first hits, in a frame of its own: its style stays its own."""
    if ranking.query is None:
        raise GlocalError("it does not know its query")
    views = ranking.query.photos

    @cache
    def shown(view: int) -> Decoded:
        return read_decoded(views[view], fit=_WIDTH // 2)

    proofs = []
    for hit in ranking[:_SHOWN]:
        try:
            query = shown(hit.view)
            proofs.append(prove(query.pixels, query.size, hit, region=_region_of(hit), width=_WIDTH))
        except PhotoError:
            proofs.append(Proof(hit, np.full((60, 80, 3), 224, np.uint8), None))
    first = outlined(shown(0).pixels, shown(0).size, ranking.query.region)
    document = escape(page(first, proofs, title=name_of(views[0])))
    return f'<iframe srcdoc="{document}" style="width:100%;height:36em;border:0"></iframe>'


def features_html(features: LocalGeometry) -> str:
    """Return where local features lie, the more attention the darker."""
    width, height = features.image_size
    share = 480 / max(width, height)
    strongest = float(features.attention[0]) if len(features) else 1.0
    dots = [
        dot(share * x, share * y, "#2456a6", opacity=0.15 + 0.85 * float(attention) / max(strongest, 1e-9))
        for (x, y), attention in zip(features.keypoints.tolist(), features.attention, strict=True)
    ]
    chart = picture(dots, width=share * width, height=share * height)
    return f'<figure style="max-width:480px">{chart}<figcaption>{escape(repr(features))}</figcaption></figure>'


def collection_html(collection: Collection) -> str:
    """Return a collection's first photos and what it is."""
    small = []
    for record in collection.page(None, 2 * _SHOWN):
        try:
            small.append(_tile(read_photo(record.path, fit=_TILE[0])))
        except PhotoError:
            continue
    words = repr(collection)
    return _figure(tiles(small), words) if small else f"<p>{escape(words)}</p>"


def _tile(photo: Pixels) -> Pixels:
    tile = np.full((_TILE[1], _TILE[0], 3), 255, np.uint8)
    small = fitted(photo, *_TILE)
    top, left = (_TILE[1] - small.shape[0]) // 2, (_TILE[0] - small.shape[1]) // 2
    tile[top : top + small.shape[0], left : left + small.shape[1]] = small
    return tile


def _figure(pixels: Pixels, words: str) -> str:
    data = base64.b64encode(encode(pixels, "jpg")).decode("ascii")
    said = escape(readable(words))
    return f'<figure><img src="data:image/jpeg;base64,{data}" alt="{said}"><figcaption>{said}</figcaption></figure>'


def _query_of(hit: Hit) -> Photo:
    if hit.query is None:
        raise GlocalError("this hit does not know its query; search by photos to draw it")
    return hit.query.photos[hit.view]


def _region_of(hit: Hit) -> tuple[float, float, float, float] | None:
    return hit.query.region if hit.query is not None and hit.view == 0 else None
