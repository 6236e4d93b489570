"""Commands whose libraries are missing say so in one line that fits them."""

import os
import re
import subprocess
import sys

import pytest

HIDDEN = "import sys; sys.modules['torch'] = None; from glocal.cli import main; main(sys.argv[1:])"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["import", "weights.pth", "--out", "models"], "importing weights needs"),
        (["train", "photos", "--recipe", "adapt", "--out", "run"], "training needs"),
        (["export", "model.safetensors", "--out", "models", "--name", "x"], "exporting a model needs"),
    ],
)
def test_what_is_missing_is_told_for_the_command(command, told, tmp_path):
    ended = subprocess.run(
        [sys.executable, "-c", HIDDEN, *command],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    # torch is hidden; where the extra is not installed at all, another of its packages may be missed first
    assert re.match(rf"glocal: {told} \w+; install it with: pip install 'glocal\[train\]'", ended.stderr)
    assert ended.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())
