"""Candidates by local features: our votes beside FAISS's binary inverted file and ASMK, on the same photos in one run.

`python -m benchmarks.voting --photos DIR [--sizes 10000 100000] [--out FILE]`
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.labelled import LabelledPhotos, label
from benchmarks.photos import EXAMPLES, extract_all, photos_below
from benchmarks.report import Section, put_out, render
from benchmarks.voting_structures import TOP, Structure, structures
from glocal.arrays import FloatArray
from glocal.extraction import Model, load_model

FEATURES = 500
NOISE = 0.5
"""Of a made-up feature, in standard deviations of the examples' descriptors: it flips some 15 % of their bits."""

BLOCK = 1000
ADDED = 1000


@dataclass(frozen=True, eq=False)
class Gallery:
    """Photos that are searched among: some of known identity, then made-up ones.

    Attributes:
        labelled: the former; they have the numbers from 0 on.
        pool: [P, C], descriptors of other photos: each feature of a made-up photo is one of these with noise.
    """

    labelled: LabelledPhotos
    pool: FloatArray

    def blocks(self, size: int, first: int = 0) -> Iterator[list[FloatArray]]:
        """Yield the descriptors [n, C] of the photos numbered first to size - 1."""
        for start in range(first, size, BLOCK):
            yield [self._photo(number) for number in range(start, min(start + BLOCK, size))]

    def _photo(self, number: int) -> FloatArray:
        if number < len(self.labelled.features):
            return self.labelled.features[number].descriptors
        random = np.random.default_rng([5, number])
        rows = random.integers(len(self.pool), size=FEATURES)
        noise = random.standard_normal((FEATURES, self.pool.shape[1]), np.float32)
        return np.asarray(self.pool[rows] + np.float32(NOISE) * self.pool.std() * noise, np.float32)

    def right(self, query: int) -> NDArray[np.int64]:
        """Return the numbers of the other photos of a query's identity."""
        same: NDArray[np.int64] = np.flatnonzero(self.labelled.identities == self.labelled.identities[query])
        return np.setdiff1d(same, [query])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.voting", description=__doc__)
    parser.add_argument("--photos", type=Path, required=True, help="folder per identity: queries and what is right")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000], help="photos searched among")
    parser.add_argument("--queries", type=int, default=50)
    parser.add_argument("--out", type=Path, help="where the table goes; it is printed otherwise")
    options = parser.parse_args(arguments)
    load, model = os.getloadavg()[0], load_model(preset="fast")
    labelled = label(extract_all(model, photos_below(options.photos)), options.photos, "*").sampled(options.queries)
    pool = [found.descriptors for found in extract_all(model, photos_below(EXAMPLES)).values()]
    gallery = Gallery(labelled, np.concatenate(pool))
    rows = [row for size in options.sizes for row in _rows(gallery, model, size)]
    called = f".voting --photos {options.photos.name} --sizes {' '.join(map(str, options.sizes))}"
    put_out(render([_section(rows, labelled)], load, called), options.out)


def _rows(gallery: Gallery, model: Model, size: int) -> Iterator[tuple[str, ...]]:
    """Build each structure with so many photos, and search it."""
    for structure in structures(model, gallery.pool, size):
        print(f"{structure.name}, {size} photos", file=sys.stderr)
        built = _added(structure, gallery, 0, size)
        a_photo = structure.size / size
        found = [_searched(structure, gallery, row) for row in gallery.labelled.queries]
        milliseconds, shares = zip(*found, strict=True)
        added = _added(structure, gallery, size, size + ADDED)
        first_10, first_100 = np.mean(shares, axis=0)
        yield (
            structure.name,
            f"{size}",
            f"{built:.0f}",
            f"{a_photo / 1000:.1f}",
            f"{np.median(milliseconds):.1f}",
            f"{first_10:.1%}",
            f"{first_100:.1%}",
            f"{added:.1f}",
        )


def _added(structure: Structure, gallery: Gallery, first: int, end: int) -> float:
    """Add photos, and return the seconds it took, without those of making them up."""
    seconds = 0.0
    for block in gallery.blocks(end, first):
        began = time.perf_counter()
        structure.add(block)
        seconds += time.perf_counter() - began
    began = time.perf_counter()
    structure.finish()
    return seconds + time.perf_counter() - began


def _searched(structure: Structure, gallery: Gallery, query: int) -> tuple[float, tuple[float, float]]:
    """Return milliseconds, and the share of the right photos among the first 10 and 100 others."""
    descriptors = gallery.labelled.features[query].descriptors
    began = time.perf_counter()
    found = structure.best(descriptors)
    milliseconds = 1000 * (time.perf_counter() - began)
    others, right = found[found != query], gallery.right(query)
    shares = (np.isin(right, others[:count]).sum() / min(len(right), count) for count in (10, TOP))
    return milliseconds, (float(next(shares)), float(next(shares)))


def _section(rows: Sequence[tuple[str, ...]], labelled: LabelledPhotos) -> Section:
    columns = ("built in s", "KB a photo", "ms a query", "right in 10", f"right in {TOP}", f"{ADDED} more, s")
    return Section(
        title="Candidates by votes of local features",
        header=("structure", "photos", *columns),
        rows=tuple(rows),
        targets=(),
        notes=(
            (
                f"{len(labelled.queries)} of {len(labelled.features)} photos of {len(set(labelled.identities))} "
                f"identities are searched for by their local features alone (upright, at most {FEATURES}), among these "
                "and made-up ones, whose features are those of the example photos with noise. Right: of the other "
                "photos of the identity, the share among the first 10 and 100, of as many as there can be. Median of "
                "the queries, one at a time; building without extraction."
            ),
            (
                "glocal: the local index, lists in memory, words as the model brings them. FAISS: 4,096 lists, trained "
                "on the examples, of which as many features are read, about; of each feature the 50 nearest at most 40 "
                "bits away vote, weighed like ours. ASMK: the binary kernel of its authors' package, one thread, with "
                "4,096 words trained on the examples, not its usual 65,536, which would take hours to train and list."
            ),
        ),
    )


if __name__ == "__main__":
    main()
