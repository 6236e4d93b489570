"""Google Landmarks: measures worked by hand and against literal loops; every form of its files."""

from pathlib import Path

import numpy as np
import pytest

from glocal.evaluation.datasets.landmark_files import (
    photo_path,
    read_ids,
    read_labels,
    read_recognition_predictions,
    read_recognition_solution,
    read_retrieval_predictions,
    read_retrieval_solution,
)
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.measures.landmarks import (
    Recognition,
    global_average_precision,
    mean_average_precision,
    recognise,
)
from glocal.evaluation.runs.landmark_challenge import recognition_results, retrieval_results


def test_retrieval_by_hand() -> None:
    solution = {"q1": ("a", "b", "c"), "q2": ("d",), "q3": ("e",), "q4": ()}
    predictions = {"q1": ("a", "x", "a", "b"), "q2": ("x", "d"), "q4": ("a",)}
    # q1: a at place 1 (1/1), the second a takes place 3 but counts no more, b at 4 (2/4); 3 right: (1 + 1/2)/3.
    # q2: d at 2: 1/2. q3: nothing predicted: 0. q4 shows nothing: left out. Mean of three.
    assert mean_average_precision(predictions, solution) == pytest.approx((0.5 + 0.5 + 0) / 3)


def test_retrieval_counts_a_hundred_at_most() -> None:
    right = tuple(f"right{number}" for number in range(150))
    assert mean_average_precision({"q": right}, {"q": right}) == pytest.approx(1.0)
    assert mean_average_precision({"q": ("x",) * 100 + right}, {"q": right}) == 0.0


def test_recognition_by_hand() -> None:
    solution: dict[str, tuple[int, ...]] = {"p1": (7,), "p2": (8, 9), "p3": (), "p4": (5,)}
    predictions = {
        "p1": Recognition(7, 0.9),
        "p2": Recognition(9, 0.5),
        "p3": Recognition(7, 0.7),  # p3 shows no landmark: wrong
    }
    # Surest first: p1 right (1/1), p3 wrong, p2 right (2/3). Three photos show a landmark: (1 + 2/3)/3.
    assert global_average_precision(predictions, solution) == pytest.approx(5 / 9)


def test_recognition_ties_go_by_photo_then_class() -> None:
    solution: dict[str, tuple[int, ...]] = {"a": (1,), "b": ()}
    predictions = {"b": Recognition(1, 0.5), "a": Recognition(1, 0.5)}
    assert global_average_precision(predictions, solution) == 1.0


def test_recognition_against_a_literal_loop() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        solution = {f"p{number:02}": tuple(rng.integers(0, 5, rng.integers(0, 3)).tolist()) for number in range(30)}
        solution["p00"] = (1,)
        predictions = {
            photo: Recognition(int(rng.integers(0, 5)), float(rng.integers(0, 10)) / 10)
            for photo in solution
            if rng.random() < 0.8
        }
        listed = sorted((-one.score, photo, one.landmark) for photo, one in predictions.items())
        flags = [landmark in solution[photo] for _, photo, landmark in listed]
        total = sum(sum(flags[: place + 1]) / (place + 1) for place in range(len(flags)) if flags[place])
        expected = total / sum(len(right) > 0 for right in solution.values())
        assert global_average_precision(predictions, solution) == pytest.approx(expected, abs=1e-12)


def test_recognise_sums_capped_inliers_and_similarity() -> None:
    # Class 1: 140 inliers count as 70: 1 + 0.25 * 0.8. Class 2: twice 35/70 + 0.25 * 0.9 = 1.45.
    found = recognise([(1, 0.8, 140), (2, 0.9, 35), (2, 0.9, 35)])
    assert found == Recognition(2, pytest.approx(1.45))
    assert recognise([]) is None
    assert recognise([(4, 0.5, 0), (3, 0.5, 0)]) == Recognition(3, 0.125)


def test_unknown_photos_and_empty_solutions() -> None:
    with pytest.raises(EvaluationError, match="prediction for z"):
        mean_average_precision({"z": ()}, {"a": ("b",)})
    with pytest.raises(EvaluationError, match="no query"):
        mean_average_precision({}, {"a": ()})
    with pytest.raises(EvaluationError, match="no photo"):
        global_average_precision({}, {"a": ()})


RETRIEVAL = "id,images,Usage\nq1,a b,Public\nq2,c,Private\nq3,None,Ignored\n"
RECOGNITION = "id,landmarks,Usage\nq1,7 8,Public\nq2,,Private\nq3,5,Private\n"


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_retrieval_files(tmp_path: Path) -> None:
    solution = read_retrieval_solution(write(tmp_path / "solution.csv", RETRIEVAL))
    assert solution.public == {"q1": ("a", "b")}
    assert solution.private == {"q2": ("c",)}
    assert solution.ignored == {"q3"}
    path = write(tmp_path / "predictions.csv", "id,images\nq1,a x b \nq2,\nq3,a\n")
    predictions = read_retrieval_predictions(path, solution)
    assert predictions == {"q1": ("a", "x", "b"), "q2": ()}
    private, public = retrieval_results(predictions, solution)
    assert (private.protocol, private.metrics) == ("private", {"mAP@100": 0.0})
    assert public.metrics == {"mAP@100": pytest.approx((1 + 2 / 3) / 2)}


def test_recognition_files(tmp_path: Path) -> None:
    solution = read_recognition_solution(write(tmp_path / "solution.csv", RECOGNITION))
    assert solution.public == {"q1": (7, 8)}
    assert solution.private == {"q2": (), "q3": (5,)}
    path = write(tmp_path / "predictions.csv", "id,landmarks\nq1,8 0.25\nq2,\nq3,5 1e-3\n")
    predictions = read_recognition_predictions(path, solution)
    assert predictions == {"q1": Recognition(8, 0.25), "q3": Recognition(5, 0.001)}
    assert [result.metrics for result in recognition_results(predictions, solution)] == [{"GAP": 1}, {"GAP": 1}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,images\nq1,a\nq1,b\n", "q1 is predicted twice"),
        ("id,images\nq9,a\n", "q9 is not a photo of the solution"),
        ("photo,images\nq1,a\n", "no column id"),
        ("", "no column id"),
    ],
)
def test_wrong_predictions(tmp_path: Path, text: str, message: str) -> None:
    solution = read_retrieval_solution(write(tmp_path / "solution.csv", RETRIEVAL))
    with pytest.raises(EvaluationError, match=message):
        read_retrieval_predictions(write(tmp_path / "predictions.csv", text), solution)


def test_malformed_recognition(tmp_path: Path) -> None:
    solution = read_recognition_solution(write(tmp_path / "solution.csv", RECOGNITION))
    with pytest.raises(EvaluationError, match="one class and one score"):
        read_recognition_predictions(write(tmp_path / "p.csv", "id,landmarks\nq1,8\n"), solution)
    with pytest.raises(EvaluationError, match="right solution"):
        read_recognition_solution(write(tmp_path / "swapped.csv", RETRIEVAL))
    with pytest.raises(EvaluationError, match="Usage 'Secret'"):
        read_retrieval_solution(write(tmp_path / "odd.csv", "id,images,Usage\nq1,a,Secret\n"))
    with pytest.raises(EvaluationError, match="cannot be read"):
        read_retrieval_solution(tmp_path / "absent.csv")


def test_labels_in_both_published_forms(tmp_path: Path) -> None:
    full = write(tmp_path / "train.csv", "id,url,landmark_id\naaa,http://x,3\nbbb,http://y,4\n")
    clean = write(tmp_path / "train_clean.csv", "landmark_id,images\n3,aaa ccc\n4,bbb\n")
    assert read_labels(full) == {"aaa": 3, "bbb": 4}
    assert read_labels(clean) == {"aaa": 3, "ccc": 3, "bbb": 4}
    assert read_ids(full) == ("aaa", "bbb")
    assert photo_path(Path("train"), "0a1f") == Path("train/0/a/1/0a1f.jpg")
