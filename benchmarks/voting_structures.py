"""Inverted files of local features, each with photos added by their descriptors and searched by those of one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from glocal.arrays import ByteArray, FloatArray
from glocal.collection.local_index import VisualWords, words_each
from glocal.collection.local_index.segment import MOST_PHOTOS, Segment
from glocal.collection.local_index.votes import FARTHEST
from glocal.collection.local_index.voting import tally, weighed
from glocal.extraction import Model
from glocal.features import CompactFeatures

TOP = 100
NEAREST = 50
"""Features that each of the query's finds at most, in FAISS."""

LISTS = 4096
TRAINING = 160_000


class Structure(ABC):
    """An inverted file over photos, numbered in the order they are added.

    Attributes:
        name: shown.
    """

    name: str

    @abstractmethod
    def add(self, photos: Sequence[FloatArray]) -> None:
        """Add photos by their descriptors [n, C]."""

    @abstractmethod
    def finish(self) -> None:
        """List what was added and is not listed yet."""

    @abstractmethod
    def best(self, query: FloatArray) -> NDArray[np.int64]:
        """Return the numbers of up to TOP + 1 photos, best first."""

    @property
    @abstractmethod
    def size(self) -> int:
        """Bytes."""


def structures(model: Model, training: FloatArray, photos: int) -> Iterator[Structure]:
    """Yield those to compare, each made when it is asked for.

    Args:
        model: its visual words are ours.
        training: [P, C], descriptors that the others learn their words from.
        photos: how many there will be; ASMK, whose code adds each feature by itself, is left out beyond 20,000.
    """
    words = model.visual_words()
    if words is None:
        raise SystemExit(f"{model.name} has no visual words: nothing to compare")
    yield Ours(VisualWords.from_array(words))
    rows = np.random.default_rng(6).permutation(len(training))[:TRAINING]
    yield BinaryLists(training[rows])
    if photos <= 20_000 and find_spec("asmk"):
        yield Aggregated(training[rows])


class Ours(Structure):
    """The segments of the local index, in memory."""

    name = "glocal"

    def __init__(self, words: VisualWords) -> None:
        self._words = words
        self._segments: list[Segment] = []
        self._waiting: list[CompactFeatures] = []
        self._listed = 0

    def add(self, photos: Sequence[FloatArray]) -> None:
        self._waiting += [_compact(_codes(photo)) for photo in photos]
        while len(self._waiting) >= MOST_PHOTOS:
            self._list(MOST_PHOTOS)

    def finish(self) -> None:
        if self._waiting:
            self._list(len(self._waiting))

    def _list(self, count: int) -> None:
        ids = np.arange(self._listed, self._listed + count)
        self._segments.append(Segment.of(self._words, ids, self._waiting[:count]))
        self._waiting, self._listed = self._waiting[count:], self._listed + count

    def best(self, query: FloatArray) -> NDArray[np.int64]:
        views = [_compact(_codes(query))]
        stored = sum(segment.features for segment in self._segments)
        parts = [(segment, np.zeros(len(segment), np.bool_)) for segment in self._segments]
        found = tally(self._words, parts, views, words_each(stored, len(self._words), views))
        return weighed([found])[0].best(TOP + 1)

    @property
    def size(self) -> int:
        arrays = ((one.ids, one.starts, one.photos, one.codes) for one in self._segments)
        return sum(array.nbytes for segment in arrays for array in segment)


class BinaryLists(Structure):
    """FAISS's inverted file of binary codes, whose finds vote as ours do."""

    name = "FAISS IndexBinaryIVF"

    def __init__(self, training: FloatArray) -> None:
        codes = _codes(training)
        bits = 8 * codes.shape[1]
        self._quantizer = faiss.IndexBinaryFlat(bits)  # the index does not keep it alive
        self._index = faiss.IndexBinaryIVF(self._quantizer, bits, min(LISTS, len(codes) // 40))
        self._index.train(codes)
        self._photos = np.empty(0, np.int64)

    def add(self, photos: Sequence[FloatArray]) -> None:
        self._index.add(np.concatenate([_codes(photo) for photo in photos]))
        first = int(self._photos[-1]) + 1 if len(self._photos) else 0
        rows = np.repeat(np.arange(first, first + len(photos)), [len(photo) for photo in photos])
        self._photos = np.concatenate([self._photos, rows])

    def finish(self) -> None:
        """Nothing waits."""

    def best(self, query: FloatArray) -> NDArray[np.int64]:
        views = [_compact(_codes(query))]
        read = words_each(len(self._photos), 1 << 16, views) / (1 << 16)
        self._index.nprobe = max(1, round(read * self._index.nlist))
        distances, features = self._index.search(views[0].codes, NEAREST)
        photos = int(self._photos[-1]) + 1
        scores = np.zeros(photos)
        for near, found in zip(distances, features, strict=True):
            voting = (found >= 0) & (near <= FARTHEST)
            voted, first = np.unique(self._photos[found[voting]], return_index=True)  # the nearest of each photo
            order = np.sort(near[voting][first])
            as_near = np.searchsorted(order, near[voting][first], side="right")
            scores[voted] += np.log(photos / np.maximum(as_near, 1)) ** 2
        best: NDArray[np.int64] = np.argsort(-scores, kind="stable")[: TOP + 1]
        return best[scores[best] > 0]

    @property
    def size(self) -> int:
        return self._index.ntotal * (self._index.code_size + 8) + self._photos.nbytes


class Aggregated(Structure):
    """The aggregated selective match kernel of binary residuals, by its authors' package."""

    name = "ASMK (asmk)"

    def __init__(self, training: FloatArray) -> None:
        from asmk import asmk_method

        settings: dict[str, Any] = {
            "index": {"gpu_id": None},
            "train_codebook": {"codebook": {"size": min(LISTS, len(training) // 40)}},
            "build_ivf": {
                "kernel": {"binary": True},
                "ivf": {"use_idf": False},
                "quantize": {"multiple_assignment": 1},
                "aggregate": {},
            },
            "query_ivf": {
                "quantize": {"multiple_assignment": 5},
                "aggregate": {},
                "search": {"topk": TOP + 1},
                "similarity": {"similarity_threshold": 0.0, "alpha": 3.0},
            },
        }
        self._method = asmk_method.ASMKMethod.initialize_untrained(settings).train_codebook(training)
        self._builder = self._method.create_ivf_builder()
        self._count = 0

    def add(self, photos: Sequence[FloatArray]) -> None:
        rows = np.repeat(np.arange(self._count, self._count + len(photos)), [len(photo) for photo in photos])
        self._builder.add(np.concatenate(photos), rows)
        self._count += len(photos)

    def finish(self) -> None:
        """Nothing waits."""

    def best(self, query: FloatArray) -> NDArray[np.int64]:
        if not len(query):
            return np.empty(0, np.int64)
        method = self._method.add_ivf_builder(self._builder)
        _, _, ranks, _ = method.query_ivf(query, np.zeros(len(query), np.int64))
        return np.asarray(ranks[0], np.int64)

    @property
    def size(self) -> int:
        file = self._builder.ivf
        held = (one for lists in (file.ivf_vecs, file.ivf_image_ids) for one in lists if one is not None)
        return sum(array.nbytes for array in held)


def _codes(descriptors: FloatArray) -> ByteArray:
    return np.packbits(descriptors > 0, axis=1)


def _compact(codes: ByteArray) -> CompactFeatures:
    """Return features of which only the codes matter."""
    any_number = np.ones(len(codes), np.float32)
    return CompactFeatures((1, 1), np.zeros((len(codes), 2), np.float32), any_number, any_number, codes, "binary")
