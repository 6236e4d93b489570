"""The real program with names and streams that are not UTF-8."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from example_photos import EXAMPLES

pytestmark = pytest.mark.slow

VIEWS = sorted((EXAMPLES / "triple_turkey").glob("*.jpg"))
NAMES = (b"caf\xe9.jpg", "写真 😀.jpg".encode())


def glocal(*arguments: str | Path, encoding: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "glocal", *arguments],
        env={**os.environ, "PYTHONIOENCODING": encoding, "COLUMNS": "200"},
        capture_output=True,
        check=False,
    )


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two copies of one photo, called by names that are not UTF-8, or in no older encoding."""
    folder = tmp_path_factory.mktemp("odd")
    (folder / "photos").mkdir()
    for name in NAMES:
        shutil.copy(VIEWS[0], folder / "photos" / os.fsdecode(name))
    ended = glocal("index", folder / "photos", "-c", folder / "collection", encoding="utf-8")
    assert ended.returncode == 0, ended.stderr
    return folder / "collection"


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "ascii"])
def test_output_in_any_encoding(collection: Path, encoding: str) -> None:
    for arguments in (("duplicates",), ("search", VIEWS[1])):
        plain = glocal(*arguments, "-c", collection, encoding=encoding)
        assert plain.returncode == 0, plain.stderr
        assert len(plain.stdout.decode(encoding).split(".jpg")) >= 3
        assert b"Traceback" not in plain.stderr
    found = glocal("duplicates", "-c", collection, "--json", encoding=encoding)
    (group,) = json.loads(found.stdout.decode(encoding))["groups"]
    assert {os.fsencode(Path(path).name) for path in group["paths"]} == set(NAMES)


def test_a_hit_that_became_unreadable_is_left_out_of_the_page(collection: Path, tmp_path: Path) -> None:
    copy = tmp_path / "photos"
    shutil.copytree(EXAMPLES / "triple_turkey", copy)
    glocal("index", copy, "-c", tmp_path / "collection", encoding="utf-8").check_returncode()
    (copy / VIEWS[1].name).write_bytes(b"no photo any more")
    (copy / VIEWS[2].name).unlink()
    page = tmp_path / "found.html"
    ended = glocal("search", VIEWS[0], "-c", tmp_path / "collection", "--save", page, encoding="utf-8")
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr.count(b"left out: ") == 2
    assert VIEWS[0].name in page.read_text("utf-8")
    assert VIEWS[1].name not in page.read_text("utf-8")
