"""What it costs that photos are decoded in processes of their own, and that rows have digests.

    python -m benchmarks.protection [--rounds 5] [--photos 24] [--out FILE]

Extraction with and without isolated decoders takes turns, of the same photos; of indexing and searching the share is
measured that digests take. Processor time counts all processes, so that it says something on a busy machine too.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import platform
import pstats
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from benchmarks.photos import EXAMPLES, photos_below
from benchmarks.report import put_out
from glocal.collection import Collection
from glocal.cores import available_cores
from glocal.evaluation.reports import Table, markdown_table
from glocal.extraction import Model, load_model
from glocal.images import photo_exif, photo_size, read_photo
from glocal.images.isolation import DecoderPool, decoder_pool

QUERIES = 8
AGAIN = 10
"""Times a photo is decoded in a round, since the system counts processor time in hundredths of a second."""

DIGESTS = ("row_digest", "vector_digest", "<built-in method zlib.crc32>")


@contextmanager
def lent(pool: DecoderPool) -> Iterator[None]:
    """Decode in the processes of a pool that outlives this: what `isolated_decoders` does for one that does not."""
    decoder_pool._pools.append(pool)
    try:
        yield
    finally:
        decoder_pool._pools.remove(pool)


def processor_seconds() -> float:
    """Return processor time of this process and of its children, those at work too."""
    own = os.times()
    at_work = [child.cpu_times() for child in psutil.Process().children()]
    return sum(own[:4]) + sum(float(times.user + times.system) for times in at_work)


def isolation(model: Model, photos: Sequence[Path], rounds: int) -> list[tuple[str, ...]]:
    """Return rows of (what, seconds by the clock, seconds of processors) of extracting all photos once."""
    pool = DecoderPool()
    sides: dict[str, Callable[[], object]] = {
        "decoded in this process": lambda: _extract(model, photos, None),
        "decoded in others": lambda: _extract(model, photos, pool),
    }
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for run in sides.values():
        run()
    for number in range(rounds):
        for name, run in sorted(sides.items(), reverse=bool(number % 2)):
            clock, processor = time.perf_counter(), processor_seconds()
            run()
            measured[name].append((time.perf_counter() - clock, processor_seconds() - processor))
    pool.close()
    here, there = measured.values()
    ratios = [[other[kind] / one[kind] for one, other in zip(here, there, strict=True)] for kind in (0, 1)]
    rows = [
        (name, *(f"{statistics.median(value[kind] for value in values):.2f}" for kind in (0, 1)))
        for name, values in measured.items()
    ]
    middle = ("ratio, median of rounds", *(f"{statistics.median(values):.3f}" for values in ratios))
    between = ("ratio, least and most", *(f"{min(values):.3f} to {max(values):.3f}" for values in ratios))
    return [*rows, middle, between]


def _extract(model: Model, photos: Sequence[Path], pool: DecoderPool | None) -> None:
    with nullcontext() if pool is None else lent(pool):
        for _ in model.extract_many(photos):
            pass


def a_photo(photos: Sequence[Path], rounds: int) -> list[tuple[str, ...]]:
    """Return rows of (what is asked of decoders, milliseconds of processors here, in others, the difference)."""
    pool = DecoderPool()
    asked: dict[str, Callable[[Path], object]] = {"pixels": read_photo, "size": photo_size, "exif": photo_exif}
    rows: list[tuple[str, ...]] = []
    for name, ask in asked.items():
        taken: dict[bool, list[float]] = {False: [], True: []}
        for _ in range(rounds + 1):
            for isolated, times in taken.items():
                with lent(pool) if isolated else nullcontext():
                    began = processor_seconds()
                    for photo in AGAIN * list(photos):
                        ask(photo)
                    times.append(1000 * (processor_seconds() - began) / (AGAIN * len(photos)))
        here, there = (statistics.median(times[1:]) for times in taken.values())  # the first warms up
        rows.append((name, f"{here:.2f}", f"{there:.2f}", f"{there - here:+.2f}"))
    pool.close()
    return rows


def digests(model: Model, photos: Sequence[Path]) -> list[tuple[str, ...]]:
    """Return rows of (what, processor seconds, of which digests, percent); a profiler slows small functions most."""
    with (
        TemporaryDirectory(prefix="glocal-protection-") as folder,
        Collection.create(Path(folder) / "collection", model) as collection,
    ):
        rows = [_profiled("indexing", lambda: collection.add(photos))]
        collection.search(photos[0])
        rows.append(_profiled("searching", lambda: [collection.search(photo) for photo in photos[:QUERIES]]))
    return rows


def _profiled(name: str, run: Callable[[], object]) -> tuple[str, ...]:
    profiler = cProfile.Profile(time.thread_time)  # digests are computed by the thread that reads and writes
    began = processor_seconds()
    profiler.runcall(run)
    seconds = processor_seconds() - began
    stats = pstats.Stats(profiler).stats  # type: ignore[attr-defined]
    hashing = sum(own for (_, _, function), (_, _, own, _, _) in stats.items() if function in DIGESTS)
    return name, f"{seconds:.2f}", f"{hashing:.4f}", f"{100 * hashing / seconds:.2f}"


def main() -> None:
    """Measure, and print or write the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.protection", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--photos", type=int, default=24)
    parser.add_argument("--out", type=Path, help="file for the tables; without, they are printed")
    options = parser.parse_args()
    every = photos_below(EXAMPLES)
    photos, model = every[:: max(1, len(every) // options.photos)][: options.photos], load_model()
    load = os.getloadavg()[0]
    isolated = isolation(model, photos, options.rounds)
    machine = f"{available_cores()} cores, {platform.system()}, Python {platform.python_version()}"
    setting = (
        f"Written by `python -m benchmarks.protection`: {len(photos)} example photos, {options.rounds} rounds in turn, "
        f"on {machine}, {time.strftime('%Y-%m-%d')}, load average {load:.1f} when it began."
    )
    parts = [
        "# What isolation and digests cost",
        setting,
        markdown_table(Table(("extraction", "s by the clock", "s of processors"), tuple(isolated))),
        markdown_table(
            Table(("ms of processors a photo", "here", "in others", "more"), tuple(a_photo(photos, options.rounds)))
        ),
        markdown_table(
            Table(("digests", "s of processors", "of which digests", "share, %"), tuple(digests(model, photos)))
        ),
    ]
    text = "\n\n".join(parts) + "\n"
    put_out(text, options.out)


if __name__ == "__main__":
    main()
