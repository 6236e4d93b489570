"""The service under load: many clients search while photos are added.

    python benchmarks/service.py PHOTOS... [--clients 200] [--seconds 60] [--indexed 10000] [--added 500] [--workers 1]
    python benchmarks/service.py PHOTOS... --quick

Fills a collection with `--indexed` photos: those given, and then copies of them with some pixels changed so that
each is a photo of its own. Starts the real service, lets every client search again and again with photos of the
collection (some with a region, which costs an extraction), adds `--added` photos meanwhile, and counts. The
last lines compare with the same searches in one process without a service. With one worker it also says how long
one callback of the event loop took at most: for so long nobody else was answered. `--quick` only tries it.
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
from glocal.extraction import load_model
from glocal.images import encode, find_photos, read_photo
from glocal.service.settings import Settings

REGION_SHARE = 0.1
QUICK = {"clients": 8, "seconds": 5, "indexed": 300, "added": 10}
WATCHED = """
import asyncio, time
run = asyncio.events.Handle._run
def watched(handle):
    began = time.monotonic()
    run(handle)
    spent = time.monotonic() - began
    if spent > 0.01:
        with open({report!r}, "a") as report:
            report.write(f"{{began}} {{spent}}\\n")
asyncio.events.Handle._run = watched
"""
"""Before the service is run: note when callbacks of its event loop of more than 10 ms began, and their seconds."""


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


async def client(http: httpx.AsyncClient, until: float, ids: list[int], seed: int, seen: dict[str, list[Any]]) -> None:
    rng = random.Random(seed)
    while time.monotonic() < until:
        params = {"view": f"photo:{rng.choice(ids)}", "top": "10"}
        if rng.random() < REGION_SHARE:
            params["region"] = f"{rng.randrange(60)},{rng.randrange(60)},200,160"
        began = time.monotonic()
        try:
            answer = await http.get("collections/demo/search", params=params)
        except httpx.TransportError as error:
            seen["broken"].append(type(error).__name__)
            continue
        seen["codes"].append(answer.status_code)
        if answer.status_code == 429:
            await asyncio.sleep(float(answer.headers["retry-after"]) * (0.5 + rng.random()))
        elif answer.status_code == 200:
            seen["region" if "region" in params else "stored"].append(time.monotonic() - began)


async def add(http: httpx.AsyncClient, photos: list[bytes]) -> None:
    for start in range(0, len(photos), 50):
        files = [("photo", (f"{start + n}.jpg", io.BytesIO(one))) for n, one in enumerate(photos[start : start + 50])]
        while (answer := await http.post("collections/demo/photos", files=files)).status_code == 429:
            await asyncio.sleep(1)
        answer.raise_for_status()


async def load(
    service: ServiceProcess, ids: list[int], added: list[bytes], clients: int, seconds: float
) -> dict[str, Any]:
    seen: dict[str, list[Any]] = {"codes": [], "region": [], "stored": [], "broken": []}
    limits = httpx.Limits(max_connections=clients + 8, max_keepalive_connections=clients + 8)
    async with httpx.AsyncClient(base_url=f"{service.api}/", limits=limits, timeout=90) as http:
        until = time.monotonic() + seconds
        await asyncio.gather(add(http, added), *(client(http, until, ids, seed, seen) for seed in range(clients)))
        while True:  # until everything that was accepted is indexed
            jobs = (await http.get("jobs")).json()["jobs"]
            if all(job["state"] == "done" for job in jobs):
                break
            await asyncio.sleep(1)
        metrics = (await http.get(f"{service.url}/metrics")).text
    return {**seen, "indexed_in": time.monotonic() - until + seconds, "alive": "glocal_requests_total" in metrics}


def in_process(folder: Path, ids: list[int], count: int = 60) -> float:
    """Return the median seconds of a search by stored features in one process, nothing else going on."""
    spent = []
    with Collection.open(folder) as collection:
        _ = collection.model  # loaded before the clock starts
        for number in ids[:count]:
            began = time.monotonic()
            collection.search_views([collection.view(number)], SearchOptions(top=10))
            spent.append(time.monotonic() - began)
    return statistics.median(spent[5:])


def percentiles(seconds: list[float]) -> dict[str, float]:
    return {f"p{p}_ms": round(1000 * float(np.percentile(seconds, p)), 1) for p in (50, 90, 99)} if seconds else {}


def longest_block(report: Path, since: float) -> float:
    """Return the seconds of the longest callback that began later; 0 if none took more than 10 ms."""
    lines = [line.split() for line in report.read_text().splitlines()] if report.exists() else []
    return max((float(spent) for began, spent in lines if float(began) >= since), default=0.0)


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
    photos = list(find_photos(options.photos))
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
            one = asyncio.run(load(service, ids, [], 1, 8))
            loaded = time.monotonic()
            seen = asyncio.run(load(service, ids, added, options.clients, options.seconds))
            with httpx.Client(base_url=f"{service.api}/", timeout=60) as http:
                total = http.get("collections/demo").json()["photos"]
        longest = longest_block(folder / "blocks", loaded)
    codes = Counter(seen["codes"])
    result = {
        "clients": options.clients,
        "seconds": options.seconds,
        "photos": options.indexed,
        "codes": dict(codes),
        "broken_connections": len(seen["broken"]),
        "server_errors": sum(n for code, n in codes.items() if code >= 500),
        "lost_photos": options.indexed + options.added - total,
        "searches_per_second": round(codes[200] / options.seconds, 1),
        "stored": percentiles(seen["stored"]),
        "region": percentiles(seen["region"]),
        "all_indexed_after_s": round(seen["indexed_in"], 1),
        "in_process_median_ms": round(1000 * alone, 1),
        "one_client_median_ms": round(1000 * statistics.median(one["stored"]), 1),
        "one_client_to_in_process": round(statistics.median(one["stored"]) / alone, 2),
        "event_loop_blocked_at_most_ms": round(1000 * longest, 1) if options.workers == 1 else None,
    }
    print(json.dumps(result, indent=2))
    sys.exit(bool(result["server_errors"] or result["lost_photos"] or result["broken_connections"]))


if __name__ == "__main__":
    main()
