"""DOLG: orthogonal fusion, multi-atrous convolutions and attention against NumPy, place by place."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from glocal.models.backbone import create_backbone  # noqa: E402
from glocal.models.dolg import DILATIONS, Dolg, MultiAtrous, SelfAttention, orthogonal_part  # noqa: E402
from glocal.models.gem import GeM  # noqa: E402
from glocal.models.losses import LossWeights, Objective, Supervision  # noqa: E402


def labelled(labels):
    """Return what is known of views of different photos without teachers."""
    return Supervision(labels, torch.arange(len(labels)), torch.empty(len(labels), 0))


def small_dolg(**settings):
    torch.manual_seed(0)
    dolg = Dolg(create_backbone("resnet10t"), global_dimensions=6, width=8, code_dimensions=8, **settings)
    dolg.attention.norm.running_mean.normal_()
    return dolg


def image():
    return torch.randn(2, 3, 96, 128, generator=torch.Generator().manual_seed(1))


def weights(layer):
    weight = layer.weight.detach().numpy()
    return weight.reshape(*weight.shape[:2], -1) if weight.ndim == 4 else weight, layer.bias.detach().numpy()


def orthogonal_map(local, global_):
    """At every position of `local` [C, H, W] take away its projection onto `global_` [C]."""
    result = np.empty_like(local)
    for y in range(local.shape[1]):
        for x in range(local.shape[2]):
            cell = local[:, y, x]
            result[:, y, x] = cell - (cell @ global_) / (global_ @ global_) * global_
    return result


@given(
    seed=st.integers(0, 10_000), height=st.integers(1, 5), width=st.integers(1, 5), scale=st.sampled_from([1e-2, 30])
)
def test_the_orthogonal_part_is_the_mean_of_orthogonal_places(seed, height, width, scale):
    random = np.random.default_rng(seed)
    local, global_ = random.normal(size=(7, height, width)), scale * random.normal(size=7)
    every = orthogonal_map(local, global_)
    assert np.abs(np.einsum("chw,c->hw", every, global_)).max() < 1e-9 * scale
    found = orthogonal_part(torch.from_numpy(local.mean((1, 2)))[None], torch.from_numpy(global_)[None])[0].numpy()
    assert np.allclose(found, every.mean(axis=(1, 2)), atol=1e-10)
    assert abs(found @ global_) < 1e-9 * scale


def test_nothing_seen_globally_leaves_the_local_part_whole():
    local = torch.randn(2, 5, generator=torch.Generator().manual_seed(0))
    assert torch.equal(orthogonal_part(local, torch.zeros(2, 5)), local)


def test_fusion_in_the_network_is_the_papers_place_by_place():
    dolg = small_dolg().eval()
    with torch.no_grad():
        raw = dolg.raw_features(image())
        deep = dolg.backbone(image())[1].numpy()
        descriptor = dolg(image()).descriptor.numpy()
    pooled = np.power(np.maximum(deep, 1e-6) ** 3, 1).mean(axis=(2, 3)) ** (1 / 3)
    weight, bias = weights(dolg.reduce)
    seen = pooled @ weight.T + bias
    attended = raw.cells.numpy() * raw.attention.numpy()
    beyond = np.stack([orthogonal_map(*pair).mean(axis=(1, 2)) for pair in zip(attended, seen, strict=True)])
    fused = np.concatenate([seen, beyond], axis=1)
    assert np.allclose(raw.pooled.numpy(), fused, atol=1e-5)
    weight, bias = weights(dolg.whitening)
    assert np.allclose(descriptor, fused @ weight.T + bias, atol=1e-5)


def literal_dilated(local_map, weight, dilation):
    """3x3 convolution of [C, H, W] with weight [K, C, 9], neighbours `dilation` cells away, zeros outside."""
    _, height, width = local_map.shape
    result = np.zeros((len(weight), height, width))
    for y in range(height):
        for x in range(width):
            for tap in range(9):
                row, column = y + (tap // 3 - 1) * dilation, x + (tap % 3 - 1) * dilation
                if 0 <= row < height and 0 <= column < width:
                    result[:, y, x] += weight[:, :, tap] @ local_map[:, row, column]
    return result


def test_the_multi_atrous_part_is_the_literal_one():
    torch.manual_seed(3)
    atrous = MultiAtrous(3, 8)
    local_map = np.random.default_rng(0).normal(size=(3, 21, 15))
    with torch.no_grad():
        found = atrous(torch.from_numpy(local_map).float()[None])[0].numpy()
    parts = [np.einsum("kci,chw->khw", weights(atrous.near)[0], local_map) + weights(atrous.near)[1][:, None, None]]
    for layer, dilation in zip(atrous.dilated, DILATIONS, strict=True):
        weight, bias = weights(layer)
        parts.append(literal_dilated(local_map, weight, dilation) + bias[:, None, None])
    weight, bias = weights(atrous.whole)
    whole = np.maximum(weight[:, :, 0] @ local_map.mean(axis=(1, 2)) + bias, 0)
    parts.append(np.broadcast_to(whole[:, None, None], parts[0].shape))
    weight, bias = weights(atrous.merge)
    merged = np.einsum("kci,chw->khw", weight, np.concatenate(parts)) + bias[:, None, None]
    assert np.allclose(found, np.maximum(merged, 0), atol=1e-4)


def test_attention_and_cells_come_from_the_same_hidden_map():
    torch.manual_seed(4)
    head = SelfAttention(6, 6).eval()
    head.norm.running_mean.normal_()
    merged = np.random.default_rng(1).random((6, 2, 3))
    with torch.no_grad():
        cells, attention = (value[0].numpy() for value in head(torch.from_numpy(merged).float()[None]))
    hidden = weights(head.reduce)[0][:, :, 0] @ merged[:, 1, 2] + weights(head.reduce)[1]
    hidden = (hidden - head.norm.running_mean.numpy()) / np.sqrt(1 + head.norm.eps)
    assert np.allclose(cells[:, 1, 2], hidden / np.linalg.norm(hidden), atol=1e-5)
    score = (weights(head.score)[0][:, :, 0] @ np.maximum(hidden, 0) + weights(head.score)[1]).item()
    assert attention[0, 1, 2] == pytest.approx(np.log1p(np.exp(score)), rel=1e-4)


def test_one_loss_teaches_both_branches_and_the_power_of_gem():
    dolg = small_dolg().train()
    objective = Objective(dimensions=6, channels=8, classes=2, weights=LossWeights(attention=0.0))
    losses = objective(dolg(image()), labelled(torch.arange(2)))
    losses.total.backward()
    assert losses.reconstruction.item() == losses.attention.item() == 0
    learned = [*dolg.global_parts().values(), *dolg.local_parts().values()]
    assert all(p.grad is not None for part in learned for p in part.parameters())
    assert isinstance(dolg.pool, GeM)
    assert dolg.pool.power.item() == 3.0
    assert dolg.pool.power.grad.item() != 0
    assert dolg.attention.score.weight.grad.any()
    assert any(p.grad is not None and p.grad.any() for p in dolg.backbone.parameters())


def test_the_published_sizes():
    dolg = Dolg(create_backbone("resnet50"), global_dimensions=512)
    assert [layer.out_channels for layer in (dolg.atrous.near, *dolg.atrous.dilated, dolg.atrous.whole)] == [512] * 5
    assert tuple(dolg.atrous.merge.weight.shape[:2]) == (1024, 2560)
    assert (dolg.reduce.in_features, dolg.reduce.out_features) == (2048, 1024)
    assert (dolg.whitening.in_features, dolg.whitening.out_features) == (2048, 512)
