"""A Ray cluster of several nodes, of which one dies while photos are indexed and one while they are searched."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from example_photos import EXAMPLES
from PIL import Image
from process_tree import named, searchers
from ray_nodes import ENVIRONMENT, RayNodes
from shard_searches import ShardSearches
from shards import assert_same, photos_so_far
from waiting import becomes

from glocal.cluster import Cluster, Layout
from glocal.collection import Collection, Ranking
from glocal.extraction import load_model
from glocal.images import content_hash, find_photos

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("ray") is None, reason="nodes need the [cluster] extra"),
    pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are found by Linux's /proc"),
]

SHARDS, NODES = 4, 3
LIMIT_SECONDS = 400
THINGS = ("triple_books", "triple_skull", "triple_turkey", "triple_bobcats", "stitch_kayak", "stitch_cave")
QUERIES = ("triple_skull/skull_01.jpg", "triple_books/books_02-0.jpg")


@dataclass(frozen=True)
class Sides:
    """What was indexed.

    Attributes:
        one: a collection of all photos, open.
        root: the same photos in shards, written by nodes one of which was killed.
        killed: that node, which took part.
    """

    one: Collection
    root: Path
    killed: int


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RayNodes]:
    with RayNodes([1] * NODES, tmp_path_factory.mktemp("nodes") / "log") as running:
        yield running


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory, nodes: RayNodes) -> Iterator[Sides]:
    folder = tmp_path_factory.mktemp("sides")
    photos, root = folder / "photos", folder / "root"
    for thing in THINGS:
        for path in find_photos([EXAMPLES / thing]):
            write_variants(path, photos / thing)
    command = ["cluster", "index", str(photos), "--out", str(root), "--shards", str(SHARDS)]
    run = [sys.executable, "-c", "from glocal.cli import main; main()", *command]
    with subprocess.Popen(run, env=nodes.environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            becomes(lambda: process.poll() is not None or photos_so_far(root) > 0, True, LIMIT_SECONDS)
            extracting = [node for node in range(NODES) if named(nodes.raylets[node], "ray::ExtractorActor")]
            assert extracting, "over before a node could be killed"
            nodes.kill(extracting[0])
            _, said = process.communicate(timeout=LIMIT_SECONDS)
        finally:
            process.kill()
    assert process.returncode == 0, said
    with Collection.create(folder / "one", load_model()) as one:
        one.add(photos)
        yield Sides(one, root, extracting[0])


def write_variants(photo: Path, folder: Path) -> None:
    """Write a photo, and five sections of it at half its size."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / photo.name).write_bytes(photo.read_bytes())
    with Image.open(photo) as opened:
        whole = opened.convert("RGB")
    width, height = whole.size
    for number in range(5):
        left, top = width * number // 24, height * (4 - number) // 24
        section = whole.crop((left, top, left + width * 5 // 6, top + height * 5 // 6))
        section.resize((width // 2, height // 2)).save(folder / f"{photo.stem}-{number}.jpg", quality=90)


def test_a_node_that_dies_while_photos_are_indexed_loses_and_doubles_nothing(sides: Sides) -> None:
    layout, expected = Layout.read(sides.root), list(sides.one.photos())
    assert len(expected) > 100
    with Cluster.open(sides.root) as cluster:
        assert [photo.path for photo in cluster.photos()] == [photo.path for photo in expected]
        assert len(cluster) == len(sides.one)
        for photo in expected:
            shard = cluster.shards[layout.shard_of(content_hash(photo.path))]
            assert shard.photo_at(photo.path) is not None
            np.testing.assert_array_equal(shard.features(photo.path).codes, sides.one.features(photo.path).codes)
        for query in queries(sides):
            assert_same(cluster.search(query, top=50), sides.one.search(query, top=50))


def test_a_node_that_dies_while_photos_are_searched_is_named_by_its_shards_and_replaced(
    sides: Sides, nodes: RayNodes, tmp_path: Path
) -> None:
    expected = {query: sides.one.search(query, top=50) for query in queries(sides)}
    with ShardSearches(sides.root, 1, tmp_path / "log", nodes.environment) as served:

        def search(query: Path) -> Ranking:
            return served.search(query, top=50)

        for query, wanted in expected.items():
            assert_same(search(query), wanted)
        dying, staying = (node for node in range(NODES) if node != sides.killed)
        down = {number for number in range(SHARDS) if searchers(nodes.raylets[dying], number)}
        assert 0 < len(down) < SHARDS
        nodes.kill(dying)
        query, wanted = next(iter(expected.items()))
        assert_without_missing(search(query), wanted, Layout.read(sides.root), down)
        becomes(lambda: search(query).missing_shards, (), LIMIT_SECONDS)
        for query, wanted in expected.items():
            assert_same(search(query), wanted)
        assert all(searchers(nodes.raylets[staying], number) for number in down)


@pytest.mark.parametrize(
    ("address", "reason"), [("127.0.0.1:1", "Connection refused"), ("head-node", "no HOST:PORT")], ids=str
)
def test_an_address_without_a_cluster_is_said_at_once(tmp_path: Path, address: str, reason: str) -> None:
    command = ["cluster", "index", str(EXAMPLES / "triple_skull"), "--out", str(tmp_path / "root"), "--shards", "2"]
    run = [sys.executable, "-c", "from glocal.cli import main; main()", *command]
    ended = subprocess.run(
        run,
        env=ENVIRONMENT | {"RAY_ADDRESS": address},
        stderr=subprocess.PIPE,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert ended.returncode == 2
    (line,) = [line for line in ended.stderr.splitlines() if line.startswith("glocal: ")]
    assert line.startswith(f"glocal: RAY_ADDRESS={address}: no Ray cluster can be joined there (")
    assert f"{reason}); give HOST:PORT of its head node, or unset it" in line


def assert_without_missing(answer: Ranking, wanted: Ranking, layout: Layout, down: set[int]) -> None:
    """An answer names shards that are down, if they are not back yet, and has photos of all others."""
    missing = {int(name.removeprefix("shard-")) for name in answer.missing_shards}
    found = {layout.shard_of(content_hash(hit.path)) for hit in answer}
    assert missing <= down
    assert found == {layout.shard_of(content_hash(hit.path)) for hit in wanted} - missing
    if not missing:
        assert_same(answer, wanted)


def queries(sides: Sides) -> list[Path]:
    return [sides.root.with_name("photos") / name for name in QUERIES]
