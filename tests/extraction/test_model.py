"""The bundled model on real photos: what features are, and where they say things are."""

import shutil
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from example_photos import EXAMPLES
from PIL import Image

import glocal
from glocal.errors import PhotoError, RegionError
from glocal.extraction import load_model
from glocal.matching import match_features
from glocal.orientation import Orientation

PHOTO = EXAMPLES / "stitch_apartment_building" / "apartment_building_01.jpg"


@pytest.fixture(scope="module")
def model():
    return load_model()


@pytest.fixture(scope="module")
def small_photo():
    """A photo that is not shrunk before the network sees it."""
    with Image.open(PHOTO) as image:
        image.thumbnail((448, 448))
        return np.asarray(image)


def same(a, b):
    return all(
        np.array_equal(getattr(a, name), getattr(b, name))
        for name in ("global_descriptor", "keypoints", "scales", "attention", "descriptors")
    )


@contextmanager
def openings_of(path):
    """Give what counts how often this process opens a file meanwhile, as the interpreter's audit sees it."""
    opened, is_over = [], False

    def see(event, arguments):
        if not is_over and event == "open" and arguments[0] == str(path):
            opened.append(event)

    sys.addaudithook(see)
    yield lambda: len(opened)
    is_over = True


def test_features_keep_their_promises(model):
    features = model.extract(PHOTO)
    with Image.open(PHOTO) as image:
        width, height = image.size
    assert features.image_size == (width, height)
    assert 0 < len(features) <= model.preset.max_features
    assert features.attention.min() >= model.card.local.attention_threshold
    assert np.linalg.norm(features.descriptors, axis=1) == pytest.approx(1, abs=1e-5)
    assert np.linalg.norm(features.global_descriptor) == pytest.approx(1, abs=1e-5)
    assert np.all(features.keypoints >= -16)
    assert np.all(features.keypoints <= [width + 16, height + 16])
    with pytest.raises(ValueError, match="read-only"):
        features.keypoints[0] = 0


@pytest.mark.slow
def test_a_photo_is_the_same_however_it_is_given(model):
    expected = model.extract(PHOTO)
    with Image.open(PHOTO) as image:
        for photo in (str(PHOTO), PHOTO.read_bytes(), image, np.asarray(image)):
            assert same(model.extract(photo), expected)


def test_a_turned_file_that_says_so_is_the_same_photo(model, small_photo, tmp_path):
    turned = tmp_path / "turned.png"
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by a quarter clockwise
    Image.fromarray(np.rot90(small_photo).copy()).save(turned, exif=exif)
    assert same(model.extract(turned), model.extract(small_photo))


def test_a_region_is_described_as_its_crop_alone_in_pixels_of_the_photo(model, small_photo):
    left, top, width, height = 60, 40, 240, 200
    region = model.extract(small_photo, (left, top, width, height))
    crop = model.extract(small_photo[top : top + height, left : left + width])
    assert np.array_equal(region.global_descriptor, crop.global_descriptor)
    assert region.keypoints == pytest.approx(crop.keypoints + np.array([left, top]), abs=1e-3)
    assert region.image_size == small_photo.shape[1::-1]
    assert region.region == (left, top, width, height)
    assert crop.region is None


def test_a_region_of_a_large_photo_is_looked_at_in_full_unless_as_inside(model, small_photo):
    photo = np.tile(small_photo, (3, 3, 1))
    height, width = small_photo.shape[:2]
    crop = model.extract(small_photo).global_descriptor
    assert np.array_equal(model.extract(photo, (width, height, width, height)).global_descriptor, crop)
    inside = model.extract(photo, (width, height, width, height), as_inside=True)
    assert inside.global_descriptor @ crop < 0.99
    assert inside.scales.min() > 2, "512 pixels for the whole photo leave a third for the region"


@pytest.mark.slow
def test_a_small_copy_and_a_large_one_agree(model, small_photo):
    """A camera's original and its thumbnail: 25 times as many pixels, and the network looked at like many."""
    image = Image.fromarray(small_photo)
    large = image.resize((4000, round(4000 * image.height / image.width)), Image.Resampling.BICUBIC)
    small = image.resize((160, round(160 * image.height / image.width)), Image.Resampling.LANCZOS)
    match = match_features(model.extract(large).compact(), model.extract(small).compact())
    assert match.inlier_count > 40
    assert match.transform is not None
    assert match.transform[0, 0] == pytest.approx(160 / 4000, rel=0.05)


@pytest.mark.slow
def test_a_shift_of_the_picture_shifts_the_keypoints(model, small_photo):
    shifted = small_photo[24:, 40:]
    a, b = model.extract(small_photo).compact(), model.extract(shifted).compact()
    # Cells lie 16 to 32 pixels apart, so what agrees may be some pixels off.
    points = match_features(a, b).inlier_points(a, b)
    assert len(points) > 30
    assert np.median(points[:, :2] - points[:, 2:], axis=0) == pytest.approx([40, 24], abs=6)


@pytest.mark.slow
@pytest.mark.parametrize("factor", [0.6, 1.5])
def test_a_scaled_picture_scales_keypoints_and_feature_scales(model, small_photo, factor):
    image = Image.fromarray(small_photo)
    scaled = image.resize((round(image.width * factor), round(image.height * factor)), Image.Resampling.LANCZOS)
    a, b = model.extract(image).compact(), model.extract(scaled).compact()
    transform = match_features(a, b).transform
    assert transform is not None
    assert transform[:2, :2] == pytest.approx(np.diag([factor, factor]), abs=0.06)


@pytest.mark.slow
def test_many_photos_come_in_order_and_one_bad_photo_stops_nothing(model, tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(PHOTO.read_bytes()[:2000])
    paths = [PHOTO, broken, EXAMPLES / "triple_turkey" / "turkey_01.jpg"]
    results = list(model.extract_many(paths))
    assert [path for path, _ in results] == paths
    assert isinstance(results[1][1], PhotoError)
    for path, features in (results[0], results[2]):
        one = model.extract(path)
        assert features.global_descriptor @ one.global_descriptor == pytest.approx(1, abs=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_neither_threads_nor_photos_in_work_at_once_change_features(precision, monkeypatch):
    paths = [PHOTO, EXAMPLES / "triple_turkey" / "turkey_01.jpg"]
    expected = [load_model(precision=precision).extract(path) for path in paths]
    for cores in (1, 2, 3):
        monkeypatch.setattr("glocal.extraction.model.available_cores", lambda cores=cores: cores)
        model = load_model(precision=precision)
        assert all(map(same, [model.extract(path) for path in paths], expected))
        assert all(map(same, [features for _, features in model.extract_many(paths)], expected))


def test_a_region_outside_the_photo_names_the_photo(model):
    with pytest.raises(RegionError, match=r"apartment_building_01\.jpg: .* leaves the photo"):
        model.extract(PHOTO, (600, 0, 5000, 10))


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 400, 3), (700, 2, 3)])
def test_the_smallest_pictures_are_described_too(model, shape):
    features = model.extract(np.full(shape, 90, np.uint8))
    assert np.isfinite(features.global_descriptor).all()


@pytest.mark.slow
def test_the_quantised_network_agrees(model):
    small = load_model(precision="int8")
    assert small.fingerprint != model.fingerprint
    assert small.extract(PHOTO).global_descriptor @ model.extract(PHOTO).global_descriptor > 0.95


def test_the_network_gets_each_channel_less_its_mean_in_units_of_its_deviation(model):
    rng = np.random.default_rng(8)
    wide = rng.integers(0, 256, (40, 70, 3), dtype=np.uint8)
    for picture in (wide, wide[3:37, 5:61]):
        batch = model._network(1).batch(picture)
        expected = (picture.astype(np.float64) - model.card.mean) / model.card.std
        assert batch.dtype == np.float32
        assert np.allclose(batch[0], expected.transpose(2, 0, 1), atol=1e-6)


@pytest.mark.slow
def test_a_photo_laid_down_otherwise_is_described_as_the_turned_picture(model, small_photo):
    orientations = (Orientation(0, mirrored=False), Orientation(1, mirrored=False), Orientation(2, mirrored=True))
    seen, _ = model.extract_looks(small_photo, None, orientations)
    quick = load_model(preset=model.preset.name, precision="int8")
    for laid, orientation, looking in zip(seen, orientations, (model, quick, quick), strict=True):
        assert same(laid, looking.extract(orientation.apply(small_photo)))
        assert laid.image_size == orientation.size(*small_photo.shape[1::-1])


def test_a_model_without_the_file_of_its_8_bit_network_looks_with_its_own(model, small_photo, tmp_path):
    folder = Path(glocal.__file__).parent / "weights"
    for name in ("delg-lite1.json", "delg-lite1.onnx"):
        shutil.copy(folder / name, tmp_path)
    copied = load_model(tmp_path / "delg-lite1.json", preset=model.preset.name)
    turn = Orientation(1, mirrored=False)
    seen, _ = copied.extract_looks(small_photo, None, (Orientation(0, mirrored=False), turn))
    assert same(seen[1], model.extract(turn.apply(small_photo)))


def test_a_region_laid_down_otherwise_is_the_region_of_the_turned_picture(model, small_photo):
    height, width = small_photo.shape[:2]
    turn = Orientation(3, mirrored=False)
    (laid,), _ = model.extract_looks(small_photo, (30, 20, 200, 150), [turn])
    left, top, right, bottom = turn.box((30, 20, 230, 170), width, height)
    assert same(laid, model.extract(turn.apply(small_photo), (left, top, right - left, bottom - top)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "region", "opened"), [(1600, None, 1), (1200, None, 2), (1600, (200, 100, 700, 900), 2)]
)
def test_looks_share_what_was_decoded_and_are_the_same(model, tmp_path, width, region, opened):
    """Halved by decoding, 1600 pixels are enough from nearer too, 1200 are not; of a region, the size is read first."""
    path = tmp_path / "photo.jpg"
    with Image.open(PHOTO) as image:
        image.convert("RGB").resize((width, width * 3 // 4)).save(path, quality=95)
    upright, turn = Orientation(0, mirrored=False), Orientation(1, mirrored=False)
    zooms = (2**-1.5, 2**0.5)
    with openings_of(path) as count:
        laid, zoomed = model.extract_looks(path, region, (upright, turn), zooms)
    assert count() == opened
    assert same(laid[0], model.extract(path, region))
    quick = load_model(preset=model.preset.name, precision="int8")
    assert same(laid[1], quick.extract_looks(path, region, (turn,))[0][0])
    for seen, zoom in zip(zoomed, zooms, strict=True):
        assert len(seen) > 20
        assert same(seen, model.extract_zoomed(path, region, laid[0], zoom))


@pytest.mark.slow
def test_from_farther_a_photo_has_the_features_of_a_small_one(model, small_photo, monkeypatch):
    """Oracle: a preset whose pictures are that small."""
    farther = model.extract_zoomed(small_photo, None, model.extract(small_photo), 2**-1.5)
    small = load_model(preset=model.preset.name, precision="int8")
    monkeypatch.setattr(small, "_base_side", lambda side: side * 2**-1.5)
    expected = small.extract(small_photo)
    assert len(farther) > 20
    assert np.array_equal(farther.descriptors, expected.descriptors)
    assert np.allclose(farther.keypoints, expected.keypoints)


@pytest.mark.slow
def test_a_photo_in_a_tenth_of_another_is_proved_from_nearer_or_farther(model):
    """Either may be the query: what is small in it is seen from nearer, what is small in the other one from farther."""
    photo = Image.open(EXAMPLES / "stitch_kayak" / "kayak_02.jpg").convert("RGB")
    page = Image.open(EXAMPLES / "stitch_apartment_building" / "apartment_building_01.jpg").convert("RGB")
    shape = (round(page.width * 0.1**0.5), round(page.height * 0.1**0.5))
    page.paste(photo.resize(shape), (page.width // 2, page.height // 2))
    whole, part = (np.asarray(picture) for picture in (photo, page))
    of_photo, of_page = model.extract(whole), model.extract(part)
    usual = match_features(of_page.compact(), of_photo.compact()).support
    nearer = model.extract_zoomed(part, None, of_page, 2.0)
    farther = model.extract_zoomed(whole, None, of_photo, 2**-1.5)
    assert np.array_equal(nearer.global_descriptor, of_page.global_descriptor)
    assert match_features(nearer.compact(), of_photo.compact()).support > max(20, 1.5 * usual)
    assert match_features(farther.compact(), of_page.compact()).support > usual
