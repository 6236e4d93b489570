"""The proof as a file: a ranking as page or contact sheet, a pair as a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glocal.arrays import FloatArray
from glocal.collection import Ranking
from glocal.drawing.attention import draw_attention
from glocal.drawing.attention_sheet import attention_sheet
from glocal.drawing.drawn_match import DrawnMatch
from glocal.drawing.overlay import Caption, draw_match, outlined
from glocal.drawing.page import page
from glocal.drawing.proof import Proof, percent, prove
from glocal.drawing.sheet import contact_sheet
from glocal.drawing.text import file_name, name_of
from glocal.errors import PhotoError
from glocal.features import Region
from glocal.files import write_whole
from glocal.images import Photo, describe, read_photo, save_picture
from glocal.pair import Pair

PAGE_SUFFIXES = (".html", ".htm")
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


def check_suffix(file: Path, suffixes: Sequence[str]) -> None:
    """Make sure that a file's name says which of these kinds it is to be.

    Raises:
        PhotoError: it does not.
    """
    if file.suffix.lower() not in suffixes:
        raise PhotoError(describe(file), f"cannot be drawn into; end the name in one of {', '.join(suffixes)}")


def save_ranking(
    file: Path,
    queries: Sequence[Photo],
    ranking: Ranking,
    region: Region | None,
) -> list[PhotoError]:
    """Draw a ranking into one HTML page, or into one picture.

    Args:
        file: ends in .html, or in the suffix of a picture.
        queries: the query's photos, one or several views of one thing.
        ranking: the hits.
        region: of the query, if only a part was searched.

    Returns:
        The reason for each hit that was left out, as its photo can no longer be read.

    Raises:
        PhotoError: the suffix is unknown, a query is gone, or the file cannot be written.
    """
    check_suffix(file, (*PAGE_SUFFIXES, *PICTURE_SUFFIXES))
    pixels = [read_photo(query) for query in queries]
    left_out: list[PhotoError] = []
    proofs = list(_proofs(pixels, ranking, region, left_out))
    title = name_of(queries[0])
    height, width = pixels[0].shape[:2]
    query = outlined(pixels[0], (width, height), region)
    if file.suffix.lower() not in PAGE_SUFFIXES:
        save_picture(contact_sheet(query, proofs, title=title), file)
        return left_out
    try:
        write_whole(file, page(query, proofs, title=title))
    except OSError as error:
        raise PhotoError(describe(file), f"cannot be written ({error.strerror}); check the folder") from error
    return left_out


def save_pair(
    file: Path, query: Path, photo: Path, pair: Pair, region: Region | None, *, attention: bool = False
) -> None:
    """Draw two photos side by side, with what agrees.

    Args:
        file: ends in the suffix of a picture.
        query: the photo that was called a.
        photo: the photo that was called b.
        pair: what both have in common.
        region: of the query, if only a part was compared.
        attention: show where the network looks: heat maps instead of the plain photos.

    Raises:
        PhotoError: the suffix is not a picture's, a photo is gone, or the file cannot be written.
    """
    check_suffix(file, PICTURE_SUFFIXES)
    words = f"{pair.inliers} of {len(pair.match)} inliers"
    if pair.probability is not None:
        words += f" · {percent(pair.probability)}"
    left, right = read_photo(query), read_photo(photo)
    if attention:
        left, right = draw_attention(left, pair.query), draw_attention(right, pair.photo)
    overlay = draw_match(
        left,
        right,
        DrawnMatch.of_match(pair.match, pair.query, pair.photo, pair.agreement),
        region=region,
        caption=Caption(file_name(query), file_name(photo), words),
    )
    save_picture(overlay, file)


def save_attention(file: Path, photos: Sequence[Path], maps: Sequence[FloatArray], threshold: float) -> None:
    """Draw photos, each beside its attention.

    Args:
        file: ends in the suffix of a picture.
        photos: one or more.
        maps: attention [h, w] of each, over the whole photo.
        threshold: the attention from which local features are kept.

    Raises:
        PhotoError: the suffix is not a picture's, a photo is gone, or the file cannot be written.
    """
    check_suffix(file, PICTURE_SUFFIXES)
    pixels = [read_photo(photo) for photo in photos]
    save_picture(attention_sheet(pixels, maps, [file_name(photo) for photo in photos], threshold), file)


def _proofs(
    pixels: Sequence[NDArray[np.uint8]], ranking: Ranking, region: Region | None, left_out: list[PhotoError]
) -> Iterator[Proof]:
    """Yield the proof of each hit whose photo can be read; the others are appended to `left_out`."""
    for hit in ranking:
        height, width = pixels[hit.view].shape[:2]
        try:
            yield prove(pixels[hit.view], (width, height), hit, region=region)
        except PhotoError as error:
            left_out.append(error)
