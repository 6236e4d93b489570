"""DELF's files, against encodings written out by hand from the .proto files."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensor_bundle import field, varint

from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.exchange import PhotoFeatures, read_descriptors, read_features, write_features
from glocal.evaluation.exchange.delf_files import decoded_datum, encoded_datum, encoded_features


def fixed32(number: int, value: float) -> bytes:
    return varint(number << 3 | 5) + struct.pack("<f", value)


def datum(values: list[float]) -> bytes:
    packed = b"".join(struct.pack("<f", value) for value in values)
    return field(1, field(1, varint(len(values)))) + field(2, field(1, packed))


def features(count: int, channels: int, seed: int = 0) -> PhotoFeatures:
    random = np.random.default_rng(seed)
    rows = [
        random.uniform(0, 900, (count, 2)),
        random.uniform(0.5, 4, count),
        random.uniform(1, 500, count),
        random.standard_normal((count, channels)),
        random.standard_normal(8),
    ]
    return PhotoFeatures(None, *(row.astype(np.float32) for row in rows))


def test_a_file_is_byte_for_byte_the_proto_s() -> None:
    written = encoded_features(features(2, 3))
    told = features(2, 3)
    expected = b"".join(
        field(
            1,
            field(1, datum(told.descriptors[row].tolist()))
            + fixed32(2, told.keypoints[row, 0])
            + fixed32(3, told.keypoints[row, 1])
            + fixed32(4, told.scales[row])
            + fixed32(5, 0.0)
            + fixed32(6, told.scores[row]),
        )
        for row in range(2)
    )
    assert written == expected


def test_fields_in_any_order_packed_or_not_are_read(tmp_path: Path) -> None:
    loose = field(2, fixed32(1, 0.25) + fixed32(1, -2.0)) + field(1, field(1, 2))
    message = fixed32(6, 9.0) + fixed32(3, 7.0) + field(1, loose) + fixed32(2, 5.0) + fixed32(4, 1.5)
    (tmp_path / "photo.delf").write_bytes(field(1, message))
    read = read_features(tmp_path, "photo")
    assert read.keypoints.tolist() == [[5.0, 7.0]]
    assert (read.scales.tolist(), read.scores.tolist(), read.descriptors.tolist()) == ([1.5], [9.0], [[0.25, -2.0]])
    assert read.global_descriptor is None


def test_whole_numbers_are_read() -> None:
    message = field(1, field(1, varint(1) + varint(3))) + field(3, field(1, varint(1) + varint(300) + varint(7)))
    assert decoded_datum(memoryview(message)).tolist() == [[1.0, 300.0, 7.0]]


@settings(max_examples=30)
@given(shape=st.lists(st.integers(1, 5), min_size=1, max_size=3), seed=st.integers(0, 99))
def test_arrays_come_back(shape: list[int], seed: int) -> None:
    array = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    assert (decoded_datum(memoryview(encoded_datum(array))) == array).all()


def test_features_come_back_and_descriptors_by_name(tmp_path: Path) -> None:
    told = {f"a/{number}.jpg": features(number, 4, number) for number in range(3)}
    assert write_features(tmp_path / "out", iter(told.items())) == 3
    read = read_features(tmp_path / "out", "a/2")
    assert (read.descriptors == told["a/2.jpg"].descriptors).all()
    assert (read.keypoints == told["a/2.jpg"].keypoints).all()
    rows = read_descriptors(tmp_path / "out", ["a/2", "a/0"])
    wanted = told["a/2.jpg"].global_descriptor
    assert np.allclose(rows[0], wanted / np.linalg.norm(wanted), atol=1e-6)
    with pytest.raises(EvaluationError, match="has no features of a/7"):
        read_descriptors(tmp_path / "out", ["a/7"])


@pytest.mark.parametrize("kept", [1, 20, 60])
def test_a_file_cut_short_is_named(tmp_path: Path, kept: int) -> None:
    whole = encoded_features(features(1, 12))
    (tmp_path / "photo.delg_local").write_bytes(whole[:kept])
    with pytest.raises(EvaluationError, match=r"photo\.delg_local: not a file of DELF features, or damaged"):
        read_features(tmp_path, "photo")
