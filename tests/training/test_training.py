"""Whole training runs: resuming, freezing, and what goes wrong."""

import json
from contextlib import suppress

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from training_runs import KilledError, changed, decided, kill_at, losses_of  # noqa: E402

from glocal.errors import ModelError  # noqa: E402
from glocal.models.imagenet import normalisation_of  # noqa: E402
from glocal.training.checkpoint import load_checkpoint  # noqa: E402
from glocal.training.loop.optimisation import set_learning_rate  # noqa: E402
from glocal.training.loop.validation import global_descriptor  # noqa: E402
from glocal.training.objective import start_network  # noqa: E402
from glocal.training.photos import TrainingError  # noqa: E402
from glocal.training.run import Conduct, train  # noqa: E402


@pytest.fixture(scope="module")
def uninterrupted(identities_folder, tiny_recipe, tmp_path_factory):
    out = tmp_path_factory.mktemp("run")
    return train(tiny_recipe, [identities_folder], out), out


def test_a_run_reports_what_it_did(uninterrupted):
    report, out = uninterrupted
    assert (report.photos, report.classes, report.skipped) == (16, 4, ())
    assert 0 < report.validation <= 1
    assert [line["step"] for line in losses_of(out)] == list(range(6))
    facts = load_checkpoint(report.checkpoint).facts
    assert facts["attention_threshold"] > 0
    assert facts["photos"] == 16


@pytest.mark.parametrize("step", [3, 5])
def test_a_killed_run_goes_on_with_the_same_losses(uninterrupted, identities_folder, tiny_recipe, tmp_path, step):
    with pytest.raises(KilledError):
        train(tiny_recipe, [identities_folder], tmp_path, on_progress=kill_at(step))
    report = train(tiny_recipe, [identities_folder], tmp_path)
    whole, out = uninterrupted
    for line, wanted in zip(losses_of(tmp_path), losses_of(out), strict=True):
        assert decided(line) == pytest.approx(decided(wanted), rel=1e-5)
    tensors, expected = (load_checkpoint(path).tensors for path in (report.checkpoint, whole.checkpoint))
    assert tensors.keys() == expected.keys()
    for name, tensor in tensors.items():
        assert torch.allclose(tensor.float(), expected[name].float(), rtol=1e-4, atol=1e-5), name


def test_another_seed_gives_other_losses(uninterrupted, identities_folder, tiny_recipe, tmp_path):
    train(changed(tiny_recipe, seed=1, steps=1), [identities_folder], tmp_path)
    assert losses_of(tmp_path)[0]["total"] != pytest.approx(losses_of(uninterrupted[1])[0]["total"], rel=1e-4)


def test_a_state_of_another_recipe_is_refused(identities_folder, tiny_recipe, tmp_path):
    with pytest.raises(KilledError):
        train(tiny_recipe, [identities_folder], tmp_path, on_progress=kill_at(3))
    with pytest.raises(TrainingError, match="another recipe"):
        train(changed(tiny_recipe, seed=7), [identities_folder], tmp_path)


def test_a_state_of_other_photos_is_refused(identities_folder, tiny_recipe, tmp_path):
    with pytest.raises(KilledError):
        train(tiny_recipe, [identities_folder], tmp_path, on_progress=kill_at(3))
    fewer = [identities_folder / "thing-0", identities_folder / "thing-1"]
    with pytest.raises(TrainingError, match="other photos"):
        train(tiny_recipe, fewer, tmp_path)


def test_what_is_frozen_does_not_change(identities_folder, tiny_recipe, tmp_path):
    recipe = changed(tiny_recipe, optimiser={"backbone": 0.0, "whitening": 0.0, "start_share": 0.0})
    trained = load_checkpoint(train(recipe, [identities_folder], tmp_path).checkpoint).tensors
    torch.manual_seed(recipe.seed)
    start = start_network(recipe.network).state_dict()
    for name, tensor in start.items():
        if name.startswith("backbone."):
            assert torch.equal(trained[name], tensor), name
    assert not torch.equal(trained["attention.score.weight"], start["attention.score.weight"])


def test_frozen_stages_stay_and_deeper_ones_learn(identities_folder, tiny_recipe, tmp_path):
    recipe = changed(tiny_recipe, optimiser={"frozen_stages": 5})
    trained = load_checkpoint(train(recipe, [identities_folder], tmp_path).checkpoint).tensors
    torch.manual_seed(recipe.seed)
    delg = start_network(recipe.network)
    stages = delg.backbone.stages()
    names = {id(parameter): f"backbone.{name}" for name, parameter in delg.backbone.named_parameters()}
    for number, stage in enumerate(stages):
        for parameter in stage.parameters():
            same = torch.equal(trained[names[id(parameter)]], parameter)
            assert same == (number < 5), names[id(parameter)]


def test_mixing_wholly_with_the_start_gives_the_start(identities_folder, tiny_recipe, tmp_path):
    recipe = changed(tiny_recipe, optimiser={"start_share": 1.0})
    trained = load_checkpoint(train(recipe, [identities_folder], tmp_path).checkpoint).tensors
    torch.manual_seed(recipe.seed)
    start = start_network(recipe.network).backbone.state_dict()
    for name, tensor in start.items():
        if tensor.is_floating_point():
            assert torch.allclose(trained[f"backbone.{name}"], tensor, atol=1e-6), name


def test_training_lowers_the_losses(identities_folder, tiny_recipe, tmp_path):
    recipe = changed(tiny_recipe, steps=30, optimiser={"learning_rate": 0.01, "average": 0.0, "start_share": 0.0})
    train(recipe, [identities_folder], tmp_path)
    lines = losses_of(tmp_path)
    first, last = (sum(line["total"] for line in part) / 5 for part in (lines[:5], lines[-5:]))
    assert last < 0.8 * first


def test_a_loss_that_is_no_number_is_explained(identities_folder, tiny_recipe, tmp_path):
    recipe = changed(tiny_recipe, optimiser={"learning_rate": 1e30, "clip": 1e30, "name": "sgd"})
    with pytest.raises(TrainingError, match=r"no longer a number; lower optimiser\.learning_rate"):
        train(recipe, [identities_folder], tmp_path)


def test_too_few_photos_and_no_identities_are_explained(identities_folder, tiny_recipe, tmp_path):
    with pytest.raises(TrainingError, match="16 photos are too few to whiten 100 dimensions"):
        train(changed(tiny_recipe, network={"global_dimensions": 100}), [identities_folder], tmp_path)
    with pytest.raises(TrainingError, match="no photo has an identity"):
        train(tiny_recipe, [], tmp_path, unlabelled=[identities_folder])


def test_without_two_photos_of_anything_nothing_is_validated(identities_folder, tiny_recipe, tmp_path):
    recipe = changed(tiny_recipe, steps=1, data={"validate_on": [], "validate_share": 0.2})
    report = train(recipe, [identities_folder], tmp_path)
    assert (report.photos, report.validation) == (18, None)


def test_photos_without_identity_can_be_trained_on_alone(identities_folder, tiny_recipe, tmp_path):
    recipe = changed(tiny_recipe, steps=2, data={"instances": True})
    report = train(recipe, [], tmp_path, unlabelled=[identities_folder])
    assert (report.photos, report.classes, report.validation) == (24, 24, None)


def test_a_global_descriptor_has_length_one(tiny_recipe):
    delg = start_network(tiny_recipe.network).eval()
    pixels = torch.randint(0, 256, (20, 90, 3), dtype=torch.uint8).numpy()
    descriptor = global_descriptor(delg, pixels, normalisation_of("test_resnet"))
    assert descriptor.norm().item() == pytest.approx(1.0, rel=1e-5)


def test_other_choices_of_the_recipe_train_too(identities_folder, tiny_recipe, tmp_path):
    recipe = changed(
        tiny_recipe, network={"pooling": "average", "local_code": "pca"}, losses={"classifier": "softmax"}, steps=3
    )
    report = train(recipe, [identities_folder], tmp_path)
    assert all(line["reconstruction"] == 0 < line["attention"] for line in losses_of(tmp_path))
    projection = load_checkpoint(report.checkpoint).tensors["pca.encoder.weight"][:, :, 0, 0]
    assert torch.allclose(projection @ projection.T, torch.eye(8), atol=1e-4)


def test_a_network_whitened_at_the_end_asks_for_photos_at_the_start(identities_folder, tiny_recipe, tmp_path):
    delf = {"architecture": "delf", "local_code": "pca", "global_dimensions": 17}
    recipe = changed(tiny_recipe, network=delf, start={"from_photos": False})
    with pytest.raises(TrainingError, match="16 photos are too few to whiten 17 dimensions"):
        train(recipe, [identities_folder], tmp_path)
    assert not (tmp_path / "log.jsonl").exists()


@pytest.mark.parametrize(("schedule", "share"), [("linear", 0.75), ("cosine", (1 + 0.5**0.5) / 2)])
def test_learning_rates_fall_as_the_schedule_says(tiny_recipe, schedule, share):
    recipe = changed(tiny_recipe, steps=8, optimiser={"name": "sgd", "schedule": schedule, "learning_rate": 2.0})
    optimiser = torch.optim.SGD([{"params": [torch.zeros(1)], "factor": 0.5}], lr=1.0)
    assert set_learning_rate(optimiser, recipe.optimiser, 2, recipe.steps) == pytest.approx(2.0 * share)
    assert optimiser.param_groups[0]["lr"] == pytest.approx(share)


def test_half_precision_takes_nearly_the_same_steps(uninterrupted, identities_folder, tiny_recipe, tmp_path):
    train(changed(tiny_recipe, optimiser={"precision": "bfloat16"}), [identities_folder], tmp_path)
    for line, wanted in zip(losses_of(tmp_path), losses_of(uninterrupted[1]), strict=True):
        assert line["total"] == pytest.approx(wanted["total"], rel=0.1)
        assert line["total"] != wanted["total"]


def test_identities_held_out_are_validated_on_meanwhile(identities_folder, tiny_recipe, tmp_path):
    with pytest.raises(KilledError):
        train(changed(tiny_recipe, validate_every=2), [identities_folder], tmp_path, on_progress=kill_at(5))
    report = train(changed(tiny_recipe, validate_every=2), [identities_folder], tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "validation.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 3, 5]
    assert all(0 < line["mAP"] <= 1 for line in lines)
    assert report.validation is not None


def test_tensorboard_shows_each_step_once_after_a_kill(identities_folder, tiny_recipe, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with pytest.raises(KilledError):
        train(tiny_recipe, [identities_folder], tmp_path, on_progress=kill_at(3))
    train(tiny_recipe, [identities_folder], tmp_path)
    board = EventAccumulator(str(tmp_path / "tensorboard"))
    board.Reload()
    shown = board.Scalars("training/total")
    assert [event.step for event in shown] == [line["step"] for line in losses_of(tmp_path)]
    assert [event.value for event in shown] == pytest.approx([line["total"] for line in losses_of(tmp_path)], rel=1e-6)


def test_a_collapse_is_said_in_the_log(identities_folder, tiny_recipe, tmp_path):
    recipe = changed(tiny_recipe, steps=8, optimiser={"learning_rate": 0.3, "clip": 1e6, "average": 0.0})
    with suppress(TrainingError):
        train(recipe, [identities_folder], tmp_path)
    assert any(line["warnings"] for line in losses_of(tmp_path))


def test_a_run_that_is_out_of_time_gives_a_model_and_goes_on(uninterrupted, identities_folder, tiny_recipe, tmp_path):
    early = train(tiny_recipe, [identities_folder], tmp_path, conduct=Conduct(minutes=0))
    assert (early.steps, early.planned) == (1, 6)
    assert load_checkpoint(early.checkpoint).facts["steps"] == 1
    whole, out = uninterrupted
    report = train(tiny_recipe, [identities_folder], tmp_path)
    assert report.steps == whole.steps == 6
    for line, wanted in zip(losses_of(tmp_path), losses_of(out), strict=True):
        assert decided(line) == pytest.approx(decided(wanted), rel=1e-5)


def test_half_the_bits_are_half_the_file_and_nearly_the_model(uninterrupted, identities_folder, tiny_recipe, tmp_path):
    whole, _ = uninterrupted
    report = train(tiny_recipe, [identities_folder], tmp_path, conduct=Conduct(half=True))
    assert report.checkpoint.stat().st_size < 0.6 * whole.checkpoint.stat().st_size
    exact, short = (load_checkpoint(one.checkpoint).tensors for one in (whole, report))
    for name, tensor in exact.items():
        assert torch.allclose(short[name].to(tensor.dtype), tensor, rtol=1e-3, atol=1e-6), name


def test_a_run_can_begin_from_a_trained_model(uninterrupted, identities_folder, tiny_recipe, tmp_path):
    whole, _ = uninterrupted
    recipe = changed(tiny_recipe, steps=0, network={"weights": str(whole.checkpoint)}, start={"from_photos": False})
    report = train(recipe, [identities_folder], tmp_path)
    assert report.validation == pytest.approx(whole.validation, abs=1e-6)
    wider = changed(recipe, network={"global_dimensions": 9})
    with pytest.raises(ModelError, match="holds another network than the recipe's"):
        start_network(wider.network)
