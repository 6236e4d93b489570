"""Two real processes over gloo against one: the same losses, the same weights, one writer."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.train, pytest.mark.slow]

from glocal.training.checkpoint import load_checkpoint  # noqa: E402
from glocal.training.data import TrainingError  # noqa: E402
from glocal.training.recipe import Recipe  # noqa: E402
from glocal.training.run import train  # noqa: E402

PROGRAM = Path(__file__).with_name("two_processes.py")


@pytest.fixture
def recipe(tiny_recipe):
    """Return a recipe whose network has no batch norm that learns statistics, except attention's."""
    fields = tiny_recipe.model_dump()
    fields["optimiser"] |= {"freeze_batch_norm": True, "average": 0.0, "start_share": 0.0}
    fields["data"] |= {"instances": True}
    return Recipe.model_validate(fields)


def run_two(recipe, photos, out):
    settings = out.parent / "recipe.json"
    settings.write_text(recipe.model_dump_json())
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    return subprocess.run(
        [*launcher, PROGRAM, settings, photos, out], capture_output=True, text=True, timeout=300, check=False
    )


def lines(out):
    return [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]


def test_two_processes_meet_the_losses_of_one(recipe, identities_folder, tmp_path):
    alone = train(recipe, [identities_folder], tmp_path / "alone")
    done = run_two(recipe, identities_folder, tmp_path / "two")
    assert done.returncode == 0, done.stderr[-2000:]
    both = [lines(tmp_path / name) for name in ("two", "alone")]
    for line, wanted in zip(*both, strict=True):
        for name in ("step", "global_", "learning_rate"):
            assert line[name] == pytest.approx(wanted[name], rel=1e-4), name
    # Each process's attention has a batch norm of its own, so the local branch only agrees at first.
    assert both[0][0]["reconstruction"] == pytest.approx(both[1][0]["reconstruction"], rel=1e-4)
    weights, expected = (
        load_checkpoint(path).tensors for path in (tmp_path / "two/model.safetensors", alone.checkpoint)
    )
    for name, tensor in expected.items():
        if name.startswith(("backbone.", "whitening.")):
            assert torch.allclose(weights[name].float(), tensor.float(), rtol=1e-3, atol=1e-4), name


def test_a_batch_that_cannot_be_divided_is_refused(recipe, identities_folder, tmp_path):
    odd = Recipe.model_validate({**recipe.model_dump(), "batch": 3})
    done = run_two(odd, identities_folder, tmp_path / "two")
    assert done.returncode != 0
    assert "a batch of 3 cannot be divided among 2 processes" in done.stderr
    assert TrainingError.__name__ in done.stderr
