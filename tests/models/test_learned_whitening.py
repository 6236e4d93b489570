"""Whitening learned from pairs, against the definition."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from glocal.models.code_rotation import CodeTransform  # noqa: E402
from glocal.models.learned_whitening import learned_projection, scatter_within  # noqa: E402
from glocal.models.principal_components import principal_components  # noqa: E402
from glocal.models.whitening import pca_projection  # noqa: E402


def things(count=60, views=4, channels=6, seed=0):
    """Return vectors whose views differ mostly along two directions, and what they show."""
    random = np.random.default_rng(seed)
    centres = np.repeat(random.normal(size=(count, channels)), views, axis=0)
    spread = random.normal(size=(count * views, channels)) * np.array([5.0, 3.0, 0.2, 0.2, 0.2, 0.2])
    return torch.from_numpy(centres + spread).float(), torch.arange(count).repeat_interleave(views)


def test_scatter_within_is_the_mean_over_weighed_groups():
    vectors, groups = things(count=5)
    keep = torch.tensor([0, 1, 4, 5, 6, 8, 12, 13, 14, 15, 16])  # groups of 2, 3, 1, 4 and 1
    rows, names = vectors[keep].numpy().astype(np.float64), groups[keep].numpy()
    total, weight = np.zeros((6, 6)), 0.0
    for name in np.unique(names):
        own = rows[names == name]
        if len(own) < 2:
            continue
        factor = 1 / np.sqrt(len(own) - 1)
        for row in own:
            total += factor * np.outer(row - own.mean(0), row - own.mean(0))
        weight += factor * (len(own) - 1)
    assert np.allclose(scatter_within(vectors[keep], groups[keep]).numpy(), total / weight)


def test_things_seen_once_have_no_scatter():
    assert not scatter_within(torch.randn(4, 3), torch.arange(4)).any()


def test_a_full_projection_makes_differences_alike_and_the_rest_uncorrelated():
    vectors, groups = things()
    within = scatter_within(vectors, groups)
    total = torch.cov(vectors.double().T)
    rows = learned_projection(total, within, exponent=0.5, shrinkage=0.0).double()
    evened = rows @ within @ rows.T
    assert torch.allclose(evened, evened[0, 0] * torch.eye(6, dtype=torch.float64), atol=1e-5)
    spread = rows @ total @ rows.T
    assert torch.allclose(spread, torch.diag(spread.diagonal()), atol=1e-5)
    assert (spread.diagonal().diff() <= 0).all()


def test_without_exponent_or_fully_shrunk_it_is_a_pca():
    vectors, groups = things()
    total, components = torch.cov(vectors.double().T), principal_components(vectors).components
    for exponent, shrinkage in ((0.0, 0.0), (0.5, 1.0)):
        rows = learned_projection(total, scatter_within(vectors, groups), exponent=exponent, shrinkage=shrinkage)
        assert torch.allclose((rows @ components.T).abs(), torch.eye(6), atol=1e-3)


def test_where_all_that_differs_is_evened_it_is_a_pca_whitening():
    vectors = things()[0]
    total = torch.cov(vectors.double().T)
    rows = learned_projection(total, 3 * total, exponent=0.3, shrinkage=0.0)
    whitening = pca_projection(principal_components(vectors), exponent=0.3)
    rows, whitening = (torch.nn.functional.normalize(each, dim=1) for each in (rows, whitening))
    assert torch.allclose((rows @ whitening.T).abs(), torch.eye(6), atol=1e-3)


def test_with_nothing_seen_twice_it_only_turns():
    total = torch.cov(things()[0].double().T)
    rows = learned_projection(total, torch.zeros(6, 6), exponent=0.3, shrinkage=0.1)
    assert torch.allclose(rows @ rows.T, (rows[0] @ rows[0]) * torch.eye(6), atol=1e-4)


def test_whitened_codes_find_the_same_place_more_often():
    vectors, groups = things(count=300, views=2, channels=6)
    pairs = torch.stack([vectors[groups == thing] for thing in range(300)])
    found = {}
    for name, given in (("rotated", None), ("whitened", pairs[:200])):
        transform = CodeTransform(6)
        transform.learn(vectors, seed=0, pairs=given)
        first, second = (
            torch.nn.functional.normalize((half - transform.mean) @ transform.matrix.T, dim=1)
            for half in pairs[200:].unbind(1)
        )
        found[name] = ((first @ second.T).argmax(1) == torch.arange(100)).float().mean().item()
    assert found["whitened"] > 2 * found["rotated"]


def test_without_pairs_codes_are_only_turned():
    transform = CodeTransform(6)
    transform.learn(things()[0], seed=0)
    assert torch.allclose(transform.matrix @ transform.matrix.T, torch.eye(6), atol=1e-5)
