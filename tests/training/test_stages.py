"""Trainings in two separate stages."""

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from training_runs import KilledError, changed, decided, kill_at, losses_of  # noqa: E402

from glocal.training.checkpoint import load_checkpoint, without_prefix  # noqa: E402
from glocal.training.run import train  # noqa: E402


@pytest.fixture(scope="module")
def separate(tiny_recipe):
    return changed(tiny_recipe, optimiser={"stages": "separate", "start_share": 0.0, "average": 0.0})


@pytest.fixture(scope="module")
def uninterrupted_stages(separate, identities_folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("separate")
    return train(separate, [identities_folder], out), out


def weights_in_state(out, stage, copy="network"):
    return without_prefix(copy, load_checkpoint(out / stage / "state.safetensors").tensors)


def differing(one, other):
    return {name.split(".")[0] for name in one if not torch.equal(one[name], other[name])}


def test_in_separate_stages_the_global_branch_learns_first_then_the_local_one(uninterrupted_stages):
    _, out = uninterrupted_stages
    start, first, second = (weights_in_state(out, *where) for where in (("stage1", "start"), ("stage1",), ("stage2",)))
    assert differing(start, first) == {"backbone", "whitening"}
    assert differing(first, second) == {"attention", "autoencoder"}


def test_each_stage_has_its_own_losses_and_the_recipes_steps(uninterrupted_stages, separate):
    first, second = (losses_of(uninterrupted_stages[1] / stage) for stage in ("stage1", "stage2"))
    assert len(first) == len(second) == separate.steps
    assert all(line["total"] == pytest.approx(line["global_"]) and line["global_"] > 0 for line in first)
    for line in second:
        assert line["global_"] == 0
        assert line["total"] == pytest.approx(10 * line["reconstruction"] + line["attention"], rel=1e-5)


@pytest.mark.parametrize("step", [3, 6, 7, 11])
def test_a_kill_in_either_stage_changes_nothing(uninterrupted_stages, separate, identities_folder, tmp_path, step):
    with pytest.raises(KilledError):
        train(separate, [identities_folder], tmp_path, on_progress=kill_at(step))
    report = train(separate, [identities_folder], tmp_path)
    whole, out = uninterrupted_stages
    for stage in ("stage1", "stage2"):
        for line, wanted in zip(losses_of(tmp_path / stage), losses_of(out / stage), strict=True):
            assert decided(line) == pytest.approx(decided(wanted), rel=1e-5)
    tensors, expected = (load_checkpoint(path).tensors for path in (report.checkpoint, whole.checkpoint))
    for name, tensor in tensors.items():
        assert torch.allclose(tensor.float(), expected[name].float(), rtol=1e-4, atol=1e-5), name


def test_the_second_stage_can_have_views_of_another_side(uninterrupted_stages, separate, identities_folder, tmp_path):
    train(changed(separate, local_side=96), [identities_folder], tmp_path)
    for stage, same in (("stage1", True), ("stage2", False)):
        for line, other in zip(losses_of(tmp_path / stage), losses_of(uninterrupted_stages[1] / stage), strict=True):
            assert (line["total"] == pytest.approx(other["total"], rel=1e-5)) == same
    sides = [load_checkpoint(tmp_path / stage / "state.safetensors").recipe.side for stage in ("stage1", "stage2")]
    assert sides == [64, 96]


def test_progress_counts_through_both_stages(separate, identities_folder, tmp_path):
    seen = []

    def on_progress(stage, done, total):
        if stage == "steps":
            seen.append((done, total))

    train(separate, [identities_folder], tmp_path, on_progress=on_progress)
    assert seen == [(done, 2 * separate.steps) for done in range(1, 2 * separate.steps + 1)]


def test_delf_learns_its_map_first_and_then_attention_alone(separate, identities_folder, tmp_path):
    delf = {"architecture": "delf", "local_code": "pca"}
    recipe = changed(separate, network=delf, losses={"classifier": "softmax"})
    train(recipe, [identities_folder], tmp_path)
    start, first, second = (
        weights_in_state(tmp_path, *where) for where in (("stage1", "start"), ("stage1",), ("stage2",))
    )
    assert differing(start, first) == {"backbone"}
    assert differing(first, second) == {"attention"}
