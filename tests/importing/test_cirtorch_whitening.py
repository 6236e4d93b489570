"""The whitenings that files of cnnimageretrieval-pytorch hold beside the network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from glocal.errors import ModelError  # noqa: E402
from glocal.importing.original import Original  # noqa: E402
from glocal.importing.reading_weights import import_weights  # noqa: E402
from glocal.models.resnet import TORCHVISION, ResNet  # noqa: E402

NUMBERS = {"conv1": "0", "bn1": "1", "layer1": "4", "layer2": "5", "layer3": "6", "layer4": "7"}
RANDOM = np.random.default_rng(0)
MEANS = {key: RANDOM.standard_normal((2048, 1)) for key in ("30k ss", "30k ms", "120k ss", "120k ms")}
MATRIX = RANDOM.standard_normal((16, 2048))


def whitening(name: str) -> dict[str, Any]:
    return {"m": MEANS[name], "P": MATRIX}


def imported(path: Path, learned: Any) -> Any:
    """Import a network whose weights are all one, so that they take no memory, with this whitening in its meta."""
    with torch.device("meta"):
        shapes = {name: value.shape for name, value in ResNet(50, TORCHVISION).state_dict().items()}
    state = {"pool.p": torch.full((1,), 3.0)}
    for name, shape in shapes.items():
        part, _, rest = name.partition(".")
        state[f"features.{NUMBERS[part]}.{rest}"] = torch.ones(()).expand(shape)
    torch.save({"meta": {"pooling": "gem", "Lw": learned}, "state_dict": state}, path)
    return import_weights(path)


def test_that_of_the_published_results_is_taken_for_several_scales(tmp_path: Path) -> None:
    both = {
        f"retrieval-SfM-{size}": {kind: whitening(f"{size} {kind}") for kind in ("ss", "ms")}
        for size in ("30k", "120k")
    }
    network = imported(tmp_path / "net.pth", both)
    assert np.allclose(network.projection.mean, MEANS["120k ms"].ravel(), atol=1e-6)
    rows = RANDOM.standard_normal((3, 2048)) ** 2
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    pooled = np.mean(rows**3, axis=0, keepdims=True).T ** (1 / 3)
    expected = MATRIX @ (pooled / np.linalg.norm(pooled) - MEANS["120k ms"])
    fused = Original.of(network).fused(list(rows.astype(np.float32)))
    assert np.allclose(fused, (expected / np.linalg.norm(expected)).ravel(), atol=1e-5)


def test_the_only_one_is_taken_whatever_it_is_called(tmp_path: Path) -> None:
    network = imported(tmp_path / "net.pth", {"my-photos": {"ss": whitening("30k ss")}})
    assert np.allclose(network.projection.mean, MEANS["30k ss"].ravel(), atol=1e-6)


@pytest.mark.parametrize("learned", [{"set": {"ms": {"m": np.ones(3)}}}, {"set": 5}, {"set": {}}])
def test_one_of_an_unknown_form_is_named(tmp_path: Path, learned: Any) -> None:
    with pytest.raises(ModelError, match=r"net\.pth: its meta holds a whitening Lw of an unknown form"):
        imported(tmp_path / "net.pth", learned)
