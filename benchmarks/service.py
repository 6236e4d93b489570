"""The service under load: many clients search while photos are added.

    python benchmarks/service.py PHOTOS... [--clients 200] [--seconds 60] [--indexed 10000] [--added 500] [--workers 1]
    python benchmarks/service.py PHOTOS... --quick

Fills a collection with `--indexed` photos: those given, and then copies of them with some pixels changed so that
each is a photo of its own. Starts the real service, lets every client search again and again with photos of the
collection, adds `--added` photos meanwhile, and counts. Most searches are fast ones by stored features; some have a
region and are looked at from all sides as the page does, which costs an extraction. A search that is told to
come again does, and took as long as its client waited for the answer. The last lines compare one client with the same
searches in one process without a service. With one worker it also says how long one callback of the event loop took at
most: for so long nobody else was answered. Clients and service share the machine's cores. `--quick` only tries it.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "helpers"))
from service_process import RUN, ServiceProcess

from glocal.collection import Collection, SearchOptions
from glocal.collection.catalog import CATALOG, Catalog, FileState, StoredFeatures
from glocal.cores import available_cores
from glocal.extraction import load_model
from glocal.images import encode, find_photos, read_photo
from glocal.service.settings import Settings

REGION_SHARE = 0.1
ALONE_SECONDS = 20
STORED = {"mode": "fast", "rerank": "200", "top": "10"}
WITH_REGION = {"mode": "balanced", "rerank": "300", "top": "10"}
REGION = (20.0, 20.0, 200.0, 160.0)
QUICK = {"clients": 8, "seconds": 5, "indexed": 300, "added": 10}
WATCHED = """
import asyncio, time
run, first = asyncio.events.Handle._run, [True]
def watched(handle):
    began = time.monotonic()
    run(handle)
    spent = time.monotonic() - began
    if spent > 0.01 or first:
        first.clear()
        with open({report!r}, "a") as report:
            report.write(f"{{began}} {{spent}}\\n")
asyncio.events.Handle._run = watched
"""
"""Before the service is run: note when its event loop's first callback and those of more than 10 ms began, and their
seconds."""


def fill(folder: Path, photos: list[Path], count: int, rng: np.random.Generator) -> None:
    """Index the photos, then grow the catalog with perturbed features of them: extraction is not what is measured."""
    with Collection.create(folder, load_model()) as collection:
        collection.add(photos)
        model = collection.model
        features = [model.extract(photo) for photo in photos[:50]]
    catalog = Catalog(folder / CATALOG)
    for start in range(len(photos), count, 500):
        with catalog.change() as change:
            for number in range(start, min(start + 500, count)):
                one = features[number % len(features)]
                moved = one.global_descriptor + rng.normal(0, 0.03, one.global_descriptor.shape).astype(np.float32)
                varied = replace(
                    one,
                    global_descriptor=moved / np.linalg.norm(moved),
                    descriptors=one.descriptors[rng.permutation(len(one))],
                )
                path = photos[number % len(photos)].with_suffix(f".{number}.jpg")
                change.put(path, FileState(1, 1, number.to_bytes(16)), StoredFeatures.of(varied))
    catalog.close()


def variants(photos: list[Path], count: int, rng: np.random.Generator) -> list[bytes]:
    """Return `count` photos of which no two have the same bytes."""
    made = []
    for number in range(count):
        pixels = read_photo(photos[number % len(photos)]).copy()
        pixels[:8, :8] = rng.integers(0, 255, 3)
        pixels[number % len(pixels), :4] = number % 251
        made.append(encode(pixels, "jpg"))
    return made


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
    for start in range(0, len(photos), 50):
        files = [("photo", (f"{start + n}.jpg", io.BytesIO(one))) for n, one in enumerate(photos[start : start + 50])]
        while (answer := await http.post("collections/demo/photos", files=files)).status_code == 429:
            await asyncio.sleep(1)
        answer.raise_for_status()


async def load(
    service: ServiceProcess, ids: list[int], added: list[bytes], clients: int, seconds: float, share: float
) -> dict[str, Any]:
    seen: dict[str, list[Any]] = {"codes": [], "region": [], "stored": [], "broken": []}
    limits = httpx.Limits(max_connections=clients + 8, max_keepalive_connections=clients + 8)
    async with httpx.AsyncClient(base_url=f"{service.api}/", limits=limits, timeout=90) as http:
        until = time.monotonic() + seconds
        searching = [client(http, until, ids, seed, share, seen) for seed in range(clients)]
        await asyncio.gather(add(http, added), *searching)
        while True:  # until everything that was accepted is indexed
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


def percentiles(seconds: list[float]) -> dict[str, float]:
    return {f"p{p}_ms": round(1000 * float(np.percentile(seconds, p)), 1) for p in (50, 90, 99)} if seconds else {}


def longest_block(report: Path, since: float) -> float:
    """Return the seconds of the longest callback that began later; 0 if none took more than 10 ms."""
    lines = [line.split() for line in report.read_text().splitlines()]  # not there: the event loop is another
    return max((float(spent) for began, spent in lines if float(began) >= since), default=0.0)


def compared(one: dict[str, Any], alone: dict[str, float]) -> dict[str, dict[str, float | None]]:
    """Set what one client waited beside what the same searches take in one process."""
    rows: dict[str, dict[str, float | None]] = {}
    for kind, seconds in alone.items():
        waited = statistics.median(one[kind]) if one[kind] else None
        rows[kind] = {
            "in_process_median_ms": round(1000 * seconds, 1),
            "one_client_median_ms": None if waited is None else round(1000 * waited, 1),
            "ratio": None if waited is None else round(waited / seconds, 2),
        }
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, nargs="+")
    for name, value in (("clients", 200), ("seconds", 60), ("indexed", 10000), ("added", 500), ("workers", 1)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    if options.quick:
        vars(options).update(QUICK)
    rng = np.random.default_rng(0)
    photos = list(find_photos(options.photos))[: options.indexed]
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        fill(folder / "collection", photos, options.indexed, rng)
        added = variants(photos, options.added, rng)
        with sqlite3.connect(folder / "collection" / CATALOG) as catalog:
            ids = [number for (number,) in catalog.execute("SELECT id FROM photos ORDER BY id LIMIT ?", (len(photos),))]
        alone = in_process(folder / "collection", ids)
        settings = Settings({"demo": folder / "collection"}, folder / "state", workers=options.workers)
        run = WATCHED.format(report=str(folder / "blocks")) + RUN
        with ServiceProcess(settings, folder / "log", run) as service:
            one = asyncio.run(load(service, ids, [], 1, ALONE_SECONDS, 0.5))
            loaded = time.monotonic()
            seen = asyncio.run(load(service, ids, added, options.clients, options.seconds, REGION_SHARE))
            with httpx.Client(base_url=f"{service.api}/", timeout=60) as http:
                total = http.get("collections/demo").json()["photos"]
        longest = longest_block(folder / "blocks", loaded) if options.workers == 1 else None
    codes = Counter(seen["codes"])
    result = {
        "clients": options.clients,
        "seconds": options.seconds,
        "photos": options.indexed,
        "codes": dict(codes),
        "broken_connections": len(seen["broken"]),
        "server_errors": sum(n for code, n in codes.items() if code >= 500),
        "lost_photos": options.indexed + options.added - total,
        "jobs_not_done": seen["jobs"].total() - seen["jobs"]["done"],
        "cores": available_cores(),
        "searches_per_second": round(codes[200] / options.seconds, 1),
        "stored": percentiles(seen["stored"]),
        "region": percentiles(seen["region"]),
        "all_indexed_after_s": round(seen["indexed_in"], 1),
        "one_client": compared(one, alone),
        "event_loop_blocked_at_most_ms": None if longest is None else round(1000 * longest, 1),
    }
    print(json.dumps(result, indent=2))
    wrong = ("server_errors", "lost_photos", "broken_connections", "jobs_not_done")
    sys.exit(any(result[name] for name in wrong))


if __name__ == "__main__":
    main()
