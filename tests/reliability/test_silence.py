"""Nothing behind the user's back: no connection to anywhere, and no file but those the docs name."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import silent
from example_photos import EXAMPLES

PHOTOS = EXAMPLES / "stitch_kayak"
SILENT = [sys.executable, silent.__file__, sys.executable]
SYSTEM_WRITES = re.compile(r"^/(dev|proc)/|__pycache__")
needs_seccomp = pytest.mark.skipif(not silent.AVAILABLE, reason="the filter is for Linux on x86-64 and ARM64")

CACHE = Path(".cache", "numba")
"""Where compiled loops are kept, below the home folder on Linux: see docs/reliability.md."""

EXTRACT = "import sys, glocal; print(len(glocal.load_model().extract(sys.argv[1])))"
SEARCH = """
import sys, glocal
with glocal.Collection.create(sys.argv[1], glocal.load_model()) as collection:
    collection.add(sys.argv[2])
    print(len(collection.search(sys.argv[3])))
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def surroundings(home: Path) -> dict[str, str]:
    """An environment whose home and temporary folder are new, so that whatever is left there is seen."""
    cleared = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "ORT_"))}
    return {**cleared, "HOME": str(home), "TMPDIR": str(home), "PYTHONPATH": os.pathsep.join(sys.path)}


def run(command: list[str], home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env=surroundings(home), cwd=home, capture_output=True, text=True, timeout=300, check=False
    )


def left_in(home: Path) -> Iterator[Path]:
    """Files outside the cache folder that the docs name."""
    named = home / CACHE
    return (path for path in home.rglob("*") if path.is_file() and not path.is_relative_to(named))


@needs_seccomp
@pytest.mark.parametrize(
    "code",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9), timeout=1)",
        "import socket; socket.getaddrinfo('example.invalid', 80)",
        "import ctypes; ctypes.CDLL(None).socket(10, 2, 0)",
    ],
)
def test_the_filter_kills_who_reaches_for_the_network(code: str, home: Path) -> None:
    assert run([*SILENT, "-c", code], home).returncode == -signal.SIGSYS


@needs_seccomp
def test_the_filter_leaves_the_rest_alone(home: Path) -> None:
    code = (
        "import socket, os; left, right = socket.socketpair(); left.send(b'x'); print(right.recv(1), os.getpid() > 0)"
    )
    assert run([*SILENT, "-c", code], home).stdout == "b'x' True\n"


def test_what_is_left_in_a_new_home_is_seen(home: Path) -> None:
    run([sys.executable, "-c", "import pathlib; (pathlib.Path.home() / '.device').touch()"], home)
    assert [path.name for path in left_in(home)] == [".device"]


@needs_seccomp
def test_extracting_calls_nobody_and_leaves_nothing(home: Path) -> None:
    done = run([*SILENT, "-c", EXTRACT, str(PHOTOS / "kayak_01.jpg")], home)
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) > 0
    assert list(left_in(home)) == []


@needs_seccomp
@pytest.mark.slow
def test_the_command_line_calls_nobody_and_leaves_nothing(home: Path, tmp_path: Path) -> None:
    collection, photo = str(tmp_path / "collection"), str(PHOTOS / "kayak_02.jpg")
    for arguments in (
        ["index", str(PHOTOS), "--collection", collection],
        ["search", photo, "--collection", collection, "--json"],
        ["info", "--collection", collection],
    ):
        done = run([*SILENT, "-m", "glocal", *arguments], home)
        assert done.returncode == 0, done.stderr
    assert list(left_in(home)) == []


@needs_seccomp
@pytest.mark.train
def test_exporting_leaves_nothing(home: Path) -> None:
    """The quantiser is a part of ONNX Runtime that is not imported through its door."""
    pytest.importorskip("torch")
    done = run([*SILENT, "-c", "import glocal.training.export.quantisation, glocal.training.export.onnx_export"], home)
    assert done.returncode == 0, done.stderr
    assert list(left_in(home)) == []


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_the_system_calls_of_a_search_write_to_the_collection_alone(home: Path, tmp_path: Path) -> None:
    trace, collection = tmp_path / "trace", tmp_path / "collection"
    calls = "trace=open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,socket"
    python = [sys.executable, "-c", SEARCH, str(collection), str(PHOTOS), str(PHOTOS / "kayak_01.jpg")]
    done = run(["strace", "-f", "-qq", "-e", calls, "-o", str(trace), *python], home)
    assert done.returncode == 0, done.stderr
    lines = trace.read_text().splitlines()
    written = {path for line in lines if (path := written_by(line))}
    assert any(path.startswith(str(collection)) for path in written)
    ours = (str(collection), str(home / CACHE))
    strange = {path for path in written if not path.startswith(ours) and not SYSTEM_WRITES.search(path)}
    assert strange <= {str(home / CACHE.parent)}  # made on the way to the cache
    assert [line for line in lines if re.search(r"\bsocket\((?!AF_UNIX)", line)] == []


def written_by(line: str) -> str | None:
    """The absolute path that a traced call makes, changes or deletes, if it does."""
    changes = re.search(r"\b(creat|mkdir|mkdirat|rename\w*|unlink\w*)\(|O_(WRONLY|RDWR|CREAT)", line)
    path = re.search(r'"(/[^"]*)"', line)
    return path[1] if changes and path else None


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_the_service_connects_to_nobody(home: Path, tmp_path: Path) -> None:
    """It listens, so that it is traced rather than forbidden."""
    pytest.importorskip("fastapi")
    collection, trace = str(tmp_path / "collection"), tmp_path / "trace"
    assert run([sys.executable, "-m", "glocal", "index", str(PHOTOS), "-c", collection], home).returncode == 0
    serving = [sys.executable, "-m", "glocal", "serve", "-c", f"demo={collection}", "--port", "0"]
    with subprocess.Popen(
        ["strace", "-f", "-qq", "-e", "trace=connect,listen,sendmmsg", "-o", str(trace), *serving],
        env=surroundings(home), cwd=home, stderr=subprocess.DEVNULL, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            deadline = time.monotonic() + 120
            while "listen(" not in (trace.read_text() if trace.exists() else "") and time.monotonic() < deadline:
                time.sleep(0.2)
            time.sleep(1)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
    calls = trace.read_text()
    assert "listen(" in calls
    assert [line for line in calls.splitlines() if "AF_INET" in line or "sendmmsg(" in line] == []
    assert list(left_in(home)) == []
