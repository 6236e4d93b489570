from __future__ import annotations

from pathlib import Path

import pytest

from glocal.collection import doubt

PHOTOS = [Path(f"/media/{drive}/{n}.jpg") for drive in ("one", "two") for n in range(10)]


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ([], ""),
        (PHOTOS[:3], ""),
        (PHOTOS[:9] + PHOTOS[10:11], ""),
        (PHOTOS[:10], "no photo is left below /media/one"),
        (PHOTOS[5:16], "11 of 20 photos are missing"),
        (PHOTOS, "20 of 20 photos are missing"),
    ],
)
def test_doubt(missing: list[Path], said: str) -> None:
    assert doubt(PHOTOS, missing) == said


def test_photos_beside_each_other_and_a_single_one() -> None:
    together = [Path(f"/p/{n}.jpg") for n in range(4)]
    assert doubt(together, together[:2]) == ""
    assert doubt(together[:1], []) == ""
    assert doubt(together[:1], together[:1]) == "1 of 1 photos are missing"
