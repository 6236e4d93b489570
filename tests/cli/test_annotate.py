"""Own metadata on the command line, and searches by it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from toy_model import ToyModel
from toy_photos import save_photo

from glocal.collection import Collection

Glocal = Callable[..., Any]


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A collection of photos 0 to 3, of which 2 and 3 lie in a folder of their own."""
    folder = tmp_path / "photos"
    (folder / "late").mkdir(parents=True)
    for number in range(4):
        save_photo(folder / ("late" if number > 1 else "") / f"{number}.png", number)
    with Collection.create(tmp_path / "shelf", ToyModel()) as collection:
        collection.add([folder])
    return tmp_path / "shelf"


def metadata(glocal: Glocal, shelf: Path) -> dict[str, dict[str, Any]]:
    lines = map(json.loads, glocal("annotate", "-c", shelf).out.splitlines())
    return {Path(line["path"]).stem: line["metadata"] for line in lines}


@pytest.mark.slow
def test_what_is_set_is_shown_edited_and_removed(glocal, shelf):
    photos = shelf.parent / "photos"
    ended = glocal(
        "annotate", photos / "late", "-c", shelf, "--set", "place=Tübingen", "--set", "year=2024", "--set", "a=b=c"
    )
    assert "2 photos changed" in ended.err
    own = {"place": "Tübingen", "year": 2024, "a": "b=c"}
    assert metadata(glocal, shelf) == {"0": {}, "1": {}, "2": own, "3": own}
    shown = glocal("annotate", photos / "late", "-c", shelf).out
    (shelf.parent / "edited.jsonl").write_text(shown.replace("2024", "1999"), encoding="utf-8")
    assert "2 photos changed" in glocal("annotate", "-c", shelf, "--from", shelf.parent / "edited.jsonl").err
    assert "1 photo changed" in glocal("annotate", photos / "late" / "2.png", "-c", shelf, "--remove", "year").err
    assert metadata(glocal, shelf)["2"] == {"place": "Tübingen", "a": "b=c"}
    assert metadata(glocal, shelf)["3"]["year"] == 1999


def test_csv_as_spreadsheets_write_it(glocal, shelf, monkeypatch):
    monkeypatch.chdir(shelf.parent)
    table = 'path,place,year\r\nphotos/0.png,"Bern, Bundesplatz",1999\r\nphotos/1.png,,2001\r\n'
    Path("table.csv").write_bytes(b"\xef\xbb\xbf" + table.encode())
    assert "2 photos changed" in glocal("annotate", "-c", shelf, "--from", "table.csv").err
    shown = metadata(glocal, shelf)
    assert (shown["0"], shown["1"]) == ({"place": "Bern, Bundesplatz", "year": 1999}, {"year": 2001})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--set", "place=x"], "name the photos"),
        (["photos", "--set", "place"], "KEY=VALUE"),
        (["photos", "--set", "exif=1"], "camera wrote"),
        (["photos/9.png", "--set", "a=1"], "9.png: not in the collection"),
        (["photos/9.png"], "9.png: not in the collection"),
        (["photos", "--from", "x.csv"], "--from names its photos"),
        (["--from", "bad.csv"], "bad.csv: is neither CSV with a column path nor JSON lines"),
        (["--from", "short.csv"], "short.csv, line 3"),
        (["--from", "bad.jsonl"], "bad.jsonl, line 2"),
        (["--from", "none.csv"], "none.csv: No such file"),
    ],
)
def test_mistakes_are_one_line_and_change_nothing(glocal, shelf, monkeypatch, arguments, said):
    monkeypatch.chdir(shelf.parent)
    Path("bad.csv").write_text("photo,a\nphotos/0.png,1\n")
    Path("short.csv").write_text("path,a\nphotos/0.png,1\nphotos/1.png\n")
    Path("bad.jsonl").write_text('{"path": "photos/0.png", "metadata": {"a": 1}}\n{"path": "photos/1.png"}\n')
    ended = glocal("annotate", *arguments, "-c", shelf)
    assert ended.code == 2
    assert said in " ".join(ended.err.split())
    assert not any(metadata(glocal, shelf).values())


@pytest.mark.slow
def test_a_search_is_kept_to_photos_and_sorted(glocal, small_collection, tmp_path):
    own = shutil.copytree(small_collection, tmp_path / "own")
    with Collection.open(own) as collection:
        paths = [record.path for record in collection.photos()]
    for number, path in enumerate(paths):
        glocal(
            "annotate", path, "-c", own, "--set", f"number={number}", "--set", f"shelf={number % 2}"
        ) if number < 6 else None
    where = ("--where", f"folder={paths[0].parent}", "--where", "number>0")
    found = json.loads(glocal("search", paths[0], "-c", own, *where, "--sort=-number", "--json").out)["hits"]
    numbers = [paths.index(Path(hit["path"])) for hit in found]
    assert numbers == sorted((n for n in range(1, 6) if paths[n].parent == paths[0].parent), reverse=True)
    none = glocal("search", paths[0], "-c", own, "--where", "number=77", "--json")
    assert (json.loads(none.out)["hits"], "no photo of the collection" in none.err) == ([], True)
    bad = glocal("search", paths[0], "-c", own, "--where", "date=May")
    assert (bad.code, "dates are 2024" in bad.err) == (2, True)
