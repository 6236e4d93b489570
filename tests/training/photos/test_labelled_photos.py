"""Photos, classes, views and batches."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.train

from glocal.images import save_picture  # noqa: E402
from glocal.models.imagenet import Normalisation  # noqa: E402
from glocal.training.photos.batches import Batches, to_input  # noqa: E402
from glocal.training.photos.labelled_photos import (  # noqa: E402
    LabelledPhoto,
    PhotoCache,
    TrainingError,
    number_classes,
)
from glocal.training.photos.layouts import find_labelled_photos  # noqa: E402
from glocal.training.recipe import Recipe  # noqa: E402

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
    photos = find_labelled_photos([folders / "places"], [folders / "loose"]).photos
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
    photos = find_labelled_photos([folders / "places"], [folders / "loose"]).photos
    classes = number_classes(photos, instances=True, ignore=-1)
    assert (classes.identities, classes.count) == (3, 6)
    assert sorted(classes.labels[9:]) == [3, 4, 5]


def breakable_cache(folder, count, broken, **options):
    """Return a cache of `count` photos of one colour each, its number; those in `broken` are no photos."""
    folder.mkdir()
    for index in range(count):
        path = folder / f"{index:02}.png"
        if index in broken:
            path.write_bytes(b"\x89PNG not really")
        else:
            save_picture(np.full((40, 60, 3), index, np.uint8), path)
    return PhotoCache(find_labelled_photos([], [folder]).photos, side=32, **options)


@pytest.mark.parametrize("memory", [0, 5000, 10**9])
def test_an_unreadable_photo_is_met_with_the_next_one_and_listed(tmp_path, memory):
    cache = breakable_cache(tmp_path / "p", 6, {1, 2, 5}, memory=memory)
    assert cache.skipped == []
    for _ in range(2):
        assert [int(cache[row][0, 0, 0]) for row in range(6)] == [0, 3, 3, 3, 4, 0]
        assert [cache.readable(row)[0] for row in range(6)] == [0, 3, 3, 3, 4, 0]
    assert [error.photo[-6:] for error in cache.skipped] == ["01.png", "02.png", "05.png"]
    readable = cache.only_readable()
    assert [int(readable[row][0, 0, 0]) for row in range(len(readable))] == [0, 3, 4]


def test_without_one_readable_photo_the_first_is_explained(tmp_path):
    cache = breakable_cache(tmp_path / "p", 2, {0, 1})
    with pytest.raises(TrainingError, match=r"none of 2 photos can be read, the first one: .*00\.png"):
        cache[1]


def test_memory_is_bounded_and_what_is_kept_needs_no_file(tmp_path):
    one = 21 * 32 * 3  # bytes of a photo shrunk to 32 x 21
    cache = breakable_cache(tmp_path / "p", 5, set(), memory=2 * one + 1)
    pictures = [cache[row] for row in range(5)]
    assert {picture.nbytes for picture in pictures} == {one}
    for path in (tmp_path / "p").iterdir():
        path.unlink()
    assert [cache.readable(row)[0] for row in range(5)] == [0, 1, 0, 0, 0]


def test_batches_are_the_same_with_any_memory_and_broken_photos(tmp_path):
    little = breakable_cache(tmp_path / "p", 7, {3, 4}, memory=0)
    much = PhotoCache(little.photos, side=32)
    one, other = (
        Batches(cache, np.arange(7), Recipe(name="t", steps=9, batch=3, side=32), PIXELS) for cache in (little, much)
    )
    for step in (4, 0, 1):
        first, second = one.batch(step), other.batch(step)
        assert np.array_equal(first.images, second.images)
        assert np.array_equal(first.known.labels, second.known.labels)
        assert not set(first.known.labels.tolist()) & {3, 4}


def cache_of(folder, count):
    folder.mkdir()
    for index in range(count):
        save_picture(noise(index), folder / f"{index:02}.png")
    return PhotoCache([LabelledPhoto(str(path), None) for path in sorted(folder.iterdir())], side=64)


def test_every_epoch_shows_every_photo_once_in_a_new_order(tmp_path):
    cache = cache_of(tmp_path / "photos", 7)
    batches = Batches(cache, np.arange(7), Recipe(name="t", steps=9, batch=3, side=32), PIXELS)
    seen = np.concatenate([batches.batch(step).known.labels.numpy() for step in range(7)])
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
        assert (batch.known.labels == batches.batch(step).known.labels).all()


@pytest.mark.parametrize("world_size", [2, 3, 6])
def test_the_parts_of_all_processes_are_the_batch_of_one(tmp_path, world_size):
    cache = cache_of(tmp_path / "photos", 5)
    recipe = Recipe(name="t", steps=9, batch=6, side=32)
    whole = Batches(cache, np.arange(5), recipe, PIXELS)
    parts = [Batches(cache, np.arange(5), recipe, PIXELS, rank=r, world_size=world_size) for r in range(world_size)]
    for step in (0, 3):
        batches = [part.batch(step) for part in parts]
        assert np.array_equal(np.concatenate([batch.images for batch in batches]), whole.batch(step).images)
        assert np.array_equal(np.concatenate([batch.known.labels for batch in batches]), whole.batch(step).known.labels)


def test_a_batch_that_cannot_be_divided_is_refused(tmp_path):
    with pytest.raises(TrainingError, match="a batch of 6 views cannot be divided among 4 processes"):
        Batches(cache_of(tmp_path / "p", 2), np.arange(2), Recipe(name="t", steps=1, batch=6), PIXELS, world_size=4)


def test_input_is_normalised_per_channel():
    normalisation = Normalisation((10.0, 20.0, 30.0), (1.0, 2.0, 4.0))
    image = to_input(np.full((1, 2, 3, 3), 50, np.uint8), normalisation)
    assert tuple(image.shape) == (1, 3, 2, 3)
    assert image[0, :, 0, 0].tolist() == [40.0, 15.0, 5.0]


def test_views_of_a_photo_stand_side_by_side_with_what_teachers_say_of_it(tmp_path):
    cache = cache_of(tmp_path / "p", 6)
    recipe = Recipe.model_validate({"name": "t", "steps": 3, "batch": 4, "side": 32, "data": {"views": 2}})
    teachers = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float16)
    batches = Batches(cache, np.arange(6) % 2, recipe, PIXELS, teachers=teachers)
    shown = [batches.batch(step) for step in range(3)]
    rows = np.concatenate([batch.known.photos for batch in shown])
    assert np.array_equal(rows[::2], rows[1::2])
    assert sorted(rows[::2]) == list(range(6))
    for batch in shown:
        assert np.array_equal(batch.known.labels, batch.known.photos % 2)
        assert np.array_equal(batch.known.teachers, teachers[batch.known.photos].astype(np.float32))
        assert not np.array_equal(batch.images[0], batch.images[1])


def test_views_of_a_photo_are_not_divided_among_processes(tmp_path):
    recipe = Recipe.model_validate({"name": "t", "steps": 1, "batch": 6, "data": {"views": 2}})
    with pytest.raises(TrainingError, match="2 of one photo together"):
        Batches(cache_of(tmp_path / "p", 2), np.arange(2), recipe, PIXELS, world_size=2)
