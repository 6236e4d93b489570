"""Nothing behind the user's back: no connection to anywhere, and no file but those the docs name."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
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

WRITING = "open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat"
SENDING = "connect,listen,sendto,sendmsg,sendmmsg"

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
        command, env=surroundings(home), cwd=home, capture_output=True, text=True, timeout=900, check=False
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


@pytest.mark.slow
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
    python = [sys.executable, "-c", SEARCH, str(collection), str(PHOTOS), str(PHOTOS / "kayak_01.jpg")]
    done = run(
        ["strace", "-f", "--seccomp-bpf", "-qq", "-e", f"trace={WRITING},socket", "-o", str(trace), *python], home
    )
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
    changes = re.search(r"\b(creat|mkdir|mkdirat|rename\w*|(sym)?link\w*|unlink\w*)\(|O_(WRONLY|RDWR|CREAT)", line)
    path = re.search(r'"(/[^"]*)"', line)
    return path[1] if changes and path else None


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_the_system_calls_of_a_service_write_to_its_folders_and_reach_for_nobody(home: Path, tmp_path: Path) -> None:
    """It listens, so that it is traced rather than forbidden."""
    pytest.importorskip("fastapi")
    pytest.importorskip("httpx")
    collection, state, trace = tmp_path / "collection", tmp_path / "state", tmp_path / "trace"
    assert run([sys.executable, "-m", "glocal", "index", str(PHOTOS), "-c", str(collection)], home).returncode == 0
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["-c", f"demo={collection}", "--state", str(state), "--port", str(port)]
    traced = ["strace", "-f", "--seccomp-bpf", "-qq", "-e", f"trace={WRITING},{SENDING}", "-o", str(trace)]
    with subprocess.Popen(
        [*traced, sys.executable, "-m", "glocal", "serve", *options],
        env=surroundings(home), cwd=home, stderr=subprocess.DEVNULL, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            use_service(f"http://127.0.0.1:{port}", PHOTOS / "kayak_01.jpg")
        finally:
            os.killpg(process.pid, signal.SIGTERM)
    lines = trace.read_text().splitlines()
    assert any("listen(" in line for line in lines)
    assert [line for line in lines if re.search(r"\b(connect|send\w+)\(.*AF_INET", line) or "sendmmsg(" in line] == []
    written = {path for line in lines if (path := written_by(line))}
    for folder in (collection, state):
        assert any(path.startswith(str(folder)) for path in written)
    ours = (str(collection), str(state), str(home / CACHE))
    strange = {path for path in written if not path.startswith(ours) and not SYSTEM_WRITES.search(path)}
    assert strange <= {str(home / CACHE.parent)}
    assert list(left_in(home)) == []


def use_service(address: str, photo: Path) -> None:
    """Search, send a photo, look at pictures, and have the collection looked after."""
    import httpx
    from service_process import wait_for

    with httpx.Client(base_url=f"{address}/api/v1/", timeout=120) as client:
        deadline = time.monotonic() + 600
        while True:
            try:
                if client.get(f"{address}/ready").status_code == 200:
                    break
            except httpx.TransportError:
                pass
            assert time.monotonic() < deadline
            time.sleep(0.2)
        found = client.post("collections/demo/search", files={"photo": photo.read_bytes()}).json()
        assert found["hits"]
        assert client.get("collections/demo/photos/1/picture").status_code == 200
        sent = client.post("collections/demo/photos", files={"photo": ("sent.jpg", photo.read_bytes() + b"!")})
        assert wait_for(client, sent.json()["job"])["state"] == "done"
        for task in ("check", "repair", "backup", "compact"):
            begun = client.post(f"admin/collections/demo/{task}")
            assert wait_for(client, begun.json())["state"] == "done"
