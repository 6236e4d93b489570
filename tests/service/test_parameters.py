"""What a client asks of a search, as the search is told."""

from __future__ import annotations

import asyncio

import pytest

pytest.importorskip("fastapi", reason="the service needs the [serve] extra")
from glocal.service.parameters import search_request_of


def test_all_that_is_shown_is_verified_unless_the_client_says_how_many() -> None:
    assert asyncio.run(search_request_of(top=24, mode="fast")).options.rerank == 200
    assert asyncio.run(search_request_of(top=500, mode="fast")).options.rerank == 500
    assert asyncio.run(search_request_of(top=500, mode="thorough")).options.rerank == 600
    assert asyncio.run(search_request_of(top=500, mode="fast", rerank=0)).options.rerank == 0
