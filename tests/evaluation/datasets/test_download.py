"""Downloads and archives, against a real server on this machine."""

import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from glocal.evaluation.datasets.benchmarks import Download, Revisited
from glocal.evaluation.datasets.download import fetch
from glocal.evaluation.datasets.preparing import prepare, unpack
from glocal.evaluation.errors import EvaluationError


@dataclass
class Site:
    """What the server offers, how it behaves, and what it was asked."""

    files: dict[str, bytes]
    ranges: bool = True
    break_after: int | None = None
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def site() -> Iterator[Site]:
    offered = Site({})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            offered.asked.append((self.path, wanted))
            content = offered.files.get(self.path)
            if content is None:
                self.send_error(404)
                return
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and offered.ranges else 0
            if start >= len(content) > 0 and start:
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(content)}")
                self.end_headers()
                return
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            self.wfile.write(content[start : offered.break_after])

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    offered.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield offered
    server.shutdown()
    server.server_close()
    thread.join()


CONTENT = bytes(range(256)) * 5000


def test_a_file_arrives_and_is_not_fetched_twice(site: Site, tmp_path: Path) -> None:
    site.files["/f"] = CONTENT
    seen: list[tuple[str, int, int | None]] = []
    target = tmp_path / "deep" / "f"
    assert fetch(f"{site.url}/f", target, on_progress=lambda *now: seen.append(now))
    assert target.read_bytes() == CONTENT
    assert seen[-1] == ("f", len(CONTENT), len(CONTENT))
    assert not fetch(f"{site.url}/f", target)
    assert len(site.asked) == 1


def test_a_broken_connection_is_continued_by_range(site: Site, tmp_path: Path) -> None:
    site.files["/f"] = CONTENT
    site.break_after = 700_000
    target = tmp_path / "f"
    with pytest.raises(EvaluationError, match="run again to continue"):
        fetch(f"{site.url}/f", target)
    assert not target.exists()
    have = (tmp_path / "f.part").stat().st_size
    assert 0 < have <= 700_000
    site.break_after = None
    assert fetch(f"{site.url}/f", target)
    assert site.asked[-1] == ("/f", f"bytes={have}-")
    assert target.read_bytes() == CONTENT
    assert not (tmp_path / "f.part").exists()


def test_a_server_without_ranges_starts_over(site: Site, tmp_path: Path) -> None:
    site.files["/f"] = CONTENT
    site.ranges = False
    (tmp_path / "f.part").write_bytes(b"something old")
    assert fetch(f"{site.url}/f", tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_a_part_that_was_already_whole(site: Site, tmp_path: Path) -> None:
    site.files["/f"] = CONTENT
    (tmp_path / "f.part").write_bytes(CONTENT)
    assert fetch(f"{site.url}/f", tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_checksums(site: Site, tmp_path: Path) -> None:
    site.files["/f"] = CONTENT
    site.files["/good"] = f"{hashlib.md5(CONTENT).hexdigest()}  f\n".encode()
    site.files["/bad"] = b"0" * 32
    assert fetch(f"{site.url}/f", tmp_path / "f", md5_url=f"{site.url}/good")
    with pytest.raises(EvaluationError, match=r"checksum .* instead of 0000"):
        fetch(f"{site.url}/f", tmp_path / "g", md5_url=f"{site.url}/bad")
    assert not (tmp_path / "g").exists()
    assert (tmp_path / "g.wrong").read_bytes() == CONTENT


def test_refusals_are_one_line(site: Site, tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="the server answers 404"):
        fetch(f"{site.url}/absent", tmp_path / "f")
    with pytest.raises(EvaluationError, match="cannot be fetched"):
        fetch("http://127.0.0.1:9/closed", tmp_path / "f")
    with pytest.raises(EvaluationError, match="only http and https"):
        fetch("file:///etc/passwd", tmp_path / "f")
    assert list(tmp_path.iterdir()) == []


def archive(members: dict[str, bytes], *, link: str | None = None) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        if link is not None:
            info = tarfile.TarInfo("link.jpg")
            info.type, info.linkname = tarfile.SYMTYPE, link
            tar.addfile(info)
    return stream.getvalue()


def test_unpacking_writes_what_is_missing_and_replaces_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.tgz"
    path.write_bytes(archive({"paris/eiffel/one.jpg": b"1111", "paris/louvre/two.jpg": b"22"}))
    (tmp_path / "jpg").mkdir()
    (tmp_path / "jpg" / "one.jpg").write_bytes(b"my own")
    assert unpack(path, tmp_path / "jpg", flat=True) == 1
    assert (tmp_path / "jpg" / "one.jpg").read_bytes() == b"my own"
    assert (tmp_path / "jpg" / "two.jpg").read_bytes() == b"22"
    assert unpack(path, tmp_path / "tree") == 2
    assert (tmp_path / "tree" / "paris" / "eiffel" / "one.jpg").read_bytes() == b"1111"


def test_archives_cannot_leave_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "a.tgz"
    path.write_bytes(archive({"../escaped.jpg": b"1"}, link="/etc/passwd"))
    with pytest.raises(EvaluationError, match="archive"):
        unpack(path, tmp_path / "jpg")
    assert not (tmp_path / "escaped.jpg").exists()
    path.write_bytes(archive({}, link="/etc/passwd"))
    assert unpack(path, tmp_path / "jpg") == 0


@pytest.mark.parametrize("cut", [5, 60])
def test_damaged_archives(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.tgz"
    path.write_bytes(archive({"one.jpg": bytes(range(256)) * 40})[:cut])
    with pytest.raises(EvaluationError, match=r"a\.tgz: a damaged archive"):
        unpack(path, tmp_path / "jpg")


def test_a_whole_set_is_prepared_and_then_left_alone(site: Site, tmp_path: Path) -> None:
    site.files["/gnd_tiny.pkl"] = (
        b"(dVimlist\n(lVa\naVb\nasVqimlist\n(lVq\nasVgnd\n(l(dVbbx\n(lI0\naI0\naI5\naI5\nasVeasy\n(lI0\nasVhard\n(lsVjunk\n(lsas."
    )
    site.files["/photos.tgz"] = archive({f"set/{name}.jpg": name.encode() for name in "abq"})
    tiny = Revisited(
        "tiny",
        photos=2,
        queries=1,
        downloads=(
            Download(f"{site.url}/gnd_tiny.pkl", "gnd_tiny.pkl"),
            Download(f"{site.url}/photos.tgz", "archives/photos.tgz", unpack="jpg", flat=True),
        ),
    )
    report = prepare(tiny, tmp_path)
    assert report.complete, report
    assert sorted(path.name for path in (tmp_path / "jpg").iterdir()) == ["a.jpg", "b.jpg", "q.jpg"]
    asked = len(site.asked)
    (tmp_path / "archives" / "photos.tgz").unlink()
    assert prepare(tiny, tmp_path).complete
    assert len(site.asked) == asked
