"""What the event loop's own thread does: nothing that reads a catalog or decodes a photo."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from pathlib import Path
from types import FrameType

import anyio.to_thread
import httpx
from waiting import PATIENCE_SECONDS

from glocal.service.app import create_app
from glocal.service.settings import Settings

SLOW = ("glocal.collection.catalog", "glocal.collection.index", "glocal.images", "glocal.extraction", "glocal.matching")


def test_the_event_loop_neither_reads_nor_decodes(own_copy: Path, tmp_path: Path, kayak: bytes) -> None:
    app = create_app(Settings({"demo": own_copy}, tmp_path / "state"))
    app.state.glocal.is_ready = True  # as its start would say, which is not what is looked at here
    entered: dict[bool, set[str]] = {True: set(), False: set()}
    loop_thread = threading.get_ident()

    def note(frame: FrameType, event: str, _: object) -> None:
        module = frame.f_globals.get("__name__", "")
        if event == "call" and module.startswith(SLOW):
            entered[threading.get_ident() == loop_thread].add(f"{module}.{frame.f_code.co_name}")

    async def visit() -> None:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost/api/v1/", timeout=60) as client:
            upload = (await client.post("queries", files={"photo": ("a.jpg", kayak)})).json()["view"]
            name, place = upload.removeprefix("upload:"), "collections/demo"
            for path in (
                f"queries/{name}",
                f"queries/{name}/picture?size=320",
                f"{place}/search?view={upload}",
                f"{place}/search/stream?view={upload}",
                f"{place}/photos/1/picture?size=320",
                f"{place}/photos/1/proof?view={upload}",
                f"{place}/photos/1/proof.png?view={upload}",
                f"{place}/attention?view=photo:1",
                f"{place}/photos",
                f"{place}/photos/1",
                f"{place}/duplicates",
                "collections",
                "http://localhost/metrics",
                "http://localhost/ready",
            ):
                answer = await client.get(path)
                assert answer.status_code == 200, path
            sent = await client.post(f"{place}/search", files={"photo": ("a.jpg", kayak)})
            assert sent.status_code == 200

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        asyncio.run(visit())
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        app.state.glocal.close()
    assert "glocal.collection.catalog.snapshot.commit" in entered[False]  # the profile does see such calls
    assert entered[True] == set()


def test_what_keeps_others_waiting_is_done_before_the_first_request(own_copy: Path, tmp_path: Path) -> None:
    """Counts calls and objects, which are the same on any machine, rather than the time they take."""
    app = create_app(Settings({"demo": own_copy}, tmp_path / "state"))
    calls = 0

    def count(_frame: FrameType, _event: str, _: object) -> None:
        nonlocal calls
        calls += 1

    async def first_requests() -> tuple[int, int]:
        transport = httpx.ASGITransport(app=app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=60) as client,
        ):
            left = len(gc.get_objects())
            sys.setprofile(count)
            for path in ("/ready", "/api/v1/collections", "/api/v1/openapi.json"):
                assert (await client.get(path)).status_code == 200
            sys.setprofile(None)
            return left, calls

    try:
        objects, calls = asyncio.run(first_requests())
    finally:
        sys.setprofile(None)
        gc.unfreeze()
    assert objects < 10_000  # a collection looks at no more; a process that serves has some 200,000
    assert calls < 100_000  # building the routes takes 1,400,000


def test_a_search_does_not_wait_for_threads_that_are_at_long_answers(own_copy: Path, tmp_path: Path) -> None:
    app = create_app(Settings({"demo": own_copy}, tmp_path / "state"))
    over = threading.Event()

    async def search_meanwhile() -> int:
        threads = anyio.to_thread.current_default_thread_limiter()
        others = [asyncio.create_task(anyio.to_thread.run_sync(over.wait)) for _ in range(int(threads.total_tokens))]
        try:
            while threads.available_tokens:
                await asyncio.sleep(0)
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                asked = client.get("/api/v1/collections/demo/search?view=photo:1&region=10,10,200,200&top=3")
                return (await asyncio.wait_for(asked, PATIENCE_SECONDS)).status_code
        finally:
            over.set()
            await asyncio.gather(*others)

    try:
        assert asyncio.run(search_meanwhile()) == 200
    finally:
        app.state.glocal.close()
