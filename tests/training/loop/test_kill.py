"""A training process killed at a random step, and started again, meets the losses of one that was left alone."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.train, pytest.mark.slow]

from glocal.training.checkpoint import load_checkpoint  # noqa: E402
from glocal.training.recipe import Recipe  # noqa: E402

LOSSES = ("step", "total", "global_", "reconstruction", "attention", "gradient", "learning_rate")
STEPS = 60


@pytest.fixture
def recipe_file(tiny_recipe, tmp_path):
    """Return a recipe file of more steps than a process takes before it is killed."""
    recipe = Recipe.model_validate({**tiny_recipe.model_dump(), "steps": STEPS, "save_every": 4})
    lines = [f'name = "{recipe.name}"']
    lines += [f"{key} = {getattr(recipe, key)}" for key in ("steps", "batch", "side", "save_every")]
    for table in ("network", "data", "optimiser"):
        lines.append(f"[{table}]")
        lines += [
            f"{key} = {json.dumps(value)}"
            for key, value in getattr(recipe, table).model_dump(exclude_none=True).items()
        ]
    path = tmp_path / "recipe.toml"
    path.write_text("\n".join(lines))
    return path


def start(recipe_file, photos, out):
    command = [sys.executable, "-m", "glocal", "train", str(photos), "--recipe", str(recipe_file), "--out", str(out)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=os.environ)


def finish(recipe_file, photos, out):
    process = start(recipe_file, photos, out)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors.decode()[-2000:]


def saved_steps(out):
    state = out / "state.safetensors"
    return load_checkpoint(state).facts["step"] if state.is_file() else 0


def test_a_killed_process_goes_on_with_the_same_losses(recipe_file, identities_folder, tmp_path):
    alone, killed = tmp_path / "alone", tmp_path / "killed"
    finish(recipe_file, identities_folder, alone)
    process = start(recipe_file, identities_folder, killed)
    while process.poll() is None and saved_steps(killed) < 8:
        time.sleep(0.01)
    time.sleep(random.uniform(0, 0.3))
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    assert not (killed / "model.safetensors").exists(), "it was done before it could be killed"
    assert 8 <= saved_steps(killed) <= STEPS
    finish(recipe_file, identities_folder, killed)
    logs = [[json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()] for out in (killed, alone)]
    for line, wanted in zip(*logs, strict=True):
        assert [line[name] for name in LOSSES] == pytest.approx([wanted[name] for name in LOSSES], rel=1e-5)
    weights, expected = (load_checkpoint(out / "model.safetensors").tensors for out in (killed, alone))
    for name, tensor in expected.items():
        assert torch.allclose(weights[name].float(), tensor.float(), rtol=1e-4, atol=1e-5), name
