"""Sets of photos that weigh alike in the whitening."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from glocal.models.principal_components import principal_components  # noqa: E402
from glocal.training.photos import LabelledPhoto  # noqa: E402
from glocal.training.recipe_parts import Start  # noqa: E402
from glocal.training.statistics.whitening import photo_weights, whitening_of  # noqa: E402


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=12))
def test_each_set_counts_as_much_and_photos_one_on_average(sources):
    photos = [LabelledPhoto(f"{number}.jpg", None, source) for number, source in enumerate(sources)]
    weights = photo_weights(photos, Start(balance="sets"))
    totals = [float(weights[[name == one for name in sources]].sum()) for one in set(sources)]
    assert float(weights.mean()) == pytest.approx(1)
    assert totals == pytest.approx([totals[0]] * len(totals), rel=1e-5)
    assert photo_weights(photos, Start()).tolist() == [1] * len(photos)


@settings(max_examples=20)
@given(st.lists(st.integers(1, 3), min_size=8, max_size=8), st.integers(0, 99))
def test_a_weight_is_a_vector_that_comes_so_often(counts, seed):
    rows = torch.randn(8, 3, generator=torch.Generator().manual_seed(seed))
    often = torch.tensor(counts).float()
    weighed = principal_components(rows, weights=often / often.mean())
    repeated = rows.double().repeat_interleave(torch.tensor(counts), dim=0).numpy()
    assert weighed.mean.numpy() == pytest.approx(repeated.mean(axis=0), abs=1e-5)
    variances = np.linalg.eigvalsh(np.cov(repeated.T, bias=True))[::-1] * 8 / 7
    assert weighed.variances.numpy() == pytest.approx(variances, rel=1e-3, abs=1e-5)


@settings(max_examples=10)
@given(st.integers(0, 99))
def test_a_set_whose_photos_come_twice_changes_nothing(seed):
    random = torch.Generator().manual_seed(seed)
    labels = torch.arange(8).repeat_interleave(3)
    pooled = torch.randn(8, 4, generator=random).repeat_interleave(3, 0) + torch.randn(24, 4, generator=random)
    photos = [LabelledPhoto(f"{row}.jpg", str(label), "ab"[label % 2]) for row, label in enumerate(labels.tolist())]
    start = Start(whitening="pairs", identities=0.6, exponent=0.4, shrinkage=0.1, balance="sets")
    rows = [*range(24), *(row for row in range(24) if photos[row].source == "a")]
    once = whitening_of(pooled, (4,), labels, photos, start)[0]
    twice = whitening_of(pooled[rows], (4,), labels[rows], [photos[row] for row in rows], start)[0]
    metrics = [projection.T @ projection for projection in (once, twice)]  # signs of its rows are free
    assert torch.allclose(*(metric / metric.trace() for metric in metrics), atol=0.02)
