"""DELF: what each loss reaches, and its global descriptor, codes and attention against NumPy."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from glocal.errors import ModelError  # noqa: E402
from glocal.models.backbone import create_backbone  # noqa: E402
from glocal.models.delf import Delf  # noqa: E402
from glocal.models.losses import Objective, Supervision  # noqa: E402
from glocal.models.network import Extractor  # noqa: E402


def labelled(labels):
    """Return what is known of views of different photos without teachers."""
    return Supervision(labels, torch.arange(len(labels)), torch.empty(len(labels), 0))


def small_delf(**settings):
    torch.manual_seed(0)
    return Delf(create_backbone("resnet10t"), global_dimensions=6, code_dimensions=8, attention_hidden=12, **settings)


def image():
    return torch.randn(3, 3, 64, 96, generator=torch.Generator().manual_seed(1))


def normal(rows, axis=-1):
    return rows / np.linalg.norm(rows, axis=axis, keepdims=True)


def test_identities_are_classified_by_the_average_of_the_local_map():
    delf = small_delf().eval()
    with torch.no_grad():
        local_map = delf.backbone(image())[0].numpy()
        output = delf(image())
    assert output.descriptor.shape == (3, delf.classified_dimensions)
    assert np.allclose(output.descriptor.numpy(), local_map.reshape(3, local_map.shape[1], -1).mean(-1), atol=1e-5)
    assert output.reconstruction is None


@pytest.mark.parametrize("stop", [True, False])
def test_attention_s_loss_reaches_the_backbone_only_without_stop_gradient(stop):
    delf = small_delf(stop_gradient=stop)
    objective = Objective(dimensions=delf.classified_dimensions, channels=delf.backbone.local_channels, classes=3)
    objective(delf(image()), labelled(torch.arange(3))).attention.backward()
    touched = any(p.grad is not None and p.grad.any() for p in delf.backbone.parameters())
    assert touched == (not stop)
    assert delf.attention.score.weight.grad.any()


def test_whitening_and_pca_take_no_gradient():
    delf = small_delf()
    assert not any(p.requires_grad for part in (delf.whitening, delf.pca) for p in part.parameters())
    assert delf.global_parts() == {}


def test_the_extractor_is_the_literal_descriptor():
    delf = small_delf().eval()
    with torch.no_grad():
        for part in (delf.whitening, delf.pca.encoder):
            part.weight.normal_()
            part.bias.normal_()
        delf.code_transform.learn(torch.randn(200, 8) + 3, seed=0)
        descriptor, codes, attention = (value.numpy() for value in Extractor(delf).eval()(image()))
        cells = delf.backbone(image())[0].numpy().transpose(0, 2, 3, 1)
    pooled = normal((attention[:, 0, :, :, None] * normal(cells)).sum(axis=(1, 2)))
    weight, bias = delf.whitening.weight.numpy(), delf.whitening.bias.numpy()
    assert np.allclose(descriptor, normal(pooled @ weight.T + bias), atol=1e-5)
    projected = normal(cells) @ delf.pca.encoder.weight.numpy()[:, :, 0, 0].T + delf.pca.encoder.bias.numpy()
    turned = (projected - delf.code_transform.mean.numpy()) @ delf.code_transform.matrix.numpy().T
    assert np.allclose(codes.transpose(0, 2, 3, 1), normal(turned), atol=1e-4)
    assert attention.min() >= 0


def test_a_descriptor_longer_than_its_source_is_refused():
    with pytest.raises(ModelError, match=r"at most the 256 dimensions.*lower network.global_dimensions"):
        Delf(create_backbone("resnet10t"), global_dimensions=300)
