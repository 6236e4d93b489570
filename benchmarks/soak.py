"""Whether anything grows in a process that never ends: `python -m benchmarks.soak --minutes 30 [--out FILE]`.

One process indexes, updates, annotates, searches, removes and backs up the same number of photos, round after round,
and notes after each round what it holds: memory, open descriptors, threads, processes, and sizes of files. What grows
although the number of photos does not is a leak.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil

from benchmarks.photos import EXAMPLES, photos_below
from benchmarks.report import put_out
from glocal.collection import Collection
from glocal.collection.catalog import CATALOG
from glocal.cores import available_cores
from glocal.evaluation.reports import Table, markdown_table
from glocal.extraction import load_model
from glocal.images import isolated_decoders, read_photo, save_picture

COMING = 6
"""Photos that come in a round, and go in the next; others are replaced by another picture."""

QUERIES = 3
MEGABYTE = 1e6


@dataclass(frozen=True)
class Held:
    """What the process and its files hold after a round; sizes in megabytes.

    Attributes:
        memory: of the process itself, without pages of files.
        decoders: memory of the processes that decode photos.
        descriptors: open files, pipes and so on.
        threads, processes: of the process, and its children.
        catalog, log, indexes: files of the collection.
        backup: the folder of the backup.
        files: number of files in both folders.
    """

    memory: float
    decoders: float
    descriptors: float
    threads: float
    processes: float
    catalog: float
    log: float
    indexes: float
    backup: float
    files: float

    @classmethod
    def now(cls, collection: Path, backup: Path) -> Held:
        """Look at this process and its files; Linux tells by /proc."""
        decoders = [child.pid for child in psutil.Process().children()]
        size = {path: path.stat().st_size / MEGABYTE for path in collection.iterdir() if path.is_file()}
        catalog, log = size.get(collection / CATALOG, 0.0), size.get(collection / f"{CATALOG}-wal", 0.0)
        copied = [path for path in backup.rglob("*") if path.is_file()]
        return cls(
            memory=_memory(os.getpid()),
            decoders=sum(map(_memory, decoders)),
            descriptors=sum(1 for _ in Path("/proc/self/fd").iterdir()),
            threads=sum(1 for _ in Path("/proc/self/task").iterdir()),
            processes=len(decoders),
            catalog=catalog,
            log=log,
            indexes=sum(size[path] for path in size if path.suffix in (".index", ".segment")),
            backup=sum(path.stat().st_size for path in copied) / MEGABYTE,
            files=len(size) + len(copied),
        )


def _memory(process: int) -> float:
    """Return megabytes of a process that are no pages of files."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) * 1024 / MEGABYTE


class Round:
    """What is done again and again, on a collection that stays open.

    Args:
        folder: where collection, photos and backup are made.
        photos: pictures that all others are parts of.
    """

    def __init__(self, folder: Path, photos: Sequence[Path]) -> None:
        self.backup, self._photos = folder / "backup", folder / "photos"
        self._pictures = [read_photo(path, fit=640) for path in photos]
        self._random = np.random.default_rng(0)
        self._photos.mkdir()
        for number in range(len(photos)):
            self._write(f"stays-{number}", number)
        self.collection = Collection.create(folder / "collection", load_model())
        self._number = 0

    def run(self) -> None:
        """Let photos come, change and go, index them, search, annotate, remove and back up."""
        self._number += 1
        coming = [self._write(f"comes-{self._number}-{number}", number) for number in range(COMING)]
        changed = self._random.integers(len(self._pictures), size=COMING)
        for number in changed:
            self._write(f"stays-{number}", number)
        report = self.collection.add([self._photos])
        assert not report.unreadable, report.unreadable
        for number in self._random.integers(len(self._pictures), size=QUERIES):
            self.collection.search(self._photos / f"stays-{number}.jpg")
        self.collection.annotate(coming[0], {"round": self._number})
        with Collection.open(self.collection.directory, self.collection.model) as other:
            other.search(coming[0])
        self.collection.backup(self.backup)
        for photo in coming:
            photo.unlink()
        self.collection.remove(self.collection.missing())
        assert self.collection.check().is_sound

    def _write(self, name: str, number: int) -> Path:
        """Save a part of a picture, another one each time, at least four fifths of each side."""
        picture = self._pictures[number % len(self._pictures)]
        height, width = picture.shape[:2]
        left, top = (int(self._random.integers(side // 10 + 1)) for side in (width, height))
        part = picture[top : top + height * 8 // 10, left : left + width * 8 // 10]
        save_picture(np.ascontiguousarray(part), self._photos / f"{name}.jpg")
        return self._photos / f"{name}.jpg"


def soak(folder: Path, photos: Sequence[Path], minutes: float) -> list[Held]:
    """Do rounds for so long, at least four; return what was held after each."""
    held: list[Held] = []
    end = time.monotonic() + 60 * minutes
    with isolated_decoders():
        round_ = Round(folder, photos)
        while len(held) < 4 or time.monotonic() < end:
            round_.run()
            held.append(Held.now(round_.collection.directory, round_.backup))
        round_.collection.close()
    return held


def render(held: Sequence[Held], photos: int, minutes: float) -> str:
    """Return medians of each quarter of the rounds, as Markdown."""
    edges = [len(held) * quarter // 4 for quarter in range(5)]
    quarters = [held[begin:end] for begin, end in pairwise(edges)]
    rows = []
    for name in (field.name for field in fields(Held)):
        medians = [statistics.median(getattr(one, name) for one in quarter) for quarter in quarters]
        growth = f"{100 * (medians[3] / medians[1] - 1):+.1f} %" if medians[1] else "0"
        rows.append((name, *(f"{median:.4g}" for median in medians), growth))
    header = ("held", "1st quarter", "2nd", "3rd", "4th", "2nd to 4th")
    machine = f"{available_cores()} cores, {platform.system()}, Python {platform.python_version()}"
    setting = (
        f"Written by `python -m benchmarks.soak --minutes {minutes:g} --photos {photos}`: {len(held)} rounds, so many "
        f"photos that stay and {COMING} that come and go, on {machine}, {time.strftime('%Y-%m-%d')}. Medians of each "
        "quarter of the rounds; sizes in megabytes."
    )
    return "\n\n".join(["# Soak", setting, markdown_table(Table(header, tuple(rows)))]) + "\n"


def main() -> None:
    """Soak, and print or write what was held."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--photos", type=int, default=60, help="photos that stay")
    parser.add_argument("--out", type=Path, help="file for the table; without, it is printed")
    options = parser.parse_args()
    photos = photos_below(EXAMPLES)[-options.photos :]
    with TemporaryDirectory(prefix="glocal-soak-") as folder:
        text = render(soak(Path(folder), photos, options.minutes), len(photos), options.minutes)
    put_out(text, options.out)


if __name__ == "__main__":
    main()
