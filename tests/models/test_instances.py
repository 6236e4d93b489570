"""InfoNCE and KoLeo against slow literal formulas."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from glocal.models.instances import instance_loss  # noqa: E402

TEMPERATURE = 0.2


def seeded(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def literal(descriptors, photos, labels, entropy):
    """InfoNCE over every ordered pair of views of one photo, KoLeo over every view that has another thing beside it."""
    rows = descriptors / np.linalg.norm(descriptors, axis=1, keepdims=True)
    views, places = range(len(rows)), []
    losses = []
    for i in views:
        negatives = [k for k in views if photos[k] != photos[i] and (labels[k] != labels[i] or labels[i] == -1)]
        away = [math.exp(rows[i] @ rows[k] / TEMPERATURE) for k in negatives]
        for j in views:
            if j != i and photos[j] == photos[i]:
                near = math.exp(rows[i] @ rows[j] / TEMPERATURE)
                losses.append(-math.log(near / (near + sum(away))))
        if negatives:
            places.append(-math.log(min(np.linalg.norm(rows[i] - rows[k]) for k in negatives)))
    return (np.mean(losses) if losses else 0) + entropy * (np.mean(places) if places else 0)


def loss(descriptors, photos, labels, entropy):
    return instance_loss(descriptors, photos, labels, temperature=TEMPERATURE, entropy=entropy, ignore=-1)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 1)), min_size=1, max_size=8),
    st.sampled_from([0.0, 0.7]),
    st.integers(0, 99),
)
def test_both_are_the_literal_formulas(views, entropy, seed):
    photos, labels = (torch.tensor(column) for column in zip(*views, strict=True))
    descriptors = 2 * seeded(len(views), 6, seed=seed)
    expected = literal(descriptors.double().numpy(), photos.tolist(), labels.tolist(), entropy)
    assert loss(descriptors, photos, labels, entropy).item() == pytest.approx(expected, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("photos", [[0, 0, 1, 1], [0, 0, 0, 0], [0, 1, 2, 3], [0, 0, 1, 2]])
@pytest.mark.parametrize("same", [False, True])
def test_gradients_are_numbers(photos, same):
    descriptors = (seeded(1, 6).repeat(4, 1) if same else seeded(4, 6)).requires_grad_()
    loss(descriptors, torch.tensor(photos), torch.full((4,), -1), 1.0).backward()
    assert torch.isfinite(descriptors.grad).all()


def test_photos_of_one_identity_are_not_pushed_apart():
    photos, apart = torch.tensor([0, 0, 1, 1]), seeded(4, 6)
    one, two = torch.tensor([5, 5, 5, 5]), torch.tensor([5, 5, 6, 6])
    assert loss(apart, photos, one, 0.0).item() == pytest.approx(0, abs=1e-6)
    assert loss(apart, photos, two, 0.0).item() > 0.01
