"""The signs never change: each index file on disk is read by them."""

from __future__ import annotations

import numpy as np

from glocal.collection.index.random_signs import random_signs, splitmix64

MASK = (1 << 64) - 1


def one_by_one(seed: int, count: int) -> list[int]:
    """SplitMix64 as its authors' Java has it, with Python's integers."""
    found = []
    for _ in range(count):
        seed = (seed + 0x9E3779B97F4A7C15) & MASK
        z = ((seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        found.append(z ^ (z >> 31))
    return found


def test_the_numbers_are_those_published_for_splitmix64() -> None:
    published = [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    assert splitmix64(1234567, 5).tolist() == published
    assert splitmix64(20, 1000).tolist() == one_by_one(20, 1000)


def test_the_signs_are_the_bits_lowest_first() -> None:
    signs = random_signs(20, 2, 128)
    bits = "".join(f"{number:064b}"[::-1] for number in one_by_one(20, 4))
    assert signs.reshape(-1).tolist() == [1.0 if bit == "1" else -1.0 for bit in bits]
    assert abs(random_signs(20, 2, 2048).mean()) < 0.05


def test_equal_signs_are_one_array_that_nobody_can_change() -> None:
    assert random_signs(20, 2, 64) is random_signs(20, 2, 64)
    assert not random_signs(20, 2, 64).flags.writeable
    assert not np.array_equal(random_signs(20, 2, 64), random_signs(21, 2, 64))
