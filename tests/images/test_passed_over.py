"""What a walk does not take is counted, so that the counts add up to what is on disk."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from PIL import Image

from glocal.errors import PhotoError
from glocal.images import FindRules, PassedOver, find_photos


def make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"not looked into")


def test_counts_add_up_to_what_is_on_disk(tmp_path: Path) -> None:
    """Of a folder with every oddity: nothing is left unsaid."""
    make(
        tmp_path,
        "a/.hidden.jpg",
        ".cache/1.jpg",
        "@eaDir/1.jpg",
        "a/notes.txt",
        "a/no suffix",
        "a/film.MOV",
        "drafts/1.jpg",
    )
    make(tmp_path, "a/damaged.jpg", "a/photo.DNG.xmp", os.fsdecode(b"a/\xe4\n.jpg"))
    Image.new("RGB", (64, 48)).save(tmp_path / "a/small.png")
    Image.new("RGB", (640, 48)).save(tmp_path / "a/large.png")
    shutil.copy(tmp_path / "a/large.png", tmp_path / "a/large")
    (tmp_path / "a/z again.jpg").symlink_to("damaged.jpg")
    (tmp_path / "a/nowhere.jpg").symlink_to("gone.jpg")
    os.mkfifo(tmp_path / "a/pipe.jpg")
    on_disk = sum(len(names) for _, _, names in os.walk(tmp_path))
    passed_over = PassedOver()
    unreadable: list[PhotoError] = []
    rules = FindRules(exclude=("/drafts/",), min_side=100)
    photos = list(find_photos([tmp_path], rules=rules, passed_over=passed_over, on_unreadable=unreadable.append))
    assert sorted(os.fsencode(path.name) for path in photos) == [b"damaged.jpg", b"large", b"large.png", b"\xe4\n.jpg"]
    assert len(unreadable) == 1
    assert len(photos) + len(unreadable) + sum(passed_over.counts.values()) == on_disk
    assert passed_over.kinds.total() == passed_over.counts["no photo"]
