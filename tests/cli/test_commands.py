"""The main job as a person types it: index, search, look, remove; and every mistake on one line."""

import json
import shutil
import subprocess
import sys
from importlib import metadata
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
import pytest
from example_photos import EXAMPLES

from glocal.collection import Collection
from glocal.extraction import load_model

QUERY = EXAMPLES / "stitch_apartment_building" / "apartment_building_01.jpg"
OTHER_VIEW = EXAMPLES / "stitch_apartment_building" / "apartment_building_02.jpg"


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_search_puts_the_other_view_behind_the_query_itself(glocal, small_collection):
    ended = glocal("search", QUERY, "-c", small_collection, "--top", 3, "--json", "--points")
    assert ended.code == 0
    hits = json.loads(ended.out)["hits"]
    assert [Path(hit["path"]) for hit in hits[:2]] == [QUERY, OTHER_VIEW]
    assert hits[1]["probability"] > 0.5 > hits[2]["probability"]
    assert len(hits[1]["transform"]) == 3
    assert hits[1]["inliers"] == len(hits[1]["inlier_points"]) <= hits[1]["correspondences"]


@pytest.mark.slow
def test_the_table_shows_the_same(glocal, small_collection):
    ended = glocal("search", QUERY, "-c", small_collection, "--top", 2)
    assert ended.code == 0
    assert "apartment_building_02.jpg" in ended.out


@pytest.mark.slow
def test_without_verification_the_order_is_by_similarity(glocal, small_collection):
    hits = json.loads(glocal("search", QUERY, "-c", small_collection, "--rerank", 0, "--json").out)["hits"]
    assert all(hit["inliers"] is None for hit in hits)
    assert [hit["similarity"] for hit in hits] == sorted((hit["similarity"] for hit in hits), reverse=True)


@pytest.mark.slow
def test_several_views_are_one_query(glocal, small_collection):
    ended = glocal("search", QUERY, OTHER_VIEW, "--views", "-c", small_collection, "--top", 2, "--json")
    assert {Path(hit["path"]) for hit in json.loads(ended.out)["hits"]} == {QUERY, OTHER_VIEW}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["page.html", "sheet.png"])
def test_the_proof_is_saved(glocal, small_collection, tmp_path, name):
    file = tmp_path / name
    ended = glocal("search", QUERY, "-c", small_collection, "--region", "100,50,300,250", "--top", 2, "--save", file)
    assert ended.code == 0
    if name.endswith("html"):
        assert "apartment_building_02.jpg" in file.read_text()
    else:
        assert cv2.imread(str(file)).shape[1] > 1000


@pytest.mark.slow
def test_match_says_the_same_as_search(glocal, small_collection, tmp_path):
    found = json.loads(glocal("search", QUERY, "-c", small_collection, "--json").out)["hits"][1]
    picture = tmp_path / "pair.png"
    pair = json.loads(glocal("match", QUERY, OTHER_VIEW, "--json", "--points", "--save", picture).out)
    assert pair["inliers"] == found["inliers"]
    assert pair["probability"] == found["probability"]
    assert len(pair["inlier_points"]) == pair["inliers"]
    plain = cv2.imread(str(picture))
    glocal("match", QUERY, OTHER_VIEW, "--attention", "--save", picture)
    heat = cv2.imread(str(picture))
    # Both are darkened where the photos do not agree, or nothing is seen: what is left differs by its colours.
    assert np.abs(cv2.resize(heat, plain.shape[1::-1]).astype(float) - plain).mean() > 10


@pytest.mark.slow
def test_index_again_does_nothing_and_remove_forgets(glocal, tmp_path):
    photos, collection = tmp_path / "photos", tmp_path / "collection"
    shutil.copytree(EXAMPLES / "triple_skull", photos)
    (photos / "broken.jpg").write_bytes(b"no photo")
    first = glocal("index", photos, "-c", collection, "--json")
    report = json.loads(first.out)
    assert (report["added"], report["photos"], len(report["unreadable"])) == (3, 3, 1)
    again = json.loads(glocal("index", photos, "-c", collection, "--json").out)
    assert (again["added"], again["unchanged"], len(again["unreadable"])) == (0, 3, 1)
    plain = glocal("index", photos, "-c", collection)
    assert "unchanged" in plain.err
    one = next(photos.glob("skull*.jpg"))
    one.unlink()
    assert json.loads(glocal("info", "-c", collection, "--json").out)["missing"] == [str(one)]
    assert json.loads(glocal("remove", "--missing", "-c", collection, "--json").out) == {"removed": 1, "photos": 2}


@pytest.mark.slow
def test_duplicates_are_copies_not_views(glocal, tmp_path):
    photos, collection = tmp_path / "photos", tmp_path / "collection"
    photos.mkdir()
    first, other_view = sorted((EXAMPLES / "triple_turkey").iterdir())[:2]
    shutil.copy(first, photos / "a.jpg")
    shutil.copy(other_view, photos / "b.jpg")
    picture = cv2.imread(str(first))
    cv2.imwrite(str(photos / "crop.jpg"), cv2.resize(picture[40:-20, 60:-30], None, fx=0.7, fy=0.7))
    glocal("index", photos, "-c", collection)
    ended = glocal("duplicates", "-c", collection, "--upright", "--json")
    (group,) = json.loads(ended.out)["groups"]
    assert [Path(path).name for path in group["paths"]] == ["a.jpg", "crop.jpg"]


def test_info_needs_no_network(glocal, tmp_path):
    card = tmp_path / "card.json"
    weights = Path(str(files("glocal"))) / "weights"
    shutil.copy(weights / "delg-lite1.json", card)
    described = glocal("info", "--model", card)
    assert (described.code, "delg-lite1" in described.out) == (0, True)
    folder, model = tmp_path / "collection", tmp_path / "model"
    shutil.copytree(weights, model)
    with Collection.create(folder, load_model(model / "delg-lite1.json", preset="paper")):
        pass
    shutil.rmtree(model)
    facts = json.loads(glocal("info", "-c", folder, "--json").out)
    assert (facts["model"], facts["preset"], facts["precision"]) == ("delg-lite1", "paper", "float32")


def test_info_tells_what_the_model_is(glocal):
    card = json.loads(glocal("info", "--json").out)
    assert card["name"] == "delg-lite1"
    assert card["calibration"]
    page = glocal("info").out
    assert "licence" in page
    assert "{" not in page  # a page for people, no Python objects


@pytest.mark.slow
def test_info_names_the_first_of_what_is_wrong(glocal, tmp_path):
    photos, collection = tmp_path / "photos", tmp_path / "collection"
    photos.mkdir()
    for number in range(7):
        (photos / f"{number}.jpg").write_bytes(b"no photo %d" % number)
    shutil.copy(QUERY, photos / "good.jpg")
    glocal("index", photos, "-c", collection)
    (photos / "good.jpg").unlink()
    page = glocal("info", "-c", collection).out
    assert "unreadable  7" in page
    assert "4.jpg" in page
    assert "5.jpg" not in page
    assert "and 2 more" in page
    again = glocal("index", photos, "-c", collection)
    assert "1 gone from disk; to forget them: glocal remove --missing" in again.err


def test_the_version_is_that_of_the_package(glocal):
    ended = glocal("--version")
    assert (ended.code, ended.out) == (0, f"glocal {metadata.version('glocal')}\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["search", "no-such.jpg"], ["no-such.jpg", "no such file"]),
        (["search", __file__], ["test_commands.py", "not a photo"]),
        (["search", QUERY, "--region", "600,0,500,100"], [QUERY.name, "leaves the photo"]),
        (["search", QUERY, "--region", "1,2,3"], ["--region 1,2,3", "X,Y,W,H"]),
        (["search", QUERY, "--save", "proof.txt"], ["proof.txt", ".html"]),
        (["search", QUERY, OTHER_VIEW, "--views", "--region", "0,0,50,50"], ["region", "one photo"]),
        (["remove", "no-such.jpg"], ["no-such.jpg", "not in the collection"]),
        (["index", "no-such-folder"], ["no-such-folder", "no such file"]),
        (["index", QUERY, "--preset", "paper"], ["indexed with", "preset fast"]),
        (["index", QUERY, "--model", "nonsense"], ["nonsense", "delg-lite1"]),
    ],
)
def test_a_mistake_is_one_line_and_changes_nothing(glocal, small_collection, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    before = snapshot(small_collection)
    ended = glocal(*arguments, "-c", small_collection)
    assert ended.code == 2
    assert ended.out == ""
    assert ended.err.startswith("glocal: ")
    assert ended.err.count("\n") == 1
    assert all(word in ended.err for word in words)
    assert snapshot(small_collection) == before
    assert list(tmp_path.iterdir()) == []


def test_a_missing_collection_is_not_made_by_searching(glocal, tmp_path):
    ended = glocal("search", QUERY, "-c", tmp_path / "none")
    assert ended.code == 2
    assert "no collection here" in ended.err
    assert ended.err.count("\n") == 1
    assert not (tmp_path / "none").exists()


def test_passed_over_files_are_said(glocal, tmp_path):
    (tmp_path / "photos" / ".ipynb_checkpoints").mkdir(parents=True)
    (tmp_path / "photos" / "notes.txt").write_text("no photo")
    ended = glocal("index", tmp_path / "photos", "-c", tmp_path / "collection")
    assert ended.code == 0
    assert "passed over: 1 hidden name, 1 file that glocal does not read (1 .txt)\n" in ended.err


@pytest.mark.slow
def test_the_real_program_runs_without_pytorch(small_collection):
    code = (
        "import sys\nfrom glocal.cli import main\n"
        "try:\n    main(sys.argv[1:])\nfinally:\n"
        "    print([name for name in ('torch', 'timm', 'fastapi') if name in sys.modules], file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, "search", str(QUERY), "-c", str(small_collection), "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert Path(json.loads(ended.stdout)["hits"][1]["path"]) == OTHER_VIEW
    assert ended.stderr.strip() == "[]"


@pytest.mark.slow
def test_where_nothing_is_proved_it_says_how_to_look_harder(glocal, small_collection):
    said = "nothing is proved; --mode thorough looks harder"
    unlike = EXAMPLES / "pixabay" / "cat01.jpg"
    assert said in glocal("search", unlike, "-c", small_collection, "--mode", "fast").err
    assert said not in glocal("search", unlike, "-c", small_collection, "--mode", "thorough").err
    assert said not in glocal("search", QUERY, "-c", small_collection, "--mode", "fast").err
