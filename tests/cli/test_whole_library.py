"""A library of 2,400 files as people have them: what is indexed, refused and passed over adds up to what is on disk."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from example_photos import EXAMPLES
from PIL import Image

FILES = 2400
FORMATS = (".jpg", ".JPG", ".jpeg", ".png", ".webp", ".tif", ".bmp", ".gif", ".ppm")
ODD_NAMES = (
    b"caf\xe9 %d.jpg",
    "😀 %d.jpg".encode(),
    b"line\nbreak %d.jpg",
    "u\u0308ber %d.jpg".encode(),
    b"[a] & %d.jpg",
)


class Library:
    """Makes files, and counts what should become of each. A folder that is passed over is one, with all in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.expected: Counter[str] = Counter()
        self.pictures = pictures()

    def file(self, name: str, data: bytes, becomes: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.expected[becomes] += 1
        return path

    def photo(self, name: str, suffix: str = ".jpg") -> Path:
        path = self.file(name, b"", "added")
        picture = next(self.pictures)
        written = {"jpg": "jpeg", "tif": "tiff"}.get(suffix[1:].lower(), suffix[1:].lower())
        picture.save(path, format=written)
        return path

    def copy(self, photo: Path, name: str) -> None:
        self.file(f"{name}{photo.suffix}", photo.read_bytes(), "added")

    def year(self, year: int) -> None:
        """A folder of photos and of all that lies among them."""
        photos = [self.photo(f"{year}/IMG_{number}{suffix}", suffix) for number, suffix in enumerate(FORMATS * 6)]
        for number in range(100):
            self.copy(photos[number % len(photos)], f"{year}/copy {number}")
        for number in range(10):
            self.photo(f"{year}/scan{number}", ".png")
            self.photo(f"{year}/scan.{number:02}", ".png")
            self.photo(os.fsdecode(os.fsencode(f"{year}/") + ODD_NAMES[number % 5] % number))
            self.file(f"{year}/empty {number}.jpg", b"", "unreadable")
            whole = photos[9 * (number % 6)].read_bytes()
            self.file(f"{year}/damaged {number}.jpg", whole[: len(whole) // 4], "unreadable")
            self.file(f"{year}/._IMG_{number}.jpg", b"\0\5\x16\7", "hidden")
            self.file(f"{year}/IMG_{number}.xmp", b"<x/>", "not read")
        for name, becomes in (
            ("film.mov", "not read"),
            ("Thumbs.db", "not read"),
        ):
            self.file(f"{year}/{name}", b"film", becomes)
        self.file(f"{year}/page.jpg", b"<html>not found</html>", "unreadable")
        self.file(f"{year}/@eaDir/IMG_0.jpg/SYNOPHOTO_THUMB_M.jpg", b"\xff\xd8", "system")
        self.file(f"{year}/.thumbnails/1.jpg", b"\xff\xd8", "hidden")
        (self.root / f"{year}/link.jpg").symlink_to("IMG_0.jpg")
        os.link(photos[1], self.root / f"{year}/zz hard link.JPG")
        self.expected["further link"] += 2
        (self.root / f"{year}/nowhere.jpg").symlink_to("gone.jpg")
        self.expected["unreadable"] += 1

    def rest(self) -> None:
        """What lies beside the years: ignored drafts, a loop, and copies until there are as many files as wanted."""
        self.file(".glocalignore", b"drafts/\n*.part\n", "hidden")
        self.file("drafts/1.jpg", b"\xff\xd8", "excluded")
        self.file("2001/half.part", b"\xff\xd8", "excluded")
        (self.root / "2001/again").symlink_to("..", target_is_directory=True)
        self.expected["further link"] += 1
        os.mkfifo(self.root / "2001/pipe.jpg")
        self.expected["not read"] += 1
        for number in range(FILES - self.expected.total()):
            at = number % (6 * len(FORMATS))
            self.copy(self.root / f"2001/IMG_{at}{FORMATS[at % len(FORMATS)]}", f"backup/{number}")


def pictures() -> Iterator[Image.Image]:
    """Yield small sections of example photos, all different."""
    small = []
    for path in sorted(EXAMPLES.rglob("*_01.jpg")):
        with Image.open(path) as image:
            small.append(image.convert("RGB").resize((192, 144)))
    for y in count():
        for x in range(0, 48, 2):
            yield from (picture.crop((x, y, x + 112, y + 84)) for picture in small)


def counts_said(passed_over: str) -> Counter[str]:
    """Return the numbers that the line says, by reason."""
    parts = re.findall(
        r"(\d+) (hidden|excluded|further link|files? that glocal does|folders? of a system)", passed_over
    )
    names = {"file that glocal does": "not read", "folder of a system": "system"}
    return Counter(
        {names.get(why := re.sub("^(file|folder)s", r"\1", said), why): int(number) for number, said in parts}
    )


@pytest.mark.slow
def test_every_file_of_a_library_is_accounted_for(glocal, tmp_path):
    library = Library(tmp_path / "photos")
    for year in range(2001, 2009):
        library.year(year)
    library.rest()
    ended = glocal("index", library.root, "-c", tmp_path / "collection", "--json")
    assert ended.code == 0
    report = json.loads(ended.out)
    said = counts_said(report["passed_over"])
    assert report["added"] == report["photos"] == library.expected["added"]
    assert len(report["unreadable"]) == library.expected["unreadable"]
    assert said == library.expected - Counter(added=FILES, unreadable=FILES)
    assert report["added"] + len(report["unreadable"]) + said.total() == FILES
    shown = glocal("index", library.root, "-c", tmp_path / "collection").err
    assert shown.count("not indexed: ") == library.expected["unreadable"]
    assert report["passed_over"] in shown
    assert f"0 added, 0 updated, 0 renamed, {report['added']} unchanged" in shown
