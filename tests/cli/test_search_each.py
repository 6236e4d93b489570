"""Many queries in one command, and hits that go on to the next tool."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from example_photos import EXAMPLES

HOUSE, HOUSE_AGAIN = (EXAMPLES / "stitch_apartment_building" / f"apartment_building_0{n}.jpg" for n in (1, 2))
TURKEY = EXAMPLES / "triple_turkey" / "turkey_01.jpg"


def lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


@pytest.mark.slow
def test_each_photo_is_a_query_for_itself(glocal, small_collection):
    """The answers are those of one search each, in the order given."""
    ended = glocal("search", HOUSE, TURKEY, "--each", "-c", small_collection, "--top", 3, "--json")
    assert ended.code == 0
    answers = lines(ended.out)
    assert [answer["query"] for answer in answers] == [str(HOUSE), str(TURKEY)]
    for answer in answers:
        alone = json.loads(glocal("search", answer["query"], "-c", small_collection, "--top", 3, "--json").out)
        assert answer["hits"] == alone["hits"]


@pytest.mark.slow
def test_a_folder_and_what_cannot_be_read_in_it(glocal, small_collection, tmp_path):
    shutil.copy(HOUSE, tmp_path / "a.jpg")
    (tmp_path / "b.jpg").write_bytes(b"no photo")
    (tmp_path / "c.mov").write_bytes(b"film")
    ended = glocal("search", tmp_path, "--each", "-c", small_collection, "--top", 1, "--json")
    assert ended.code == 1
    good, bad = lines(ended.out)
    assert Path(good["hits"][0]["path"]) == HOUSE
    assert (Path(bad["query"]).name, "not a photo" in bad["error"]) == ("b.jpg", True)
    assert "1 .mov" in ended.err
    assert "2 queries, 1 could not be read" in ended.err


@pytest.mark.slow
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\0"])
def test_a_list_on_standard_input(small_collection, tmp_path, end):
    odd = tmp_path / os.fsdecode(b"caf\xe9 1.jpg")
    shutil.copy(HOUSE, odd)
    command = [sys.executable, "-m", "glocal", "search", "-", "--each", "-c", str(small_collection), "--csv"]
    listed = end.join([os.fsencode(odd), os.fsencode(TURKEY), b""])
    ended = subprocess.run([*command, "--top", "1"], input=listed, capture_output=True, check=True)
    rows = list(csv.DictReader(io.StringIO(ended.stdout.decode(errors="surrogateescape"))))
    assert [Path(row["photo"]) for row in rows] == [HOUSE, TURKEY]
    assert [row["rank"] for row in rows] == ["1", "1"]


@pytest.mark.slow
def test_only_what_is_proved_and_not_the_query_itself(glocal, small_collection):
    ended = glocal("search", HOUSE, "-c", small_collection, "--proved", "--not-self", "--json")
    hits = json.loads(ended.out)["hits"]
    assert HOUSE not in {Path(hit["path"]) for hit in hits}
    assert HOUSE_AGAIN in {Path(hit["path"]) for hit in hits}
    assert {hit["verdict"] for hit in hits} == {"proved"}
    likely = json.loads(glocal("search", HOUSE, "-c", small_collection, "--min-probability", 0.5, "--json").out)["hits"]
    assert len(likely) >= 2
    assert min(hit["probability"] for hit in likely) >= 0.5


@pytest.mark.slow
def test_paths_for_the_next_program(glocal, small_collection):
    ended = glocal("search", HOUSE, "-c", small_collection, "--top", 2, "--paths0")
    assert ended.out == f"{HOUSE}\0{HOUSE_AGAIN}\0"


@pytest.mark.slow
def test_files_of_hits_are_copied_or_linked_and_nothing_is_overwritten(glocal, small_collection, tmp_path):
    there, links = tmp_path / "copies", tmp_path / "links"
    asked = ("search", HOUSE, "-c", small_collection, "--top", 2, "--copy-to", there)
    assert glocal(*asked, "--link-to", links).code == 0
    names = ["0001_apartment_building_01.jpg", "0002_apartment_building_02.jpg"]
    assert sorted(path.name for path in there.iterdir()) == names
    assert (there / names[1]).read_bytes() == HOUSE_AGAIN.read_bytes()
    assert [(links / name).resolve() for name in names] == [HOUSE, HOUSE_AGAIN]
    again = glocal(*asked)
    assert again.code == 2
    assert f"{there / names[0]}: is there already" in again.err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((HOUSE, TURKEY), "--each"),
        ((EXAMPLES,), "--each"),
        (("-",), "--each"),
        ((HOUSE, "--each", "--views"), "--views"),
        ((HOUSE, "--json", "--csv"), "choose one"),
        ((HOUSE, "--open"), "--save"),
    ],
)
def test_what_does_not_go_together_is_explained(glocal, small_collection, arguments, word):
    ended = glocal("search", *arguments, "-c", small_collection)
    assert ended.code == 2
    assert word in ended.err
    assert ended.out == ""
