"""ResNet in the layouts that published weights come in."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

import numpy as np  # noqa: E402
import timm  # noqa: E402
from torch import nn  # noqa: E402

from glocal.models.geometry import ReceptiveField, local_receptive_field  # noqa: E402
from glocal.models.padding import SameForAnySize, SameMaxPool  # noqa: E402
from glocal.models.resnet import KERAS, SLIM, TORCHVISION, Layout, ResNet  # noqa: E402


def test_the_torchvision_layout_computes_what_timm_does() -> None:
    torch.manual_seed(0)
    theirs = timm.create_model("resnet50", features_only=True, out_indices=(3, 4)).eval()
    ours = ResNet(50, TORCHVISION).eval()
    ours.load_state_dict(theirs.state_dict())
    image = torch.randn(1, 3, 97, 130)
    with torch.no_grad():
        for mine, other in zip(ours(image), theirs(image), strict=True):
            assert torch.allclose(mine, other, rtol=1e-4, atol=1e-5 * float(other.abs().max()))


@pytest.mark.parametrize(
    ("layout", "field"),
    [
        (TORCHVISION, ReceptiveField(-133, 267, 16)),
        (SLIM, ReceptiveField(-143, 291, 32)),
        (KERAS, ReceptiveField(-142, 291, 32)),
        (Layout(stride="first"), ReceptiveField(-145, 291, 16)),
    ],
)
def test_receptive_fields_are_the_published_ones(layout: Layout, field: ReceptiveField) -> None:
    """291 and 267 pixels (Araujo et al., Distill 2019); they begin where padding on the left puts them."""
    assert local_receptive_field(ResNet(50, layout)) == field


@pytest.mark.parametrize("depth", [50, 101, 152])
def test_depths_have_the_parameters_of_timm_s(depth: int) -> None:
    with torch.device("meta"):
        theirs = timm.create_model(f"resnet{depth}", num_classes=0)
        ours = ResNet(depth, TORCHVISION)
    assert {name: value.shape for name, value in ours.state_dict().items()} == {
        name: value.shape for name, value in theirs.state_dict().items()
    }


@pytest.mark.parametrize("size", [8, 9, 10, 11])
def test_same_padding_is_tensorflow_s(size: int) -> None:
    """out = ceil(n / s); total padding = max((out - 1) s + k - n, 0), the smaller half first (tf.nn.convolution)."""
    random = np.random.default_rng(size)
    signal = random.random(size)
    for kernel, layer in ((7, SameForAnySize(1, 1, 7, 2, bias=False)), (3, SameMaxPool(3, 2))):
        out = -(-size // 2)
        total = max((out - 1) * 2 + kernel - size, 0)
        padded = np.pad(signal, (total // 2, total - total // 2))
        windows = [padded[2 * place : 2 * place + kernel] for place in range(out)]
        image = torch.from_numpy(np.tile(signal, (size, 1))[None, None]).float()
        if isinstance(layer, SameForAnySize):
            nn.init.zeros_(layer.weight)
            middle = layer.weight.data[0, 0, 3]
            middle.copy_(torch.arange(kernel).float())
            expected = [float(window @ np.arange(kernel)) for window in windows]
        else:
            expected = [float(window.max()) for window in windows]
        row = layer(image)[0, 0, 1].detach().numpy()
        assert np.allclose(row, expected, atol=1e-5)
