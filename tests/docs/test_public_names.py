"""Every public name has a docstring and stands in the reference; every path that the docs name exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import glocal

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", glocal.__all__)
def test_a_public_name_is_documented(name: str) -> None:
    reference = (ROOT / "docs" / "reference.md").read_text("utf-8").splitlines()
    assert f"::: glocal.{name}" in reference
    assert (getattr(glocal, name).__doc__ or "").strip()


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/travel.md"])
def test_paths_that_a_page_names_exist(page: str) -> None:
    named = re.findall(r"`((?:src|tests|docs|recipes|scripts)/[\w./-]+)`", (ROOT / page).read_text("utf-8"))
    assert len(named) > 10
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_no_file_is_longer_than_300_lines_and_no_function_than_50() -> None:
    too_long = []
    folders = ("src", "tests", "benchmarks", "scripts", "examples")
    for path in sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        text = path.read_text("utf-8")
        if text.count("\n") > 300:
            too_long.append(str(path.relative_to(ROOT)))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _body_lines(node) > 50:
                too_long.append(f"{path.relative_to(ROOT)}:{node.name}")
    assert too_long == []


def _body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function below its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0
