"""Searches of which a shard does not answer: from the beginning, or from any question on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from shards import assert_same, make_shards
from toy_model import ToyModel
from toy_photos import save_photo

from glocal.cluster import Cluster
from glocal.cluster.asking import Asking, ShardDownError
from glocal.cluster.shards_reading import ShardsReading
from glocal.collection import Collection, learn_words
from glocal.errors import CollectionError

cv2.setNumThreads(1)

PHOTOS, SHARDS, DOWN = 24, 3, 1
QUESTIONS = ("nearest", "listed", "tally", "photos_with_ids", "similarities", "matched")


class Failing:
    """A shard that answers until it is asked a certain question, and then no more."""

    def __init__(self, shard: Any, last: str) -> None:
        self._shard, self._last, self._is_down = shard, last, False

    def __getattr__(self, question: str) -> Callable[..., Any]:
        def answer(*arguments: Any) -> Any:
            self._is_down = self._is_down or question == self._last
            if self._is_down:
                raise ShardDownError("gone")
            return getattr(self._shard, question)(*arguments)

        return answer


class FailingCluster(Cluster):
    """A sharded collection of which some shards fail at a question."""

    down: tuple[int, ...] = (DOWN,)
    last = "nearest"

    @contextmanager
    def reading(self) -> Iterator[ShardsReading]:
        with super().reading() as reading:
            shards: list[Any] = [
                Failing(shard, self.last) if number in self.down else shard
                for number, shard in enumerate(reading.shards)
            ]
            yield ShardsReading(shards, Asking([shard.directory.name for shard in self.shards]))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ToyModel:
    folder = tmp_path_factory.mktemp("words")
    model = ToyModel()
    for seed in range(8):
        save_photo(folder / f"{seed}.png", seed)
    codes = np.concatenate([model.extract(path).compact().codes for path in sorted(folder.iterdir())])
    model.words = learn_words(codes, groups=4, words_per_group=8).to_array()
    return model


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("photos")
    for seed in range(PHOTOS):
        save_photo(folder / f"{seed:03}.png", seed)
    return sorted(folder.iterdir())


@pytest.fixture
def cluster(tmp_path: Path, files: list[Path], model: ToyModel) -> Iterator[FailingCluster]:
    make_shards(tmp_path / "root", files, SHARDS, model)
    with FailingCluster.open(tmp_path / "root", model) as opened:
        assert isinstance(opened, FailingCluster)
        yield opened


def test_the_others_answer_as_a_collection_of_their_photos(
    cluster: FailingCluster, files: list[Path], model: ToyModel, tmp_path: Path
) -> None:
    there = [path for path in files if not cluster.shards[DOWN].photo_at(path)]
    assert 0 < len(there) < PHOTOS
    with Collection.create(tmp_path / "one", model) as one:
        one.add(there)
        expected = one.search(there[0], top=PHOTOS)
    found = cluster.search(there[0], top=PHOTOS)
    assert_same(found, expected)
    assert found.missing_shards == found[:3].missing_shards == ("shard-00001",)
    assert "without shard-00001" in repr(found)
    assert expected.missing_shards == ()


@pytest.mark.slow
@pytest.mark.parametrize("question", QUESTIONS)
def test_a_shard_may_go_at_any_question(cluster: FailingCluster, files: list[Path], question: str) -> None:
    cluster.last = question
    query = next(path for path in files if not cluster.shards[DOWN].photo_at(path))
    found = cluster.search(query, top=PHOTOS)
    assert found[0].path == query
    assert found[0].proved
    assert found.missing_shards == ("shard-00001",)
    assert not [hit for hit in found if cluster.shards[DOWN].photo_at(hit.path)]


@pytest.mark.slow
def test_without_any_shard_there_is_no_answer(cluster: FailingCluster, files: list[Path]) -> None:
    cluster.down = tuple(range(SHARDS))
    with pytest.raises(CollectionError, match="no shard answers; of the first: gone"):
        cluster.search(files[0])
