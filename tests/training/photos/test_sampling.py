"""Which photo comes when: counted."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.train

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from glocal.models.losses import IGNORE  # noqa: E402
from glocal.training.photos.labelled_photos import LabelledPhoto, TrainingError  # noqa: E402
from glocal.training.photos.sampling import Sampler  # noqa: E402
from glocal.training.recipe_parts import Data  # noqa: E402

SIZES = st.lists(st.integers(1, 9), min_size=1, max_size=8)


def photos_of(**sets):
    return [LabelledPhoto(f"{name}{number}", None, name) for name, count in sets.items() for number in range(count)]


def drawn(sampler, count):
    return np.array([sampler.row(position) for position in range(count)])


@given(st.integers(1, 50), st.integers(0, 2**31))
def test_every_photo_comes_once_an_epoch(count, seed):
    rows = drawn(Sampler(photos_of(a=count), np.zeros(count, np.int64), Data(), seed), 3 * count)
    assert all(sorted(epoch) == list(range(count)) for epoch in rows.reshape(3, count))


@given(SIZES, st.integers(0, 3), st.integers(0, 2**31))
def test_by_class_every_class_comes_once_a_round_and_its_photos_in_turn(sizes, unknown, seed):
    labels = np.random.default_rng(seed).permutation(
        np.concatenate([np.repeat(np.arange(len(sizes)), sizes), np.full(unknown, IGNORE)])
    )
    sampler = Sampler(photos_of(a=len(labels)), labels, Data(sampling="class"), seed)
    alone = np.where(labels == IGNORE, len(sizes) + np.arange(len(labels)), labels)
    classes = np.unique(alone)
    rounds = drawn(sampler, 18 * len(classes)).reshape(18, len(classes))
    for drawn_round in rounds:
        assert sorted(alone[drawn_round]) == classes.tolist()
    for number in classes:
        members = np.flatnonzero(alone == number)
        seen = rounds[alone[rounds] == number]
        turns = len(seen) // len(members) * len(members)
        for turn in seen[:turns].reshape(-1, len(members)):
            assert sorted(turn) == members.tolist()


@settings(max_examples=30)
@given(
    st.dictionaries(st.sampled_from("abcd"), st.tuples(st.integers(1, 40), st.floats(0.1, 9)), min_size=1),
    st.booleans(),
)
def test_sets_are_shown_by_weight_and_evenly_within(sets, by_class):
    photos = photos_of(**{name: count for name, (count, _) in sets.items()})
    weights = {name: weight for name, (_, weight) in sets.items()}
    data = Data(weights=weights, sampling="class" if by_class else "photo")
    rows = drawn(Sampler(photos, np.full(len(photos), IGNORE), data, 3), 3000)
    sources = np.array([photos[row].source for row in rows])
    for name, weight in weights.items():
        expected = 3000 * weight / sum(weights.values())
        assert abs((sources == name).sum() - expected) <= 3
        times = np.bincount(rows[sources == name], minlength=len(photos))[[p.source == name for p in photos]]
        assert times.max() - times.min() <= 1


@given(st.integers(0, 5000), st.sampled_from(["photo", "class"]), st.booleans())
def test_a_position_has_one_photo_whenever_it_is_asked_for(position, sampling, weighted):
    photos, labels = photos_of(a=30, b=7), np.arange(37) % 5
    data = Data(sampling=sampling, weights={"a": 1, "b": 2} if weighted else {})
    after_others = Sampler(photos, labels, data, 11)
    drawn(after_others, 50)
    assert after_others.row(position) == Sampler(photos, labels, data, 11).row(position)


def test_seeds_and_epochs_have_their_own_orders():
    labels = np.zeros(40, np.int64)
    one, other = (drawn(Sampler(photos_of(a=40), labels, Data(), seed), 80) for seed in (0, 1))
    assert not np.array_equal(one, other)
    assert not np.array_equal(one[:40], one[40:])


def test_weights_must_name_the_sets():
    photos = photos_of(a=2, b=2)
    with pytest.raises(TrainingError, match=r"no weight for the set b; add b = 1\.0"):
        Sampler(photos, np.zeros(4, np.int64), Data(weights={"a": 1}), 0)
    with pytest.raises(TrainingError, match=r"names c, no set to train on; there are: a, b"):
        Sampler(photos, np.zeros(4, np.int64), Data(weights={"a": 1, "b": 1, "c": 1}), 0)
