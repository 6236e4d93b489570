"""Photos, classes, views and batches."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.train

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from glocal.images import save_picture  # noqa: E402
from glocal.models.imagenet import Normalisation  # noqa: E402
from glocal.training.augment import random_crop, random_view  # noqa: E402
from glocal.training.batches import Batches, to_input  # noqa: E402
from glocal.training.data import (  # noqa: E402
    LabelledPhoto,
    PhotoCache,
    TrainingError,
    find_photos,
    number_classes,
    shrink,
    split_photos,
)
from glocal.training.recipe import Augmentation, Recipe  # noqa: E402

PIXELS = Normalisation((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


def noise(seed, height=40, width=60):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


@pytest.fixture
def folders(tmp_path):
    for number, name in enumerate(["places/aix-fountain", "places/nice-pier", "places/toulon-ship", "loose"]):
        (tmp_path / name).mkdir(parents=True)
        for photo in range(3):
            save_picture(noise(10 * number + photo), tmp_path / name / f"{photo}.png")
    (tmp_path / "places/nice-pier/notes.txt").write_text("no photo")
    return tmp_path


def test_identities_are_folders_and_loose_photos_have_none(folders):
    photos = find_photos([folders / "places"], [folders / "loose"])
    assert len(photos) == 12
    assert {photo.identity for photo in photos} == {
        "places/aix-fountain",
        "places/nice-pier",
        "places/toulon-ship",
        None,
    }
    classes = number_classes(photos, instances=False, ignore=-1)
    assert (classes.identities, classes.count) == (3, 3)
    assert (classes.labels[9:] == -1).all()


def test_each_photo_without_identity_can_be_its_own_class(folders):
    photos = find_photos([folders / "places"], [folders / "loose"])
    classes = number_classes(photos, instances=True, ignore=-1)
    assert (classes.identities, classes.count) == (3, 6)
    assert sorted(classes.labels[9:]) == [3, 4, 5]


def test_no_identity_is_in_two_parts(folders):
    photos = find_photos([folders / "places"], [folders / "loose"])
    split = split_photos(photos, ["aix-*", "toulon-*"], ["toulon-*"])
    assert {photo.identity for photo in split.train} == {"places/nice-pier", None}
    assert {photo.identity for photo in split.validate} == {"places/aix-fountain"}


def test_missing_and_empty_folders_are_named(tmp_path):
    with pytest.raises(TrainingError, match="gone: no such folder"):
        find_photos([tmp_path / "gone"], [])
    with pytest.raises(TrainingError, match="no photos"):
        find_photos([tmp_path], [])


def test_unreadable_photos_are_skipped_and_counted(folders):
    broken = folders / "places" / "nice-pier" / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff not really")
    cache = PhotoCache(find_photos([folders / "places"], []), side=32)
    assert len(cache) == 9
    assert [error.photo for error in cache.skipped] == [str(broken)]
    assert all(max(cache[index].shape) == 32 for index in range(9))


def test_shrinking_never_enlarges():
    assert shrink(noise(0), 100).shape == (40, 60, 3)
    assert shrink(noise(0), 30).shape == (20, 30, 3)
    assert shrink(noise(0, 1, 500), 50).shape == (1, 50, 3)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 900), st.integers(1, 900), st.integers(0, 2**32 - 1))
def test_a_random_crop_lies_inside_and_keeps_its_ranges(width, height, seed):
    views = Augmentation(area=(0.3, 0.8), aspect=(0.5, 2.0))
    left, top, wide, tall = random_crop(width, height, views, np.random.default_rng(seed))
    assert left >= 0
    assert top >= 0
    assert wide >= 1
    assert tall >= 1
    assert left + wide <= width
    assert top + tall <= height
    if (wide, tall) != (width, height) and min(wide, tall) > 20:
        assert 0.25 <= wide * tall / (width * height) <= 0.85
        assert 0.45 <= wide / tall <= 2.2


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_view_is_decided_by_its_generator(seed):
    strong = Augmentation(colour=0.8, blur=1.0, jpeg=1.0, flip=0.5)
    one, other = (random_view(noise(1), 32, strong, np.random.default_rng(seed)) for _ in range(2))
    assert one.shape == (32, 32, 3)
    assert one.dtype == np.uint8
    assert np.array_equal(one, other)


def test_without_augmentation_a_view_is_the_resized_photo():
    plain = Augmentation(area=(1.0, 1.0), aspect=(1.5, 1.5), colour=0.0, blur=0.0, jpeg=0.0)
    view = random_view(noise(2), 32, plain, np.random.default_rng(0))
    assert abs(view.astype(int).mean() - noise(2).mean()) < 2
    mirrored = random_view(noise(2), 32, plain.model_copy(update={"flip": 1.0}), np.random.default_rng(0))
    assert np.abs(view[:, ::-1].astype(int) - mirrored).max() <= 1


def cache_of(folder, count):
    folder.mkdir()
    for index in range(count):
        save_picture(noise(index), folder / f"{index:02}.png")
    return PhotoCache([LabelledPhoto(path, None) for path in sorted(folder.iterdir())], side=64)


def test_every_epoch_shows_every_photo_once_in_a_new_order(tmp_path):
    cache = cache_of(tmp_path / "photos", 7)
    batches = Batches(cache, np.arange(7), Recipe(name="t", steps=9, batch=3, side=32), PIXELS)
    seen = np.concatenate([batches.batch(step).labels.numpy() for step in range(7)])
    epochs = seen.reshape(3, 7)
    assert all(sorted(epoch) == list(range(7)) for epoch in epochs)
    assert not np.array_equal(epochs[0], epochs[1])


def test_batches_made_ahead_are_the_same(tmp_path):
    cache = cache_of(tmp_path / "photos", 5)
    batches = Batches(cache, np.arange(5), Recipe(name="t", steps=9, batch=4, side=32), PIXELS)
    ahead = list(batches.ahead(2, 5))
    assert len(ahead) == 3
    for step, batch in enumerate(ahead, 2):
        assert (batch.images == batches.batch(step).images).all()
        assert (batch.labels == batches.batch(step).labels).all()


@pytest.mark.parametrize("world_size", [2, 3, 6])
def test_the_parts_of_all_processes_are_the_batch_of_one(tmp_path, world_size):
    cache = cache_of(tmp_path / "photos", 5)
    recipe = Recipe(name="t", steps=9, batch=6, side=32)
    whole = Batches(cache, np.arange(5), recipe, PIXELS)
    parts = [Batches(cache, np.arange(5), recipe, PIXELS, rank=r, world_size=world_size) for r in range(world_size)]
    for step in (0, 3):
        batches = [part.batch(step) for part in parts]
        assert np.array_equal(np.concatenate([batch.images for batch in batches]), whole.batch(step).images)
        assert np.array_equal(np.concatenate([batch.labels for batch in batches]), whole.batch(step).labels)


def test_a_batch_that_cannot_be_divided_is_refused(tmp_path):
    with pytest.raises(TrainingError, match="a batch of 6 cannot be divided among 4 processes"):
        Batches(cache_of(tmp_path / "p", 2), np.arange(2), Recipe(name="t", steps=1, batch=6), PIXELS, world_size=4)


def test_input_is_normalised_per_channel():
    normalisation = Normalisation((10.0, 20.0, 30.0), (1.0, 2.0, 4.0))
    image = to_input(np.full((1, 2, 3, 3), 50, np.uint8), normalisation)
    assert tuple(image.shape) == (1, 3, 2, 3)
    assert image[0, :, 0, 0].tolist() == [40.0, 15.0, 5.0]
