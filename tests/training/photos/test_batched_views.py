"""Views made of a whole batch at once: the same changes as views made one by one, checked against OpenCV."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.train

import cv2  # noqa: E402
import torch  # noqa: E402
from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from glocal.models.imagenet import Normalisation  # noqa: E402
from glocal.training.photos import Batches, LabelledPhoto, PhotoCache  # noqa: E402
from glocal.training.photos.batched_views import BatchedViews, PhotoStack, places  # noqa: E402
from glocal.training.photos.view_plan import (  # noqa: E402
    CORNERS,
    homographies,
    plan_views,
    random_crops,
    random_quads,
)
from glocal.training.recipe import Recipe  # noqa: E402
from glocal.training.recipe_parts import Augmentation  # noqa: E402

CPU = torch.device("cpu")
PIXELS = Normalisation((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
PLAIN = {"area": (1.0, 1.0), "aspect": (1.0, 1.0), "colour": 0.0, "blur": 0.0, "jpeg": 0.0, "batched": True}
STRONG = {
    "rotation": 20.0, "perspective": 0.4, "turned": 0.3, "colour": 0.5, "lighting": 0.1, "occlusion": 0.6,
    "pasted": 0.5, "blur": 0.5, "flip": 0.5, "jpeg": 0.0, "batched": True,
}  # fmt: skip


def smooth(seed, height=96, width=96):
    """A picture without sharp edges, so that ways to interpolate differ little."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def cache_of(folder, pictures, side=96):
    folder.mkdir(exist_ok=True)
    for number, picture in enumerate(pictures):
        cv2.imwrite(str(folder / f"{number:02}.png"), picture[:, :, ::-1])
    return PhotoCache([LabelledPhoto(str(path), None) for path in sorted(folder.iterdir())], side)


def one_view(cache, side=96, row=0, ground=1, **changes):
    maker = BatchedViews(cache, side, Augmentation(**(PLAIN | changes)), CPU)
    rows = np.array([row])
    views, shown = maker.views(rows, np.array([1]), ground, slice(0, 1), np.random.default_rng(3))
    assert shown.tolist() == [row]
    return views[0].permute(1, 2, 0).numpy()


def test_without_changes_a_view_is_the_photo(tmp_path):
    cache = cache_of(tmp_path / "p", [smooth(0), smooth(1)])
    assert np.abs(one_view(cache) - smooth(0)).max() < 0.01
    assert np.abs(one_view(cache, flip=1.0) - smooth(0)[:, ::-1]).max() < 0.01


@pytest.mark.parametrize("side", [96, 40, 17])
def test_a_photo_is_shrunk_as_opencv_shrinks_it(tmp_path, side):
    cache = cache_of(tmp_path / "p", [smooth(0), smooth(1)])
    expected = cv2.resize(smooth(0), (side, side), interpolation=cv2.INTER_AREA)
    assert np.abs(one_view(cache, side=side) - expected).mean() < 3


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_a_homography_brings_the_corners_where_opencv_does(seed):
    quads = random_quads(Augmentation(rotation=180, perspective=1.0), np.random.default_rng(seed), 3)
    for quad, transform in zip(quads, homographies(quads), strict=True):
        expected = cv2.getPerspectiveTransform(CORNERS.astype(np.float32), quad.astype(np.float32))
        assert transform == pytest.approx(expected, abs=1e-4)
    assert np.abs(quads).max() <= 1 + 1e-9


def test_what_is_seen_is_what_opencv_warps(tmp_path):
    photo = smooth(4, 60, 90)
    stack = PhotoStack(cache_of(tmp_path / "p", [photo]), CPU)
    seen = np.array([[30, 6, 45], [-4, 20, 31], [0.1, 0.05, 1]], float)
    view = stack.seen(np.array([0]), seen[None], places(64, CPU))[0].permute(1, 2, 0).numpy()
    # OpenCV counts pixels from their middles, and a view of 64 pixels from 0 to 63.
    to_place = np.array([[2 / 64, 0, 1 / 64 - 1], [0, 2 / 64, 1 / 64 - 1], [0, 0, 1]])
    to_pixel = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    expected = cv2.warpPerspective(
        photo, to_pixel @ seen @ to_place, (64, 64), flags=how, borderMode=cv2.BORDER_REPLICATE
    )
    assert np.abs(view - expected).mean() < 1


@settings(max_examples=40)
@given(st.integers(1, 900), st.integers(1, 900), st.integers(0, 2**32 - 1))
def test_crops_lie_inside_and_keep_their_ranges(width, height, seed):
    sizes = np.full(4, width, float), np.full(4, height, float)
    boxes = random_crops(*sizes, Augmentation(area=(0.3, 0.8), aspect=(0.5, 2.0)), np.random.default_rng(seed))
    for left, top, wide, tall in boxes:
        assert min(left, top) >= 0
        assert left + wide <= width + 1e-6
        assert top + tall <= height + 1e-6
        if (wide, tall) != (width, height):
            assert 0.299 <= wide * tall / (width * height) <= 0.801
            assert 0.499 <= wide / tall <= 2.001


def test_the_middle_of_a_batch_lies_on_one_ground(tmp_path):
    black, white = (np.full((96, 96, 3), value, np.uint8) for value in (0, 255))
    view = one_view(cache_of(tmp_path / "p", [white, black]), pasted=1.0)
    covered = (view > 127).mean()
    assert 0.16 <= covered <= 0.81
    assert {0.0, 255.0} == set(np.unique(view.round(3)))


def test_a_part_is_hidden_behind_another_photo_or_one_colour(tmp_path):
    cache = cache_of(tmp_path / "p", [np.full((96, 96, 3), 200, np.uint8), np.full((96, 96, 3), 10, np.uint8)])
    maker = BatchedViews(cache, 96, Augmentation(**(PLAIN | {"occlusion": 1.0})), CPU)
    rows = np.zeros(40, int)
    views, _ = maker.views(rows, rows + 1, 1, slice(0, 40), np.random.default_rng(0))
    views = views.round()
    hidden = (views != 200).any(dim=1).double().mean(dim=(1, 2))
    assert (hidden > 0.01).all()
    assert (hidden < 0.3).all()
    behind_photo = ((views == 200) | (views == 10)).flatten(1).all(dim=1).sum()
    assert 8 <= behind_photo <= 32


def test_blur_is_a_gaussian_of_opencv(tmp_path):
    photo = np.random.default_rng(0).integers(0, 256, (96, 96, 3), np.uint8)
    view = one_view(cache_of(tmp_path / "p", [photo, photo]), blur=1.0)
    plan = plan_views(
        np.array([96.0]), np.array([96.0]), Augmentation(**(PLAIN | {"blur": 1.0})), np.random.default_rng(3)
    )
    expected = cv2.GaussianBlur(photo.astype(np.float32), (11, 11), plan.blur[0], borderType=cv2.BORDER_REFLECT_101)
    assert np.abs(view - expected).max() < 0.5


def test_batches_are_decided_by_seed_and_step_and_shared_among_processes(tmp_path):
    cache = cache_of(tmp_path / "p", [smooth(seed, 60 + seed, 90) for seed in range(6)])
    recipe = Recipe.model_validate(
        {"name": "t", "steps": 3, "batch": 6, "side": 32, "data": {"views": 2}, "augmentation": STRONG}
    )
    labels = np.arange(6)
    whole, again = (Batches(cache, labels, recipe, PIXELS) for _ in range(2))
    parts = [Batches(cache, labels, recipe, PIXELS, rank=rank, world_size=3) for rank in range(3)]
    for step in (2, 0):
        batch = whole.batch(step)
        assert torch.equal(batch.images, again.batch(step).images)
        together = torch.cat([part.batch(step).images for part in parts])
        assert torch.allclose(batch.images, together, atol=1e-3)
        assert batch.known.photos.tolist() == [row for part in parts for row in part.batch(step).known.photos.tolist()]
        assert not torch.equal(batch.images[0], batch.images[1])
    assert whole.views(1)[0].dtype == np.uint8


def test_batched_views_are_not_saved_as_jpeg():
    with pytest.raises(ValueError, match=r"set augmentation\.jpeg = 0\.0"):
        Augmentation(batched=True, jpeg=0.1)
