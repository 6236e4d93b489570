"""The calibration: never falling, equal to an independent optimiser's, refusing what it cannot mean."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glocal.errors import ModelError
from glocal.matching import IMPROBABLE, Calibration, LabelledPairs, fit_calibration
from glocal.matching.logistic import fit_logistic, objective, sigmoid


def labelled_pairs(seed=0, count=600, share=0.3):
    """Pairs as a search gathers them: chance gives up to about eight support, sameness more and similarity."""
    rng = np.random.default_rng(seed)
    same = rng.random(count) < share
    similarity = np.clip(np.where(same, rng.normal(0.6, 0.15, count), rng.normal(0.4, 0.12, count)), -1, 1)
    correspondences = rng.integers(10, 120, count)
    support = np.minimum(rng.poisson(5, count) + np.where(same, rng.geometric(0.05, count), 0), correspondences)
    return similarity, support, correspondences, same


def table(similarity, support, correspondences, same, **more):
    """The same as labelled pairs, of one domain and no known background unless told otherwise."""
    count = len(same)
    given = {
        "background": np.full(count, np.nan),
        "domain": np.zeros(count, int),
        "alike": np.zeros(count, bool),
        **more,
    }
    return LabelledPairs(
        similarity=similarity, support=support, correspondences=correspondences, same=np.asarray(same), **given
    )


def fitted(*columns, prior=0.03, **more):
    return fit_calibration(table(*columns, **more), prior=prior)


def any_calibration(draw_seed):
    rng = np.random.default_rng(draw_seed)
    similarity, support, correspondences, same = labelled_pairs(draw_seed, 80, 0.5)
    if rng.random() < 0.5:  # labels that contradict the evidence must not make it fall either
        same = rng.permutation(same)
    same[:2] = [True, False]
    return fitted(similarity, support, correspondences, same, prior=0.5)


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    similarity=st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
    support=st.tuples(st.integers(0, 1000), st.integers(0, 1000)),
    correspondences=st.integers(0, 1000),
)
def test_never_falls_with_similarity_or_support(seed, similarity, support, correspondences):
    calibration = any_calibration(seed)
    (low, high), (few, many) = sorted(similarity), sorted(support)
    base = calibration.probability(low, few, correspondences)
    assert 0 < base < 1
    assert base <= calibration.probability(high, few, correspondences)
    assert base <= calibration.probability(low, many, correspondences)
    assert base >= calibration.probability(low, few, correspondences + 10)
    assert calibration.probability_unverified(low) <= calibration.probability_unverified(high)
    assert 0 < calibration.probability_unverified(low) < 1


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), similarity=st.floats(0, 1), support=st.floats(0, 60), weight=st.floats(0, 1.5))
def test_reweighed_is_the_probability_with_that_support(seed, similarity, support, weight):
    calibration = any_calibration(seed)
    known = calibration.probability(similarity, support, 80)
    wanted = calibration.probability(similarity, support * weight, 80)
    if 1e-5 < known < 1 - 1e-5:  # otherwise it is cut off, and what lies beyond is not known
        assert calibration.reweighed(known, support, support * weight) == pytest.approx(wanted, abs=1e-6)


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), penalty=st.floats(0.01, 5))
def test_fit_equals_the_optimum_of_another_optimiser(seed, penalty):
    from scipy.optimize import minimize  # takes a second to import, for this test alone

    rng = np.random.default_rng(seed)
    inputs = np.column_stack([np.ones(120), rng.normal(size=(120, 4))])
    targets = (sigmoid(inputs @ [0.3, 1.5, -1.0, -2.0, 0.0]) > rng.random(120)).astype(float)
    importance = rng.uniform(0.2, 2, 120)
    penalties = np.array([0.0, *[penalty] * 4])
    bounded = np.array([False, True, True, False, True])
    found = fit_logistic(inputs, targets, importance, penalties, bounded)
    assert (found[bounded] >= 0).all()
    reference = minimize(
        objective,
        np.zeros(5),
        (inputs, targets, importance, penalties),
        method="L-BFGS-B",
        bounds=[(0, None) if bound else (None, None) for bound in bounded],
        options={"ftol": 1e-14, "gtol": 1e-9, "maxiter": 5000},
    )
    best = objective(found, inputs, targets, importance, penalties)
    assert best <= reference.fun + 1e-7 * abs(reference.fun)
    assert np.allclose(found, reference.x, atol=2e-3)


def test_objective_equals_its_formula():
    rng = np.random.default_rng(1)
    inputs, weights, importance = rng.normal(size=(9, 3)), rng.normal(size=3), rng.uniform(0.5, 2, 9)
    targets, penalty = (rng.random(9) < 0.5).astype(float), np.array([0.0, 1.0, 2.0])
    expected = 0.5 * sum(penalty * weights**2)
    for row, target, weight in zip(inputs, targets, importance, strict=True):
        probability = 1 / (1 + np.exp(-row @ weights))
        expected -= weight * np.log(probability if target else 1 - probability)
    assert objective(weights, inputs, targets, importance, penalty) == pytest.approx(expected)


def test_separable_pairs_give_finite_sure_probabilities():
    similarity = np.array([0.1, 0.2, 0.8, 0.9] * 20)
    same = similarity > 0.5
    calibration = fitted(similarity, np.where(same, 60, 3), np.full(80, 80), same, prior=0.5)
    assert calibration.probability(0.85, 60, 80) > 0.98
    assert calibration.probability(0.15, 3, 80) < 0.02
    assert np.isfinite(calibration.verified).all()


def test_chance_support_proves_nothing_and_many_do():
    calibration = fitted(*labelled_pairs(), prior=0.5)
    assert calibration.probability(0.5, 8, 60) < 0.5
    assert calibration.probability(0.5, 40, 60) > 0.95
    assert calibration.probability(0.5, 8, 60) < calibration.probability(0.5, 20, 60)


def test_probabilities_are_calibrated_at_even_odds():
    similarity, support, correspondences, same = labelled_pairs(3, 4000, 0.5)
    calibration = fitted(similarity, support, correspondences, same, prior=0.5)
    probability = np.array(
        [calibration.probability(*row) for row in zip(similarity, support, correspondences, strict=True)]
    )
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        part = (probability >= low) & (probability < low + 0.2)
        assert probability[part].mean() == pytest.approx(same[part].mean(), abs=0.12)


def test_the_share_of_same_pairs_does_not_shift_the_result():
    similarity, support, correspondences, same = labelled_pairs(4, 3000, 0.5)
    every = fitted(similarity, support, correspondences, same)
    keep = same | (np.arange(3000) % 4 == 0)
    fewer = fitted(similarity[keep], support[keep], correspondences[keep], same[keep])
    for values in ((0.4, 5, 60), (0.5, 12, 60), (0.6, 30, 60)):
        assert every.probability(*values) == pytest.approx(fewer.probability(*values), abs=0.06)


@pytest.mark.parametrize("prior", [0.01, 0.2])
def test_the_prior_multiplies_the_odds(prior):
    pairs = labelled_pairs(5)
    even, shifted = fitted(*pairs, prior=0.5), fitted(*pairs, prior=prior)
    for values in ((0.3, 4, 60), (0.5, 12, 60), (0.7, 40, 60)):
        before, after = even.probability(*values), shifted.probability(*values)
        assert after / (1 - after) == pytest.approx(before / (1 - before) * prior / (1 - prior))


def test_proof_is_what_one_wrong_pair_in_a_hundred_thousand_reaches():
    rng = np.random.default_rng(6)
    same = np.arange(40_000) % 4 == 0
    support = rng.exponential(1.7, len(same)) + np.where(same, 100, 0)  # P(more than s) = exp(-s / 1.7)
    calibration = fitted(np.where(same, 0.6, 0.3), support, np.full(len(same), 200), same)
    assert calibration.chance_support == pytest.approx(1.7 * np.log(1e5), rel=0.1)
    assert calibration.proves(calibration.chance_support + 0.1, 0.9)
    assert not calibration.proves(calibration.chance_support, 0.9)


def test_what_is_improbable_is_no_proof():
    calibration = Calibration((0.0,) * 7, (0.0,) * 2, chance_support=10.0)
    assert calibration.exceeds_chance(11)
    assert calibration.proves(11, IMPROBABLE)
    assert not calibration.proves(11, IMPROBABLE - 0.01)
    assert not calibration.proves(11, None)


def test_where_chance_has_no_tail_its_most_is_what_was_seen():
    support = np.concatenate([np.full(200, 3.0), [90, 95]])
    same = support > 50
    similarity = np.where(same, 0.6, 0.3)
    assert fitted(similarity, support, np.full(len(support), 200), same).chance_support == 3.0


def test_a_card_from_before_support_was_measured_proves_with_inliers_to_spare():
    values = fitted(*labelled_pairs()).to_dict()
    del values["chance_support"]
    assert Calibration.from_dict({**values, "chance_inliers": 28}).chance_support == 28.0


def test_survives_json():
    calibration = fitted(*labelled_pairs())
    assert Calibration.from_dict(json.loads(json.dumps(calibration.to_dict()))) == calibration


@pytest.mark.parametrize(
    "values",
    [{}, {"verified": [1, 2], "unverified": [0, 1]}, {"verified": "x", "unverified": None}, {"verified": 3}],
)
def test_a_damaged_card_is_named(values):
    with pytest.raises(ModelError, match=r"no valid calibration .* fit it again"):
        Calibration.from_dict(values)


def test_a_calibration_cannot_fall_or_be_infinite():
    good = fitted(*labelled_pairs())
    with pytest.raises(ValueError, match="may not fall"):
        Calibration((good.verified[0], -1.0, *good.verified[2:]), good.unverified, 5.0)
    with pytest.raises(ValueError, match="may not fall"):
        Calibration(good.verified, (0.0, -0.5), 5.0)
    with pytest.raises(ValueError, match="finite"):
        Calibration((np.inf, *good.verified[1:]), good.unverified, 5)


def test_pairs_of_both_kinds_are_needed():
    similarity, support, correspondences, same = labelled_pairs()
    with pytest.raises(ValueError, match="both needed"):
        fitted(similarity, support, correspondences, np.ones_like(same))
    with pytest.raises(ValueError, match="one length"):
        fitted(similarity, support[:-1], correspondences, same)


def test_similarity_counts_by_how_far_it_is_above_the_background():
    calibration = fitted(*labelled_pairs(), background=np.full(600, 0.3))
    assert calibration.usual_background == pytest.approx(0.3)
    assert calibration.probability(0.5, 9, 60, 0.2) == pytest.approx(calibration.probability(0.7, 9, 60, 0.4))
    assert calibration.probability(0.5, 9, 60, 0.2) > calibration.probability(0.5, 9, 60, 0.4)
    assert calibration.probability(0.5, 9, 60) == calibration.probability(0.5, 9, 60, calibration.usual_background)
    assert calibration.probability_unverified(0.5, 0.1) > calibration.probability_unverified(0.5, 0.4)


def test_a_card_from_before_takes_similarity_as_it_is():
    values = fitted(*labelled_pairs()).to_dict()
    del values["usual_background"]
    old = Calibration.from_dict(values)
    assert old.probability(0.5, 9, 60, 0.4) == old.probability(0.5, 9, 60)
    with pytest.raises(ModelError, match="no valid calibration"):
        Calibration.from_dict({**values, "usual_background": 3})


def test_many_probabilities_are_the_same_as_one_by_one():
    background = np.where(np.arange(600) % 3 == 0, np.nan, 0.25)
    pairs = table(*labelled_pairs(), background=background)
    calibration = fit_calibration(pairs)
    columns = (pairs.similarity, pairs.support, pairs.correspondences, background)
    for row, probability in zip(zip(*columns, strict=True), calibration.probabilities(*columns), strict=True):
        assert probability == calibration.probability(*(row if np.isfinite(row[3]) else row[:3]))


def test_every_domain_counts_alike_however_many_pairs_it_has():
    similarity, support, correspondences, same = labelled_pairs(2, 6000)
    one = table(*labelled_pairs(1, 6000))
    shifted = table(similarity - 0.4, support, correspondences, same, domain=np.ones(6000, int))
    unlabelled = table(similarity - 0.4, support, correspondences, same)
    once = fit_calibration(LabelledPairs.joined([one, shifted]))
    often = fit_calibration(LabelledPairs.joined([one, *[shifted] * 9]))
    pooled = fit_calibration(LabelledPairs.joined([one, *[unlabelled] * 9]))
    for values in ((0.4, 12, 60), (0.5, 12, 60)):
        assert often.probability(*values) == pytest.approx(once.probability(*values), abs=0.05)
        assert pooled.probability(*values) > once.probability(*values) + 0.1


def test_things_that_share_a_design_say_nothing_about_chance():
    similarity, support, correspondences, same = labelled_pairs()
    brothers = table(similarity, support + 50.0, correspondences, np.zeros(600, bool), alike=np.ones(600, bool))
    pairs = table(similarity, support, correspondences, same)
    joined = fit_calibration(LabelledPairs.joined([pairs, brothers]))
    assert joined.chance_support == fit_calibration(pairs).chance_support
    assert joined.probability(0.5, 60, 80) < fit_calibration(pairs).probability(0.5, 60, 80)


def test_labelled_pairs_have_one_length():
    with pytest.raises(ValueError, match="one length"):
        table(*labelled_pairs(), background=np.zeros(5))
