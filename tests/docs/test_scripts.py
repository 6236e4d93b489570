"""The shell scripts are valid, and call commands that exist with options that exist."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command

from glocal.cli.app import app

SCRIPTS = sorted((Path(__file__).parents[2] / "scripts").glob("*.sh"))
VALUES = {"set": "roxford5k", "rerank": "100"}
"""What variables hold that are commands or numbers."""


def calls_of(script: Path) -> list[list[str]]:
    """Return the words behind `glocal` of each call, variables filled in."""
    text = re.sub(r"^\s*#.*$", "", script.read_text("utf-8"), flags=re.MULTILINE).replace("\\\n", " ")
    calls = re.findall(r"(?:^|\|\| |&& |; )\s*glocal (.+)$", text, re.MULTILINE)
    return [shlex.split(re.sub(r"\$(\w+)", lambda found: VALUES.get(found[1], "x"), call)) for call in calls]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_valid_shell(script: Path) -> None:
    shell = script.read_text("utf-8").splitlines()[0].removeprefix("#!").split()[-1]
    subprocess.run([shell, "-n", str(script)], check=True)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_the_commands_of_a_script_exist(script: Path) -> None:
    for words in calls_of(script):
        command: Any = get_command(app)
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]
        assert not hasattr(command, "commands"), f"{script.name} calls a command that does not exist: {words}"
        command.make_parser(typer.Context(command)).parse_args(words)  # raises where there is no such option


def test_the_calls_of_the_published_models_are_found() -> None:
    calls = calls_of(next(path for path in SCRIPTS if path.name == "reproduce-published.sh"))
    assert [call[0] for call in calls] == ["import", "evaluate"]
