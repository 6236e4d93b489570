"""The command line with photos in a store: what it does with their originals, and what it leaves."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from example_photos import EXAMPLES
from object_store import SECRET, ObjectStore, at, nowhere

Glocal = Callable[..., Any]

pytestmark = pytest.mark.slow

KAYAK = EXAMPLES / "stitch_kayak" / "kayak_01.jpg"


@pytest.fixture
def stored(glocal: Glocal, object_store: ObjectStore, bucket: str, tmp_path: Path) -> Path:
    """A collection of a photo in a store, a copy of it there, and another photo of the same place on disk."""
    for name in ("2024/kayak.jpg", "copies/kayak.jpg"):
        object_store.put(f"{bucket}/{name}", KAYAK.read_bytes())
    object_store.put(f"{bucket}/2024/notes.txt", b"notes")
    folder = tmp_path / "collection"
    indexed = glocal("index", f"s3://{bucket}", KAYAK.with_name("kayak_02.jpg"), "--collection", folder)
    assert "3 added, 0 updated" in indexed.err
    assert "1 file that glocal does not read (1 .txt)" in indexed.err
    return folder


def test_originals_are_copied_from_a_store_and_nothing_in_it_is_changed(
    glocal: Glocal, stored: Path, bucket: str, tmp_path: Path
) -> None:
    query = ("search", f"s3://{bucket}/2024/kayak.jpg", "--collection", stored)
    assert f"s3://{bucket}/copies/kayak.jpg" in glocal(*query).out
    assert glocal(*query, "--copy-to", tmp_path / "copied").code == 0
    copied = sorted((tmp_path / "copied").iterdir())
    assert [path.read_bytes() == KAYAK.read_bytes() for path in copied].count(True) == 2
    refused = glocal(*query, "--link-to", tmp_path / "linked")
    assert (refused.code, "lies in a store, where no link leads; copy it instead" in refused.err) == (2, True)

    moved = glocal("duplicates", "--collection", stored, "--move-to", tmp_path / "moved")
    assert f"s3://{bucket}/copies/kayak.jpg: lies in a store, where glocal changes nothing" in moved.err
    assert "moved 0 files" in moved.err
    glocal("duplicates", "--collection", stored, "--script", tmp_path / "remove.sh")
    assert "rm --" not in (tmp_path / "remove.sh").read_text()
    assert "missing" not in glocal("remove", "--missing", "--collection", stored).err


def test_a_store_that_is_not_there_is_told_in_one_line(glocal: Glocal, stored: Path, bucket: str) -> None:
    with at(nowhere()):
        refused = glocal("index", f"s3://{bucket}", "--collection", stored)
        assert (
            refused.err
            == f"glocal: s3://{bucket}: the store cannot be reached; check the network and AWS_ENDPOINT_URL\n"
        )
        removed = glocal("remove", "--missing", "--yes", "--collection", stored).err.splitlines()
        unreachable = "the store cannot be reached; check the network and AWS_ENDPOINT_URL"
        assert removed == [f"2 photos in s3://{bucket} kept: {unreachable}", f"0 removed; {stored} holds 3 photos"]
    assert " kept: " not in glocal("remove", "--missing", "--collection", stored).err
    watched = glocal("index", f"s3://{bucket}", "--collection", stored, "--watch")
    assert (watched.code, "stores cannot be watched" in watched.err) == (2, True)
    with sqlite3.connect(stored / "catalog.sqlite") as catalog:
        assert SECRET not in "\n".join(catalog.iterdump())
