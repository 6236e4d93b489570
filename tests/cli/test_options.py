"""Options as people type them."""

import pytest

from glocal.cli.options import parse_region
from glocal.errors import RegionError


def test_a_region_is_four_numbers():
    assert parse_region("10,20.5,300,200") == (10, 20.5, 300, 200)
    assert parse_region(None) is None


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "1;2;3;4"])
def test_anything_else_is_told_how_to_be_mended(text):
    with pytest.raises(RegionError, match="X,Y,W,H"):
        parse_region(text)
