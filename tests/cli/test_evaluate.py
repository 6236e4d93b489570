"""`glocal evaluate ...` as a person types it."""

import json
from pathlib import Path

import numpy as np
import pytest
from example_photos import EXAMPLES
from typer.testing import CliRunner, Result

from glocal.cli import main
from glocal.cli.evaluate import app
from glocal.errors import GlocalError
from glocal.evaluation.result import Evaluation


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def mistake(result: Result) -> str:
    assert isinstance(result.exception, GlocalError)
    message = str(result.exception)
    assert "\n" not in message
    return message


@pytest.fixture
def descriptors(tmp_path: Path) -> list[str | Path]:
    listed = {"imlist": list("abcd"), "qimlist": ["q"], "gnd": [{"easy": [1], "hard": [2], "junk": [0]}]}
    (tmp_path / "gnd.json").write_text(json.dumps(listed))
    np.save(tmp_path / "q.npy", np.eye(1, 4))
    # Ranked a b c d: a is junk, b and c are right.
    angles = np.array([0.1, 0.2, 0.3, 0.4])
    np.save(tmp_path / "x.npy", np.stack([np.cos(angles), np.sin(angles), 0 * angles, 0 * angles], axis=1))
    return [
        "features", "--annotations", tmp_path / "gnd.json", "--query", tmp_path / "q.npy",
        "--database", tmp_path / "x.npy",
    ]  # fmt: skip


def test_features_as_a_table(descriptors: list[str | Path]) -> None:
    result = run(*descriptors, "--benchmark", "roxford5k")
    assert result.exit_code == 0, result.output
    for line in ("easy", "medium", "hard"):
        row = next(row for row in result.output.splitlines() if row.startswith(f"│ {line}"))
        assert "100.00" in row
    assert "DELG global+local" in result.output


def test_features_as_json_and_in_files(descriptors: list[str | Path], tmp_path: Path) -> None:
    names = ("e.json", "e.md", "e.html")
    saves = [part for name in names for part in ("--save", tmp_path / name)]
    result = run(*descriptors, "--json", *saves)
    assert result.exit_code == 0, result.output
    printed = json.loads(result.stdout)
    assert [entry["metrics"]["mAP"] for entry in printed["results"]] == [1.0, 1.0, 1.0]
    saved = Evaluation.load(tmp_path / "e.json")
    assert json.loads(json.dumps(saved.to_dict())) == printed
    assert "| medium | 100.00 |" in (tmp_path / "e.md").read_text()
    assert (tmp_path / "e.html").read_text().startswith("<!doctype html>")


def test_a_file_that_cannot_be_saved_is_refused_first(descriptors: list[str | Path], tmp_path: Path) -> None:
    (tmp_path / "x.npy").unlink()
    assert "--save out.pdf: end the name in .json, .md, .html" in mistake(run(*descriptors, "--save", "out.pdf"))
    assert "there is no folder" in mistake(run(*descriptors, "--save", tmp_path / "no" / "e.json"))
    assert "x.npy: descriptors cannot be read" in mistake(run(*descriptors))


def test_what_the_system_refuses_is_one_line(
    descriptors: list[str | Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "e.json").mkdir()
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", *map(str, descriptors), "--save", str(tmp_path / "e.json")])
    assert ended.value.code == 2
    assert capfd.readouterr().err.replace("\n", "") == f"glocal: {tmp_path / 'e.json'}: Is a directory"


def test_mistakes_come_before_work(tmp_path: Path) -> None:
    work = tmp_path / "work"
    for arguments, expected in (
        (["roxford5k", "--data", tmp_path], "gnd_roxford5k.pkl: annotations cannot be read"),
        (["rparis6k", "--data", tmp_path, "--ranker", "magic"], "no ranker is called 'magic'"),
        (["folders", tmp_path], "no photos in subfolders"),
        (["ukbench", tmp_path / "absent"], "no such folder"),
        (["rankers", tmp_path], "no photos in subfolders"),
        (["pairs", tmp_path / "pairs.csv"], "pairs cannot be read"),
        (["landmarks-retrieval", "--data", tmp_path], "retrieval_solution_v2.1.csv: cannot be read"),
    ):
        options = ["--work", work] if arguments[0] not in {"pairs"} else []
        assert expected in mistake(run(*arguments, *options))
    assert not work.exists()


def test_predictions_for_google_landmarks(tmp_path: Path) -> None:
    (tmp_path / "retrieval_solution_v2.1.csv").write_text("id,images,Usage\nq1,a b,Public\nq2,c,Private\n")
    (tmp_path / "retrieval.csv").write_text("id,images\nq1,a x\nq2,c\n")
    result = run("landmarks-retrieval", "--data", tmp_path, "--predictions", tmp_path / "retrieval.csv", "--json")
    scores = {entry["protocol"]: entry["metrics"]["mAP@100"] for entry in json.loads(result.stdout)["results"]}
    assert scores == {"private": 1.0, "public": 0.5}

    (tmp_path / "recognition_solution_v2.1.csv").write_text(
        "id,landmarks,Usage\nq1,7,Public\nq2,,Private\nq3,5,Private\n"
    )
    (tmp_path / "recognition.csv").write_text("id,landmarks\nq1,7 0.5\nq2,5 0.9\nq3,5 0.1\n")
    result = run("landmarks-recognition", "--data", tmp_path, "--predictions", tmp_path / "recognition.csv", "--json")
    scores = {entry["protocol"]: entry["metrics"]["GAP"] for entry in json.loads(result.stdout)["results"]}
    assert scores == {"private": 0.5, "public": 1.0}


@pytest.mark.slow
def test_pairs_with_the_bundled_model(tmp_path: Path) -> None:
    books = sorted((EXAMPLES / "triple_books").glob("*.jpg"))
    car = EXAMPLES / "pixabay" / "car01.jpg"
    (tmp_path / "pairs.csv").write_text(f"a,b,same\n{books[0]},{books[1]},1\n{books[0]},{car},0\n")
    result = run("pairs", tmp_path / "pairs.csv", "--json")
    assert result.exit_code == 0, result.output
    scores = {entry["protocol"]: entry["metrics"]["AP"] for entry in json.loads(result.stdout)["results"]}
    assert scores["similarity"] == 1.0
    assert scores["inliers"] == 1.0


@pytest.mark.slow
def test_domains(tmp_path: Path) -> None:
    file, page = tmp_path / "domains.toml", tmp_path / "page.md"
    file.write_text('[[domain]]\nname = "books"\nfolder = "."\nidentities = ["triple_books", "triple_skull"]\n')
    result = run(
        "domains", EXAMPLES, "--domains", file, "--baseline", "twice=delg-lite1+delg-lite1", "--json",
        "--work", tmp_path / "work", "--save", page,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    printed = json.loads(result.stdout)
    assert printed["scores"][0]["model"] == printed["scores"][0]["baselines"]
    assert printed["baselines"] == ["twice"]
    assert "| books |" in page.read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--baseline", "a+"], "not of the form NAME=CARD"),
        (["--baseline", "=delg-lite1"], "not of the form NAME=CARD"),
        (["--baseline", "delg-lite1"], "two models are called delg-lite1"),
        (["--save", "x.html"], "end the name in .json, .md"),
    ],
)
def test_domains_that_cannot_be_judged(tmp_path: Path, arguments: list[str], words: str) -> None:
    file = tmp_path / "domains.toml"
    file.write_text('[[domain]]\nname = "books"\nfolder = "."\n')
    assert words in mistake(run("domains", EXAMPLES, "--domains", file, *arguments))
