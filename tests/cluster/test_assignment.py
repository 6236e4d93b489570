"""Which shard a photo goes to, and which must forget it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from shards import make_shards
from toy_model import ToyModel
from toy_photos import save_photo

from glocal.cluster import Cluster, Layout
from glocal.cluster.assignment import Assignment, assign
from glocal.images import content_hash


def assigned(root: Path, model: ToyModel, photos: list[Path]) -> Assignment:
    with Cluster.open(root, model) as cluster:
        return assign(Layout.read(root), cluster.shards, photos)


def test_photos_go_where_their_content_says_and_changed_ones_leave(tmp_path: Path) -> None:
    model, files = ToyModel(), [tmp_path / f"{seed}.png" for seed in range(8)]
    for seed, path in enumerate(files):
        save_photo(path, seed)
    layout = make_shards(tmp_path / "root", files[:6], 3, model)
    belongs = {path: layout.shard_of(content_hash(path)) for path in files}
    expected = tuple(tuple(path for path in files if belongs[path] == shard) for shard in range(3))
    found = assigned(tmp_path / "root", model, files)
    assert found == Assignment(expected, ((), (), ()), ())

    changed = files[0]
    for seed in range(100, 200):
        save_photo(changed, seed)
        if layout.shard_of(content_hash(changed)) != belongs[changed]:
            break
    found = assigned(tmp_path / "root", model, files)
    assert changed in found.wanted[layout.shard_of(content_hash(changed))]
    assert [shard for shard in range(3) if changed in found.stale[shard]] == [belongs[changed]]
    assert sum(map(len, found.stale)) == 1
    assert sorted(path for shard in found.wanted for path in shard) == files


def test_what_cannot_be_read_is_said_or_left_to_the_shard_that_knows_it(tmp_path: Path) -> None:
    model, files = ToyModel(), [tmp_path / f"{seed}.png" for seed in range(3)]
    for seed, path in enumerate(files):
        save_photo(path, seed)
    layout = make_shards(tmp_path / "root", files[:2], 2, model)
    known = layout.shard_of(content_hash(files[1]))
    files[1].unlink()
    files[2].unlink()
    found = assigned(tmp_path / "root", model, files)
    assert [path for path, _ in found.unreadable] == [files[2]]
    assert files[1] in found.wanted[known]
    assert not any(found.stale)


@pytest.mark.slow
def test_only_new_files_are_read(tmp_path: Path) -> None:
    model, path = ToyModel(), tmp_path / "0.png"
    save_photo(path, 0)
    layout = make_shards(tmp_path / "root", [path], 50, model)
    before, status = layout.shard_of(content_hash(path)), path.stat()
    path.write_bytes(bytes(reversed(path.read_bytes())))
    assert layout.shard_of(content_hash(path)) != before
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert assigned(tmp_path / "root", model, [path]).wanted[before] == (path,)
