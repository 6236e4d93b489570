"""What people said of hits: the last word counts, nothing is lost, damage costs a line."""

from __future__ import annotations

import json
import multiprocessing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glocal.collection import Judgement, Judgements
from glocal.evaluation.runs import judged_pairs

SAID = Judgement("aa", "bb", "", True, 0.7, 0.3, 41.5, 120, 1.0)


@pytest.mark.slow
@given(
    st.lists(
        st.tuples(
            st.sampled_from("ab"),
            st.sampled_from("xyz"),
            st.sampled_from(["", "1,2,3,4"]),
            st.sampled_from([True, False, None]),
        ),
        max_size=30,
    )
)
def test_of_each_pair_the_last_word_counts(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[str, str, str, bool | None]]
) -> None:
    folder = tmp_path_factory.mktemp("said")
    expected: dict[tuple[str, str, str], bool | None] = {}
    for query, photo, region, same in said:
        Judgements(folder).add(replace(SAID, query=query, photo=photo, region=region, same=same))
        expected[query, photo, region] = same
    kept = {(one.query, one.photo, one.region): one.same for one in Judgements(folder).all()}
    assert kept == {pair: same for pair, same in expected.items() if same is not None}


def test_a_line_that_a_power_cut_broke_costs_that_line_alone(tmp_path: Path) -> None:
    judgements = Judgements(tmp_path)
    judgements.add(SAID)
    file = tmp_path / "judgements.jsonl"
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        judgements.add(replace(SAID, photo="cc"))
        assert [one.photo for one in judgements.all()][-1:] == ["cc"]
        assert {one.photo for one in judgements.all()} <= {"bb", "cc"}


def add_many(folder: Path, photo: str) -> None:
    for number in range(50):
        Judgements(folder).add(replace(SAID, query=str(number), photo=photo))


@pytest.mark.slow
def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=add_many, args=(tmp_path, photo)) for photo in "xyz"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(Judgements(tmp_path).all()) == 150
    lines = (tmp_path / "judgements.jsonl").read_text().splitlines()
    assert sum(bool(json.loads(line)) for line in lines if line) == 150


def test_judgements_become_pairs_to_calibrate_with() -> None:
    pairs = judged_pairs([SAID, replace(SAID, same=False, background=None)], 3)
    assert pairs.same.tolist() == [True, False]
    assert pairs.support.tolist() == [41.5, 41.5]
    assert np.isnan(pairs.background).tolist() == [False, True]
    assert set(pairs.domain.tolist()) == {3}
    assert pairs.alike.all()
    assert len(judged_pairs([], 1)) == 0


def test_two_files_come_together_and_nothing_that_was_said_is_lost(tmp_path: Path) -> None:
    here, there = Judgements(tmp_path / "here"), Judgements(tmp_path / "there")
    for one in (here, there):
        one.path.parent.mkdir()
        one.add(SAID)
    here.add(replace(SAID, photo="cc", at=5.0))
    there.add(replace(SAID, same=None, at=4.0))
    there.add(replace(SAID, photo="dd", at=3.0))
    assert here.take_in(there)
    assert [(one.photo, one.at) for one in here.all()] == [("dd", 3.0), ("cc", 5.0)]
    written = here.path.read_bytes()
    assert not here.take_in(there)
    assert here.path.read_bytes() == written
    assert there.take_in(here)
    assert there.all() == here.all()


def test_a_copy_keeps_the_order_whatever_the_clock_said(tmp_path: Path) -> None:
    said, copy = Judgements(tmp_path), Judgements(tmp_path / "copy")
    copy.path.parent.mkdir()
    for same, at in ((True, 9.0), (False, 2.0)):
        said.add(replace(SAID, same=same, at=at))
        assert copy.take_in(said)
        assert copy.all() == said.all() == [replace(SAID, same=same, at=at)]
