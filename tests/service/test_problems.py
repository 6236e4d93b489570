"""What a client is told of an error, and what it is not."""

from __future__ import annotations

import httpx
import pytest

from glocal.errors import CollectionError, ModelError, PhotoError, RegionError, StoreError, UnknownPhotoError
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
        (PhotoError(SECRET, "the JPEG data is damaged"), 422, "The JPEG data is damaged."),
        (refused_region(), 422, "The region 0,0,900,10 leaves the photo"),
        (UnknownPhotoError(f"there is no photo 7 in the collection {SECRET}"), 404, "no such photo"),
        (CollectionError(f"{SECRET}: the disk is full"), 503, "operator"),
        (ModelError(f"{SECRET}: no such model"), 503, "operator"),
        (StoreError(SECRET, "the store cannot be reached"), 503, "The store of this photo does not give it now"),
        (RuntimeError(SECRET), 500, "operator"),
    ],
)
def test_the_answer_says_what_to_do_and_no_place_on_the_server(error: Exception, status: int, words: str) -> None:
    problem = explain(error)
    assert problem.status_code == status
    assert words in problem.detail
    assert "srv" not in problem.detail


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("collections/demo/photos/1", "DELETE, GET, HEAD"),
        ("collections/demo/search", "GET, HEAD, POST"),
        ("queries", "POST"),
    ],
)
def test_a_method_that_is_not_there_is_answered_with_those_that_are(
    client: httpx.Client, path: str, methods: str
) -> None:
    for method in ("OPTIONS", "PATCH"):
        refused = client.request(method, path)
        assert (refused.status_code, refused.headers["allow"]) == (405, methods)
