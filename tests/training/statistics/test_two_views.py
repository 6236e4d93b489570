"""The same places in two views of a photo."""

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from glocal.models.geometry import ReceptiveField  # noqa: E402
from glocal.training.photos.labelled_photos import GRID, fitted  # noqa: E402
from glocal.training.statistics.two_views import shared_places, view_pair  # noqa: E402

FIELD = ReceptiveField(start=-150, size=331, stride=16)
"""Its cells look at pixels 15, 31, ..."""


def places_of(rows, columns):
    """Return [1, 2, rows, columns]: what each cell looks at, x and y in pixels."""
    x, y = np.meshgrid(np.arange(columns) * 16.0 + 15, np.arange(rows) * 16.0 + 15)
    return torch.from_numpy(np.stack([x, y])[None]).float()


def test_a_view_shows_a_mark_where_the_homography_says():
    for seed in range(10):
        photo = np.full((256, 352, 3), 90, np.uint8)
        cv2.circle(photo, (170, 120), 9, (250, 250, 250), -1)
        view, transform = view_pair(photo, np.random.default_rng(seed))
        rows, columns = np.nonzero(view.max(axis=2) > view.max(axis=2).mean() + 40)
        expected = cv2.perspectiveTransform(np.array([[(170.0, 120.0)]]), transform)[0, 0]
        assert np.allclose((columns.mean(), rows.mean()), expected, atol=1.0)
        assert {side % GRID for side in view.shape[:2]} == {0}


def test_the_same_generator_gives_the_same_view():
    photo = np.random.default_rng(1).integers(0, 256, (128, 96, 3), np.uint8)
    (first, one), (second, other) = (view_pair(photo, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(first, second)
    assert np.array_equal(one, other)


def test_shared_places_are_read_between_the_cells_of_the_view():
    transform = np.array([(0.8, 0.1, 3.0), (-0.1, 0.9, 12.0), (0.0, 0.0, 1.0)])
    inverse = np.linalg.inv(transform)
    seen = places_of(14, 16)
    # What each cell of the view sees, told in the photo's own pixels: the same numbers as the photo's cells have.
    x, y = seen[0].numpy()
    told = torch.from_numpy(
        np.stack(
            [
                inverse[0, 0] * x + inverse[0, 1] * y + inverse[0, 2],
                inverse[1, 0] * x + inverse[1, 1] * y + inverse[1, 2],
            ]
        )[None]
    ).float()
    pairs = shared_places(places_of(16, 20), told, torch.arange(320), transform, FIELD)
    assert 100 < len(pairs) < 320
    assert torch.allclose(pairs[:, 0], pairs[:, 1], atol=1e-2)


def test_places_outside_the_view_are_left_out():
    shift = np.array([(1.0, 0.0, -1000.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)])
    assert not len(shared_places(places_of(4, 4), places_of(4, 4), torch.arange(16), shift, FIELD))


@pytest.mark.parametrize(
    ("size", "expected"), [((300, 400), (192, 256)), ((100, 130), (96, 128)), ((10, 500), (32, 256))]
)
def test_fitted_photos_have_few_sizes(size, expected):
    assert fitted(np.zeros((*size, 3), np.uint8), 256).shape[:2] == expected
