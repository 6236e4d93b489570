"""Annotations from pickles and JSON: the published forms, and everything that can be wrong with them."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glocal.evaluation.datasets.annotation_files import load_annotations
from glocal.evaluation.datasets.annotations import Protocol
from glocal.evaluation.errors import EvaluationError

GOOD = {
    "imlist": ["a", "b", "c", "d"],
    "qimlist": ["q"],
    "gnd": [{"bbx": [1.5, 2, 30, 40], "easy": [2, 0], "hard": [3], "junk": []}],
}


def save(path: Path, content: object) -> Path:
    if path.suffix == ".json":
        path.write_text(json.dumps(content))
    else:
        path.write_bytes(pickle.dumps(content))
    return path


def changed(**fields: object) -> dict[str, Any]:
    return {**GOOD, "gnd": [{**GOOD["gnd"][0], **fields}]}


@pytest.mark.parametrize("suffix", ["json", "pkl"])
def test_the_published_form(tmp_path: Path, suffix: str) -> None:
    annotations = load_annotations(save(tmp_path / f"gnd.{suffix}", GOOD))
    (query,) = annotations.queries
    assert annotations.photos == ("a", "b", "c", "d")
    assert (query.name, query.box) == ("q", (1.5, 2.0, 30.0, 40.0))
    assert query.positives(Protocol.EASY).tolist() == [0, 2]
    assert query.positives(Protocol.MEDIUM).tolist() == [0, 2, 3]
    assert query.positives(Protocol.HARD).tolist() == [3]
    assert query.ignored(Protocol.EASY).tolist() == [3]
    assert query.ignored(Protocol.HARD).tolist() == [0, 2]


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_pickles_with_arrays_of_any_pickle_version(tmp_path: Path, protocol: int) -> None:
    content = changed(easy=np.array([[2, 0]]), bbx=np.array([1.5, 2, 30, 40]), hard=np.array([3.0]))
    content["imlist"] = [np.str_(name) for name in changed()["imlist"]]
    path = tmp_path / "gnd.pkl"
    path.write_bytes(pickle.dumps(content, protocol=protocol))
    annotations = load_annotations(path)
    assert annotations.queries[0].easy.tolist() == [0, 2]
    assert annotations.photos == ("a", "b", "c", "d")


def test_sets_with_one_kind_of_positive_and_no_box(tmp_path: Path) -> None:
    content = {**GOOD, "gnd": [{"ok": [1], "junk": [0], "bbx": None}]}
    (query,) = load_annotations(save(tmp_path / "gnd.json", content)).queries
    assert query.box is None
    assert query.easy.tolist() == [1]


class Malicious:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.target,)


def test_a_pickle_never_runs_code(tmp_path: Path) -> None:
    target = tmp_path / "touched"
    path = save(tmp_path / "gnd.pkl", {**GOOD, "imlist": Malicious(target)})
    with pytest.raises(EvaluationError, match="do not trust it"):
        load_annotations(path)
    assert not target.exists()


@pytest.mark.parametrize("name", ["builtins\neval", "numpy\nload", "numpy.f2py\nrun_main", "os\nsystem"])
def test_a_pickle_may_not_name_functions(tmp_path: Path, name: str) -> None:
    path = tmp_path / "gnd.pkl"
    path.write_bytes(f"c{name}\n(S'1'\ntR.".encode())
    with pytest.raises(EvaluationError, match="do not trust it"):
        load_annotations(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (changed(easy=[4]), "label 4 points outside the list of 4 photos"),
        (changed(junk=[-1]), "label -1 points outside"),
        (changed(hard=[2]), "labelled twice"),
        (changed(hard=[1.5]), "whole numbers"),
        (changed(bbx=[30, 2, 1, 40]), "box .* is not x1 < x2"),
        (changed(bbx=[1, 2, float("nan"), 4]), "box"),
        (changed(bbx=[1, 2, 3]), "box of 3 numbers"),
        ({**GOOD, "qimlist": ["q", "r"]}, "2 query names but 1 annotated"),
        ({**GOOD, "imlist": ["a", "a", "c", "d"]}, "names a database photo twice|name a database photo twice"),
        ({**GOOD, "imlist": []}, "0 photos"),
        ({**GOOD, "gnd": [{"bbx": None}]}, "neither easy nor ok"),
        ({"imlist": []}, "misses 'qimlist'"),
        (["imlist"], "no mapping"),
        ({**GOOD, "gnd": [{"easy": ["x"]}]}, "not annotations"),
    ],
)
@pytest.mark.parametrize("suffix", ["json", "pkl"])
def test_contradictions_are_named(tmp_path: Path, content: object, message: str, suffix: str) -> None:
    path = save(tmp_path / f"gnd.{suffix}", content)
    with pytest.raises(EvaluationError, match=message) as raised:
        load_annotations(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("cut", [0, 1, 40])
def test_damaged_pickles(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "gnd.pkl"
    path.write_bytes(pickle.dumps(GOOD)[:cut])
    with pytest.raises(EvaluationError, match="the pickle is damaged"):
        load_annotations(path)


def test_missing_and_not_json(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="No such file"):
        load_annotations(tmp_path / "absent.pkl")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(EvaluationError, match="not valid JSON"):
        load_annotations(tmp_path / "bad.json")


def test_a_pickle_that_has_room_made_for_a_billion_values_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gnd.pkl"
    path.write_bytes(b"(dp1000000000\n.")
    with pytest.raises(EvaluationError, match=r"gnd.pkl: the pickle numbers a value 1000000000; .* do not trust it"):
        load_annotations(path)
