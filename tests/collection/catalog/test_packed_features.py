from __future__ import annotations

import struct
import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_features import packed_1, random_features

from glocal.collection.catalog.packed_features import FLOAT_VERSION, MAX_SCALES, pack, unpack
from glocal.errors import CollectionError
from glocal.features import CompactFeatures


def assert_same(a: CompactFeatures, b: CompactFeatures) -> None:
    assert a.image_size == b.image_size
    for name in ("codes", "keypoints", "scales", "attention"):
        left, right = getattr(a, name), getattr(b, name)
        assert left.dtype == right.dtype
        np.testing.assert_array_equal(left, right, err_msg=name)


@settings(max_examples=40)
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


def test_takes_20_bytes_a_feature() -> None:
    sizes = [len(pack(random_features(1, count, (640, 480)).compact())) for count in (0, 500, 1000)]
    assert 19 * 500 < sizes[2] - sizes[1] < 20 * 500
    assert sizes[0] <= 32


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32), width=st.integers(1, 100_000), height=st.integers(1, 100_000))
def test_rounds_positions_and_attention_as_little_as_said(seed: int, width: int, height: int) -> None:
    features = random_features(seed, 100, (width, height))
    unpacked = unpack(pack(features.compact()))
    inside = np.clip(features.keypoints, 0, [width, height])
    assert (np.abs(unpacked.keypoints - inside) <= np.array([width, height]) / (2 * 4095) * 1.001).all()
    np.testing.assert_allclose(unpacked.attention, features.attention, rtol=0.009, atol=1e-6)


def test_attention_beyond_float16_is_kept_finite() -> None:
    features = random_features(2, 3, (640, 480))
    attention = np.array([1e30, 65519.0, 0.0], np.float32)
    unpacked = unpack(pack(replace(features, attention=attention).compact()))
    assert unpacked.attention.tolist() == [65024.0, 65024.0, 0.0]


@pytest.mark.parametrize("count", [0, 1, 300])
def test_what_version_1_packed_is_read_and_packed_anew(count: int) -> None:
    """Positions move by half a step of each version, and attention is rounded once more."""
    features = random_features(11, count, (4000, 3000), levels=5)
    before = unpack(packed_1(features))
    after = unpack(pack(before))
    expected = features.compact()
    for found in (before, after):
        assert found.image_size == (4000, 3000)
        np.testing.assert_array_equal(found.codes, expected.codes)
        np.testing.assert_array_equal(found.scales, expected.scales)
    inside = np.clip(features.keypoints, 0, [4000, 3000])
    assert np.abs(before.keypoints - inside).max(initial=0) <= 4000 / (2 * 65535) * 1.01
    assert np.abs(after.keypoints - inside).max(initial=0) <= 4000 / 2 * (1 / 4095 + 1 / 65535) * 1.001
    np.testing.assert_allclose(before.attention, features.attention, rtol=5e-4, atol=1e-6)
    np.testing.assert_allclose(after.attention, features.attention, rtol=0.009, atol=1e-6)
    assert_same(unpack(pack(after)), after)


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


@settings(max_examples=40)
@given(position=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_any_changed_byte_is_noticed(position: int, flip: int) -> None:
    packed = bytearray(pack(random_features(7, 20, (640, 480)).compact()))
    packed[position % len(packed)] ^= flip
    with pytest.raises(CollectionError, match="damaged"):
        unpack(bytes(packed))


@settings(max_examples=40)
@given(kept=st.integers(0, 479))
def test_any_cut_is_noticed(kept: int) -> None:
    packed = pack(random_features(7, 20, (640, 480)).compact())
    with pytest.raises(CollectionError, match="damaged"):
        unpack(packed[: min(kept, len(packed) - 1)])


def test_a_newer_version_asks_for_an_upgrade() -> None:
    newer = bytes([FLOAT_VERSION + 1]) + pack(random_features(7, 20, (640, 480)).compact())[5:]
    with pytest.raises(CollectionError, match="upgrade glocal"):
        unpack(struct.pack("<I", zlib.crc32(newer)) + newer)


def test_floats_survive_in_16_bits() -> None:
    features = replace(random_features(7, 20, (640, 480)), kind="float16")
    restored = unpack(pack(features.compact()))
    assert restored.kind == "float16"
    assert (restored.floats() == features.descriptors.astype(np.float16)).all()
    assert (restored.keypoints == features.compact().keypoints).all()


def test_codes_wider_than_one_byte_can_count_are_refused() -> None:
    features = replace(random_features(7, 20, (640, 480)), descriptors=np.ones((20, 2048), np.float32))
    with pytest.raises(ValueError, match="256 bytes a code"):
        pack(features.compact())
