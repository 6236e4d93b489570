"""Real photos packed with a real teacher, and read back as a set to train on."""

import shutil

import numpy as np
import pytest
from example_photos import EXAMPLES
from PIL import Image

pytest.importorskip("torch")
pytestmark = pytest.mark.train

from glocal.extraction import load_model  # noqa: E402
from glocal.images import read_photo  # noqa: E402
from glocal.training.photos import TrainingError, find_labelled_photos, pack  # noqa: E402
from glocal.training.photos.packed import LIST, TEACHERS, load_teachers  # noqa: E402
from glocal.training.photos.packing import reduced  # noqa: E402


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    """Two things of two views as a set with identities, two single photos without, one of which is broken."""
    root = tmp_path_factory.mktemp("sets")
    for place in ("triple_books", "triple_skull"):
        (root / "things" / place).mkdir(parents=True)
        for path in sorted((EXAMPLES / place).glob("*.jpg"))[:2]:
            with Image.open(path) as image:
                image.thumbnail((200, 200))
                image.save(root / "things" / place / path.name)
    (root / "plain").mkdir()
    shutil.copy(next(iter(sorted((root / "things").rglob("*.jpg")))), root / "plain" / "a.jpg")
    (root / "plain" / "b.jpg").write_bytes(b"no photo")
    return root


@pytest.fixture(scope="module")
def teachers():
    return [load_model(), load_model(precision="int8")]


@pytest.fixture(scope="module")
def packed(sets, teachers, tmp_path_factory):
    out = tmp_path_factory.mktemp("packed")
    found = find_labelled_photos([sets / "things"], [sets / "plain"])
    report = pack(found.photos, out, side=96, quality=80, teachers=teachers, work=out.parent / "work")
    return out, report, found.photos


def test_a_packed_folder_is_a_set_with_the_sets_and_identities_of_its_photos(packed):
    out, report, photos = packed
    read = find_labelled_photos([out]).photos
    assert [(photo.identity, photo.source) for photo in read] == [
        (photo.identity, photo.source) for photo in photos if not photo.path.endswith("b.jpg")
    ]
    assert report.photos == len(read) == 5
    assert [line for line in report.skipped if "b.jpg" in line] == list(report.skipped) != []
    assert report.bytes == sum(path.stat().st_size for path in out.rglob("*") if path.is_file())


def test_packed_photos_look_like_the_originals(packed):
    out, _, photos = packed
    for small, whole in zip(find_labelled_photos([out]).photos, photos, strict=False):
        pixels, original = read_photo(small.path), read_photo(whole.path, fit=96)
        assert max(pixels.shape) == 96
        shrunk = np.asarray(Image.fromarray(original).resize(pixels.shape[1::-1], Image.Resampling.BOX))
        assert np.abs(pixels.astype(float) - shrunk).mean() < 12


def test_teachers_describe_the_original_photos_side_by_side(packed, teachers):
    out, report, photos = packed
    rows = load_teachers(find_labelled_photos([out]).photos)
    assert rows.dtype == np.float16
    assert rows.shape == (5, report.dimensions)
    for row, photo in zip(rows, photos, strict=False):
        expected = np.concatenate([one.extract(photo.path).global_descriptor for one in teachers]) / np.sqrt(2)
        assert row == pytest.approx(expected, abs=1e-3)


def test_packing_again_writes_no_photo_twice(packed, teachers):
    out, report, photos = packed
    before = {path: path.stat().st_mtime_ns for path in (out / "photos").iterdir()}
    content = (out / LIST).read_bytes(), (out / TEACHERS).read_bytes()
    again = pack(photos, out, side=96, quality=80, teachers=teachers, work=out.parent / "work")
    assert again == report
    assert {path: path.stat().st_mtime_ns for path in (out / "photos").iterdir()} == before
    assert ((out / LIST).read_bytes(), (out / TEACHERS).read_bytes()) == content


def test_packing_without_teachers_leaves_none(sets, tmp_path):
    photos = find_labelled_photos([sets / "things"]).photos
    (tmp_path / TEACHERS).write_bytes(b"of other photos")
    pack(photos, tmp_path, side=64, quality=50, teachers=[], work=tmp_path / "work")
    with pytest.raises(TrainingError, match="glocal pack --teacher"):
        load_teachers(find_labelled_photos([tmp_path]).photos)


def test_what_no_teacher_described_is_named(sets):
    photos = find_labelled_photos([sets / "things"]).photos
    with pytest.raises(TrainingError, match=r"books.*no teacher described it"):
        load_teachers(photos)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (TEACHERS, b"junk", "teachers.npy: cannot be read"),
        (LIST, b"photos/a.webp,x\n", "packed.csv:1: 2 columns"),
        (LIST, b"photos/a.webp,x,y\n", "does not fit packed.csv"),
    ],
)
def test_damaged_packs_are_named(packed, tmp_path, name, content, words):
    shutil.copytree(packed[0], tmp_path / "copy")
    (tmp_path / "copy" / name).write_bytes(content)
    with pytest.raises(TrainingError, match=words):
        load_teachers(find_labelled_photos([tmp_path / "copy"]).photos)


def test_no_photo_at_all(sets, tmp_path):
    broken = [photo for photo in find_labelled_photos([], [sets / "plain"]).photos if photo.path.endswith("b.jpg")]
    with pytest.raises(TrainingError, match="none of 1 photos can be read"):
        pack(broken, tmp_path, side=64, quality=50, teachers=[], work=tmp_path)


def test_a_folder_that_cannot_be_written(sets, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    photos = find_labelled_photos([sets / "things"]).photos
    with pytest.raises(TrainingError, match=r"file.*cannot be written"):
        pack(photos, tmp_path / "file", side=64, quality=50, teachers=[], work=tmp_path)


def test_reduced_descriptors_keep_inner_products_as_well_as_any_can():
    rows = np.random.default_rng(0).normal(size=(50, 12)).astype(np.float32) * np.linspace(3, 0.1, 12, dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    kept = reduced(rows, 6)
    assert kept.shape == (50, 6)
    assert np.linalg.norm(kept, axis=1) == pytest.approx(1, abs=1e-6)
    left, sizes, _ = np.linalg.svd(rows.astype(np.float64), full_matrices=False)
    best = left[:, :6] * sizes[:6]
    best /= np.linalg.norm(best, axis=1, keepdims=True)
    assert kept @ kept.T == pytest.approx(best @ best.T, abs=1e-5)
    assert reduced(rows, 12) @ reduced(rows, 12).T == pytest.approx(rows @ rows.T, abs=1e-5)
