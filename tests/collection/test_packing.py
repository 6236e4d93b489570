from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_features import random_features

from glocal.collection.packing import MAX_SCALES, pack, unpack
from glocal.errors import CollectionError
from glocal.features import CompactFeatures


def assert_same(a: CompactFeatures, b: CompactFeatures) -> None:
    assert a.image_size == b.image_size
    for name in ("codes", "keypoints", "scales", "attention"):
        left, right = getattr(a, name), getattr(b, name)
        assert left.dtype == right.dtype
        np.testing.assert_array_equal(left, right, err_msg=name)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    count=st.integers(0, 300),
    width=st.integers(1, 100_000),
    height=st.integers(1, 100_000),
    levels=st.integers(1, MAX_SCALES),
    bits=st.sampled_from([8, 128, 256]),
)
def test_compact_features_survive_unchanged(
    seed: int, count: int, width: int, height: int, levels: int, bits: int
) -> None:
    compact = random_features(seed, count, (width, height), levels, bits).compact()
    unpacked = unpack(pack(compact))
    assert_same(unpacked, compact)
    assert pack(unpacked) == pack(compact)


def test_takes_23_bytes_a_feature() -> None:
    sizes = [len(pack(random_features(1, count, (640, 480)).compact())) for count in (0, 500, 1000)]
    assert sizes[2] - sizes[1] == 23 * 500
    assert sizes[0] <= 32


def test_what_is_unpacked_keeps_the_rules_of_its_class() -> None:
    unpacked = unpack(pack(random_features(5, 200, (640, 480)).compact()))
    rebuilt = CompactFeatures(
        unpacked.image_size, unpacked.keypoints, unpacked.scales, unpacked.attention, unpacked.codes
    )
    assert_same(rebuilt, unpacked)
    for name in ("codes", "keypoints", "scales", "attention"):
        array = getattr(unpacked, name)
        assert array.flags.c_contiguous
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_too_many_scales_are_refused() -> None:
    count = MAX_SCALES + 1
    features = random_features(3, count, (640, 480)).compact()
    many = CompactFeatures(
        features.image_size,
        features.keypoints,
        np.arange(1, count + 1, dtype=np.float32),
        features.attention,
        features.codes,
    )
    with pytest.raises(ValueError, match="257 scales"):
        pack(many)


@settings(max_examples=40, deadline=None)
@given(position=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_any_changed_byte_is_noticed(position: int, flip: int) -> None:
    packed = bytearray(pack(random_features(7, 20, (640, 480)).compact()))
    packed[position % len(packed)] ^= flip
    with pytest.raises(CollectionError, match="damaged"):
        unpack(bytes(packed))


@settings(max_examples=40, deadline=None)
@given(kept=st.integers(0, 479))
def test_any_cut_is_noticed(kept: int) -> None:
    packed = pack(random_features(7, 20, (640, 480)).compact())
    with pytest.raises(CollectionError, match="damaged"):
        unpack(packed[: min(kept, len(packed) - 1)])


def test_a_newer_version_asks_for_an_upgrade(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("glocal.collection.packing.VERSION", 2)
        newer = pack(random_features(7, 20, (640, 480)).compact())
    with pytest.raises(CollectionError, match="upgrade glocal"):
        unpack(newer)
