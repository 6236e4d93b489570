"""Data sets as they come: folders, CSV files of labels, Google Landmarks v2."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.train

from hypothesis import given  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from glocal.training.photos.labelled_photos import LabelledPhoto, TrainingError  # noqa: E402
from glocal.training.photos.layouts import find_labelled_photos  # noqa: E402
from glocal.training.photos.splitting import split_each_identity, split_photos  # noqa: E402
from glocal.training.recipe_parts import Data  # noqa: E402


def touch(*files):
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"not looked at yet")


def pairs(found, root):
    return [(photo.path.removeprefix(f"{root}/"), photo.identity) for photo in found.photos]


def test_an_identity_is_the_folder_of_its_photos(tmp_path):
    places = tmp_path / "places"
    touch(
        places / "b/2.JPG", places / "b/1.png", places / "a/inner/x.webp", places / "a/notes.txt", places / ".x/1.jpg"
    )
    (places / "linked").symlink_to(tmp_path / "elsewhere")
    touch(tmp_path / "elsewhere/3.jpg")
    (places / "same").symlink_to(places / "b")
    (places / "b" / "loop").symlink_to(places)
    found = find_labelled_photos([places])
    assert pairs(found, places) == [
        ("a/inner/x.webp", "places/a/inner"),
        ("b/1.png", "places/b"),
        ("b/2.JPG", "places/b"),
        (f"{tmp_path}/elsewhere/3.jpg", "places/linked"),
    ]
    assert str(found.passed_over) == (
        "passed over: 1 hidden name, 1 file that glocal does not read (1 .txt), "
        "2 further links to the same files or folders"
    )
    assert {photo.identity for photo in find_labelled_photos([], [places]).photos} == {None}
    assert {photo.source for photo in find_labelled_photos([], [places]).photos} == {"places"}


def test_missing_and_empty_sets_are_named(tmp_path):
    with pytest.raises(TrainingError, match="gone: no such folder"):
        find_labelled_photos([tmp_path / "gone"])
    with pytest.raises(TrainingError, match=r"gone\.csv: cannot be read"):
        find_labelled_photos([tmp_path / "gone.csv"])
    with pytest.raises(TrainingError, match="no photos"):
        find_labelled_photos([tmp_path])


@pytest.mark.parametrize("header", ["path,label\n", "file,what it shows\n", "", "\ufeffpath,label\r\n"])
def test_labels_come_from_a_csv_file(tmp_path, header):
    file = tmp_path / "art.csv"
    file.write_text(header + 'a/1.jpg,Mona Lisa\n"b, c.png",Scream\n\n/elsewhere/3.jpg, Scream \n', "utf-8")
    found = find_labelled_photos([file])
    assert pairs(found, tmp_path) == [
        ("a/1.jpg", "art/Mona Lisa"),
        ("b, c.png", "art/Scream"),
        ("/elsewhere/3.jpg", "art/Scream"),
    ]
    assert {photo.source for photo in found.photos} == {"art"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,label\na.jpg,x\nb.jpg\n", r"art\.csv:3: 1 columns instead of path,label"),
        ("a.jpg,x\nb.jpg,\n", r"art\.csv:2: b\.jpg has no label"),
        ("a.jpg,x\nx,b.jpg\n", r"art\.csv:2: 'x' does not end like a photo"),
        ('a.jpg,x\n"b.jpg,x\n', r"art\.csv:2: not a CSV file"),
        ("path,label\n", r"art\.csv: no photos"),
        ("id,landmark_id\n0011,x\n", r"art\.csv:2: landmark_id 'x' is not a number"),
        ("id,landmark_id\n0011\n", r"art\.csv:2: 1 columns instead of 2"),
        ("id,landmark_id\n../x,1\n", r"art\.csv:2: '\.\./x' is not the id of a photo"),
        ("url,landmark_id\nx,1\n", r"art\.csv:1: has neither a column id nor images"),
    ],
)
def test_what_is_wrong_in_a_label_file_is_named_with_its_line(tmp_path, text, message):
    (tmp_path / "art.csv").write_text(text)
    with pytest.raises(TrainingError, match=message):
        find_labelled_photos([tmp_path / "art.csv"])


def test_a_label_file_that_is_not_utf8_is_named(tmp_path):
    (tmp_path / "art.csv").write_bytes(b"a.jpg,x\nb.jpg,\xff\n")
    with pytest.raises(TrainingError, match=r"art\.csv: not UTF-8"):
        find_labelled_photos([tmp_path / "art.csv"])


TRAIN = "id,url,landmark_id\n0a1b,http://x/1,7\nfedc,http://x/2,7\n1234,http://x/3,40\n9999,http://x/4,40\n"
CLEAN = "landmark_id,images\n7,0a1b fedc\n40,1234 9999\n"


@pytest.mark.parametrize("below", ["", "train"])
@pytest.mark.parametrize(("name", "text"), [("train.csv", TRAIN), ("train_clean.csv", CLEAN)])
def test_google_landmarks_are_known_by_their_label_files(tmp_path, below, name, text):
    root = tmp_path / "gld"
    photos = root / below
    touch(photos / "0/a/1/0a1b.jpg", photos / "f/e/d/fedc.jpg", photos / "1/2/3/1234.jpg", photos / "0/0/0/0001.jpg")
    (root / name).write_text(text)
    for given_as in (root, root / name):
        found = find_labelled_photos([given_as])
        assert pairs(found, photos) == [
            ("0/a/1/0a1b.jpg", "gld/7"),
            ("f/e/d/fedc.jpg", "gld/7"),
            ("1/2/3/1234.jpg", "gld/40"),
        ]
        assert len(found.missing) == 1
        assert f"{name}: 1 of its photos are not there" in found.missing[0]
        assert "9/9/9/9999.jpg" in found.missing[0]


def test_the_clean_label_file_counts_where_both_are(tmp_path):
    touch(tmp_path / "0/a/1/0a1b.jpg", tmp_path / "1/2/3/1234.jpg")
    (tmp_path / "train.csv").write_text(TRAIN)
    (tmp_path / "train_clean.csv").write_text("landmark_id,images\n7,0a1b\n")
    assert len(find_labelled_photos([tmp_path]).photos) == 1
    assert len(find_labelled_photos([tmp_path / "train.csv"]).photos) == 2


def test_a_folder_with_another_train_csv_is_a_folder_of_folders(tmp_path):
    touch(tmp_path / "thing/1.jpg")
    (tmp_path / "train.csv").write_text("epoch,loss\n1,2\n")
    assert [photo.identity for photo in find_labelled_photos([tmp_path]).photos] == [f"{tmp_path.name}/thing"]


def photos_of(counts):
    """Return photos, counts[i] of identity i, in turns."""
    return [
        LabelledPhoto(f"{identity}-{number}", f"s/{identity}")
        for number in range(max(counts, default=0))
        for identity, count in enumerate(counts)
        if number < count
    ]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=12))
def test_a_fifth_of_each_identity_is_validated_on(counts):
    photos = photos_of(counts)
    train, validate = split_each_identity(photos, 0.2)
    assert sorted(train + validate, key=photos.index) == photos
    for identity, count in enumerate(counts):
        kept = sum(photo.identity == f"s/{identity}" for photo in validate)
        assert kept == (0 if count == 1 else max(1, int(0.2 * count)))
    assert split_each_identity(photos, 0.2) == (train, validate)


def test_whole_identities_are_taken_out_by_name_first(tmp_path):
    photos = [*photos_of([10, 10, 10]), LabelledPhoto("loose", None)]
    split = split_photos(photos, Data(validate_on=("0",), held_out=("1",), validate_share=0.2))
    assert len(split.train) == 8 + 1
    assert sorted(photo.identity or "" for photo in split.validate) == ["s/0"] * 10 + ["s/2"] * 2


def test_validation_on_part_of_many_keeps_whole_identities():
    photos = photos_of([1, 2, 3, 4, 5, 6] * 5)
    split = split_photos(photos, Data(validate_on=("*",), validate_at_most=40))
    assert 35 <= len(split.validate) <= 40
    identities = np.array([int(photo.identity[2:]) for photo in split.validate])
    for identity, count in zip(*np.unique(identities, return_counts=True), strict=True):
        assert count == [1, 2, 3, 4, 5, 6][identity % 6] > 1
