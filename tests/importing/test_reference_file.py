"""A reference file that the script writes is one that `--verify` reads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from example_photos import EXAMPLES

pytest.importorskip("torch")
pytestmark = pytest.mark.train

from glocal.importing.reference import read_reference  # noqa: E402

ROOT = Path(__file__).parents[2]
ORIGINAL = """
SETTINGS = {"scales": [0.5, 1.0]}

def outputs(picture):
    return {"global{n}_raw": picture.mean(axis=(0, 1)), "attention{n}_s1": picture[::16, ::16, 0] / 255}
"""


def test_the_script_writes_pictures_outputs_and_settings(tmp_path: Path) -> None:
    (tmp_path / "original.py").write_text(ORIGINAL)
    photos = sorted((EXAMPLES / "triple_books").glob("*.*"))[:2]
    script = ROOT / "scripts" / "write-reference.py"
    subprocess.run([sys.executable, script, "original", "reference.npz", *photos], cwd=tmp_path, check=True)
    read = read_reference(tmp_path / "reference.npz")
    assert sorted(read.pictures) == [0, 1]
    assert np.allclose(read.outputs["global1_raw"], read.pictures[1].mean(axis=(0, 1)))
    assert read.settings["scales"].tolist() == [0.5, 1.0]
