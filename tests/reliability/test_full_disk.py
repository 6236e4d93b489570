"""A disk that is full, or nearly: searches go on, everything else is done or says so, and nothing is damaged."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import full_disk
import pytest

OWN_MOUNTS = ["unshare", "--user", "--map-root-user", "--mount"]


def has_own_mounts() -> bool:
    if shutil.which("unshare") is None:
        return False
    mounting = [*OWN_MOUNTS, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(mounting, capture_output=True, check=False).returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(not has_own_mounts(), reason="needs namespaces of users and mounts")
def test_a_full_disk_is_named_stops_no_search_and_damages_nothing(tmp_path: Path) -> None:
    command = [*OWN_MOUNTS, sys.executable, full_disk.__file__, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert len(rows) == 10 * len(full_disk.FREE)
    for name, free, ended, damage in rows:
        assert ended == "done" or "the disk is full; free some space" in ended, (name, free, ended)
        if name in ("search", "check"):
            assert ended == "done", (name, free, ended)
        if name != "repair" or ended == "done":
            assert damage == "0", (name, free)
