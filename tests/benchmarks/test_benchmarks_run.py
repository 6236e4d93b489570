"""The benchmarks run, and what they write holds every claim."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.slow
def test_quick_run_writes_every_section_and_target(tmp_path: Path) -> None:
    pytest.importorskip("skimage")
    results = tmp_path / "results.md"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "src"), str(REPOSITORY)])}
    command = [sys.executable, "-m", "benchmarks", "--quick", "--out", str(results)]
    subprocess.run(command, cwd=REPOSITORY, env=environment, check=True, capture_output=True, timeout=300)
    text = results.read_text("utf-8")
    for heading in ("## Targets", "## Re-ranking", "## Extraction", "## Size"):
        assert heading in text
    for method in ("glocal", "TensorFlow DELG", "OpenCV USAC", "float32 product"):
        assert f"\n| {method} |" in text
    assert "nan" not in text


@pytest.mark.slow
@pytest.mark.train
def test_loading_is_measured_with_photos_in_memory_and_on_disk(tmp_path: Path) -> None:
    pytest.importorskip("timm")
    results = tmp_path / "loading.md"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "src"), str(REPOSITORY)])}
    command = [sys.executable, "-m", "benchmarks.loading", "--quick", "--out", str(results)]
    subprocess.run(command, cwd=REPOSITORY, env=environment, check=True, capture_output=True, timeout=300)
    text = results.read_text("utf-8")
    for side in ("ready", "on disk", "in memory"):
        assert f"\n| {side} |" in text
    assert "nan" not in text
