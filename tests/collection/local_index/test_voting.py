from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from local_features import literal_votes, made_up, vote

from glocal.collection.local_index import VisualWords, Votes, weighed
from glocal.collection.local_index.segment import Segment
from glocal.collection.local_index.visual_words import code_words
from glocal.collection.local_index.votes import FARTHEST
from glocal.collection.local_index.voting import tally

FEW = VisualWords(code_words(made_up(90, 4).codes), code_words(made_up(91, 32).codes))
"""So few words that every feature of a query looks in all of them."""


def shown(*segments: Segment) -> list[tuple[Segment, np.ndarray]]:
    return [(segment, np.zeros(len(segment), np.bool_)) for segment in segments]


@settings(max_examples=20)
@given(st.integers(0, 1000), st.lists(st.integers(0, 25), min_size=1, max_size=9), st.integers(0, 9))
def test_votes_are_those_of_the_definition(seed: int, counts: list[int], split: int) -> None:
    photos = [made_up(seed + number, count) for number, count in enumerate(counts, 1)]
    query = made_up(seed, 12)
    ids = np.arange(len(photos)) * 3 + 5
    parts = [Segment.of(FEW, ids[rows], photos[rows]) for rows in (slice(split), slice(split, None))]
    votes = vote(FEW, shown(*parts), [query])
    assert votes.ids.tolist() == ids.tolist()
    np.testing.assert_allclose(votes.scores[0], literal_votes(query, photos, FARTHEST), atol=1e-4)


def test_parts_apart_vote_as_all_together() -> None:
    photos, views = [made_up(number, 30) for number in range(9)], [made_up(50, 20), made_up(3, 30)]
    ids = [np.array([2, 5, 7]), np.arange(0), np.array([1, 3, 4, 6, 8, 9])]
    rows = np.split(np.arange(9), [3, 3])
    parts = [Segment.of(FEW, own, [photos[row] for row in at]) for own, at in zip(ids, rows, strict=True)]
    apart = weighed([tally(FEW, shown(part), views, len(FEW)) for part in parts])
    together = vote(FEW, shown(*parts), views)
    for own, votes in zip(ids, apart, strict=True):
        assert votes.ids.tolist() == own.tolist()
        assert (votes.scores == together.of(own)).all()
    assert max(votes.scores.max(initial=0) for votes in apart) > 0


def test_every_view_votes_for_itself() -> None:
    photos, views = [made_up(number, 30) for number in range(5)], [made_up(50, 20), made_up(51, 0), made_up(52, 9)]
    segment = Segment.of(FEW, np.arange(5), photos)
    together = vote(FEW, shown(segment), views)
    for row, view in enumerate(views):
        alone = vote(FEW, shown(segment), [view])
        np.testing.assert_allclose(together.scores[row], alone.scores[0], atol=1e-5)


def test_hidden_photos_count_in_nothing() -> None:
    photos = [made_up(number, 30) for number in range(8)]
    hidden = np.array([True, False, False, True, False, False, False, True])
    kept = [photo for photo, gone in zip(photos, hidden, strict=True) if not gone]
    votes = vote(FEW, [(Segment.of(FEW, np.arange(8), photos), hidden)], [made_up(70, 25)])
    assert votes.ids.tolist() == [1, 2, 4, 5, 6]
    np.testing.assert_allclose(votes.scores[0], literal_votes(made_up(70, 25), kept, FARTHEST), atol=1e-4)


def test_the_best_come_first_and_without_votes_there_is_nobody() -> None:
    photos = [made_up(number, 30) for number in range(20)]
    votes = vote(FEW, shown(Segment.of(FEW, np.arange(20), photos)), [photos[7], photos[3]])
    scores = votes.scores.max(axis=0)
    best = votes.best(6)
    assert {7, 3} == set(best[:2].tolist())
    assert scores[best].tolist() == sorted(scores, reverse=True)[:6]
    assert votes.of(np.array([3, 99, 7])).tolist() == [
        [votes.scores[view, 3], 0, votes.scores[view, 7]] for view in (0, 1)
    ]
    assert not len(vote(FEW, [], [photos[0]]).best(5))


@given(
    scores=st.lists(st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0]), min_size=2, max_size=2), max_size=12),
    count=st.integers(1, 14),
    others=st.sets(st.integers(0, 14), max_size=4),
)
def test_equal_ones_go_by_id_and_the_others_asked_for_are_there(
    scores: list[list[float]], count: int, others: set[int]
) -> None:
    ids = np.random.default_rng(len(scores)).permutation(len(scores))
    votes = Votes(ids, np.array(scores, np.float32).reshape(-1, 2).T, len(ids))
    known = dict(zip(ids.tolist(), scores, strict=True))
    voted = [photo for photo, score in known.items() if max(score) > 0]
    best = sorted(voted, key=lambda photo: (-max(known[photo]), photo))[:count]
    assert votes.best(count).tolist() == best
    among = votes.among(count, sorted(others))
    assert set(among.ids.tolist()) == {*best, *(others & set(known))}
    assert among.best(count).tolist() == best
    assert (among.of(among.ids) == votes.of(among.ids)).all()


@pytest.mark.parametrize("workers", [1, 3])
def test_threads_change_nothing(workers: int) -> None:
    photos = [made_up(number, 60) for number in range(30)]
    parts = shown(*(Segment.of(FEW, np.arange(first, first + 10), photos[first : first + 10]) for first in (0, 10, 20)))
    one, many = vote(FEW, parts, photos[:4], 2), vote(FEW, parts, photos[:4], workers)
    assert (one.scores == many.scores).all()


def test_merged_segments_are_those_made_at_once() -> None:
    photos = [made_up(number, 40) for number in range(12)]
    ids = np.array([2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37])
    hidden = np.zeros(12, np.bool_)
    hidden[[1, 8]] = True
    odd, even = np.arange(1, 12, 2), np.arange(0, 12, 2)
    parts = [(Segment.of(FEW, ids[rows], [photos[row] for row in rows]), hidden[rows]) for rows in (odd, even)]
    merged = Segment.merged(parts)
    whole = Segment.of(FEW, ids[~hidden], [photo for photo, gone in zip(photos, hidden, strict=True) if not gone])
    assert merged.ids.tolist() == whole.ids.tolist()
    assert (merged.starts == whole.starts).all()
    assert (merged.photos == whole.photos).all()
    order = [np.lexsort((part.codes[:, 1], part.codes[:, 0])) for part in (merged, whole)]
    assert (merged.codes[order[0]] == whole.codes[order[1]]).all()
