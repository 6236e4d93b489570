"""What a store tells and gives, asked of a real server; the same files on disk say what is right."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from example_photos import EXAMPLES
from object_store import SECRET, ObjectStore, at, nowhere

from glocal.errors import PhotoError, StoreError
from glocal.images import (
    Address,
    FindRules,
    PassedOver,
    content_hash,
    isolated_decoders,
    note_of,
    photo_exif,
    photo_size,
    read_photo,
    walk_photos,
)
from glocal.images.stores.s3 import UnreachableError

pytestmark = pytest.mark.slow

KAYAK = EXAMPLES / "stitch_kayak" / "kayak_01.jpg"


def test_a_walk_finds_what_a_walk_on_disk_finds(object_store: ObjectStore, bucket: str, tmp_path: Path) -> None:
    taken = ["b/2.jpg", "b/1.png", "a/z/deep.webp", "c.tif", "d/keep.JPG"]
    others = [".hidden/x.jpg", "._f.jpg", "@eaDir/t.jpg", "notes.txt", "skip/a.jpg", "d/no.jpg"]
    for name in [*taken, *others, "space and ümlaut %20+.jpg", "d#?/q.jpg"]:
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"not looked into")
    (tmp_path / "photos/d/.glocalignore").write_text("no.*\n")
    object_store.put_folder(bucket, tmp_path / "photos")
    rules = FindRules(exclude=("skip/",))
    counted, expected = PassedOver(), PassedOver()
    found = list(walk_photos([f"s3://{bucket}"], rules=rules, passed_over=counted))
    on_disk = walk_photos([tmp_path / "photos"], rules=rules, passed_over=expected)
    assert [photo.name for photo in found] == [photo.name for photo in on_disk]
    assert [str(photo.path) for photo in found] == [f"s3://{bucket}/{photo.name}" for photo in found]
    assert str(counted) == str(expected) != ""


def test_folders_and_photos_are_given_by_address(object_store: ObjectStore, bucket: str) -> None:
    for key in ("trip/a.jpg", "trip/b.jpg", "trip", "trips/c.jpg", "scan.dat"):
        object_store.put(f"{bucket}/{key}", b"x")
    object_store.put(f"{bucket}/trips//odd.jpg", b"x")
    object_store.put(f"{bucket}/trips/empty/")
    counted = PassedOver()
    given = [f"s3://{bucket}/{key}" for key in ("scan.dat", "trips", "trip/b.jpg")]
    found = walk_photos([*given, Path(given[2])], passed_over=counted)
    assert [str(photo.path) for photo in found] == [given[0], f"s3://{bucket}/trips/c.jpg", given[2]]
    assert "1 object whose key has an empty part" in str(counted)


@pytest.mark.parametrize("isolated", [False, True])
def test_a_photo_is_read_as_from_disk(object_store: ObjectStore, bucket: str, isolated: bool) -> None:
    object_store.put(f"{bucket}/kayak.jpg", KAYAK.read_bytes())
    object_store.put(f"{bucket}/cut.jpg", KAYAK.read_bytes()[:-9000])
    object_store.put(f"{bucket}/text.jpg", b"no photo")
    object_store.put(f"{bucket}/empty.jpg")
    address = f"s3://{bucket}/kayak.jpg"
    if isolated:
        with isolated_decoders():
            assert np.array_equal(read_photo(address, fit=300), read_photo(KAYAK, fit=300))
            _says_what_is_wrong(bucket)
    else:
        assert np.array_equal(read_photo(Path(address)), read_photo(KAYAK))
        assert (photo_size(address), photo_exif(address)) == (photo_size(KAYAK), photo_exif(KAYAK))
        assert content_hash(address) == content_hash(KAYAK)
        assert note_of(Address(address)) == ""
        assert "last bytes are missing" in note_of(Address(f"s3://{bucket}/cut.jpg"))
        _says_what_is_wrong(bucket)


def _says_what_is_wrong(bucket: str) -> None:
    for name, reason in (("text", "is not a photo"), ("empty", "is empty"), ("none", "no such object")):
        with pytest.raises(PhotoError, match=reason) as refused:
            read_photo(f"s3://{bucket}/{name}.jpg")
        assert refused.value.photo == f"s3://{bucket}/{name}.jpg"


def test_other_content_is_another_time_and_the_same_content_the_same(object_store: ObjectStore, bucket: str) -> None:
    address = Address(f"s3://{bucket}/a.jpg")
    seen, began = set(), time.time()
    for content in (b"one", b"two", b"six"):
        object_store.put(f"{bucket}/a.jpg", content)
        (listed,) = address.parent.listing().paths
        now = address.stat()
        assert listed.listed == now
        assert int(began) <= now.st_mtime_ns // 10**9 <= time.time()
        assert (now.st_size, address.read_bytes()) == (3, content)
        seen.add(now.st_mtime_ns)
    assert len(seen) == 3


def test_only_what_a_store_denies_is_gone(object_store: ObjectStore, bucket: str) -> None:
    none = Address(f"s3://{bucket}/none.jpg")
    with pytest.raises(FileNotFoundError):
        none.lstat()
    with pytest.raises(OSError, match="no such bucket; check the address") as refused:
        Address("s3://no-such-bucket-here/none.jpg").lstat()
    assert not isinstance(refused.value, FileNotFoundError)
    with pytest.raises(OSError, match="names no bucket"):
        Address("s3://").stat()
    with at(nowhere()):
        with pytest.raises(UnreachableError, match="cannot be reached; check the network and AWS_ENDPOINT_URL"):
            none.lstat()
        for _ in range(100):  # it is not asked again for a while: each time would take a second and more
            assert not none.exists()
        with pytest.raises(StoreError) as unread:
            read_photo(none)
        assert SECRET not in str(unread.value)
        with pytest.raises(StoreError, match=f"s3://{bucket}/none.jpg: the store cannot be reached"):
            walk_photos([none])
    assert none.exists() is False


def test_a_store_without_credentials_says_what_to_set(
    bucket: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(StoreError, match="no credentials for the store; set AWS_ACCESS_KEY_ID"):
        walk_photos([f"s3://{bucket}"])


def test_without_s3fs_one_line_says_what_to_install(tmp_path: Path) -> None:
    import subprocess
    import sys

    hidden = "import sys; sys.modules['s3fs'] = None; from glocal.cli import main; main(sys.argv[1:])"
    arguments = ["index", "s3://bucket/photos", "--collection", str(tmp_path / "collection")]
    ended = subprocess.run([sys.executable, "-c", hidden, *arguments], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert "pip install 'glocal[s3]'" in ended.stderr
