"""ArcFace, reconstruction and attention losses against slow literal formulas."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from glocal.models.attention import Attention, attention_pool  # noqa: E402
from glocal.models.losses import (  # noqa: E402
    IGNORE,
    ArcFace,
    LinearClassifier,
    LossWeights,
    Objective,
    Supervision,
    reconstruction_loss,
)
from glocal.models.network import TrainingOutput  # noqa: E402


def labelled(labels):
    """Return what is known of views of different photos without teachers."""
    return Supervision(labels, torch.arange(len(labels)), torch.empty(len(labels), 0))


def seeded(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def literal_arcface(descriptors, weight, scale, margin, labels):
    losses = []
    for descriptor, label in zip(descriptors, labels, strict=True):
        logits = []
        for number, row in enumerate(weight):
            cosine = float(descriptor @ row / np.linalg.norm(descriptor) / np.linalg.norm(row))
            angle = math.acos(cosine)
            if number == label and angle <= math.pi - margin:
                cosine = math.cos(angle + margin)
            logits.append(scale * cosine)
        top = max(logits)
        losses.append(top + math.log(sum(math.exp(logit - top) for logit in logits)) - logits[label])
    return sum(losses) / len(losses)


@pytest.mark.parametrize("margin", [0.0, 0.1, 0.5])
def test_arcface_is_the_literal_formula(margin):
    head = ArcFace(8, 5, margin)
    descriptors, labels = seeded(12, 8) * 3, torch.arange(12) % 5
    expected = literal_arcface(
        descriptors.double().numpy(),
        head.weight.detach().double().numpy(),
        math.sqrt(8),
        margin,
        labels.tolist(),
    )
    assert head(descriptors, labels).item() == pytest.approx(expected, rel=1e-4)


def test_no_margin_beyond_pi_minus_margin():
    head = ArcFace(4, 2, margin=0.2)
    with torch.no_grad():
        head.weight.copy_(torch.tensor([[1.0, 0, 0, 0], [0, 1.0, 0, 0]]))
    angle = math.pi - 0.1
    descriptor = torch.tensor([[math.cos(angle), 0.0, math.sin(angle), 0.0]])
    without = 2 * math.cos(angle)
    expected = math.log(math.exp(without) + 1) - without
    assert head(descriptor, torch.tensor([0])).item() == pytest.approx(expected, rel=1e-5)


def test_margin_makes_the_loss_larger_and_gradients_stay_finite_at_the_poles():
    descriptors = torch.cat([seeded(6, 4), torch.eye(4), -torch.eye(4)]).requires_grad_()
    labels = torch.zeros(len(descriptors), dtype=torch.long)
    heads = [ArcFace(4, 3, margin) for margin in (0.0, 0.3)]
    heads[1].load_state_dict(heads[0].state_dict())
    with torch.no_grad():
        for head in heads:
            head.weight[0] = torch.tensor([1.0, 0, 0, 0])
    plain, strict = (head(descriptors, labels) for head in heads)
    strict.backward()
    assert strict > plain
    assert torch.isfinite(descriptors.grad).all()


def test_scale_is_learned_and_starts_at_the_root_of_the_dimensions():
    head = ArcFace(2048, 2)
    assert head.scale.item() == pytest.approx(45.25, abs=0.01)
    assert head.scale.requires_grad


def test_reconstruction_loss_is_the_mean_square():
    original, copy = seeded(2, 3, 4, 5, seed=1), seeded(2, 3, 4, 5, seed=2)
    literal = sum((a - b) ** 2 for a, b in zip(original.flatten().tolist(), copy.flatten().tolist(), strict=True))
    assert reconstruction_loss(original, copy).item() == pytest.approx(literal / (2 * 3 * 4 * 5), rel=1e-5)


def test_attention_pooling_is_the_literal_sum():
    features, attention = seeded(2, 3, 2, 3), seeded(2, 1, 2, 3, seed=1).abs()
    expected = np.zeros((2, 3))
    for b in range(2):
        for y in range(2):
            for x in range(3):
                cell = features[b, :, y, x].numpy()
                expected[b] += attention[b, 0, y, x].item() * cell / np.linalg.norm(cell)
    assert np.allclose(attention_pool(features, attention).numpy(), expected / 6, rtol=1e-5)


def test_attention_is_the_literal_formula():
    head = Attention(3, hidden=4).eval()
    head.norm.running_mean.copy_(seeded(4, seed=5))
    cell = seeded(3, seed=6)
    hidden = head.reduce.weight[:, :, 0, 0] @ cell + head.reduce.bias
    hidden = (hidden - head.norm.running_mean) / torch.sqrt(head.norm.running_var + head.norm.eps)
    score = (head.score.weight[0, :, 0, 0] @ hidden.clamp_min(0) + head.score.bias).item()
    found = head(cell[None, :, None, None].expand(1, 3, 2, 2))
    assert found.shape == (1, 1, 2, 2)
    assert found[0, 0, 1, 1].item() == pytest.approx(math.log1p(math.exp(score)), rel=1e-4)


def test_objective_weighs_its_losses_and_ignores_photos_without_identity():
    objective = Objective(dimensions=8, channels=6, classes=3, weights=LossWeights(reconstruction=10, attention=2))
    output = TrainingOutput(
        seeded(4, 8), seeded(4, 6, 2, 2).abs(), seeded(4, 6, 2, 2, seed=1), seeded(4, 1, 2, 2).abs()
    )
    labels = torch.tensor([0, IGNORE, 2, IGNORE])
    losses = objective(output, labelled(labels))
    assert losses.total.item() == pytest.approx(
        (losses.global_ + 10 * losses.reconstruction + 2 * losses.attention).item(), rel=1e-6
    )
    known = TrainingOutput(*(value[[0, 2]] for value in output))
    alone = objective(known, labelled(labels[[0, 2]]))
    assert losses.global_.item() == pytest.approx(alone.global_.item(), rel=1e-6)
    assert losses.attention.item() == pytest.approx(alone.attention.item(), rel=1e-6)
    assert losses.reconstruction.item() != pytest.approx(alone.reconstruction.item(), rel=1e-3)


def test_a_batch_without_any_identity_still_trains_the_autoencoder():
    objective = Objective(dimensions=8, channels=6, classes=3)
    reconstruction = seeded(2, 6, 2, 2, seed=3).requires_grad_()
    output = TrainingOutput(seeded(2, 8).requires_grad_(), seeded(2, 6, 2, 2), reconstruction, seeded(2, 1, 2, 2).abs())
    losses = objective(output, labelled(torch.full((2,), IGNORE)))
    losses.total.backward()
    assert losses.global_.item() == losses.attention.item() == 0.0
    assert reconstruction.grad.abs().sum() > 0


def test_without_autoencoder_attention_pools_the_local_map_itself():
    objective = Objective(dimensions=8, channels=6, classes=3)
    output = TrainingOutput(seeded(3, 8), seeded(3, 6, 2, 5).abs(), None, seeded(3, 1, 2, 5).abs())
    losses = objective(output, labelled(torch.arange(3)))
    cells, attention = output.local_map.numpy(), output.attention.numpy()
    pooled = (attention * cells / np.linalg.norm(cells, axis=1, keepdims=True)).mean(axis=(2, 3))
    layer = objective.attention_classifier
    logits = pooled @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()
    wanted = np.mean(np.log(np.exp(logits).sum(axis=1)) - np.diag(logits))
    assert losses.attention.item() == pytest.approx(wanted, rel=1e-5)
    assert losses.reconstruction.item() == 0.0
    assert losses.total.item() == pytest.approx((losses.global_ + losses.attention).item(), rel=1e-6)


def test_a_loss_of_no_weight_has_no_classifier_and_is_zero():
    objective = Objective(dimensions=8, channels=6, classes=3, weights=LossWeights(classification=0.0, attention=0.0))
    output = TrainingOutput(seeded(3, 8), seeded(3, 6, 2, 2).abs(), None, seeded(3, 1, 2, 2).abs())
    assert list(objective.parameters()) == []
    assert objective(output, labelled(torch.arange(3))) == (0,) * 7


def test_the_linear_classifier_is_softmax_cross_entropy_of_an_affine_map():
    classifier = LinearClassifier(5, 3)
    descriptors, labels = seeded(4, 5, seed=2), torch.tensor([2, 0, 1, 1])
    logits = descriptors.numpy() @ classifier.weight.detach().numpy().T + classifier.bias.detach().numpy()
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    wanted = -np.log(chances[np.arange(4), labels.numpy()]).mean()
    assert classifier(descriptors, labels).item() == pytest.approx(wanted, rel=1e-5)


def test_the_linear_classifier_starts_at_the_nearest_class_mean():
    classifier = LinearClassifier(5, 3)
    descriptors = seeded(12, 5, seed=3)
    labels = torch.arange(12) % 4 - 1  # IGNORE, 0, 1, 2, and again
    classifier.start_from(descriptors, labels)
    rows = descriptors.numpy()
    means = np.stack([rows[labels.numpy() == number].mean(axis=0) for number in range(3)])
    distances = np.square(rows[:, None] - means[None]).sum(axis=2)
    logits = torch.nn.functional.linear(descriptors, classifier.weight, classifier.bias).detach().numpy()
    assert np.allclose(logits - logits[:, :1], distances[:, :1] - distances, atol=1e-4)


def test_a_given_scale_of_arcface_is_fixed():
    descriptors, labels = seeded(4, 8), torch.tensor([0, 1, 2, 0])
    fixed, learned = ArcFace(8, 3, scale=30.0), ArcFace(8, 3)
    fixed.load_state_dict({"weight": learned.weight, "scale": torch.tensor(30.0)})
    for one in (fixed, learned):
        one(descriptors, labels).backward()
    assert fixed.scale.grad is None
    assert learned.scale.grad is not None
    with torch.no_grad():
        learned.scale.fill_(30.0)
    assert fixed(descriptors, labels).item() == pytest.approx(learned(descriptors, labels).item(), rel=1e-6)
