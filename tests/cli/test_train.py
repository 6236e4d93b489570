"""`glocal train` as a process: any data set, broken photos, no labels, the preview."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from example_photos import EXAMPLES

pytest.importorskip("torch")
pytestmark = [pytest.mark.train, pytest.mark.slow]

REPOSITORY = Path(__file__).parents[2]
IDENTITIES = ("stitch_apartment_building", "stitch_kayak", "triple_books", "triple_skull")
SMALL = {
    "network.backbone": "test_resnet",
    "network.weights": "random",
    "network.global_dimensions": "8",
    "network.attention_hidden": "8",
    "steps": "2",
    "batch": "4",
    "side": "64",
    "start.side": "64",
}


@pytest.fixture
def photos(tmp_path):
    for name in IDENTITIES:
        shutil.copytree(EXAMPLES / name, tmp_path / "photos" / name)
    return tmp_path / "photos"


def train(*arguments, recipe="adapt", **settings):
    given = [f"--set={key}={value}" for key, value in {**SMALL, **settings}.items()]
    program = [sys.executable, "-c", "from glocal.cli import main; main()"]
    command = [*program, "train", *map(str, arguments), "--recipe", recipe, *given]
    environment = {**os.environ, "COLUMNS": "200", "OMP_NUM_THREADS": "1"}
    ended = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=300)
    assert "Traceback" not in ended.stderr
    return ended


def count(photos):
    return sum(path.suffix == ".jpg" for path in photos.rglob("*"))


def test_without_labels_each_photo_is_a_class_and_trains_attention(photos, tmp_path):
    ended = train(photos, "--labels", "none", "--out", tmp_path / "run", "--json")
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    assert report["photos"] == report["classes"] == count(photos)
    steps = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert all(step["attention"] > 0 for step in steps)


def test_a_csv_file_with_broken_and_missing_photos_trains_and_lists_them(photos, tmp_path):
    file = tmp_path / "labels.csv"
    paths = sorted(path.relative_to(tmp_path) for path in photos.rglob("*.jpg"))
    rows = [f"{path},{path.parent.name}" for path in paths] + ["photos/gone.jpg,gone"]
    file.write_text("\n".join(["path,label", *rows]))
    (tmp_path / paths[3]).write_bytes((tmp_path / paths[3]).read_bytes()[:900])
    ended = train(file, "--out", tmp_path / "run", "--json", "--memory", 1, "--workers", 2, recipe="baseline")
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    assert report["photos"] == len(paths) - 1
    assert len(report["skipped"]) == 2
    assert (tmp_path / "run" / "skipped.txt").read_text().splitlines() == report["skipped"]
    assert str(paths[3]) in report["skipped"][0]
    assert "gone.jpg" in ended.stderr


def test_google_landmarks_train_and_validate_on_a_fifth(photos, tmp_path):
    root, rows = tmp_path / "gld", []
    for landmark, name in enumerate(IDENTITIES):
        ids = []
        for number, photo in enumerate(sorted((photos / name).glob("*.jpg")) * 4):
            ids.append(f"{landmark:04x}{number:04x}")
            target = root.joinpath(*ids[-1][:3], f"{ids[-1]}.jpg")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(photo, target)
        rows.append(f"{landmark},{' '.join(ids)}")
    (root / "train_clean.csv").write_text("\n".join(["landmark_id,images", *rows]))
    shared = {"data.validate_share": "0.2"}
    ended = train(root, "--out", tmp_path / "run", "--json", recipe="baseline", **shared)
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    sizes = [len(row.split()) for row in rows]
    assert report["photos"] == sum(size - max(1, int(0.2 * size)) for size in sizes)
    assert report["classes"] == 4
    assert 0 < report["validation"] <= 1


def test_the_preview_shows_the_first_batch_and_does_not_train(photos, tmp_path):
    ended = train(photos, "--labels", "none", "--out", tmp_path / "run", "--preview", tmp_path / "views.png")
    assert ended.returncode == 0, ended.stderr
    assert cv2.imread(str(tmp_path / "views.png")).shape == (152, 152, 3)  # 2 x 2 views of 64, gaps of 8
    assert not (tmp_path / "run").exists()


def test_mistakes_are_explained_on_one_line(photos, tmp_path):
    (tmp_path / "labels.csv").write_text("a.jpg,x\nb.jpg\n")
    ended = train(tmp_path / "labels.csv", "--out", tmp_path / "run")
    assert ended.returncode == 2
    assert "labels.csv:2: 1 columns instead of path,label" in ended.stderr
    ended = train(photos, "--out", tmp_path / "run", **{"data.weights.other": "1.0"})
    assert ended.returncode == 2
    assert "data.weights names other, no set to train on; there are: photos" in ended.stderr
    ended = train(photos, "--labels", "none", "--out", tmp_path / "run", recipe="baseline")
    assert ended.returncode == 2
    assert "set data.instances = true" in ended.stderr


def test_pack_with_a_teacher_and_train_on_what_was_packed(photos, tmp_path):
    program = [sys.executable, "-c", "from glocal.cli import main; main()", "pack", str(photos), "--json"]
    options = [
        "--out",
        str(tmp_path / "packed"),
        "--teacher",
        "delg-lite1",
        "--side",
        "64",
        "--work",
        str(tmp_path / "w"),
    ]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    ended = subprocess.run(
        [*program, *map(str, options)], cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=300
    )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["photos"] == count(photos)
    views = {"data.views": "2", "losses.distillation": "1", "losses.relation": "1"}
    ended = train(tmp_path / "packed", "--out", tmp_path / "run", "--minutes", 0, "--half", recipe="baseline", **views)
    assert ended.returncode == 0, ended.stderr
    assert "stopped after 1 of 2 steps" in ended.stderr
