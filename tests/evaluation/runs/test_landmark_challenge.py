"""Google Landmarks in miniature: real photos in the official folders, and lists in the official form."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from example_photos import EXAMPLES
from PIL import Image

from glocal.evaluation.datasets.landmark_files import photo_path, read_recognition_solution, read_retrieval_solution
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.ranking.ranking import nearest, rank
from glocal.evaluation.runs.landmark_challenge import run_recognition, run_retrieval
from glocal.extraction import load_model

PLACES = {"apartment": "stitch_apartment_building", "mountain0": "stitch_mountain", "skull0000": "triple_skull"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The first view of each place is a test photo, the second lies in index and train."""
    for name, folder in PLACES.items():
        views = sorted((EXAMPLES / folder).glob("*.jpg"))[:2]
        for splits, view in ((("test",), views[0]), (("index", "train"), views[1])):
            for split in splits:
                path = photo_path(tmp_path / split, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                with Image.open(view) as image:
                    image.thumbnail((200, 200))
                    image.save(path)
    write(tmp_path / "index.csv", "id\n" + "\n".join(PLACES) + "\n")
    write(tmp_path / "train.csv", "id,url,landmark_id\napartment,,5\nmountain0,,6\nskull0000,,7\n")
    return tmp_path


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_retrieval(data: Path) -> None:
    rows = "apartment,apartment,Public\nmountain0,mountain0,Private\nskull0000,None,Ignored\n"
    solution = read_retrieval_solution(write(data / "solution.csv", "id,images,Usage\n" + rows))
    evaluation = run_retrieval(data, load_model(), data / "work", solution, rerank=2)
    assert [result.protocol for result in evaluation.results] == ["private", "public"]
    assert [result.metrics for result in evaluation.results] == [{"mAP@100": 1.0}, {"mAP@100": 1.0}]
    assert evaluation.setting["queries"] == 2
    names = [stage.name for stage in evaluation.stages]
    assert names == ["extract test", "extract index", "rank", "match"]


@pytest.mark.slow
def test_recognition(data: Path) -> None:
    rows = "apartment,5,Public\nmountain0,6,Private\nskull0000,,Private\n"
    solution = read_recognition_solution(write(data / "solution.csv", "id,landmarks,Usage\n" + rows))
    evaluation = run_recognition(data, load_model(), data / "work", solution, data / "train.csv", rerank=3)
    private, public = evaluation.results
    assert public.metrics == {"GAP": 1.0}
    # Private: mountain is recognised; the skull shows no landmark, and its (wrong) prediction may come first.
    assert private.metrics["GAP"] in {1.0, 0.5}
    with pytest.raises(EvaluationError, match="--rerank 1 or more"):
        run_recognition(data, load_model(), data / "work", solution, data / "train.csv", rerank=0)


def test_missing_photos_are_found_before_extraction(data: Path) -> None:
    photo_path(data / "index", "mountain0").unlink()
    rows = "apartment,apartment,Public\n"
    solution = read_retrieval_solution(write(data / "solution.csv", "id,images,Usage\n" + rows))
    with pytest.raises(EvaluationError, match=r"index: 1 of 3 photos are missing or empty: mountain0\.jpg"):
        run_retrieval(data, load_model(), data / "work", solution, rerank=2)
    assert not (data / "work").exists()


@pytest.mark.parametrize("depth", [1, 7, 200])
def test_nearest_is_the_head_of_the_ranking(depth: int, unit_vectors: Callable[[int, int], np.ndarray]) -> None:
    queries, database = unit_vectors(0, 1100), unit_vectors(1, 90)
    database[40] = database[3]
    found = nearest(queries, [database[:1], database[1:50], database[50:]], depth)
    for (rows, similarities), ranked in zip(found, rank(queries, database, depth=depth), strict=True):
        np.testing.assert_array_equal(rows, ranked.top)
        np.testing.assert_array_equal(similarities, ranked.similarities)
