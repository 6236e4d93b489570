"""Which photos a filter on metadata lets a search find."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from glocal.errors import UnknownPhotoError
from glocal.service.served_collection import ServedCollection


@pytest.fixture
def served(own_copy: Path) -> Iterator[ServedCollection]:
    opened = ServedCollection("demo", own_copy)
    yield opened
    opened.collection.close()


def test_a_filter_leaves_out_what_it_says(served: ServedCollection) -> None:
    collection = served.collection
    records = collection.page(None, 10)
    for record in records:
        collection.annotate(record.path, {"place": record.path.parent.name, "tags": {"year": 2024}})
    view = collection.view(records[0].id)

    def found(where: Mapping[str, Any], count: int = 100) -> list[str]:
        return [one.path.parent.name for one in collection.candidates([view], count, served.allowed(where))]

    assert served.allowed({}) is None
    assert found({"place": "pixabay"}) == ["pixabay", "pixabay"]
    assert found({"place": "pixabay", "tags": {"year": 2024}}, count=1) == ["pixabay"]
    assert found({"place": "nowhere"}) == []
    assert found({"place": None}) == []
    assert len(found({"tags": {"year": 2024}})) == len(records)
    collection.annotate(records[0].path, {})
    assert len(found({"tags": {"year": 2024}})) == len(records) - 1


def test_photos_that_do_not_exist(served: ServedCollection) -> None:
    for number in (0, 999, 2**62):
        with pytest.raises(UnknownPhotoError, match=str(number)):
            served.collection.view(number)
