"""A collection of one photo, as the commands that look after it speak of it."""

from example_photos import EXAMPLES


def test_one_photo_is_not_called_photos(glocal, tmp_path):
    collection, backup = tmp_path / "collection", tmp_path / "backup"
    glocal("index", EXAMPLES / "pixabay" / "car01.jpg", "--collection", collection)
    said = glocal("backup", backup, "--collection", collection)
    assert "1 photo, 0 judgements, 0 photos sent to a service" in said.out + said.err
    said = glocal("check", "--collection", collection)
    assert "1 photo checked: all is sound" in said.out + said.err
    said = glocal("restore", backup, "--collection", tmp_path / "elsewhere")
    assert "1 photo and 0 judgements restored" in said.out + said.err
