"""What cannot be imported is refused in one line, and nothing in it is run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from glocal.errors import ModelError  # noqa: E402
from glocal.importing.reading_weights import import_weights  # noqa: E402
from glocal.importing.torch_file import read_torch  # noqa: E402
from glocal.models.resnet import TORCHVISION, ResNet  # noqa: E402


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
