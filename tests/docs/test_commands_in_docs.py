"""The commands that README and docs show exist, with the options they show."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command

from glocal.cli.app import app

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def commands_of(page: Path) -> list[str]:
    """Return the lines of a page's code that call glocal, continued lines joined, without comments."""
    text = page.read_text("utf-8").replace("\\\n", " ")
    fenced = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    indented = re.findall(r"^ {4}(glocal .*)$", text, re.MULTILINE)
    lines = [line.strip() for block in fenced for line in block.splitlines()] + indented
    return [line for line in lines if line.startswith("glocal ")]


def all_commands() -> dict[tuple[str, ...], Any]:
    """Return every command by its words."""
    found: dict[tuple[str, ...], Any] = {}

    def walk(words: tuple[str, ...], command: Any) -> None:
        below = getattr(command, "commands", None)
        if below is None:
            found[words] = command
            return
        for name, one in below.items():
            walk((*words, name), one)

    walk((), get_command(app))
    return found


COMMANDS = all_commands()
SHOWN = [(page.name, line) for page in PAGES for line in commands_of(page)]


def test_there_is_something_to_check() -> None:
    assert len(SHOWN) > 30
    assert len(COMMANDS) > 15


@pytest.mark.parametrize(("page", "line"), SHOWN)
def test_a_command_shown_exists_with_its_options(page: str, line: str) -> None:
    words = tuple(shlex.split(line, comments=True)[1:])
    name = next((words[:length] for length in (2, 1) if words[:length] in COMMANDS), None)
    assert name is not None, f"{page} shows a command that does not exist: {line}"
    command = COMMANDS[name]
    arguments = [word for word in words[len(name) :] if word not in {"...", "|", "&&"}]
    command.make_parser(typer.Context(command)).parse_args(arguments)  # raises where there is no such option


@pytest.mark.parametrize("words", sorted(COMMANDS), ids=" ".join)
def test_every_command_is_documented(words: tuple[str, ...]) -> None:
    shown = "glocal " + " ".join(words)
    assert any(shown in page.read_text("utf-8") for page in PAGES), f"`{shown}` stands in no page"
    assert COMMANDS[words].help, f"`{shown}` does not say what it does"


def test_an_option_that_does_not_exist_would_be_noticed() -> None:
    command = COMMANDS["search",]
    with pytest.raises(Exception, match="--no-such-option"):
        command.make_parser(typer.Context(command)).parse_args(["query.jpg", "--no-such-option"])
