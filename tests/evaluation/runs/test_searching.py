"""What the modes of a search find, against searches of a collection made by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from example_photos import EXAMPLES
from PIL import Image

from glocal.collection import Collection
from glocal.evaluation.datasets import find_identity_folders
from glocal.evaluation.errors import EvaluationError
from glocal.evaluation.framing import CHANGES
from glocal.evaluation.runs import evaluate_changes, evaluate_search
from glocal.extraction import load_model


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three small views of books, one of which is turned, two of a skull, and one that is alone."""
    folder = tmp_path_factory.mktemp("folders")
    for name in ("triple_books/books_01", "triple_books/books_02", "triple_skull/skull_01", "triple_skull/skull_02"):
        target = folder / f"{name}.jpg"
        target.parent.mkdir(exist_ok=True)
        with Image.open(EXAMPLES / f"{name}.jpg") as image:
            image.thumbnail((256, 256))
            image.save(target)
    with Image.open(folder / "triple_books/books_02.jpg") as image:
        image.transpose(Image.Transpose.ROTATE_90).save(folder / "triple_books/turned.jpg")
    (folder / "alone").mkdir()
    Image.effect_noise((200, 200), 80).convert("RGB").save(folder / "alone/noise.png")
    return folder


@pytest.mark.slow
def test_a_search_is_measured_as_it_is(folders: Path, tmp_path: Path) -> None:
    model, found = load_model(preset="fast"), find_identity_folders(folders)
    evaluation = evaluate_search(found, model, tmp_path, queries="triple_books")
    fast, balanced = evaluation.results
    assert [fast.protocol, balanced.protocol] == ["fast", "balanced"]
    assert len(balanced.queries) == 3
    with Collection.create(tmp_path / "by-hand", model) as collection:
        collection.add(folders)
        for result in (fast, balanced):
            first = proved = 0
            for path in sorted((folders / "triple_books").iterdir()):
                hits = [hit for hit in collection.search(path, mode=result.protocol) if hit.path != path]  # type: ignore[arg-type]
                first += hits[0].path.parent.name == "triple_books"
                proved += sum(hit.proved for hit in hits if hit.path.parent.name == "triple_books")
            assert result.metrics["R@1"] == pytest.approx(first / 3)
            assert result.metrics["proved"] == pytest.approx(proved / 6)
    assert balanced.metrics["proved"] >= fast.metrics["proved"]
    assert balanced.metrics["mAP"] >= fast.metrics["mAP"]
    assert balanced.metrics["by both"] == balanced.metrics["by descriptor"] == 1  # more are verified than there are
    assert {stage.name: stage.items for stage in evaluation.stages}["search, balanced"] == 3
    again = evaluate_search(found, model, tmp_path, queries="triple_books", most=2)
    assert [len(result.queries) for result in again.results] == [2, 2]


def test_a_set_without_anything_to_find_is_refused(folders: Path, tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="nothing to find"):
        evaluate_search(find_identity_folders(folders), load_model(preset="fast"), tmp_path, queries="alone")


def test_a_photo_that_cannot_be_read_stops_it(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / "set" / "thing").mkdir(parents=True, exist_ok=True)
        (tmp_path / "set" / "thing" / f"{name}.jpg").write_bytes(b"no photo")
    with pytest.raises(EvaluationError, match="every photo"):
        evaluate_search(find_identity_folders(tmp_path / "set"), load_model(preset="fast"), tmp_path / "work")


@pytest.mark.slow
def test_changed_photos_are_found_again(folders: Path, tmp_path: Path) -> None:
    photos = [folders / "triple_books/books_01.jpg", folders / "triple_skull/skull_01.jpg", folders / "alone/noise.png"]
    evaluation = evaluate_changes(photos, load_model(preset="fast"), tmp_path, most=2)
    found = {result.protocol: result.metrics for result in evaluation.results}
    assert set(found) == set(CHANGES)
    assert found["turned by 180°"]["proved, balanced"] >= found["turned by 180°"]["proved, fast"]
    assert found["turned by 180°"]["R@1, balanced"] == 1
    with pytest.raises(EvaluationError, match="two"):
        evaluate_changes(photos[:1], load_model(preset="fast"), tmp_path)
