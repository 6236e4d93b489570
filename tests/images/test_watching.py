"""Which changes below folders are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from glocal.errors import PhotoError
from glocal.images import watch_folders


@pytest.mark.slow
def test_what_may_matter_is_told_and_nothing_else(tmp_path: Path) -> None:
    pytest.importorskip("watchfiles")
    folder, collection = tmp_path / "photos", tmp_path / "photos" / "collection"
    for made in (folder / "a.b", folder / ".hidden", collection):
        made.mkdir(parents=True)
    (folder / "a.b" / "old.JPG").touch()
    changes = watch_folders([folder], collection)
    assert next(changes) == frozenset()
    for told in ("new.png", "scan", ".glocalignore", "a.b/photo.07"):
        (folder / told).write_text("x")
    for not_told in ("notes.txt", ".x.jpg", ".hidden/y.jpg", "collection/catalog.png", "collection/deep.jpg"):
        (folder / not_told).write_text("x")
    (folder / "a.b" / "old.JPG").unlink()
    expected = {"new.png", "scan", ".glocalignore", "a.b/photo.07", "a.b/old.JPG"}
    seen: set[Path] = set()
    while not {folder / name for name in expected} <= seen:
        seen |= next(changes)
    (folder / "last.gif").touch()  # so that nothing late is overlooked
    while folder / "last.gif" not in seen:
        seen |= next(changes)
    assert {path.relative_to(folder).as_posix() for path in seen} == expected | {"last.gif"}


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="is no folder"):
        next(watch_folders([tmp_path / "missing"], tmp_path))
