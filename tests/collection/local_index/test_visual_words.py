from __future__ import annotations

import numpy as np
import pytest
from local_features import literal_nearest, made_up

from glocal.collection.local_index import VisualWords, learn_words
from glocal.collection.local_index.visual_words import code_words
from glocal.errors import GlocalError, ModelError


@pytest.fixture(scope="module")
def words() -> VisualWords:
    return learn_words(made_up(1, 4000).codes, groups=8, words_per_group=16)


def test_words_lie_nearer_to_new_features_than_features_taken_at_random(words: VisualWords) -> None:
    codes = code_words(made_up(2, 300).codes)
    random = VisualWords(code_words(made_up(3, 8).codes), code_words(made_up(4, 128).codes))
    learned_mean, random_mean = (
        np.mean([literal_nearest(chosen, code) for code in codes]) for chosen in (words, random)
    )
    assert learned_mean < random_mean - 2


def test_the_nearest_words_are_found_where_all_groups_are_searched(words: VisualWords) -> None:
    codes = code_words(made_up(5, 200).codes)
    found = words.nearest(codes, 7, len(words.groups))
    for code, own in zip(codes, found, strict=True):
        distances = np.bitwise_count(words.words ^ code).sum(axis=1)
        assert sorted(distances)[:7] == [distances[word] for word in own]
        assert len(set(own)) == 7


def test_a_search_of_few_groups_finds_words_of_the_nearest_group(words: VisualWords) -> None:
    for code in code_words(made_up(6, 50).codes):
        nearest_group = np.argmin(np.bitwise_count(words.groups ^ code).sum(axis=1))
        assert words.nearest(code[None], 16, 1)[0].tolist() == pytest.approx(
            sorted(
                range(16 * nearest_group, 16 * nearest_group + 16),
                key=lambda word: (np.bitwise_count(words.words[word] ^ code).sum(), word),
            )
        )


def test_words_are_the_same_after_a_round_trip(words: VisualWords) -> None:
    again = VisualWords.from_array(words.to_array())
    assert again.fingerprint == words.fingerprint
    assert (again.words == words.words).all()
    assert (again.groups == words.groups).all()


def test_learning_again_gives_the_same_words() -> None:
    codes = made_up(1, 600).codes
    assert learn_words(codes, 4, 8).fingerprint == learn_words(codes, 4, 8).fingerprint
    assert learn_words(codes, 4, 8).fingerprint != learn_words(codes, 4, 8, seed=1).fingerprint


def test_shorter_codes_are_padded() -> None:
    short = code_words(np.full((2, 5), 255, np.uint8))
    assert np.bitwise_count(short).sum(axis=1).tolist() == [40, 40]


def test_what_cannot_be_words_is_refused() -> None:
    with pytest.raises(ModelError, match="bytes"):
        VisualWords.from_array(np.zeros((4, 1, 16), np.uint8))
    with pytest.raises(ModelError, match="at most 128 bits"):
        code_words(np.zeros((3, 17), np.uint8))
    with pytest.raises(GlocalError, match="more photos"):
        learn_words(made_up(1, 20).codes, 4, 64)
