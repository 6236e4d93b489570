"""Connections lent to threads, and closed under their hands."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from descriptors import new_catalog

from glocal.collection import Collection
from glocal.collection.catalog import Catalog
from glocal.collection.catalog.connections import Connections, explained
from glocal.errors import CollectionError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    catalog = new_catalog(tmp_path)
    catalog.close()
    return catalog.path


def borrow_until_closed(connections: Connections, used: set[sqlite3.Connection], start: threading.Barrier) -> str:
    start.wait(10)
    try:
        while True:
            with connections.borrow() as connection:
                used.add(connection)
                connection.execute("SELECT count(*) FROM photos").fetchone()
    except CollectionError as error:
        return str(error)


def test_closing_while_threads_borrow_ends_each_in_one_way(path: Path) -> None:
    for _ in range(20):
        connections, start = Connections(path), threading.Barrier(5)
        used: set[sqlite3.Connection] = set()
        with ThreadPoolExecutor(4) as pool:
            ends = [pool.submit(borrow_until_closed, connections, used, start) for _ in range(4)]
            start.wait(10)
            connections.close()
            assert all("was closed" in end.result(10) for end in ends)
        for connection in used:
            with pytest.raises(sqlite3.ProgrammingError, match="closed"):
                connection.execute("SELECT 1")


def test_an_idle_connection_is_lent_again(path: Path) -> None:
    connections = Connections(path)
    with connections.borrow() as first, connections.borrow() as second:
        assert first is not second
    with connections.borrow() as again:
        assert again in (first, second)
    connections.close()


def in_another_process(path: Path, query: str) -> str:
    """Return what a query finds in a process that has nothing else open, and closes the file at the end."""
    code = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); print(*c.execute(sys.argv[2]).fetchone()); c.close()"
    done = subprocess.run([sys.executable, "-c", code, path, query], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("again", ["opened", "checked", "searched by another handle"])
def test_a_catalog_opened_twice_by_one_process_keeps_its_log(again: str, filled: Collection, photos: Path) -> None:
    """Closing a file drops the process's locks on it; who closes the catalog elsewhere then deletes the log in use."""
    path = filled.directory / "catalog.sqlite"
    if again == "opened":
        Catalog(path).close()
    elif again == "checked":
        assert filled.check(files=True).is_sound
    else:
        with Collection.open(filled.directory, filled.model) as other:
            other.search(photos / "0.png", rerank=0)
    assert in_another_process(path, "SELECT count(*) FROM photos") == "6"
    filled.annotate(photos / "1.png", {"place": "Bern"})
    query = "SELECT count(*) FROM photos WHERE metadata LIKE '%Bern%'"
    assert in_another_process(path, query) == "1"
    filled.close()
    assert in_another_process(path, query) == "1"


def test_ctrl_c_within_a_digest_is_no_damage(tmp_path: Path) -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    with closing(sqlite3.connect(":memory:")) as connection:
        connection.create_function("row_digest", 0, interrupted)
        with pytest.raises(KeyboardInterrupt), explained(tmp_path / "catalog.sqlite"):
            connection.execute("SELECT row_digest()").fetchone()
