"""TensorFlow checkpoints, written by a writer of the tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensor_bundle import crc32c as slow_crc32c
from tensor_bundle import write_bundle

pytest.importorskip("torch")
pytestmark = pytest.mark.train

from glocal.errors import ModelError  # noqa: E402
from glocal.importing.bundle import open_bundle  # noqa: E402
from glocal.importing.crc32c import crc32c  # noqa: E402


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    tensors = {
        f"layer{number}/weights": random.standard_normal((number, 3)).astype(np.float32) for number in range(1, 12)
    }
    write_bundle(tmp_path / "model", {**tensors, "step": np.array(7, np.int64)}, ("conv1", "subsampling_layer"))
    return tmp_path / "model"


def test_the_checksum_is_that_of_the_standard() -> None:
    assert crc32c(b"123456789") == 0xE3069283  # RFC 3720 has the polynomial, Koopman's tables this value
    assert crc32c(bytes(32)) == 0x8A9136AA  # RFC 3720, appendix B.4


@settings(max_examples=50)
@given(st.binary(max_size=100), st.integers(0, 100))
def test_a_checksum_can_be_continued(content: bytes, cut: int) -> None:
    assert crc32c(content[cut:], crc32c(content[:cut])) == crc32c(content) == slow_crc32c(content)


def test_tensors_come_back_as_they_were(prefix: Path) -> None:
    bundle = open_bundle(prefix)
    random = np.random.default_rng(0)
    for number in range(1, 12):
        assert (bundle.read(f"layer{number}/weights") == random.standard_normal((number, 3)).astype(np.float32)).all()
    assert bundle.read("step") == 7
    assert bundle.attribute_names() == {"conv1", "subsampling_layer"}


@settings(max_examples=20)
@given(place=st.integers(0, 10**6), change=st.integers(1, 255))
def test_no_changed_byte_of_a_shard_goes_unnoticed(
    tmp_path_factory: pytest.TempPathFactory, place: int, change: int
) -> None:
    prefix = tmp_path_factory.mktemp("changed") / "model"
    write_bundle(prefix, {"a": np.arange(6, dtype=np.float32), "b": np.ones((2, 2), np.float32)})
    shard = prefix.with_name("model.data-00000-of-00001")
    content = bytearray(shard.read_bytes())
    content[place % len(content)] ^= change
    shard.write_bytes(content)
    bundle = open_bundle(prefix)
    with pytest.raises(ModelError, match=r"model\.data-.* is damaged \(checksum\)"):
        [bundle.read(name) for name in ("a", "b")]


@settings(max_examples=30)
@given(kept=st.integers(0, 10**6), place=st.integers(0, 10**6), change=st.integers(1, 255))
def test_no_damaged_index_is_taken_for_a_whole_one(
    tmp_path_factory: pytest.TempPathFactory, kept: int, place: int, change: int
) -> None:
    prefix = tmp_path_factory.mktemp("damaged") / "model"
    write_bundle(prefix, {"a": np.arange(6, dtype=np.float32)})
    index = prefix.with_name("model.index")
    whole = index.read_bytes()
    index.write_bytes(whole[: kept % len(whole)])
    with pytest.raises(ModelError, match=r"model\.index"):
        open_bundle(prefix)
    changed = bytearray(whole)
    changed[place % (len(whole) - 48)] ^= change  # in a block: the footer's padding is not read
    index.write_bytes(changed)
    try:
        bundle = open_bundle(prefix)
    except ModelError:
        return
    # What is left are the places of the unread block of metadata.
    assert (bundle.read("a") == np.arange(6)).all()


def test_a_shard_cut_short_is_named(prefix: Path) -> None:
    shard = prefix.with_name("model.data-00000-of-00001")
    shard.write_bytes(shard.read_bytes()[:100])
    with pytest.raises(ModelError, match=r"data-00000-of-00001: cut short"):
        open_bundle(prefix).read("layer9/weights")
    shard.unlink()
    with pytest.raises(ModelError, match="cannot read this part"):
        open_bundle(prefix).read("layer9/weights")
