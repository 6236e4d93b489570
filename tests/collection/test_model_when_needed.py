"""A model that is loaded when it is first needed, against the one that `load_model` gives."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from example_photos import EXAMPLES

from glocal.collection import ModelIdentity, ModelWhenNeeded
from glocal.errors import ModelError
from glocal.extraction import load_model

PHOTO = EXAMPLES / "triple_skull" / "skull_01.jpg"


def test_it_does_what_the_model_does() -> None:
    model = load_model()
    late = ModelWhenNeeded(ModelIdentity.of(model))
    assert ModelIdentity.of(late) == ModelIdentity.of(model)
    found, expected = late.extract(PHOTO), model.extract(PHOTO)
    np.testing.assert_array_equal(found.global_descriptor, expected.global_descriptor)
    np.testing.assert_array_equal(found.keypoints, expected.keypoints)
    words, expected_words = late.visual_words(), model.visual_words()
    assert words is not None
    assert expected_words is not None
    np.testing.assert_array_equal(words, expected_words)


def test_threads_that_need_it_at_once_share_it() -> None:
    late = ModelWhenNeeded(ModelIdentity.of(load_model()))
    with ThreadPoolExecutor(8) as pool:
        cards = list(pool.map(lambda _: late.card, range(32)))
    assert len({id(card) for card in cards}) == 1


def test_what_it_is_is_known_of_a_model_that_is_gone() -> None:
    identity = replace(ModelIdentity.of(load_model()), source="/gone/model.json")
    late = ModelWhenNeeded(identity)
    assert (late.source, late.fingerprint) == (identity.source, identity.fingerprint)
    assert late.precision == identity.precision
    for _ in range(2):
        with pytest.raises(ModelError):
            late.visual_words()
