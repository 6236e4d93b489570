"""The benchmarks run, and what they write holds every claim."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


def run(*arguments: str, module: str = "benchmarks") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "src"), str(REPOSITORY)])}
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(
        command, cwd=REPOSITORY, env=environment, check=True, capture_output=True, text=True, timeout=1200
    )


@pytest.mark.slow
def test_quick_run_writes_every_section_and_target(tmp_path: Path) -> None:
    pytest.importorskip("skimage")
    results = tmp_path / "results.md"
    run("--quick", "--out", str(results))
    text = results.read_text("utf-8")
    for heading in ("## Targets", "## Re-ranking", "## Extraction", "## Size", "## Codes", "## Evaluation at scale"):
        assert heading in text
    for method in ("glocal", "TensorFlow DELG", "OpenCV USAC", "float32 product"):
        assert f"\n| {method} |" in text
    assert text.index("## Targets") < text.index("## Re-ranking")
    assert "nan" not in text


@pytest.mark.slow
@pytest.mark.train
def test_loading_is_measured_with_photos_in_memory_and_on_disk(tmp_path: Path) -> None:
    pytest.importorskip("timm")
    results = tmp_path / "loading.md"
    run("--quick", "--out", str(results), module="benchmarks.loading")
    text = results.read_text("utf-8")
    for side in ("ready", "on disk", "in memory"):
        assert f"\n| {side} |" in text
    assert "nan" not in text


@pytest.mark.slow
def test_a_million_photos_in_small(tmp_path: Path) -> None:
    pytest.importorskip("faiss")
    results = tmp_path / "results.md"
    few = ("--features", "500", "--queries", "3", "--out", str(results))
    run("million", "--folder", str(tmp_path), "--photos", "500", "--build-only", *few)
    assert not results.exists()
    run("million", "--folder", str(tmp_path), "--photos", "700", *few)  # goes on from 500
    text = results.read_text("utf-8")
    for heading in ("700 photos of 500 local features", "Cost against size", "Structures at 512 dimensions"):
        assert f"\n## {heading}\n" in text
    assert "\n## Evaluation at scale\n" in text
    assert "\n| exact search, recall@100 | 700 photos of 500 local features | 1 | at least 1 | met |\n" in text
    assert "nan" not in text
    assert results.with_suffix(".svg").read_text("utf-8").count("<polyline") == 4


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize(
    ("module", "options", "rows"),
    [
        ("soak", ["--minutes", "0.05", "--photos", "4"], ["memory", "descriptors", "log", "files"]),
        ("service", ["--quick"], ["fast, by stored features", "lost photos"]),
        ("protection", ["--rounds", "1", "--photos", "2"], ["decoded in others", "indexing", "searching"]),
    ],
)
def test_what_is_measured_beside_speed_runs_in_small(
    module: str, options: list[str], rows: list[str], tmp_path: Path
) -> None:
    if module == "service":
        pytest.importorskip("fastapi", reason="the service needs the [serve] extra")
        pytest.importorskip("httpx", reason="its clients need httpx")
    results = tmp_path / "results.md"
    run(*options, "--out", str(results), module=f"benchmarks.{module}")
    text = results.read_text("utf-8")
    for row in rows:
        assert f"\n| {row} |" in text
    assert "nan" not in text


@pytest.mark.slow
def test_inverted_files_find_the_same_things(tmp_path: Path) -> None:
    pytest.importorskip("faiss")
    results = tmp_path / "results.md"
    few = ("--queries", "4", "--sizes", "130", "--out", str(results))
    run("--photos", "examples/photos", *few, module="benchmarks.voting")
    rows = [line.strip("| ").split(" | ") for line in results.read_text("utf-8").splitlines() if "| 130 |" in line]
    assert [row[0] for row in rows][:2] == ["glocal", "FAISS IndexBinaryIVF"]
    assert all(float(row[5].rstrip("%")) > 50 for row in rows)


@pytest.mark.slow
def test_a_search_over_processes_is_timed_and_its_bytes_are_counted(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    few = ("--photos", "120", "--shards", "2", "--queries", "2")
    ended = run("--folder", str(tmp_path), *few, module="benchmarks.fan_out")
    for row in ("one collection", "shards, one process", "shards, a process each", "nearest", "matched", "all"):
        assert f"\n| {row} |" in ended.stdout
    assert "nan" not in ended.stdout


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize(
    ("module", "options", "rows"),
    [
        ("cluster_failures", ["--photos", "120", "--nodes", "2"], ["whole again after, s", "answers until they were"]),
        (
            "cluster_million",
            ["--photos", "1200", "--shards", "2", "--queries", "2"],
            ["a search (upright) by a process"],
        ),
    ],
)
def test_clusters_are_measured_in_small_and_nothing_twice(
    module: str, options: list[str], rows: list[str], tmp_path: Path
) -> None:
    pytest.importorskip("ray")
    results = tmp_path / "results.md"
    for _ in range(2):
        made = ("--folder", str(tmp_path / "made"), *options, "--out", str(results))
        said = run(*made, module=f"benchmarks.{module}").stderr
        text = results.read_text("utf-8")
        assert all(f"\n| {row}" in text for row in rows)
        assert "nan" not in text
    assert said == ""
