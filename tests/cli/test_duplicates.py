"""Copies on the command line: what differs, what could go, and that nothing is lost."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from example_photos import EXAMPLES
from PIL import Image, ImageDraw, ImageFilter

Glocal = Callable[..., Any]


@pytest.fixture
def library(glocal: Glocal, tmp_path: Path) -> Path:
    """A photo in four forms, and another one."""
    folder = tmp_path / "it's here"
    folder.mkdir()
    original = shutil.copy(EXAMPLES / "stitch_kayak" / "kayak_02.jpg", folder / "a.jpg")
    shutil.copy(original, folder / "b $(touch gone).jpg")
    with Image.open(original) as image:
        image.resize((320, 240)).save(folder / "c small.png")
        image.crop((100, 80, 560, 420)).save(folder / "d cut.jpg", quality=95)
    shutil.copy(EXAMPLES / "triple_turkey" / "turkey_01.jpg", folder / "e.jpg")
    for age, path in enumerate(sorted(folder.iterdir())):
        os.utime(path, (1e9 - 1000 * age, 1e9 - 1000 * age))
    assert glocal("index", folder, "-c", tmp_path / "c").code == 0
    return folder


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


COPIES = {"b $(touch gone).jpg", "c small.png", "d cut.jpg"}


@pytest.mark.slow
def test_what_differs_is_said_and_a_script_removes_it(glocal, library, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = glocal("duplicates", "--upright", "-c", "c", "--script", "go.sh", "--json")
    (group,) = json.loads(ended.out)["groups"]
    assert Path(group["keep"]).name in ("a.jpg", "b $(touch gone).jpg")
    said = {Path(copy["path"]).name: ", ".join(copy["differs"]) for copy in group["copies"]}
    assert said.keys() | {Path(group["keep"]).name} == COPIES | {"a.jpg"}
    assert "320 x 240 instead of 640 x 480" in said["c small.png"]
    assert ".png instead of .jpg" in said["c small.png"]
    assert "cropped" not in said["c small.png"]
    assert "cropped to 5" in said["d cut.jpg"]
    assert "3 photos could go" in ended.err
    assert len(names(library)) == 5
    subprocess.run(["sh", tmp_path / "go.sh"], check=True)
    assert names(library) == {Path(group["keep"]).name, "e.jpg"}
    assert not (tmp_path / "gone").exists()


@pytest.mark.slow
def test_the_best_is_kept_whatever_comes_first_or_is_the_largest_file(glocal, tmp_path):
    """Not the blurred one, of which most copies cannot be proved, nor one that was written on, turned or framed."""
    folder = tmp_path / "photos"
    folder.mkdir()
    with Image.open(EXAMPLES / "stitch_kayak" / "kayak_02.jpg") as image:
        picture = image.convert("RGB")
    width, height = picture.size
    marked, framed = picture.copy(), Image.new("RGB", (width + 120, height + 160), "white")
    ImageDraw.Draw(marked).text((30, height - 70), "(c) Jane Doe", font_size=40, fill="white")
    framed.paste(picture, (60, 60))
    copies = {
        "a blurred": picture.filter(ImageFilter.GaussianBlur(5)),
        "b small": picture.resize((160, 120)),
        "c marked": marked,
        "d turned": picture.transpose(Image.Transpose.ROTATE_180),
        "e framed": framed,
        "g black and white": picture.convert("L").convert("RGB"),
        "h cut": picture.crop((width // 5, height // 5, width, height)),
    }
    for name, copy in copies.items():
        copy.save(folder / f"{name}.jpg", quality=95)
    picture.save(folder / "f original.jpg", quality=90)
    glocal("index", folder, "-c", tmp_path / "c")
    (group,) = json.loads(glocal("duplicates", "-c", tmp_path / "c", "--json").out)["groups"]
    assert Path(group["keep"]).name == "f original.jpg"
    could_go = {Path(copy["path"]).stem for copy in group["copies"] if copy["could_go"]}
    assert could_go >= copies.keys() - {"a blurred"}


@pytest.mark.slow
def test_copies_are_moved_unless_a_file_changed(glocal, library, tmp_path):
    moved = tmp_path / "moved"
    arguments = ("duplicates", "--upright", "-c", tmp_path / "c", "--keep", "oldest")
    shown = glocal(*arguments, "--paths0").out
    assert {Path(path).name for path in shown.split("\0") if path} == COPIES - {"d cut.jpg"} | {"a.jpg"}
    os.utime(library / "a.jpg")
    refused = glocal(*arguments, "--move-to", moved)
    assert "changed or gone since it was indexed" in refused.err
    assert "moved 0 files" in refused.err
    full = glocal(*arguments, "--move-to", moved)
    assert (full.code, "is not empty" in full.err) == (2, True)
    glocal("index", library, "-c", tmp_path / "c")
    content = {path.name: path.read_bytes() for path in library.iterdir()}
    shutil.rmtree(moved)
    glocal(*arguments, "--move-to", moved)
    assert names(library) == {"d cut.jpg", "e.jpg"}
    with (moved / "moved.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    assert {Path(row["from"]).name: Path(row["to"]).read_bytes() for row in rows} == {
        name: data for name, data in content.items() if name not in ("d cut.jpg", "e.jpg")
    }
