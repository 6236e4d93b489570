"""Indexing by processes of Ray, some of which are killed; the commands run in processes of their own, with a limit."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from example_photos import EXAMPLES
from process_tree import LOOPBACK, listening, named, started_by
from shards import photos_so_far

from glocal.cluster import Cluster, Layout
from glocal.images import content_hash, find_photos

pytest.importorskip("ray")
pytestmark = pytest.mark.slow

LIMIT = 400.0
ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    for thing in ("triple_books", "triple_skull", "triple_turkey"):
        shutil.copytree(EXAMPLES / thing, tmp_path / "photos" / thing)
    return list(find_photos([tmp_path / "photos"]))


def begin(folder: Path) -> subprocess.Popen[str]:
    command = ["cluster", "index", str(folder / "photos"), "--out", str(folder / "root"), "--shards", "3"]
    main = "from glocal.cli import main; main()"
    return subprocess.Popen([sys.executable, "-c", main, *command], env=ENVIRONMENT, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> str:
    """Wait for a run, which has to succeed, and return what it said."""
    try:
        _, said = process.communicate(timeout=LIMIT)
    finally:
        process.kill()
    assert process.returncode == 0, said
    return said


def wait_for(found: Callable[[], list[int]], process: subprocess.Popen[str]) -> list[int]:
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline and process.poll() is None:
        if numbers := found():
            return numbers
        time.sleep(0.05)
    raise AssertionError("it never came to that")


def assert_each_once(folder: Path, photos: list[Path]) -> None:
    """Every photo is in its shard and no other, with the features that a single collection has of it."""
    with Cluster.open(folder / "root") as cluster:
        layout = Layout.read(folder / "root")
        for number, shard in enumerate(cluster.shards):
            own = [path for path in photos if layout.shard_of(content_hash(path)) == number]
            assert [record.path for record in shard.photos()] == own
            assert len(shard) == len(own)
        features = cluster.model.extract_many(photos)
        for path, expected in features:
            number = layout.shard_of(content_hash(path))
            stored = cluster.shards[number].features(path)
            np.testing.assert_array_equal(stored.codes, expected.compact().codes)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are found by Linux's /proc")
def test_an_extractor_is_killed_and_files_change(tmp_path: Path, photos: list[Path]) -> None:
    process = begin(tmp_path)
    victim = wait_for(lambda: named(process.pid, "ray::ExtractorActor"), process)[0]
    addresses = listening({process.pid, *started_by(process.pid)})
    os.kill(victim, signal.SIGKILL)
    assert f"{len(photos)} added, 0 updated" in ended(process)
    assert addresses
    assert addresses <= LOOPBACK
    assert_each_once(tmp_path, photos)

    photos[0].write_bytes((EXAMPLES / "triple_bobcats" / "bobcats_01.jpg").read_bytes())
    said = ended(begin(tmp_path))
    assert f"{len(photos) - 1} unchanged" in said
    assert_each_once(tmp_path, photos)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are found by Linux's /proc")
def test_a_writer_is_killed_then_the_run_itself(tmp_path: Path, photos: list[Path]) -> None:
    process = begin(tmp_path)
    writer = wait_for(lambda: named(process.pid, "ray::write_shard"), process)[0]
    os.kill(writer, signal.SIGKILL)
    wait_for(lambda: [1] if photos_so_far(tmp_path / "root") else [], process)
    process.kill()
    process.communicate(timeout=LIMIT)
    done = photos_so_far(tmp_path / "root")
    assert 0 < done <= len(photos)
    said = ended(begin(tmp_path))
    assert "0 updated, 0 renamed" in said
    assert_each_once(tmp_path, photos)
    assert f"0 added, 0 updated, 0 renamed, {len(photos)} unchanged" in ended(begin(tmp_path))
