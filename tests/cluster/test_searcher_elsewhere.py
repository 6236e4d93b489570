"""A process that searches a shard on a machine that does not have it yet."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from glocal.cluster import Cluster, Layout, publish
from glocal.cluster.published import Published
from glocal.cluster.searcher import Origin, Searcher
from glocal.errors import CollectionError
from glocal.images import Address

pytestmark = pytest.mark.slow


@pytest.fixture
def origins(folder: Path, bucket: str) -> list[Origin]:
    """Where each of two shards was published."""
    address = Address(f"s3://{bucket}/root")
    publish(folder / "root", address)
    published = Published.read(address)
    folders = published.layout.folders(address)
    return [Origin(Address(name), shard) for name, shard in zip(folders, published.shards, strict=True)]


def test_it_fetches_its_shard_once(folder: Path, origins: list[Origin], tmp_path: Path) -> None:
    layout = Layout.read(folder / "root")
    shards = layout.folders(tmp_path / "elsewhere" / "root")
    with Cluster.open(folder / "root") as cluster, ThreadPoolExecutor(4) as pool:
        for number, (shard, origin) in enumerate(zip(shards, origins, strict=True)):
            searchers = [Searcher(shard, layout.model, origin) for _ in range(2)]
            with cluster.shards[number].reading() as reading:
                expected = reading.listed()
            answers = pool.map(lambda searcher: searcher.ask("listed"), [*searchers, *searchers])
            assert list(answers) == [expected] * 4
    assert [path.name for path in (tmp_path / "elsewhere" / "root").iterdir() if path.name[0] != "."] == [
        path.name for path in shards
    ]


def test_what_is_gone_from_the_store_is_said(folder: Path, origins: list[Origin], tmp_path: Path) -> None:
    origins[0].address.delete()
    with pytest.raises(CollectionError, match="no such object"):
        Searcher(tmp_path / "shard-00000", Layout.read(folder / "root").model, origins[0]).ask("listed")
