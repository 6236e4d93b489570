"""Annotations of the shape of revisited Oxford and Paris, made up at random."""

from collections.abc import Callable

import numpy as np
import pytest

from glocal.evaluation.datasets.annotations import Annotations, Query

# Sizes of the easy, hard and junk lists of queries as they occur in the published files: landmarks with very
# many positives, with a single one, without any easy one, and without junk.
LIST_SIZES = [
    (65, 38, 33), (12, 8, 1), (6, 10, 2), (0, 2, 16), (19, 5, 3), (48, 37, 62), (17, 57, 74), (3, 10, 9),
    (30, 11, 16), (1, 1, 7), (39, 65, 17), (1, 1, 1), (248, 99, 57), (65, 38, 33), (23, 74, 25), (24, 86, 26),
    (2, 18, 1), (5, 10, 6), (8, 12, 1), (0, 31, 24), (239, 93, 25), (199, 437, 249), (34, 49, 0), (2, 188, 88),
    (4, 183, 91), (57, 556, 243), (63, 449, 344), (10, 0, 31), (6, 167, 144), (11, 182, 105),
]  # fmt: skip


def make_annotations(seed: int, photos: int, queries: int) -> Annotations:
    rng = np.random.default_rng(seed)
    made = []
    for number in range(queries):
        easy, hard, junk = LIST_SIZES[number % len(LIST_SIZES)]
        rows = rng.permutation(photos)
        made.append(
            Query(
                name=f"query_{number}",
                box=(1.5, 2.0, 300.25, 400.0),
                easy=rows[:easy],
                hard=rows[easy : easy + hard],
                junk=rows[easy + hard : easy + hard + junk],
            )
        )
    return Annotations(tuple(f"photo_{row:05}" for row in range(photos)), tuple(made))


@pytest.fixture(scope="session")
def random_annotations() -> Callable[[int, int, int], Annotations]:
    return make_annotations


def make_unit_vectors(seed: int, count: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(count, 16))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="session")
def unit_vectors() -> Callable[[int, int], np.ndarray]:
    return make_unit_vectors
