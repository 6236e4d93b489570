"""Catalogs of made-up local features, and the literal rules by which they are listed and voted for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glocal.collection.catalog import Catalog, FileState, Snapshot, StoredFeatures, pack
from glocal.collection.local_index import LocalIndex, VisualWords, Votes, weighed
from glocal.collection.local_index.segment import Segment
from glocal.collection.local_index.voting import tally, words_each
from glocal.features import CompactFeatures

Codes = NDArray[np.uint8]


def made_up(seed: int, count: int, flips: float = 0.1) -> CompactFeatures:
    """Return features whose codes lie around some of forty centres, the same for every seed."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(0).integers(0, 2, (40, 128))
    bits = centres[random.integers(0, 40, count)] ^ (random.random((count, 128)) < flips)
    return CompactFeatures(
        image_size=(640, 480),
        keypoints=random.uniform(0, 480, (count, 2)).astype(np.float32),
        scales=np.ones(count, np.float32),
        attention=np.ones(count, np.float32),
        codes=np.packbits(bits.astype(np.uint8), axis=1),
    )


def put_features(catalog: Catalog, photos: Mapping[int, CompactFeatures]) -> None:
    """Put photos /p/<number> with these local features, in one commit."""
    with catalog.change() as change:
        for number, features in photos.items():
            stored = StoredFeatures((640, 480), np.ones(4, np.float16).tobytes(), pack(features))
            change.put(Path(f"/p/{number:06d}"), FileState(1, 1, number.to_bytes(16, "big")), stored)


def distance(a: Codes, b: Codes) -> int:
    return int(np.unpackbits(a ^ b).sum())


def literal_votes(query: CompactFeatures, photos: Sequence[CompactFeatures], farthest: int) -> list[float]:
    """Return each photo's score by the definition, over all pairs of features."""
    scores = [0.0] * len(photos)
    for code in query.codes:
        nearest = [min((distance(code, other) for other in photo.codes), default=999) for photo in photos]
        for number, own in enumerate(nearest):
            if own <= farthest:
                scores[number] += log(len(photos) / sum(other <= own for other in nearest)) ** 2
    return [score / max(len(photo), 20) ** 0.3 for score, photo in zip(scores, photos, strict=True)]


def literal_nearest(words: VisualWords, code: NDArray[np.uint64]) -> int:
    """Return the least distance in bits from a code [2] to a word."""
    return min(int(np.bitwise_count(word ^ code).sum()) for word in words.words)


def vote(
    words: VisualWords,
    segments: Sequence[tuple[Segment, NDArray[np.bool_]]],
    views: Sequence[CompactFeatures],
    workers: int | None = None,
) -> Votes:
    """Return the votes for all photos of some segments."""
    count = words_each(sum(segment.features for segment, _ in segments), len(words), views)
    return weighed([tally(words, segments, views, count, workers)])[0]


def votes_of(
    index: LocalIndex, snapshot: Snapshot, views: Sequence[CompactFeatures], allowed: NDArray[np.int64] | None = None
) -> Votes:
    """Return the votes for all photos of one index."""
    count = words_each(index.features(snapshot), index.words, views)
    return weighed([index.tally(snapshot, views, count, allowed)])[0]
