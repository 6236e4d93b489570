"""From photos to numbers with the bundled model, against the same steps written out one by one."""

import json
from pathlib import Path

import numpy as np
import pytest
from example_photos import EXAMPLES
from PIL import Image

from glocal.evaluation.datasets.folder_set import held_out_set, leave_one_out_set
from glocal.evaluation.datasets.photo_set import PhotoSet, own_set
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.runs.ranker_comparison import compare_rankers
from glocal.evaluation.runs.retrieval import Plan, evaluate_photos
from glocal.extraction import Model, load_model
from glocal.images import photo_size
from glocal.matching import match_features

PLACES = ("stitch_apartment_building", "stitch_mountain", "triple_books", "triple_skull")


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two small views each of four things."""
    folder = tmp_path_factory.mktemp("folders")
    for place in PLACES:
        (folder / place).mkdir()
        for path in sorted((EXAMPLES / place).glob("*.jpg"))[:2]:
            with Image.open(path) as image:
                image.thumbnail((256, 256))
                image.save(folder / place / path.name)
    return folder


@pytest.fixture
def own(folders: Path, tmp_path: Path) -> PhotoSet:
    """The first view of each thing is a query of which a box is searched; one photo is junk for another."""
    paths = sorted(folders.glob("*/*.jpg"))
    queries, photos = paths[::2], paths[1::2]
    boxes = []
    for path in queries:
        width, height = photo_size(path)
        boxes.append([0.1 * width, 0.1 * height, 0.9 * width, 0.9 * height])
    truths = [
        {"bbx": box, "easy": [number], "hard": [(number + 1) % 4], "junk": [(number + 2) % 4]}
        for number, box in enumerate(boxes)
    ]
    listed = {
        "imlist": [path.relative_to(folders).as_posix() for path in photos],
        "qimlist": [path.relative_to(folders).as_posix() for path in queries],
        "gnd": truths,
    }
    (tmp_path / "own.json").write_text(json.dumps(listed))
    return own_set(tmp_path / "own.json", folders)


@pytest.mark.slow
def test_revisited_from_pixels_to_numbers(own: PhotoSet, model: Model, tmp_path: Path) -> None:
    evaluation = evaluate_photos(own, model, tmp_path / "work", Plan("inliers", depth=2))
    database = [model.extract(path) for path in own.photos]
    expected: dict[str, list[float]] = {"easy": [], "medium": [], "hard": []}
    before: dict[str, list[float]] = {"easy": [], "medium": [], "hard": []}
    for number, (path, query) in enumerate(zip(own.queries, own.annotations.queries, strict=True)):
        x1, y1, x2, y2 = (round(corner) for corner in query.box or ())
        features = model.extract(path, (x1, y1, x2 - x1, y2 - y1), as_inside=True)
        similarity = [float(features.global_descriptor @ other.global_descriptor) for other in database]
        inliers = [match_features(features.compact(), other.compact()).inlier_count for other in database]
        easy, hard, junk = number, (number + 1) % 4, (number + 2) % 4
        for name, right, ignored in (
            ("easy", {easy}, {junk, hard}),
            ("medium", {easy, hard}, {junk}),
            ("hard", {hard}, {junk, easy}),
        ):
            kept = sorted(set(range(4)) - ignored, key=lambda row: -similarity[row])
            ranked = sorted(kept[:2], key=lambda row: (-inliers[row], -similarity[row])) + kept[2:]
            for order, into in ((kept, before), (ranked, expected)):
                places = [place for place, row in enumerate(order) if row in right]
                area = sum(((i / p if p else 1) + (i + 1) / (p + 1)) / 2 for i, p in enumerate(places))
                into[name].append(area / len(right))
    for result in evaluation.results:
        measured = [query.average_precision for query in result.queries]
        assert measured == pytest.approx(expected[result.protocol], abs=1e-12)
        assert [query.before for query in result.queries] == pytest.approx(before[result.protocol], abs=1e-12)
        assert result.metrics["mAP"] == pytest.approx(np.mean(expected[result.protocol]))
        assert result.before["mAP"] == pytest.approx(np.mean(before[result.protocol]))
    assert evaluation.setting["crop"] == "box"
    assert evaluation.setting["model_hash"] == model.fingerprint
    assert [stage.name for stage in evaluation.stages][:3] == ["extract database", "extract queries", "rank"]
    assert all(photo.inliers is not None for photo in evaluation.examples[0].ranking[:1])


@pytest.mark.slow
def test_folders_run_again_extract_nothing(folders: Path, model: Model, tmp_path: Path) -> None:
    photos = leave_one_out_set(folders)
    first = evaluate_photos(photos, model, tmp_path, Plan("inliers"))
    again = evaluate_photos(photos, model, tmp_path, Plan("inliers"))
    assert first.results == again.results
    assert first.stages[0].items == 8
    assert again.stages[0].items == 0
    (result,) = first.results
    assert set(result.metrics) == {"mAP", "R@1", "R@5", "R@10"}
    # Each thing has one other view, and small as they are, these are easy.
    assert result.before["R@5"] == 1.0
    assert all(head.path != example.query for example in first.examples for head in example.ranking[1:])


@pytest.mark.slow
def test_rankers_on_held_out_queries(folders: Path, model: Model, tmp_path: Path) -> None:
    table = compare_rankers(held_out_set(folders, every=2), model, tmp_path)
    names = [result.protocol for result in table.results]
    assert names[0] == "global descriptors alone"
    assert {"inliers, first 100", "refinement, first 400", "expansion, first all"} <= set(names)
    assert all(0 <= result.metrics["mAP"] <= 1 for result in table.results)


def test_what_cannot_work_is_refused_before_extraction(folders: Path, model: Model, tmp_path: Path) -> None:
    photos = leave_one_out_set(folders)
    with pytest.raises(EvaluationError, match="each query is one of them"):
        evaluate_photos(photos, model, tmp_path / "work", Plan("expansion"))
    with pytest.raises(EvaluationError, match="no ranker is called 'magic'"):
        Plan("magic")
    with pytest.raises(EvaluationError, match="needs at least 1"):
        Plan("inliers", depth=0)
    assert not (tmp_path / "work").exists()


def test_an_unreadable_photo_is_named(folders: Path, model: Model, tmp_path: Path) -> None:
    for number in range(2):
        (tmp_path / "set" / "thing").mkdir(parents=True, exist_ok=True)
        (tmp_path / "set" / "thing" / f"{number}.jpg").write_bytes(b"no photo at all")
    with pytest.raises(EvaluationError, match=r"0\.jpg: .*every photo of the set is needed"):
        evaluate_photos(leave_one_out_set(tmp_path / "set"), model, tmp_path / "work")
