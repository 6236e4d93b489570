"""What is done to a collection on a disk that is nearly full; a line each: what was done, free bytes, how it ended.

Run in a mount namespace of its own: unshare --user --map-root-user --mount python full_disk.py FOLDER
"""

from __future__ import annotations

import gc
import logging
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from toy_model import ToyModel
from toy_photos import save_photo

from glocal.collection import Collection, check
from glocal.errors import GlocalError

FREE = (0, 8192, 65536, 200_000)


def harm(folder: Path) -> Path:
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as connection, connection:
        connection.execute("UPDATE features SET packed = zeroblob(50) WHERE photo = 1")
    return folder


def main(base: Path) -> None:
    logging.disable()
    photos, more, source, disk = (base / name for name in ("photos", "more", "source", "disk"))
    for folder in (photos, more, disk):
        folder.mkdir()
    for seed in range(4):
        save_photo(photos / f"{seed}.png", seed)
        save_photo(more / f"{seed}.png", 10 + seed)
    with Collection.create(source, ToyModel()) as made:
        made.add([photos])
        made.search(photos / "0.png", rerank=0)
    damaged = harm(shutil.copytree(source, base / "damaged"))

    def opened(action: Callable[[Collection], object]) -> Callable[[Path], object]:
        def run(folder: Path) -> None:
            with Collection.open(folder, ToyModel()) as collection:
                action(collection)

        return run

    actions: dict[str, Callable[[Path], object]] = {
        "search": opened(lambda collection: collection.search(photos / "0.png", rerank=0)[0]),
        "add": opened(lambda collection: collection.add([more])),
        "remove": opened(lambda collection: collection.remove([photos / "0.png"])),
        "annotate": opened(lambda collection: collection.annotate(photos / "1.png", {"a": 3000 * "x"})),
        "check": check,
        "backup": opened(lambda collection: collection.backup(disk / "backup")),
        "compact": opened(lambda collection: collection.compact()),
        "repair": lambda folder: Collection.repair(folder, ToyModel()),
        "restore": lambda _: Collection.restore(source, disk / "restored"),
        "create": lambda _: Collection.create(disk / "new", ToyModel()).close(),
    }
    for name, action in actions.items():
        for free in FREE:
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk], check=True)
            folder = shutil.copytree(damaged if name == "repair" else source, disk / "collection")
            status = os.statvfs(disk)
            (disk / "filling").write_bytes(bytes(max(0, status.f_bavail * status.f_frsize - free)))
            try:
                action(folder)
                ended = "done"
            except GlocalError as error:
                ended = f"refused: {error}"
            (disk / "filling").unlink()
            lines = check(folder).lines()
            sys.stdout.write(f"{name}\t{free}\t{ended}\t{len(lines)}\n")
            gc.collect()
            subprocess.run(["umount", "--lazy", disk], check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
