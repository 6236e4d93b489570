"""What cannot be imported is refused in one line; nothing in it is run, and nothing is written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensor_bundle import write_bundle

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from glocal.errors import ModelError  # noqa: E402
from glocal.importing.reading_weights import import_weights  # noqa: E402
from glocal.importing.slim_heads import find_heads  # noqa: E402
from glocal.importing.torch_file import read_torch  # noqa: E402
from glocal.models.resnet import TORCHVISION, ResNet  # noqa: E402

HEADS = {
    "a/one/weights": (1, 1, 1024, 512),
    "a/one/BatchNorm/beta": (512,),
    "a/two/weights": (1, 1, 512, 1),
    "a/two/biases": (1,),
    "b/one/weights": (1, 1, 1024, 128),
    "b/one/biases": (128,),
    "b/two/weights": (1, 1, 128, 1024),
    "b/two/biases": (1024,),
    "c/weights": (2048, 2048),
    "c/biases": (2048,),
}


def state(depth: int = 50) -> dict[str, Any]:
    """Return the weights of torchvision's ResNet: all of them one, so that they take no memory."""
    with torch.device("meta"):
        shapes = {name: value.shape for name, value in ResNet(depth, TORCHVISION).state_dict().items()}
    return {name: torch.ones(()).expand(shape) for name, shape in shapes.items()}


def saved(path: Path, content: object) -> Path:
    torch.save(content, path)
    return path


class Code:
    """A pickle that makes a folder when it is loaded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize("depth", [50, 101, 152])
def test_depths_are_seen_from_the_weights(tmp_path: Path, depth: int) -> None:
    imported = import_weights(
        saved(tmp_path / "net.pth", {"state_dict": state(depth) | {"fc.weight": torch.ones(9, 2048)}})
    )
    assert imported.settings.backbone == f"resnet{depth}"
    assert imported.left_aside[-1] == "fc.weight"


@pytest.mark.parametrize("new_container", [True, False])
def test_code_in_a_pickle_is_never_run(tmp_path: Path, new_container: bool) -> None:
    content = {"state_dict": state(), "optimizer": Code(tmp_path / "made")}
    torch.save(content, tmp_path / "net.pth", _use_new_zipfile_serialization=new_container)
    with pytest.raises(ModelError, match=r"net\.pth: holds more than weights .*nothing was run"):
        read_torch(tmp_path / "net.pth")
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("new_container", [True, False])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_a_file_cut_short_is_refused(tmp_path: Path, new_container: bool, share: float) -> None:
    path = tmp_path / "net.pth"
    torch.save({"layer1": torch.ones(5000)}, path, _use_new_zipfile_serialization=new_container)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ModelError, match=r"net\.pth"):
        read_torch(path)


def test_numpy_arrays_beside_the_weights_are_read(tmp_path: Path) -> None:
    meta = {"Lw": {"set": {"ms": {"m": np.ones((3, 1)), "P": np.eye(3)}}}, "mean": [np.float64(0.5)]}
    read = read_torch(saved(tmp_path / "net.pth", {"meta": meta}))["meta"]
    assert (read["Lw"]["set"]["ms"]["P"] == np.eye(3)).all()


def test_a_missing_block_is_a_wrong_depth(tmp_path: Path) -> None:
    weights = {name: value for name, value in state().items() if not name.startswith("layer3.5.")}
    with pytest.raises(ModelError, match="stages of 3, 4, 5, 3 blocks make no ResNet-50, 101 or 152"):
        import_weights(saved(tmp_path / "net.pth", weights))


def test_a_missing_and_a_misshapen_weight_are_named(tmp_path: Path) -> None:
    weights = state()
    del weights["layer2.1.bn2.bias"]
    weights["layer1.0.conv1.weight"] = torch.ones(()).expand(64, 128, 1, 1)
    with pytest.raises(ModelError, match=r"missing: .*layer2\.1\.bn2\.bias; of another shape: .*layer1\.0\.conv1"):
        import_weights(saved(tmp_path / "net.pth", weights))


def test_a_renamed_weight_is_listed(tmp_path: Path) -> None:
    weights = state()
    weights["layer2.1.norm.bias"] = weights.pop("layer2.1.bn2.bias")
    with pytest.raises(ModelError, match=r"no known place: layer2\.1\.norm\.bias"):
        import_weights(saved(tmp_path / "net.pth", weights))


def test_weights_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    weights = state() | {"layer4.2.bn3.bias": torch.full((2048,), torch.nan)}
    with pytest.raises(ModelError, match=r"net\.pth: weights that are not finite: backbone\.layer4\.2\.bn3\.bias"):
        import_weights(saved(tmp_path / "net.pth", weights))


def test_a_folder_of_several_checkpoints_asks_for_one(tmp_path: Path) -> None:
    for name in ("a.pth", "b.pth"):
        saved(tmp_path / name, {"x": torch.ones(1)})
    with pytest.raises(ModelError, match=r"several checkpoints: .*a\.pth, .*b\.pth; name one"):
        import_weights(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match=r"empty: holds no weights"):
        import_weights(tmp_path / "empty")


def test_another_kind_than_asked_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"net\.pth: these are weights of the kind resnet, not tf2"):
        import_weights(saved(tmp_path / "net.pth", state()), "tf2")
    with pytest.raises(ModelError, match="is a model of TF-slim, and these weights are of the kind resnet"):
        import_weights(tmp_path / "net.pth", "delf_gld_20190411")
    with pytest.raises(ModelError, match="choose one of auto, feymanpriv-delg"):
        import_weights(tmp_path / "net.pth", "delg")


def test_a_shard_of_a_wrong_checksum_is_named(tmp_path: Path) -> None:
    names = [f"{layer}/.ATTRIBUTES/VARIABLE_VALUE" for layer in ("attention/conv2/bias", *_blocks())]
    write_bundle(tmp_path / "ckpt", {name: np.zeros(4, np.float32) for name in names}, ("subsampling_layer",))
    shard = tmp_path / "ckpt.data-00000-of-00001"
    content = bytearray(shard.read_bytes())
    content[5] ^= 1
    shard.write_bytes(content)
    with pytest.raises(ModelError, match=r"ckpt\.data-00000-of-00001: \S+ is damaged \(checksum\); download"):
        import_weights(tmp_path)


def _blocks() -> list[str]:
    """Return a variable of each block of TensorFlow 2's ResNet-50, and one of attention."""
    letters = zip(range(2, 6), ("abc", "abcd", "abcdef", "abc"), strict=True)
    return ["attention/conv1/kernel", *(f"backbone/l{stage}{one}/conv2a/bias" for stage, of in letters for one in of)]


def test_the_same_variable_under_two_prefixes_is_refused(tmp_path: Path) -> None:
    names = [f"{prefix}/backbone/conv1/bias/.ATTRIBUTES/VARIABLE_VALUE" for prefix in ("model", "_model")]
    write_bundle(tmp_path / "ckpt", {name: np.zeros(64, np.float32) for name in names})
    with pytest.raises(ModelError, match=r"ckpt\.index: variables of the same place: .*_model/backbone/conv1/bias.*"):
        import_weights(tmp_path / "ckpt.index")


def test_heads_are_told_by_shape() -> None:
    ours = find_heads(HEADS, Path("x"))
    assert ours["attention.reduce.weight"] == "a/one/weights"
    assert ours["attention.norm.bias"] == "a/one/BatchNorm/beta"
    assert ours["autoencoder.decoder.weight"] == "b/two/weights"
    assert ours["whitening.weight"] == "c/weights"
    assert set(ours.values()) == set(HEADS)


def test_shapes_that_fit_twice_are_told_by_name_or_not_at_all() -> None:
    twice = HEADS | {"d/weights": (2048, 2048), "d/biases": (2048,)}
    with pytest.raises(ModelError, match="x: several layers fit as its whitening: c; d"):
        find_heads(twice, Path("x"))
    named = {name.replace("c/", "whitening/"): shape for name, shape in twice.items()}
    with pytest.raises(ModelError, match="x: variables of no known place: d/biases, d/weights"):
        find_heads(named, Path("x"))


def test_no_attention_is_no_delf() -> None:
    with pytest.raises(ModelError, match="x: has no attention"):
        find_heads({name: shape for name, shape in HEADS.items() if not name.startswith("a/")}, Path("x"))
