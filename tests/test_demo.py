"""What the demo promises, on all example photos: every place finds another view first, and nothing false is proved."""

from pathlib import Path

import pytest
from example_photos import EXAMPLES

import glocal


def thing(path: Path) -> str:
    """A folder holds views of one thing, but each photo of `pixabay` shows a thing of its own."""
    return path.name if path.parent.name == "pixabay" else path.parent.name


@pytest.mark.slow
def test_every_view_finds_another_view_first_and_no_single_photo_is_proved(tmp_path):
    with glocal.Collection.create(tmp_path / "collection", glocal.load_model()) as collection:
        report = collection.add(EXAMPLES)
        assert (report.added, report.unreadable) == (117, ())
        for photo in collection.photos():
            itself, *others = collection.search(photo.path, top=117, rerank=117)
            assert itself.path == photo.path
            # Nearly plain photos, as of a bird in the sky, have too few features for any proof: see docs/proof.md.
            assert itself.proved or (itself.correspondences or 0) < 24
            if photo.path.parent.name != "pixabay":
                assert thing(others[0].path) == thing(photo.path)
            assert all(thing(hit.path) == thing(photo.path) for hit in others if hit.proved)
