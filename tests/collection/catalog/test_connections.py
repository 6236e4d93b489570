"""Connections lent to threads, and closed under their hands."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from descriptors import new_catalog

from glocal.collection.catalog.connections import Connections
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
