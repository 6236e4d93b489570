"""Many clients of a service: searches without a pause, photos that are added meanwhile, and the same in one process."""

from __future__ import annotations

import asyncio
import io
import random
import statistics
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
from service_process import JOB_SECONDS, ServiceProcess

from glocal.collection import Collection, SearchOptions

STORED = {"mode": "fast", "rerank": "200", "top": "10"}
WITH_REGION = {"mode": "balanced", "rerank": "300", "top": "10"}
REGION = (20.0, 20.0, 200.0, 160.0)


async def client(
    http: httpx.AsyncClient, until: float, ids: list[int], seed: int, share: float, seen: dict[str, list[Any]]
) -> None:
    """Search until then, a share of the times with a region; of what is answered later only the time counts."""
    rng = random.Random(seed)
    while time.monotonic() < until:
        kind = "region" if rng.random() < share else "stored"
        params = {"view": f"photo:{rng.choice(ids)}", **(WITH_REGION if kind == "region" else STORED)}
        if kind == "region":
            params["region"] = f"{rng.randrange(60)},{rng.randrange(60)},200,160"
        began = time.monotonic()
        try:
            while (answer := await http.get("collections/demo/search", params=params)).status_code == 429:
                seen["codes"].append(429)
                await asyncio.sleep(float(answer.headers["retry-after"]) * (0.5 + rng.random()))
        except httpx.TransportError as error:
            seen["broken"].append(type(error).__name__)
            continue
        if time.monotonic() < until:
            seen["codes"].append(answer.status_code)
        if answer.status_code == 200:
            seen[kind].append(time.monotonic() - began)


async def add(http: httpx.AsyncClient, photos: list[bytes]) -> None:
    """Send photos to be added, fifty at a time."""
    for start in range(0, len(photos), 50):
        files = [("photo", (f"{start + n}.jpg", io.BytesIO(one))) for n, one in enumerate(photos[start : start + 50])]
        while (answer := await http.post("collections/demo/photos", files=files)).status_code == 429:
            await asyncio.sleep(1)
        answer.raise_for_status()


async def load(
    service: ServiceProcess, ids: list[int], added: list[bytes], clients: int, seconds: float, share: float
) -> dict[str, Any]:
    """Search with so many clients for some seconds, and send photos meanwhile; return what was seen."""
    seen: dict[str, list[Any]] = {"codes": [], "region": [], "stored": [], "broken": []}
    limits = httpx.Limits(max_connections=clients + 8, max_keepalive_connections=clients + 8)
    async with httpx.AsyncClient(base_url=f"{service.api}/", limits=limits, timeout=90) as http:
        until = time.monotonic() + seconds
        searching = [client(http, until, ids, seed, share, seen) for seed in range(clients)]
        await asyncio.gather(add(http, added), *searching)
        while time.monotonic() < until + JOB_SECONDS:  # until everything that was accepted is indexed
            states = Counter(job["state"] for job in (await http.get("jobs")).json()["jobs"])
            if not states["queued"] and not states["running"]:
                break
            await asyncio.sleep(1)
    return {**seen, "indexed_in": time.monotonic() - until + seconds, "jobs": states}


def in_process(folder: Path, ids: list[int], count: int = 60) -> dict[str, float]:
    """Return the median seconds of a search of either kind in one process, nothing else going on."""
    spent: dict[str, list[float]] = {"stored": [], "region": []}
    options = SearchOptions(top=int(STORED["top"]), rerank=int(STORED["rerank"]), searched_for_keypoints=0)
    top, verified = int(WITH_REGION["top"]), int(WITH_REGION["rerank"])
    with Collection.open(folder) as collection:
        _ = collection.model  # loaded before the clock starts
        for number in ids[:count]:
            path = collection.photo(number).path
            began = time.monotonic()
            found = collection.search_views([collection.view(number)], options)
            collection.look_closer([path], found, None, options)
            spent["stored"].append(time.monotonic() - began)
        for number in ids[: count // 4]:
            path = collection.photo(number).path
            began = time.monotonic()
            collection.search(path, REGION, top=top, rerank=verified, mode="balanced")
            spent["region"].append(time.monotonic() - began)
    return {kind: statistics.median(seconds[5:] or seconds) for kind, seconds in spent.items()}
