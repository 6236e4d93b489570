"""What every command shares: consoles and JSON."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.console import Console

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of a table.")]

_SKIPPED_SHOWN = 20
"""Skipped photos named on the terminal."""

out = Console()
err = Console(stderr=True)


def print_json(value: Any, *, line: bool = False) -> None:
    """Print one JSON document on standard output; what its encoding cannot hold is escaped as JSON does.

    Args:
        value: what to print.
        line: on one line, as JSON lines are; else it is indented for a person at a terminal, compact for a program.
    """
    indent = 2 if sys.stdout.isatty() and not line else None
    text = json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:  # a name that is not UTF-8, or output redirected in an older encoding
        text = json.dumps(value, indent=indent, allow_nan=False)
    write_text(text + "\n")


def write_text(text: str) -> None:
    """Write to standard output at once, so that a program that reads it need not wait."""
    sys.stdout.write(text)
    sys.stdout.flush()


def print_anything() -> None:
    """Let both streams print any text: what their encoding cannot hold is escaped."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def rounded(probability: float | None) -> float | None:
    """Return a probability with four digits, for JSON."""
    return None if probability is None else round(probability, 4)


def note(message: str) -> None:
    """Say something to the person, not to the program that reads standard output; nothing if it is empty."""
    if message:
        err.print(message, markup=False, highlight=False, soft_wrap=True)


def note_skipped(lines: Sequence[str], where: str = "") -> None:
    """Say which photos were skipped, the first `_SKIPPED_SHOWN` of them; `where` ends the line on the others."""
    for line in lines[:_SKIPPED_SHOWN]:
        note(f"skipped: {line}")
    if len(lines) > _SKIPPED_SHOWN:
        note(f"skipped: {len(lines) - _SKIPPED_SHOWN} more{where}")
