"""What a client is told of an error, and what it is not."""

from __future__ import annotations

import pytest

from glocal.errors import CollectionError, ModelError, PhotoError, RegionError, UnknownPhotoError
from glocal.extraction.region import crop_box
from glocal.service.problems import explain

SECRET = "/srv/region 7/of the region photos/a.jpg"


def refused_region() -> RegionError:
    with pytest.raises(RegionError) as caught:
        crop_box((0, 0, 900, 10), (640, 480), SECRET)
    return caught.value


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (PhotoError(SECRET, "is empty; copy or download it again"), 422, "The photo is empty"),
        (refused_region(), 422, "The region is refused: the region 0,0,900,10 leaves the photo"),
        (UnknownPhotoError(f"there is no photo 7 in the collection {SECRET}"), 404, "no such photo"),
        (CollectionError(f"{SECRET}: the disk is full"), 503, "operator"),
        (ModelError(f"{SECRET}: no such model"), 503, "operator"),
        (RuntimeError(SECRET), 500, "operator"),
    ],
)
def test_the_answer_says_what_to_do_and_no_place_on_the_server(error: Exception, status: int, words: str) -> None:
    problem = explain(error)
    assert problem.status_code == status
    assert words in problem.detail
    assert "srv" not in problem.detail
