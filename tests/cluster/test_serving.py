"""Shards searched by processes of Ray: held to one collection, while one of them is killed and another hangs."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from example_photos import EXAMPLES
from process_tree import LOOPBACK, listening, searchers, started_by
from shard_searches import ShardSearches
from shards import assert_same
from waiting import becomes

from glocal.cluster import serve_shards
from glocal.collection import Collection, Ranking, Where
from glocal.errors import GlocalError

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("ray") is None, reason="serving shards needs the [cluster] extra"),
    pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are found by Linux's /proc"),
]

QUERY = EXAMPLES / "triple_skull" / "skull_01.jpg"
DOWN = 1
RESTART_SECONDS = 400


@pytest.fixture(scope="module")
def searches(folder: Path) -> Iterator[ShardSearches]:
    with ShardSearches(folder / "root", 2, folder / "log") as running:
        yield running


@pytest.mark.parametrize(
    "options",
    [
        {"mode": "fast"},
        {"mode": "balanced", "rerank": 5},
        {"mode": "thorough"},
        {"region": (100.0, 100.0, 250.0, 250.0), "ranking": "paper"},
        {"where": f"folder={EXAMPLES / 'triple_books'}"},
    ],
    ids=str,
)
def test_the_answer_is_that_of_one_collection(
    examples: Collection, options: dict[str, Any], searches: ShardSearches
) -> None:
    where = options.get("where")
    known = {name: value for name, value in options.items() if name != "where"}
    expected = examples.search(QUERY, top=50, allowed=Where.of(where) if where else None, **known)
    assert len(expected) > 2
    assert_same(searches.search(QUERY, top=50, **options), expected)


def test_several_views_and_nothing_beyond_loopback(examples: Collection, searches: ShardSearches) -> None:
    views = [QUERY, EXAMPLES / "triple_books" / "books_02.jpg"]
    assert_same(searches.search(*views), examples.search(views))
    addresses = listening({searches.process.pid, *started_by(searches.process.pid)})
    assert addresses
    assert addresses <= LOOPBACK


def test_of_two_processes_of_a_shard_one_may_die_or_hang(examples: Collection, searches: ShardSearches) -> None:
    expected = examples.search(QUERY, top=50)
    first, second = searchers(searches.process.pid, DOWN)
    os.kill(first, signal.SIGKILL)
    for _ in range(2):  # each begins with another of them
        assert_whole(searches.search(QUERY, top=50), expected)
    becomes(lambda: len(searchers(searches.process.pid, DOWN)), 2, RESTART_SECONDS)
    for _ in range(2):
        assert_whole(searches.search(QUERY, top=50), expected)
    with hanging(second):
        for _ in range(2):
            assert_whole(searches.search(QUERY, top=50), expected)


def assert_whole(found: Ranking, expected: Ranking) -> None:
    assert found.missing_shards == ()
    assert_same(found, expected)


@contextmanager
def hanging(process: int) -> Iterator[None]:
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


def test_a_shard_needs_a_process(folder: Path) -> None:
    with pytest.raises(ValueError, match="at least one process"), serve_shards(folder / "root", 0):
        pass


def test_ray_that_would_listen_elsewhere_is_refused(folder: Path) -> None:
    import ray

    if ray.util.get_node_ip_address() == "127.0.0.1":
        pytest.skip("this machine has no other address")
    with pytest.raises(GlocalError, match="Ray would listen on the network"), serve_shards(folder / "root"):
        pass
