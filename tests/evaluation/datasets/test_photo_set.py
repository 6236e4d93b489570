"""Finding sets on disk: what is missing or wrong is said before anything is computed."""

import json
import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glocal.evaluation.datasets.annotations import Annotations, Protocol
from glocal.evaluation.datasets.benchmarks import DATASETS, GLDV2, R1M, ROXFORD5K, RPARIS6K
from glocal.evaluation.datasets.completeness import check
from glocal.evaluation.datasets.folder_set import held_out_set, leave_one_out_set, ukbench_set
from glocal.evaluation.datasets.photo_set import official_set, own_set
from glocal.evaluation.errors import EvaluationError
from glocal.images import encode

MakeAnnotations = Callable[[int, int, int], Annotations]


def as_published(annotations: Annotations) -> dict[str, object]:
    truths = [
        {"bbx": list(query.box or ()), **{kind: getattr(query, kind).tolist() for kind in ("easy", "hard", "junk")}}
        for query in annotations.queries
    ]
    return {
        "imlist": list(annotations.photos),
        "qimlist": [query.name for query in annotations.queries],
        "gnd": truths,
    }


OXFORD = replace(ROXFORD5K, photos=1500, queries=30)
"""The official set with fewer photos and queries, to keep the test quick."""


@pytest.fixture
def oxford(tmp_path: Path, random_annotations: MakeAnnotations) -> Path:
    """A folder of the official form: tiny files, and query photos of 400 x 400 pixels."""
    folder = tmp_path / "roxford5k"
    (folder / "jpg").mkdir(parents=True)
    annotations = random_annotations(0, OXFORD.photos, OXFORD.queries)
    (folder / "gnd_roxford5k.pkl").write_bytes(pickle.dumps(as_published(annotations)))
    picture = encode(np.zeros((400, 400, 3), np.uint8), "jpg")
    for name in annotations.photos:
        (folder / "jpg" / f"{name}.jpg").write_bytes(b"x")
    for query in annotations.queries:
        (folder / "jpg" / f"{query.name}.jpg").write_bytes(picture)
    return folder


def test_a_complete_set(oxford: Path) -> None:
    assert check(OXFORD, oxford).complete
    photos = official_set(OXFORD, oxford)
    assert len(photos.photos) == 1500
    assert photos.name == "roxford5k"
    # The box 1.5, 2, 300.25, 400: corners rounded (half to even), not extended.
    assert set(photos.regions) == {(2, 2, 298, 398)}


def test_official_counts() -> None:
    assert (ROXFORD5K.photos, ROXFORD5K.queries) == (4993, 70)
    assert (RPARIS6K.photos, RPARIS6K.queries) == (6322, 70)
    assert R1M.photos == 1_001_001
    assert [split.photos for split in GLDV2.splits] == [117_577, 761_757, 4_132_914]


def test_missing_photos_are_counted_and_named(oxford: Path) -> None:
    for number in (7, 8, 9, 10):
        (oxford / "jpg" / f"photo_{number:05}.jpg").unlink()
    (oxford / "jpg" / "query_3.jpg").write_bytes(b"")
    report = check(OXFORD, oxford)
    assert not report.complete
    problem = report.findings[1].problem or ""
    assert problem.startswith("5 of 1530 photos are missing or empty: photo_00007.jpg")
    assert report.findings[1].sources == ("https://www.robots.ox.ac.uk/~vgg/data/oxbuildings/oxbuild_images-v1.tgz",)
    with pytest.raises(EvaluationError, match="1 of 30 photos are missing or empty: query_3"):
        official_set(OXFORD, oxford)
    with pytest.raises(EvaluationError, match="missing or empty"):
        report.require()


def test_annotations_of_the_other_city(oxford: Path) -> None:
    shutil.copy(oxford / "gnd_roxford5k.pkl", oxford / "gnd_rparis6k.pkl")
    message = "1500 photos and 30 queries instead of the 6322 and 70 of rparis6k"
    with pytest.raises(EvaluationError, match=message):
        official_set(RPARIS6K, oxford)
    finding = check(RPARIS6K, oxford).findings[0]
    assert finding.problem == message
    assert finding.sources == ("http://cmp.felk.cvut.cz/revisitop/data/datasets/rparis6k/gnd_rparis6k.pkl",)


def test_a_box_outside_its_photo(oxford: Path) -> None:
    Image.new("RGB", (200, 400)).save(oxford / "jpg" / "query_5.jpg")
    with pytest.raises(EvaluationError, match=r"query_5\.jpg: box .* leaves the photo of 200 x 400"):
        official_set(OXFORD, oxford)


def test_too_few_distractors(oxford: Path, tmp_path: Path) -> None:
    (tmp_path / "revisitop1m.txt").write_text("1/a.jpg\n2/b\n")
    with pytest.raises(EvaluationError, match="lists 2 distractors instead of 1001001"):
        official_set(OXFORD, oxford, tmp_path)
    names, photos = check(R1M, tmp_path).findings
    assert names.problem == "2 names instead of 1001001"
    assert photos.problem == "2 of 2 photos are missing or empty: a.jpg, b.jpg"
    with pytest.raises(EvaluationError, match=r"revisitop1m\.txt: cannot be read"):
        official_set(OXFORD, oxford, tmp_path / "absent")


def test_google_landmarks(tmp_path: Path) -> None:
    report = check(GLDV2, tmp_path)
    assert not report.complete
    assert report.findings[0].sources[0].endswith("/ground_truth/recognition_solution_v2.1.csv")
    (tmp_path / "index.csv").write_text("id\n0123456789abcdef\n")
    index = next(finding for finding in check(GLDV2, tmp_path).findings if finding.what.startswith("index:"))
    assert index.problem == "index.csv lists 1 photos instead of 761757"
    assert len(index.sources) == 100


def test_official_addresses() -> None:
    assert set(DATASETS) == {"roxford5k", "rparis6k", "r1m", "gldv2"}
    assert len(R1M.downloads) == 101
    assert R1M.downloads[-1].url.endswith("/revisitop1m.100.tar.gz")
    archives = {download.url: download for download in GLDV2.downloads}
    assert len(archives) == 6 + 20 + 100 + 500
    first = archives["https://s3.amazonaws.com/google-landmark/index/images_000.tar"]
    assert first.md5_url == "https://s3.amazonaws.com/google-landmark/md5sum/index/md5.images_000.txt"
    assert first.unpack == "index"


def test_own_set_in_json(tmp_path: Path) -> None:
    for name in ("a.png", "b.jpg", "q.jpg"):
        Image.new("RGB", (20, 10)).save(tmp_path / name)
    content = {"imlist": ["a.png", "b"], "qimlist": ["q"], "gnd": [{"ok": [1], "bbx": [0, 0, 20.4, 10]}]}
    (tmp_path / "mine.json").write_text(json.dumps(content))
    photos = own_set(tmp_path / "mine.json", tmp_path)
    assert photos.name == "mine"
    assert [path.name for path in (*photos.photos, *photos.queries)] == ["a.png", "b.jpg", "q.jpg"]
    assert photos.regions == ((0, 0, 20, 10),)
    (tmp_path / "q.jpg").write_bytes(b"text")
    with pytest.raises(EvaluationError, match=r"q\.jpg: .*; every photo of the set is needed"):
        own_set(tmp_path / "mine.json", tmp_path)


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    for name in ("aix/0.jpg", "aix/1.jpg", "aix/deep/2.jpg", "nice/0.JPG", "nice/1.png", "alone/0.jpg", "stray.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "aix" / "notes.txt").write_text("not a photo")
    return tmp_path


def test_leave_one_out(folders: Path) -> None:
    photos = leave_one_out_set(folders)
    names = [path.relative_to(folders).as_posix() for path in photos.photos]
    assert names == ["aix/0.jpg", "aix/1.jpg", "aix/deep/2.jpg", "alone/0.jpg", "nice/0.JPG", "nice/1.png"]
    assert photos.query_rows == (0, 1, 2, 3, 4, 5)
    labels = [
        (query.positives(Protocol.EASY).tolist(), query.ignored(Protocol.EASY).tolist())
        for query in photos.annotations.queries
    ]
    assert labels == [([1, 2], [0]), ([0, 2], [1]), ([0, 1], [2]), ([], [3]), ([5], [4]), ([4], [5])]
    assert leave_one_out_set(folders, "n*").query_rows == (4, 5)


def test_stray_files_and_links_change_nothing_but_are_counted(folders: Path, tmp_path: Path) -> None:
    clean = [query.positives(Protocol.EASY).tolist() for query in leave_one_out_set(folders).annotations.queries]
    for stray in ("aix/.ipynb_checkpoints/0-checkpoint.jpg", "nice/._0.JPG", ".trash/old/0.jpg"):
        (folders / stray).parent.mkdir(parents=True, exist_ok=True)
        (folders / stray).write_bytes(b"another")
    (folders / "nice/zagain.jpg").symlink_to("0.JPG")
    for photos in (leave_one_out_set(folders), held_out_set(folders, every=2)):
        assert photos.passed_over == (
            "passed over: 3 hidden names, 1 file that glocal does not read (1 .txt), "
            "1 further link to the same file or folder, 1 photo in no subfolder"
        )
    found = [query.positives(Protocol.EASY).tolist() for query in leave_one_out_set(folders).annotations.queries]
    assert found == clean


def test_an_identity_may_be_a_linked_folder(folders: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "6.jpg").write_bytes(b"6")
    (elsewhere / "7.jpg").write_bytes(b"7")
    (folders / "linked").symlink_to(elsewhere)
    photos = leave_one_out_set(folders, "linked")
    assert photos.queries == (elsewhere.resolve() / "6.jpg", elsewhere.resolve() / "7.jpg")
    assert [len(query.easy) for query in photos.annotations.queries] == [1, 1]


def test_held_out_queries_are_not_in_the_database(folders: Path) -> None:
    photos = held_out_set(folders, every=2)
    assert not set(photos.queries) & set(photos.photos)
    assert [path.relative_to(folders).as_posix() for path in photos.queries] == [
        "aix/0.jpg",
        "aix/deep/2.jpg",
        "nice/0.JPG",
    ]
    rows = [query.positives(Protocol.EASY) for query in photos.annotations.queries]
    found = [[photos.photos[row].parent.name for row in row_list] for row_list in rows]
    assert found == [["aix"], ["aix"], ["nice"]]


def test_folders_with_nothing_to_find(folders: Path, tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"'z.*' has two photos"):
        held_out_set(folders, "z*")
    with pytest.raises(EvaluationError, match="no such folder"):
        leave_one_out_set(tmp_path / "absent")
    (tmp_path / "flat").mkdir()
    with pytest.raises(EvaluationError, match="a folder of its own"):
        leave_one_out_set(tmp_path / "flat")
    with pytest.raises(EvaluationError, match=r"aix: 3 photos; ukbench has four"):
        ukbench_set(folders)


def test_ukbench(tmp_path: Path) -> None:
    for number in range(8):
        path = tmp_path / str(number // 4) / f"{number % 4}.jpg"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    photos = ukbench_set(tmp_path)
    assert photos.measures.cutoffs == (3,)
    assert np.bincount([len(query.easy) for query in photos.annotations.queries]).tolist() == [0, 0, 0, 8]
