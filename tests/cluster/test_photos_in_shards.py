"""Photos in shards, told as one collection tells them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from shards import make_shards
from toy_model import ToyModel
from toy_photos import save_photo

from glocal.cluster import Cluster
from glocal.collection import Collection, PhotoRecord
from glocal.errors import CollectionError, UnknownPhotoError

PHOTOS, SHARDS = 11, 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, model = tmp_path_factory.mktemp("photos"), ToyModel()
    for name in "ab":
        (folder / name).mkdir()
    for seed in range(PHOTOS):
        save_photo(folder / "ab"[seed % 2] / f"{seed:02}.png", seed % 9)  # the last ones are copies
    (folder / "a" / "broken.png").write_bytes(b"no photo")
    (folder / "b" / "torn.png").write_bytes(b"none either")
    files = sorted(folder.rglob("*.png"))
    make_shards(folder / "root", files, SHARDS, model)
    with Collection.create(folder / "one", model) as one:
        one.add(files)
    return folder


@pytest.fixture
def one(folder: Path) -> Iterator[Collection]:
    with Collection.open(folder / "one", ToyModel()) as opened:
        yield opened


@pytest.fixture
def cluster(folder: Path) -> Iterator[Cluster]:
    with Cluster.open(folder / "root", ToyModel()) as opened:
        yield opened


def paged(page: Callable[[PhotoRecord | None], list[PhotoRecord]]) -> list[PhotoRecord]:
    found: list[PhotoRecord] = []
    while more := page(found[-1] if found else None):
        found += more
    return found


def paths(photos: list[PhotoRecord]) -> list[Path]:
    return [photo.path for photo in photos]


@pytest.mark.parametrize("limit", [1, 2, 5, 50])
def test_pages_are_those_of_one_collection(one: Collection, cluster: Cluster, folder: Path, limit: int) -> None:
    assert paths(paged(lambda last: cluster.page(last, limit))) == paths(list(one.photos()))
    below = folder / "b"
    assert paths(paged(lambda last: cluster.below(below, last, limit))) == paths(one.below(below, None, 50))
    newest = paged(lambda last: cluster.newest(last.id if last else None, limit))
    assert [photo.id for photo in newest] == sorted((photo.id for photo in cluster.photos()), reverse=True)
    unreadable = paged(lambda last: cluster.unreadable(last.id if last else None, limit))
    assert sorted(paths(unreadable)) == sorted(paths(one.unreadable(None, 50)))
    assert len(unreadable) == 2


def test_photos_are_known_by_id_path_and_content(one: Collection, cluster: Cluster) -> None:
    assert (cluster.counts().photos, cluster.counts().unreadable) == (one.counts().photos, one.counts().unreadable)
    for photo in cluster.photos():
        assert cluster.photo_at(photo.path) == cluster.photo(photo.id) == photo
        content = photo.file.content_hash or b""
        expected = {one.photo(number).path for number in one.photos_with_content(content)}
        assert {cluster.photo(number).path for number in cluster.photos_with_content(content)} == expected
        if photo.indexed:
            known = one.photo_at(photo.path)
            assert known is not None
            assert (cluster.view(photo.id).descriptor == one.view(known.id).descriptor).all()
    with pytest.raises(UnknownPhotoError):
        cluster.view(10**6)


def test_folders_are_counted_over_all_shards(one: Collection, cluster: Cluster) -> None:
    found, expected = cluster.folders(), one.folders()
    assert list(found) == list(expected)
    assert [count for _, count in found.values()] == [count for _, count in expected.values()]
    assert all(cluster.photo(first).path.parent == folder for folder, (first, _) in found.items())


def test_metadata_goes_to_the_photo_that_is_named(cluster: Cluster, folder: Path) -> None:
    path = folder / "a" / "04.png"
    before = cluster.counts().generation
    cluster.annotate(path, {"place": "here"})
    assert [photo.path for photo in cluster.photos() if photo.metadata] == [path]
    assert cluster.counts().generation == before + 1
    with pytest.raises(UnknownPhotoError, match=r"gone\.png: not in the collection"):
        cluster.annotate(folder / "gone.png", {})


def test_a_photo_and_a_folder_stand_for_what_is_at_and_below_them(
    one: Collection, cluster: Cluster, folder: Path
) -> None:
    for path in (folder, folder / "a", folder / "b" / "01.png"):
        expected = {one.photo(photo).path for photo in one.ids_at(path)}
        assert {cluster.photo(photo).path for photo in cluster.ids_at(path)} == expected
        assert expected
    with pytest.raises(UnknownPhotoError, match=r"gone: not in the collection"):
        cluster.ids_at(folder / "gone")


def test_features_are_those_of_one_collection(one: Collection, cluster: Cluster, folder: Path) -> None:
    answers = [part.descriptors() for part in (cluster, one)]
    found, expected = (dict(zip(ids.tolist(), vectors, strict=True)) for ids, vectors in answers)
    assert list(found) == sorted(found)
    by_path = {one.photo(photo).path: vector for photo, vector in expected.items()}
    assert {cluster.photo(photo).path for photo in found} == set(by_path)
    assert all((by_path[cluster.photo(photo).path] == vector).all() for photo, vector in found.items())
    path = folder / "a" / "02.png"
    assert (cluster.features(path).codes == one.features(path).codes).all()
    with pytest.raises(UnknownPhotoError, match=r"gone\.png: not in the collection"):
        cluster.features(folder / "gone.png")
    with pytest.raises(CollectionError, match="cannot be read"):
        cluster.features(folder / "a" / "broken.png")


@pytest.mark.slow
def test_keys_are_set_in_all_shards_or_in_none(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "root", tmp_path / "root")
    with Cluster.open(tmp_path / "root", ToyModel()) as cluster:
        below = set(cluster.ids_at(folder / "a"))
        assert {photo % SHARDS for photo in below} == set(range(SHARDS))
        first, last = folder / "a" / "00.png", folder / "b" / "09.png"
        assert cluster.update_metadata([(folder / "a", {"place": "Bern", "year": 1}), (first, {"year": 2})]) == len(
            below
        )
        said = {photo.path: photo.metadata for photo in cluster.photos() if photo.metadata}
        assert set(said) == {cluster.photo(photo).path for photo in below}
        assert said.pop(first) == {"place": "Bern", "year": 2}
        assert all(metadata == {"place": "Bern", "year": 1} for metadata in said.values())
        assert cluster.update_metadata([(folder / "a", {"place": "Bern"}), (last, {"gone": None})]) == 0
        before = list(cluster.photos())
        for wrong, error in (
            ((folder / "gone.png", {}), UnknownPhotoError),
            ((last, {"exif": 1}), ValueError),
            ((last, {"year": float("nan")}), ValueError),
            ((last, {"name": "\udce9"}), ValueError),
            ((last, {"year": {1}}), TypeError),
        ):
            with pytest.raises(error):
                cluster.update_metadata([(folder, {"place": "Basel"}), wrong])
            assert list(cluster.photos()) == before


def test_missing_files_are_found_in_all_shards(cluster: Cluster, folder: Path) -> None:
    files = [folder / "a" / "02.png", folder / "b" / "03.png"]
    for path in files:
        path.rename(path.with_suffix(".aside"))
    assert cluster.missing() == files
    for path in files:
        path.with_suffix(".aside").rename(path)


@pytest.mark.slow
def test_photos_are_removed_from_the_shards_that_hold_them(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
    files = [tmp_path / "ab"[seed % 2] / f"{seed}.png" for seed in range(8)]
    for seed, path in enumerate(files):
        save_photo(path, seed)
    make_shards(tmp_path / "root", files, SHARDS, ToyModel())
    with Cluster.open(tmp_path / "root", ToyModel()) as cluster:
        with pytest.raises(UnknownPhotoError, match=r"gone\.png: not in the collection .*root"):
            cluster.remove([files[0], tmp_path / "gone.png"])
        assert len(cluster) == 8
        assert cluster.remove(files[0]) == 1
        assert cluster.remove([tmp_path / "b", files[2], files[3]]) == 5
        assert paths(list(cluster.photos())) == [files[4], files[6]]
        assert {hit.path for hit in cluster.search(files[1])} == {files[4], files[6]}
        assert cluster.remove([]) == 0
