"""GeM, whitening and principal components against slow literal formulas."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from glocal.models.gem import AveragePool, GeM  # noqa: E402
from glocal.models.principal_components import principal_components  # noqa: E402
from glocal.models.whitening import Whitening, alike, pca_projection  # noqa: E402


def literal_gem(deep_map, power):
    batch, channels, height, width = deep_map.shape
    pooled = np.zeros((batch, channels))
    for b in range(batch):
        for c in range(channels):
            total = sum(max(deep_map[b, c, y, x], 1e-6) ** power for y in range(height) for x in range(width))
            pooled[b, c] = (total / (height * width)) ** (1 / power)
    return pooled


@pytest.mark.parametrize("power", [1.0, 3.0, 4.5])
def test_gem_is_the_literal_formula(power):
    deep_map = torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(1))
    assert np.allclose(GeM(power)(deep_map).numpy(), literal_gem(deep_map.numpy(), power), rtol=1e-5)


def test_the_average_counts_what_is_negative_too():
    deep_map = torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(1))
    assert np.allclose(AveragePool()(deep_map).numpy(), deep_map.numpy().reshape(2, 3, 20).sum(-1) / 20, atol=1e-6)


def test_gem_of_a_dead_channel_is_the_floor_with_finite_gradient():
    deep_map = torch.full((1, 1, 3, 3), -2.0, requires_grad=True)
    pooled = GeM()(deep_map)
    pooled.sum().backward()
    assert pooled.item() == pytest.approx(1e-6, rel=1e-3)
    assert torch.isfinite(deep_map.grad).all()


def test_gem_lies_between_mean_and_maximum():
    deep_map = torch.rand(4, 8, 6, 7, generator=torch.Generator().manual_seed(2))
    pooled = GeM()(deep_map)
    assert (pooled >= deep_map.mean((2, 3)) - 1e-6).all()
    assert (pooled <= deep_map.amax((2, 3)) + 1e-6).all()


def correlated_sample(count=400, channels=6):
    random = np.random.default_rng(3)
    return torch.tensor(random.normal(size=(count, channels)) @ random.normal(size=(channels, channels)) + 5.0).float()


def test_principal_components_are_numpys():
    sample = correlated_sample()
    principal = principal_components(sample)
    values = np.sort(np.linalg.eigvalsh(np.cov(sample.numpy().T)))[::-1]
    assert np.allclose(principal.variances.numpy(), values, rtol=1e-4)
    assert np.allclose((principal.components @ principal.components.T).numpy(), np.eye(6), atol=1e-5)
    assert np.allclose(principal.mean.numpy(), sample.numpy().mean(0), atol=1e-4)


def test_shrinkage_keeps_the_total_variance_and_evens_it():
    sample = correlated_sample()
    plain, shrunk, flat = (principal_components(sample, shrinkage=s).variances for s in (0.0, 0.5, 1.0))
    assert torch.allclose(plain.sum(), shrunk.sum(), rtol=1e-5)
    assert shrunk[0] / shrunk[-1] < plain[0] / plain[-1]
    assert torch.allclose(flat, flat.mean().expand(6), rtol=1e-5)


def test_one_vector_has_no_principal_components():
    with pytest.raises(ValueError, match="at least 2"):
        principal_components(torch.zeros(1, 4))


def test_full_whitening_makes_the_covariance_a_multiple_of_the_identity():
    sample = correlated_sample()
    layer = Whitening(6, 4)
    layer.project(pca_projection(principal_components(sample), exponent=0.5), sample.mean(dim=0))
    covariance = np.cov(layer(sample).detach().numpy().T)
    assert np.allclose(covariance, covariance[0, 0] * np.eye(4), atol=1e-3 * covariance[0, 0])


def pairs(rows):
    return (rows[:, None] - rows).norm(dim=2)


def test_exponent_zero_only_rotates():
    sample = correlated_sample()
    layer = Whitening(6, 6)
    layer.project(pca_projection(principal_components(sample), exponent=0.0), sample.mean(dim=0))
    moved = layer(sample).detach()
    assert torch.allclose(pairs(moved), pairs(sample), atol=1e-3)
    assert math.isclose(moved.mean().item(), 0.0, abs_tol=1e-3)


def test_every_part_gets_the_same_total_variance():
    sample = correlated_sample() * torch.tensor([1.0, 1.0, 1.0, 1.0, 0.01, 0.01])
    variances = np.var((sample * alike(sample, (4, 2))).numpy().astype(np.float64), axis=0, ddof=1)
    assert math.isclose(variances[:4].sum(), 1.0, rel_tol=1e-4)
    assert math.isclose(variances[4:].sum(), 1.0, rel_tol=1e-4)
