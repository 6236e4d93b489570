"""Files that are whole or not there: after kills, on full disks, over links and old permissions."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from glocal.files import clear_unfinished, publish, unfinished, write_json, write_whole

CHILD = """
import sys
from pathlib import Path
from glocal.files import write_whole
path = Path(sys.argv[1])
print("ready", flush=True)
for number in range(10**9):
    write_whole(path, bytes([number % 256]) * 300_000)
"""


@pytest.mark.slow
def test_a_kill_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "page[1].html"
    path.write_bytes(b"\x00" * 300_000)
    for delay in (0.0, 0.01, 0.05):
        child = subprocess.Popen([sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(delay)
        child.send_signal(signal.SIGKILL)
        child.communicate()
        content = path.read_bytes()
        assert len(content) == 300_000
        assert len(set(content)) == 1
    clear_unfinished(path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    path.write_text("old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match="too large") as caught:
            write_whole(path, b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert caught.value.filename == str(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_named_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError) as caught:
        write_whole("none/x.json", "{}")
    assert caught.value.filename == "none/x.json"


def test_links_are_followed_and_permissions_kept(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "real").chmod(0o640)
    (tmp_path / "link").symlink_to("real")
    write_whole(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o640


def test_a_pipe_is_written_to_directly(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
        write_whole(pipe, "through")
        assert reader.communicate()[0] == b"through"
    assert list(tmp_path.iterdir()) == [pipe]


def test_names_that_are_not_utf8_survive_json(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.jpg")
    write_json(tmp_path / "x.json", {"photo": name})
    assert json.loads((tmp_path / "x.json").read_text("utf-8"))["photo"] == name


def test_a_draft_that_nobody_published_is_deleted(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with unfinished(path) as draft:
        draft.write_text("half")
    assert list(tmp_path.iterdir()) == []
    with unfinished(path) as draft:
        draft.write_text("whole")
        publish(draft, path)
    assert path.read_text() == "whole"
