"""Flipped bits and cuts anywhere in a collection: found by `check`, harmless to searches, repaired as files allow.

What holds nothing, such as the free space of a page, can be changed without any effect. So a change that `check` does
not find must leave every row and every answer as it was.
"""

from __future__ import annotations

import shutil
import sqlite3
import zlib
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toy_model import ToyModel
from toy_photos import picture, save

from glocal.arrays import ByteArray
from glocal.collection import Collection, SearchOptions, check, look_at
from glocal.errors import GlocalError

PHOTOS = 12
SIZE = (64, 48)
CATALOG = "catalog.sqlite"
TABLES = ("meta", "photos", "descriptors", "features", "commits", "changes")


@dataclass(frozen=True)
class Made:
    """A collection on disk as a killed process leaves it: a change in its log, its indexes level with all of them.

    Attributes:
        answers: of three searches, a line for each hit.
        rows: of all tables.
    """

    folder: Path
    words: ByteArray
    answers: list[list[str]]
    rows: list[Any]

    def model(self) -> ToyModel:
        model = ToyModel()
        model.words = self.words
        return model

    def copy(self, target: Path) -> Path:
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.folder, target)
        return target


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    base = tmp_path_factory.mktemp("damage")
    (base / "photos").mkdir()
    for seed in range(PHOTOS):
        save(base / "photos" / f"{seed}.png", picture(seed, *SIZE))
    model = ToyModel()
    model.words = np.random.default_rng(0).integers(0, 256, (4, 5, 16), np.uint8)
    with Collection.create(base / "made", model) as collection:
        collection.add([base / "photos"])
        collection.annotate(base / "photos" / "3.png", {"place": "Zürich"})
    with Collection.open(base / "made", model) as collection:
        collection.remove([base / "photos" / "0.png"])
        collection.add([base / "photos"])
        collection.annotate(base / "photos" / "4.png", {"place": "Bern"})
        expected = answers(collection)
        shutil.copytree(base / "made", base / "c", ignore=shutil.ignore_patterns("*-shm"))
    assert (base / "c" / f"{CATALOG}-wal").stat().st_size > 0
    shutil.copytree(base / "c", base / "read")
    return Made(base / "c", model.words, expected, rows_of(base / "read"))


def answers(collection: Collection) -> list[list[str]]:
    """Rankings by similarity of candidates that both indexes find, and the local features that would prove them."""
    views = [look_at(collection.model, picture(seed, *SIZE), None, "fast") for seed in (0, 5, 9)]
    found = [collection.search_views([view], SearchOptions(PHOTOS, rerank=0)) for view in views]
    with collection._catalog.snapshot() as snapshot:
        stored = snapshot.features([hit.photo for hit in found[0]])
    proofs = {photo: zlib.crc32(features.codes.tobytes()) for photo, features in stored.items()}
    return [[f"{hit.path.name} {hit.similarity:.5f} {proofs.get(hit.photo)}" for hit in hits] for hits in found]


def rows_of(folder: Path) -> list[Any]:
    with closing(sqlite3.connect(folder / CATALOG)) as connection:
        connection.text_factory = bytes
        return [connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in TABLES]


def harm(folder: Path, random: np.random.Generator) -> str:
    """Flip a bit of a file, or cut it short; files are chosen alike, whatever their size."""
    files = sorted(path for path in folder.iterdir() if path.stat().st_size)
    path = files[random.integers(len(files))]
    content = bytearray(path.read_bytes())
    place = int(random.integers(len(content)))
    if random.random() < 0.25:
        path.write_bytes(content[:place])
        return f"{path.name} cut at {place}"
    bit = int(random.integers(8))
    content[place] ^= 1 << bit
    path.write_bytes(content)
    return f"{path.name} bit {bit} of byte {place}"


def require_one_line(error: GlocalError) -> None:
    assert "\n" not in str(error)


def require_harmless(made: Made, folder: Path) -> bool:
    """Search; nothing but what is named may be missing from the answers. Return False if it was refused in one line."""
    try:
        with Collection.open(folder, made.model()) as collection:
            found = answers(collection)
            lost = collection._catalog.lost_changes
            named = {damage.path.name if damage.path else f"{damage.photo}" for damage in collection.damage}
    except GlocalError as error:
        require_one_line(error)
        return False
    for hits, expected in zip(found, made.answers, strict=True) if not lost else ():
        assert set(hits) - set(expected) <= {f"{line.rpartition(' ')[0]} None" for line in expected}
        assert len(set(expected) - set(hits)) <= len(named)
    return True


def require_found_or_without_effect(made: Made, folder: Path, copy: Path) -> bool:
    """Return whether the damage was found; if it was not, nothing may be different."""
    try:
        sound = check(folder).is_sound
    except GlocalError as error:
        require_one_line(error)
        return True
    if sound:
        assert rows_of(copy) == made.rows
    return not sound


def require_repaired(made: Made, folder: Path) -> str:
    """Repair; then all is sound, and every photo whose file is there is found again."""
    try:
        Collection.repair(folder, made.model())
    except GlocalError as error:
        require_one_line(error)
        return "refused"
    assert check(folder).is_sound
    with Collection.open(folder, made.model()) as collection:
        found = answers(collection)
    return "whole" if found == made.answers else "in part"


def trials(made: Made, folder: Path, seeds: range, repaired: int) -> Counter[str]:
    outcomes: Counter[str] = Counter()
    for seed in seeds:
        what = harm(made.copy(folder / "a"), np.random.default_rng(seed))
        try:
            shutil.copytree(folder / "a", folder / "b", dirs_exist_ok=False)
            shutil.copytree(folder / "a", folder / "d", dirs_exist_ok=False)
            found = require_found_or_without_effect(made, folder / "b", folder / "d")
            outcomes["found" if found else "without effect"] += 1
            outcomes["searched" if require_harmless(made, folder / "a") else "search refused"] += 1
            if found and seed % repaired == 0:
                outcomes[f"repaired {require_repaired(made, folder / 'b')}"] += 1
        except Exception as error:
            raise AssertionError(f"seed {seed}: {what}") from error
        for name in "abd":
            shutil.rmtree(folder / name)
    return outcomes


@pytest.mark.slow
def test_damage_is_found_harmless_and_repaired(made: Made, tmp_path: Path) -> None:
    outcomes = trials(made, tmp_path, range(40), repaired=4)
    assert outcomes["found"] > 20
    assert outcomes["repaired whole"] > 3


@pytest.mark.slow
def test_a_thousand_flips_and_cuts(made: Made, tmp_path: Path) -> None:
    outcomes = trials(made, tmp_path, range(1000, 2000), repaired=10)
    assert outcomes["found"] + outcomes["without effect"] == 1000
