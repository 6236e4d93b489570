"""Cores that may be used, by affinity and by control groups as Linux lays them out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from glocal.cores import available_cores, cpu_limit


def lay_out(root: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


@pytest.mark.parametrize(
    ("membership", "files", "cores"),
    [
        ("0::/\n", {"cpu.max": "150000 100000\n"}, 1.5),
        ("0::/\n", {"cpu.max": "max 100000\n"}, None),
        ("0::/pod/one\n", {"pod/cpu.max": "400000 100000\n", "pod/one/cpu.max": "max 100000\n"}, 4.0),
        ("0::/pod/one\n", {"pod/cpu.max": "400000 100000\n", "pod/one/cpu.max": "50000 100000\n"}, 0.5),
        ("0::/host/path/not/seen/here\n", {"cpu.max": "200000 100000\n"}, 2.0),
        (
            "7:memory:/a\n3:cpu,cpuacct:/a\n",
            {"cpu,cpuacct/a/cpu.cfs_quota_us": "300000\n", "cpu,cpuacct/a/cpu.cfs_period_us": "100000\n"},
            3.0,
        ),
        ("3:cpu:/a\n", {"cpu/a/cpu.cfs_quota_us": "-1\n", "cpu/a/cpu.cfs_period_us": "100000\n"}, None),
        ("5:cpuset:/a\n", {"cpuset/a/cpu.cfs_quota_us": "1\n", "cpuset/a/cpu.cfs_period_us": "1\n"}, None),
        ("0::/\n", {"cpu.max": "nonsense\n"}, None),
        ("", {}, None),
    ],
)
def test_limits_of_control_groups(tmp_path: Path, membership: str, files: dict[str, str], cores: float | None) -> None:
    (tmp_path / "cgroup").write_text(membership)
    assert cpu_limit(tmp_path / "cgroup", lay_out(tmp_path / "mounted", files)) == cores


def test_a_system_without_control_groups_has_no_limit(tmp_path: Path) -> None:
    assert cpu_limit(tmp_path / "none", tmp_path / "nowhere") is None


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system has no affinity masks")
def test_a_process_bound_to_one_core_has_one() -> None:
    core = min(os.sched_getaffinity(0))
    code = f"import os; os.sched_setaffinity(0, [{core}]); from glocal.cores import available_cores as a; print(a())"
    assert subprocess.check_output([sys.executable, "-c", code]) == b"1\n"
    assert 1 <= available_cores() <= len(os.sched_getaffinity(0))
