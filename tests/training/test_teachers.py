"""Learning from other networks, whose answers came with a packed set."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from training_runs import KilledError, changed, decided, kill_at, losses_of  # noqa: E402

from glocal.training.photos import TrainingError, find_labelled_photos, pack  # noqa: E402
from glocal.training.run import train  # noqa: E402


@pytest.fixture(scope="module")
def taught(identities_folder, tiny_recipe, tmp_path_factory):
    """A packed set with made-up teachers, and a recipe that learns from nothing else."""
    packed = tmp_path_factory.mktemp("taught")
    report = pack(
        find_labelled_photos([identities_folder]).photos, packed, side=72, quality=90, teachers=[], work=packed
    )
    rows = np.random.default_rng(0).normal(size=(report.photos, 12))
    np.save(packed / "teachers.npy", (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16))
    losses = {"classification": 0.0, "reconstruction": 0.0, "attention": 0.0, "distillation": 1.0, "relation": 1.0}
    return packed, changed(tiny_recipe, losses=losses, data={"views": 2}, augmentation={"area": (0.9, 1.0)})


def test_a_student_comes_nearer_to_its_teachers(taught, tmp_path):
    packed, recipe = taught
    train(changed(recipe, steps=60), [packed], tmp_path)
    lines = losses_of(tmp_path)
    for name in ("distillation", "relation"):
        first, last = (sum(line[name] for line in part) for part in (lines[:12], lines[-12:]))
        assert last < 0.9 * first, name
    assert all(line["total"] == pytest.approx(line["distillation"] + line["relation"], rel=1e-5) for line in lines)


@pytest.mark.parametrize("labels", ["given", "none"])
def test_all_losses_together_go_on_after_a_kill(taught, tmp_path, labels):
    packed, recipe = taught
    recipe = changed(recipe, losses={"instances": 1.0, "entropy": 1.0, "classification": 1.0, "attention": 1.0})
    sets = {"photos": [packed]} if labels == "given" else {"photos": [], "unlabelled": [packed]}
    train(recipe, out=tmp_path / "whole", **sets)
    with pytest.raises(KilledError):
        train(recipe, out=tmp_path / "killed", on_progress=kill_at(3), **sets)
    train(recipe, out=tmp_path / "killed", **sets)
    for line, wanted in zip(losses_of(tmp_path / "killed"), losses_of(tmp_path / "whole"), strict=True):
        assert decided(line) == pytest.approx(decided(wanted), rel=1e-5)
        assert (line["global_"] > 0) == (labels == "given")
    # A batch whose photos are of one identity has no negatives, and so no loss of instances.
    assert any(line["instances"] != 0 for line in losses_of(tmp_path / "whole"))


def test_without_packed_teachers_there_is_nothing_to_learn_from(taught, identities_folder, tmp_path):
    with pytest.raises(TrainingError, match="glocal pack --teacher"):
        train(taught[1], [identities_folder], tmp_path)
