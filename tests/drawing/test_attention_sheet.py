"""Photos beside their attention: colours mean the same on the whole sheet."""

import numpy as np
import pytest

from glocal.drawing.attention_sheet import attention_sheet

WHITE = np.full((90, 120, 3), 255, np.uint8)


def heat_of(sheet, column):
    """Colours [h, w, 3] in the middle of the heat map of a card in the first row."""
    left = 20 + column * (2 * 296 + 4 + 20) + 296 + 4
    return sheet[56 + 60 : 56 + 160, left + 50 : left + 250].astype(int)


def test_colours_are_shared_by_all_photos():
    maps = [np.full((9, 12), value, np.float32) for value in (0.0, 2.0, 40.0)]
    sheet = attention_sheet([WHITE] * 3, maps, ["none", "little", "much"], 10.0)
    none, little, much = (heat_of(sheet, column).sum(axis=2) for column in range(3))
    assert none.max() <= 12
    assert none.max() < little.min() <= little.max() < 200
    assert much.min() > 550


def test_heat_lies_where_the_map_has_it():
    heat = np.zeros((40, 40), np.float32)
    heat[:, 20:] = 1.0
    sheet = attention_sheet([WHITE[:, :90]], [heat], ["half"], 0.5)
    middle = 20 + 296 + 4 + 111
    assert sheet[56 + 111, middle - 60].sum() < 30
    assert sheet[56 + 111, middle + 60].sum() > 550


@pytest.mark.parametrize(("count", "size"), [(1, (56 + 260, 636)), (3, (56 + 260, 1868)), (4, (56 + 520, 1868))])
def test_three_photos_stand_in_a_row(count, size):
    maps = [np.ones((5, 5), np.float32)] * count
    assert attention_sheet([WHITE] * count, maps, ["a name"] * count, 0.5).shape[:2] == size


def test_no_attention_at_all_is_black():
    sheet = attention_sheet([WHITE], [np.zeros((5, 5), np.float32)], ["blind"], 1.0)
    assert heat_of(sheet, 0).sum(axis=2).max() <= 12
