"""Two real processes over gloo against one: the same losses, the same weights, one writer."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.train, pytest.mark.slow]

from glocal.models.backbone import create_backbone  # noqa: E402
from glocal.training.checkpoint import load_checkpoint  # noqa: E402
from glocal.training.loop.batch_norm import share_batch_norms  # noqa: E402
from glocal.training.photos.labelled_photos import TrainingError  # noqa: E402
from glocal.training.recipe import Recipe  # noqa: E402
from glocal.training.run import train  # noqa: E402

PROGRAM = Path(__file__).with_name("two_processes.py")


@pytest.fixture
def recipe(tiny_recipe):
    """Return a recipe whose batch norms all learn, some with timm's activations in them.

    Its functions are smooth and its optimiser is SGD: at a kink, or where AdamW meets a gradient that is nearly
    zero, rounding would become a difference.
    """
    fields = tiny_recipe.model_dump()
    fields["network"] |= {"backbone": "test_efficientnet"}
    fields["optimiser"] |= {"name": "sgd", "average": 0.0, "start_share": 0.0}
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
        for name in ("step", "total", "global_", "reconstruction", "attention", "gradient", "learning_rate"):
            assert line[name] == pytest.approx(wanted[name], rel=1e-5), name
    weights, expected = (
        load_checkpoint(path).tensors for path in (tmp_path / "two/model.safetensors", alone.checkpoint)
    )
    for name, tensor in expected.items():
        assert torch.allclose(weights[name].float(), tensor.float(), rtol=1e-4, atol=1e-5), name


def test_batch_norms_for_gpus_keep_the_activations_that_timm_puts_into_them():
    network = create_backbone("test_efficientnet").eval()
    images = torch.rand(2, 3, 64, 64)
    expected = network(images)
    shared: Any = network
    for _ in ("stage1", "stage2"):
        shared = share_batch_norms(shared, torch.device("cuda"))
    assert any(isinstance(module, torch.nn.SyncBatchNorm) for module in shared.modules())
    for result, wanted in zip(shared(images), expected, strict=True):
        assert torch.allclose(result, wanted, atol=1e-6)


def test_a_batch_that_cannot_be_divided_is_refused(recipe, identities_folder, tmp_path):
    odd = Recipe.model_validate({**recipe.model_dump(), "batch": 3})
    done = run_two(odd, identities_folder, tmp_path / "two")
    assert done.returncode != 0
    assert "a batch of 3 views cannot be divided among 2 processes" in done.stderr
    assert TrainingError.__name__ in done.stderr
