"""Measures of proof, against sums worked out one by one."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glocal.evaluation.measures import expected_calibration_error, log_loss, reliability, verdict_counts

JUDGED = st.lists(st.tuples(st.floats(0.001, 0.999), st.booleans(), st.booleans()), min_size=1, max_size=60)


@given(JUDGED)
def test_every_number_equals_the_sum_over_pairs(rows):
    probability, proved, same = (np.array(column) for column in zip(*rows, strict=True))
    counts = verdict_counts(probability, proved, same)
    assert counts["right, proved"] == sum(s and p for _, p, s in rows)
    assert counts["wrong, likely"] == sum(not s and not p and one >= 0.5 for one, p, s in rows)
    assert counts["right"] + counts["wrong"] == len(rows)
    loss = -sum(math.log(one if s else 1 - one) for one, _, s in rows) / len(rows)
    assert log_loss(probability, same) == pytest.approx(loss)
    bins = reliability(probability, same)
    assert sum(one.pairs for one in bins) == len(rows)
    error = 0.0
    for tenth in range(10):
        inside = [(one, s) for one, _, s in rows if min(int(one * 10), 9) == tenth]
        if inside:
            error += abs(sum(one for one, _ in inside) - sum(s for _, s in inside)) / len(rows)
    assert expected_calibration_error(bins) == pytest.approx(error)
