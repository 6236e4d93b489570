"""Uploads: names that mean places, content that is no photo, room that ends."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from glocal.service.jobs.job_kinds import safe_folder
from glocal.service.pictures import Pictures
from glocal.service.problems import Problem
from glocal.service.settings import Settings
from glocal.service.uploads import find_query, keep, make_room, safe_name


def picture(width: int = 8, height: int = 6) -> io.BytesIO:
    stream = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(stream, "PNG")
    stream.seek(0)
    return stream


@given(st.text(max_size=300))
def test_a_safe_name_is_one_visible_file_in_its_folder(name: str) -> None:
    safe = safe_name(name)
    assert Path(safe).name == safe
    assert safe not in ("", ".", "..")
    assert not safe.startswith(".")
    assert "\0" not in safe
    assert len(safe.encode()) < 255


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd.photo"),
        ("C:\\Users\\me\\IMG 1.JPG", "IMG 1.JPG"),
        (".hidden.jpg", "hidden.jpg"),
        ("Brücke.heic", "Brücke.heic"),
        ("a\nb;c.png", "a_b_c.png"),
        ("shell.php", "shell.php.photo"),
        ("..", "photo.photo"),
    ],
)
def test_names_that_were_meant_otherwise(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_uploads_are_named_by_content(tmp_path: Path) -> None:
    first, again = keep(picture(), tmp_path, 1000), keep(picture(), tmp_path, 1000)
    assert first == again
    assert keep(picture(9), tmp_path, 1000) != first
    named = keep(picture(), tmp_path / "n", 1000, name="../x.png")
    assert named == tmp_path / "n" / first.name / "x.png"
    assert find_query(tmp_path, first.name) == first


@pytest.mark.parametrize("content", [b"", b"no photo", b"<svg onload=alert(1)>", b"\xff\xd8\xff\xe0", b"GIF89a"])
def test_what_is_no_photo_leaves_nothing_behind(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Problem) as refused:
        keep(io.BytesIO(content), tmp_path, 1000)
    assert refused.value.status_code == 422
    assert str(tmp_path) not in refused.value.detail
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_photo_is_refused_at_once(tmp_path: Path, kayak: bytes) -> None:
    with pytest.raises(Problem, match=r"^422: The JPEG data is damaged or incomplete; copy or download it again\.$"):
        keep(io.BytesIO(kayak[:900]), tmp_path, 640 * 480)
    assert list(tmp_path.iterdir()) == []
    assert keep(io.BytesIO(kayak), tmp_path, 640 * 480).read_bytes() == kayak


def test_too_many_pixels_are_refused_by_the_header(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="pixels"):
        keep(picture(50, 50), tmp_path, 2499)
    keep(picture(50, 50), tmp_path, 2500)


@pytest.mark.parametrize("identity", ["", "..", "../../etc/passwd", "a" * 31, "A" * 32, "0" * 32, "\0" * 32])
def test_only_uploaded_queries_are_found(tmp_path: Path, identity: str) -> None:
    (tmp_path / ("b" * 32)).write_bytes(b"x")
    with pytest.raises(Problem):
        find_query(tmp_path, identity)


def test_the_oldest_queries_make_room(tmp_path: Path) -> None:
    for age, name in enumerate("abcd"):
        path = tmp_path / (name * 32)
        path.write_bytes(b"x" * 100)
        os.utime(path, (1000 - age, 1000 - age))
    make_room(tmp_path, 250)
    assert {path.name[0] for path in tmp_path.iterdir()} == {"a", "b"}
    make_room(tmp_path / "not there", 1)


def test_a_query_in_use_is_kept_and_its_thumbnail_remembered(tmp_path: Path) -> None:
    used, idle = (keep(picture(width), tmp_path, 1000) for width in (8, 9))
    for path, time in ((used, 1000), (idle, 2000)):
        os.utime(path, (time, time))
    pictures = Pictures(1000)
    first = pictures.jpeg(find_query(tmp_path, used.name), 320)
    before = used.stat()
    used.write_bytes(b"no photo any more")  # would be refused if it were read again
    os.utime(used, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert pictures.jpeg(find_query(tmp_path, used.name), 320) == first
    make_room(tmp_path, 20)
    assert list(tmp_path.iterdir()) == [used]


def test_broken_uploads_are_cleared_when_they_are_old(tmp_path: Path) -> None:
    (tmp_path / ".new.new").write_bytes(b"x")
    (tmp_path / ".old.new").write_bytes(b"x")
    os.utime(tmp_path / ".old.new", (0, 0))
    make_room(tmp_path, 1000)
    assert [path.name for path in tmp_path.iterdir()] == [".new.new"]


def test_only_folders_below_a_root_may_be_indexed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "a" / "b").mkdir(parents=True)
    (tmp_path / "secret").mkdir()
    (root / "out").symlink_to(tmp_path / "secret")
    (root / "in").symlink_to(root / "a")
    settings = Settings({"demo": tmp_path}, tmp_path / "s", {"r": root})
    assert safe_folder(settings, "r", "") == root.resolve()
    assert safe_folder(settings, "r", "a/b") == (root / "a" / "b").resolve()
    assert safe_folder(settings, "r", "/a") == (root / "a").resolve()
    assert safe_folder(settings, "r", "in") == (root / "a").resolve()
    for bad in ("..", "../secret", "a/../../secret", "out", "nowhere", "a\0b", "x" * 5000):
        assert safe_folder(settings, "r", bad) is None
    assert safe_folder(settings, "other", "") is None
