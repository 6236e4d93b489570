"""Descriptors computed elsewhere: every mistake before work, and the same numbers streamed or not."""

import json
from pathlib import Path

import numpy as np
import pytest

from glocal.evaluation.datasets.annotation_files import load_annotations
from glocal.evaluation.datasets.annotations import Annotations
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.runs.descriptors import evaluate_descriptors


def unit_rows(rng: np.random.Generator, count: int, dtype: type[np.floating] = np.float32) -> np.ndarray:
    vectors = rng.normal(size=(count, 32))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(dtype)


@pytest.fixture
def annotations(tmp_path: Path) -> Annotations:
    content = {
        "imlist": [f"photo{row}" for row in range(50)],
        "qimlist": ["one", "two"],
        "gnd": [{"easy": [0, 1], "hard": [2], "junk": [3]}, {"easy": [], "hard": [10, 11], "junk": [0]}],
    }
    (tmp_path / "gnd.json").write_text(json.dumps(content))
    return load_annotations(tmp_path / "gnd.json")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "q.npy", unit_rows(rng, 2))
    np.save(tmp_path / "x.npy", unit_rows(rng, 50))
    return tmp_path / "q.npy", tmp_path / "x.npy"


def test_shards_of_distractors_count_as_photos_after_the_core(
    annotations: Annotations, files: tuple[Path, Path], tmp_path: Path
) -> None:
    query, database = files
    extra = unit_rows(np.random.default_rng(1), 300, np.float16)
    (tmp_path / "shards").mkdir()
    for number, start in enumerate(range(0, 300, 120)):
        np.save(tmp_path / "shards" / f"{number:05}.npy", extra[start : start + 120])
    streamed = evaluate_descriptors(annotations, query, database, distractors=tmp_path / "shards")

    # The same set with the distractors written out as photos without a label.
    longer = Annotations((*annotations.photos, *(f"extra{row}" for row in range(300))), annotations.queries)
    np.save(tmp_path / "all.npy", np.concatenate([np.load(database), extra.astype(np.float32)]))
    whole = evaluate_descriptors(longer, query, tmp_path / "all.npy")
    assert [result.metrics for result in streamed.results] == [result.metrics for result in whole.results]
    assert [result.curve for result in streamed.results] == [result.curve for result in whole.results]
    assert streamed.setting["distractors"] == 300


def test_protocols_and_queries_are_all_there(annotations: Annotations, files: tuple[Path, Path]) -> None:
    evaluation = evaluate_descriptors(annotations, *files)
    assert [result.protocol for result in evaluation.results] == ["easy", "medium", "hard"]
    easy = evaluation.results[0]
    assert easy.queries[1].average_precision is None
    assert easy.metrics["mAP"] == easy.queries[0].average_precision
    assert len(easy.curve) == 101


@pytest.mark.parametrize(
    ("name", "rows", "message"),
    [
        ("q.npy", np.eye(3, 32), "3 descriptors for 2 queries"),
        ("x.npy", np.eye(49, 64), "49 descriptors for 50 database photos"),
        ("x.npy", np.eye(50, 64), "64 dimensions, but the queries have 32"),
        ("x.npy", np.full((50, 32), np.nan), "row 0 has values that are not finite"),
        ("x.npy", np.ones((50, 32)), "row 0 has length 5.66, not 1"),
        ("x.npy", np.ones((50, 32), np.int64), "expected floats"),
        ("x.npy", np.ones(50), "expected floats"),
    ],
)
def test_wrong_arrays(
    annotations: Annotations, files: tuple[Path, Path], name: str, rows: np.ndarray, message: str
) -> None:
    path = files[0].with_name(name)
    np.save(path, rows)
    with pytest.raises(EvaluationError, match=message) as raised:
        evaluate_descriptors(annotations, *files)
    assert str(path) in str(raised.value)


def test_a_truncated_shard_is_found_before_any_work(
    annotations: Annotations, files: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "shards").mkdir()
    shard = tmp_path / "shards" / "00000.npy"
    np.save(shard, unit_rows(np.random.default_rng(1), 30))
    shard.write_bytes(shard.read_bytes()[:-10])
    with pytest.raises(EvaluationError, match=r"00000.npy: \d+ bytes instead of \d+; it is truncated"):
        evaluate_descriptors(annotations, *files, distractors=tmp_path / "shards")


def test_a_bad_value_in_a_distractor_is_named(
    annotations: Annotations, files: tuple[Path, Path], tmp_path: Path
) -> None:
    extra = unit_rows(np.random.default_rng(1), 30)
    extra[7, 3] = np.nan
    np.save(tmp_path / "extra.npy", extra)
    with pytest.raises(EvaluationError, match=r"distractors from row 0: row 7 .* not finite"):
        evaluate_descriptors(annotations, *files, distractors=tmp_path / "extra.npy")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x93NUMPY\x01\x00", b"\x93NUMPY\x09\x00v\x00{}"])
def test_files_that_are_no_arrays(annotations: Annotations, files: tuple[Path, Path], content: bytes) -> None:
    files[1].write_bytes(content)
    with pytest.raises(EvaluationError, match=r"not a \.npy file"):
        evaluate_descriptors(annotations, *files)


def test_missing_files_and_empty_folders(annotations: Annotations, files: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="No such file"):
        evaluate_descriptors(annotations, files[0], tmp_path / "absent.npy")
    (tmp_path / "empty").mkdir()
    with pytest.raises(EvaluationError, match=r"no \.npy shards"):
        evaluate_descriptors(annotations, files[0], tmp_path / "empty")
