"""What goes wrong in training is named: on constructed tensors, and on healthy ones nothing is said."""

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from glocal.training.loop.watch import check_numbers, collapses  # noqa: E402
from glocal.training.photos.labelled_photos import TrainingError  # noqa: E402


@pytest.fixture
def healthy():
    torch.manual_seed(0)
    return {
        "descriptor": torch.randn(8, 16),
        "attention": torch.rand(8, 1, 4, 4),
        "reconstruction": torch.rand(8, 5, 4, 4),
    }


def test_a_healthy_batch_needs_no_words(healthy):
    assert collapses(**healthy) == []
    assert collapses(healthy["descriptor"][:1], healthy["attention"], None) == []
    check_numbers(3, {"the loss": 1e30, "the gradient": 0.0})


@pytest.mark.parametrize(
    ("part", "value", "words"),
    [
        ("descriptor", torch.ones(8, 16) + 1e-3 * torch.arange(8)[:, None], "descriptors of the batch are alike"),
        ("attention", torch.full((8, 1, 4, 4), 0.7), "prefers nothing"),
        ("attention", torch.rand(8, 1, 4, 4) * 1e-9, "no local feature would be kept"),
        ("reconstruction", torch.zeros(8, 5, 4, 4), "autoencoder gives zeros only"),
    ],
)
def test_each_collapse_is_named(healthy, part, value, words):
    found = collapses(**{**healthy, part: value})
    assert len(found) == 1
    assert words in found[0]


def test_the_mean_cosine_is_that_of_all_pairs(healthy, monkeypatch):
    rows = torch.nn.functional.normalize(healthy["descriptor"] + 3.0)
    cosine = rows @ rows.T
    mean = (cosine.sum() - len(rows)) / (len(rows) * (len(rows) - 1))
    monkeypatch.setattr("glocal.training.loop.watch.ALIKE", mean.item() - 1e-4)
    assert collapses(rows, healthy["attention"], None)
    monkeypatch.setattr("glocal.training.loop.watch.ALIKE", mean.item() + 1e-4)
    assert not collapses(rows, healthy["attention"], None)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_named(value):
    with pytest.raises(TrainingError, match=r"step 7: the gradient is no longer a number; lower optimiser"):
        check_numbers(7, {"the loss": 1.0, "the gradient": value})
