"""What a student learns from teachers by, against slow literal formulas."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from glocal.models.distillation import aligned_projection, regression_loss, relational_loss  # noqa: E402


def seeded(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@settings(max_examples=20)
@given(st.integers(1, 6), st.integers(0, 99))
def test_regression_is_half_the_squared_distance_on_the_sphere(count, seed):
    student, target = seeded(count, 5, seed=seed) * 3, seeded(count, 5, seed=seed + 100)
    distances = np.square(unit(student.numpy()) - unit(target.numpy())).sum(axis=1) / 2
    assert regression_loss(student, target).item() == pytest.approx(distances.mean(), rel=1e-4)


@settings(max_examples=20)
@given(st.integers(2, 6), st.integers(0, 99))
def test_relation_compares_similarities_pair_by_pair(count, seed):
    student, teacher = seeded(count, 5, seed=seed) * 3, unit(seeded(count, 9, seed=seed + 100).numpy())
    rows = unit(student.numpy())
    pairs = [(rows[i] @ rows[j] - teacher[i] @ teacher[j]) ** 2 for i in range(count) for j in range(count) if i != j]
    loss = relational_loss(student, torch.from_numpy(teacher)).item()
    assert loss == pytest.approx(np.mean(pairs), rel=1e-4)


def test_relation_of_one_photo_is_nothing():
    assert relational_loss(seeded(1, 4), torch.ones(1, 1)).item() == 0.0


def test_a_turned_teacher_is_matched_in_relation_alone():
    student = seeded(6, 4)
    turn = torch.linalg.qr(seeded(4, 4, seed=3))[0]
    teacher = torch.nn.functional.normalize(student) @ turn
    assert relational_loss(student, teacher).item() == pytest.approx(0, abs=1e-10)
    assert regression_loss(student, teacher).item() > 0.1


def test_the_projection_keeps_similarities_and_turns_to_the_student():
    # Teachers of rank 4 in 7 dimensions, and a student that sees the same up to a turn.
    inner = torch.nn.functional.normalize(seeded(50, 4))
    teachers = inner @ torch.linalg.qr(seeded(7, 4, seed=1))[0].T
    student = 3 * inner @ torch.linalg.qr(seeded(4, 4, seed=2))[0]
    projection = aligned_projection(student, teachers)
    targets = teachers @ projection
    assert targets.shape == (50, 4)
    assert torch.allclose(targets @ targets.T, teachers @ teachers.T, atol=1e-5)
    assert regression_loss(student, targets).item() == pytest.approx(0, abs=1e-6)


def test_no_other_turn_is_nearer():
    teachers, student = torch.nn.functional.normalize(seeded(40, 6)), seeded(40, 3, seed=1)
    projection = aligned_projection(student, teachers)
    rows = torch.nn.functional.normalize(student)
    best = (rows - teachers @ projection).square().sum()
    assert torch.allclose(projection.T @ projection, torch.eye(3), atol=1e-5)
    for seed in range(20):
        turn = torch.linalg.qr(seeded(3, 3, seed=seed))[0]
        assert (rows - teachers @ projection @ turn).square().sum() >= best - 1e-5
