"""Bundles of options: the command gets one value, its user types single options."""

import json
from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from glocal.cli.option_bundles import with_bundles


@dataclass(frozen=True)
class Size:
    width: Annotated[int, typer.Option("--width")] = 3
    height: Annotated[int, typer.Option("--height")] = 4

    def __post_init__(self):
        if self.width > 100:
            raise ValueError("too wide")


SMALL = Size()
BROAD = Size(width=9)


def app(default):
    made = typer.Typer()

    @made.command()
    @with_bundles
    def show(name: str, size: Size = default, loud: bool = False) -> None:
        """Show a size."""
        print(json.dumps([name, size.width, size.height, loud]))  # noqa: T201

    return made


@pytest.mark.parametrize(
    ("default", "typed", "got"),
    [
        (SMALL, ["a"], ["a", 3, 4, False]),
        (BROAD, ["a"], ["a", 9, 4, False]),
        (BROAD, ["a", "--height", "7", "--loud"], ["a", 9, 7, True]),
        (BROAD, ["a", "--width", "1"], ["a", 1, 4, False]),
    ],
)
def test_options_make_one_value_over_the_defaults_of_the_command(default, typed, got):
    assert json.loads(CliRunner().invoke(app(default), typed).output) == got


def test_what_a_bundle_refuses_the_command_never_sees():
    result = CliRunner().invoke(app(SMALL), ["a", "--width", "101"])
    assert isinstance(result.exception, ValueError)
    assert result.output == ""


def test_two_options_of_one_name_are_a_mistake_of_ours():
    with pytest.raises(TypeError, match="width"):

        @with_bundles
        def twice(width: int = 0, size: Size = SMALL) -> None: ...
