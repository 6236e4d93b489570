"""Where compiled loops are cached, and that nothing there can stop a program."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import glocal

RUN = """
import sys
import numpy as np
from glocal.compiled import prefetch
prefetch(np.zeros(4))
print(sum(prefetch.stats.cache_hits.values()))
"""
AS_ANOTHER_USER = """
import os
import numba
import numpy as np
from glocal.compiled import prefetch
numba.njit(prefetch.py_func)(np.zeros(4))  # Python's own modules may lie in a private folder too: import them now
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
prefetch(np.zeros(4))
print(sum(prefetch.stats.cache_hits.values()))
"""


def hits(code: str, package: Path, **environment: str) -> int:
    """Run code with the package below `package`, and return how many functions came from the cache."""
    clean = {key: value for key, value in os.environ.items() if key not in {"NUMBA_CACHE_DIR", "XDG_CACHE_HOME"}}
    ended = subprocess.run(
        [sys.executable, "-B", "-c", code],
        env={**clean, "PYTHONPATH": str(package), **environment},
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    assert ended.returncode == 0, ended.stderr
    return int(ended.stdout)


@pytest.fixture
def clone() -> Iterator[Path]:
    """The package below a folder of its own that only its owner may enter, and nothing cached in it."""
    folder = Path(tempfile.mkdtemp())
    source = Path(glocal.__file__).parent
    shutil.copytree(source / "compiled", folder / "glocal/compiled", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "glocal/__init__.py").touch()
    yield folder
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.slow
def test_machine_code_is_kept_in_the_users_cache_folder(clone: Path, tmp_path: Path) -> None:
    assert hits(RUN, clone, HOME=str(tmp_path), XDG_CACHE_HOME=str(tmp_path / "cache")) == 0
    assert list((tmp_path / "cache").rglob("*.nbc"))
    assert not list(clone.rglob("*.nb?"))
    assert hits(RUN, clone, HOME=str(tmp_path), XDG_CACHE_HOME=str(tmp_path / "cache")) == 1


@pytest.mark.slow
def test_a_folder_can_be_named(clone: Path, tmp_path: Path) -> None:
    assert hits(RUN, clone, HOME=str(tmp_path), NUMBA_CACHE_DIR=str(tmp_path / "mine")) == 0
    assert hits(RUN, clone, HOME=str(tmp_path), NUMBA_CACHE_DIR=str(tmp_path / "mine")) == 1


@pytest.mark.slow
def test_damaged_files_are_compiled_anew_and_replaced(clone: Path, tmp_path: Path) -> None:
    hits(RUN, clone, NUMBA_CACHE_DIR=str(tmp_path))
    for pattern, content in (("*.nbi", b""), ("*.nbc", b"\x80garbage"), ("*.nbi", b"cut sh")):
        for file in tmp_path.rglob(pattern):
            file.write_bytes(content)
        assert hits(RUN, clone, NUMBA_CACHE_DIR=str(tmp_path)) == 0
        assert hits(RUN, clone, NUMBA_CACHE_DIR=str(tmp_path)) == 1


@pytest.mark.slow
def test_without_any_folder_to_write_each_process_compiles(clone: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    nowhere = str(tmp_path / "file" / "cache")  # below a file, no folder can be made, by root neither
    shutil.rmtree(clone / "glocal/compiled/__pycache__", ignore_errors=True)
    (clone / "glocal/compiled/__pycache__").touch()
    assert hits(RUN, clone, HOME=nowhere, XDG_CACHE_HOME=nowhere) == 0


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("private", ["clone", "cache"])
def test_another_user_who_may_read_neither_compiles_for_himself(clone: Path, tmp_path: Path, private: str) -> None:
    """As where root installed or started the program; also of a clone below a private home folder."""
    cache = tmp_path / "cache"
    hits(RUN, clone, NUMBA_CACHE_DIR=str(cache))
    clone.chmod(0o700 if private == "clone" else 0o755)
    for path in (cache, *cache.rglob("*")):
        path.chmod(0o700)
    assert hits(AS_ANOTHER_USER, clone, NUMBA_CACHE_DIR=str(cache)) == 0
