"""Shards whose photos, and which themselves, lie in a store: indexed, published, fetched and searched by commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from example_photos import EXAMPLES
from object_store import ObjectStore

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("ray") is None, reason="indexing into shards needs the [cluster] extra"),
]

LIMIT_SECONDS = 400
THING = EXAMPLES / "triple_skull"


def glocal(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from glocal.cli import main; main()", *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )


def answer(*arguments: object) -> Any:
    ended = glocal(*arguments, "--json")
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_from_photos_in_a_store_to_shards_in_a_store_and_back(
    object_store: ObjectStore, bucket: str, tmp_path: Path
) -> None:
    photos = sorted(THING.glob("*.jpg"))
    for path in photos:
        object_store.put(f"{bucket}/photos/{path.name}", path.read_bytes())
    address, root = f"s3://{bucket}/albums/root", tmp_path / "root"
    indexed = answer("cluster", "index", f"s3://{bucket}/photos", "--out", root, "--shards", 2)
    assert (indexed["added"], indexed["photos"]) == (len(photos), len(photos))
    assert answer("cluster", "index", f"s3://{bucket}/photos", "--out", root)["unchanged"] == len(photos)
    assert answer("cluster", "publish", root, address)["shards"] == ["shard-00000", "shard-00001"]
    assert answer("cluster", "fetch", address, tmp_path / "copy")["bytes"] > 0
    hits = answer("search", photos[0], "--collection", tmp_path / "copy")["hits"]
    assert {hit["path"] for hit in hits if hit["proved"]} == {f"s3://{bucket}/photos/{path.name}" for path in photos}
    said = glocal("cluster", "publish", root, address).stderr
    assert said.endswith(f"0 shards, 0.0 MB published to {address}; all others were level\n")


def test_what_is_no_address_is_said(tmp_path: Path) -> None:
    for command in (("publish", tmp_path, "bucket/root"), ("fetch", "bucket/root", tmp_path)):
        ended = glocal("cluster", *command)
        assert ended.returncode == 2
        assert "bucket/root: is no address of a store; give one such as s3://BUCKET/FOLDER" in ended.stderr
