"""A collection of four things, sorted into its albums."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


@pytest.mark.slow
def test_each_thing_is_an_album(glocal, small_collection, tmp_path):
    links = tmp_path / "links"
    ended = glocal("group", "-c", small_collection, "--link-to", links, "--json")
    assert ended.code == 0
    answer = json.loads(ended.out)
    folders = [{Path(path).parent.name for path in album["photos"]} for album in answer["albums"]]
    assert all(len(folder) == 1 for folder in folders)  # no album of two things
    assert {folder.pop() for folder in folders} >= {"stitch_apartment_building", "triple_turkey", "triple_skull"}
    for album in answer["albums"]:
        made = sorted((links / album["name"]).iterdir())
        assert [str(link.resolve()) for link in made] == album["photos"]
        assert len(album["links"]) >= len(album["photos"]) - 1
    table = glocal("group", "-c", small_collection, "--min-photos", 3)
    assert "stitch_apartment_building" not in table.out  # it has two
    assert "of 12 photos" in table.err
