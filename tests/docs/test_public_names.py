"""Every public name has a docstring and stands in the reference; every path that the docs name exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
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


def test_every_file_a_page_names_has_what_the_page_says_it_has() -> None:
    """ "`run_loop` (`src/.../stage_loop.py`)": the function or class is there."""
    pages = "".join((ROOT / page).read_text("utf-8") for page in ("CONTRIBUTING.md", "docs/travel.md"))
    said = re.findall(r"`([\w.]+)`(?:,[^`()]*)? \(`(src/[\w./]+\.py)`", pages)
    assert len(said) > 15
    missing = [(name, path) for name, path in said if not set(name.split(".")) <= _defined(ROOT / path)]
    assert missing == []


def test_beside_it_means_in_the_same_folder() -> None:
    """ "`verification.py`, on `hypotheses.py` and `refinement.py` beside it"."""
    lines = [line for line in (ROOT / "CONTRIBUTING.md").read_text("utf-8").splitlines() if line.startswith("|")]
    checked = 0
    for line in lines:
        folders = [ROOT / path for path in re.findall(r"`(src/[\w./]+)/\w+\.py`", line)]
        for name in re.findall(r"`(\w+\.py)`", line):
            assert any((folder / name).exists() for folder in folders), line
            checked += 1
    assert checked >= 3


def _defined(path: Path) -> set[str]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, kinds)}


def test_no_file_is_longer_than_300_lines_and_no_function_than_50() -> None:
    too_long = []
    folders = ("src", "tests", "benchmarks", "scripts", "examples")
    for path in sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        text = path.read_text("utf-8")
        if text.count("\n") > 300:
            too_long.append(str(path.relative_to(ROOT)))
        for function in _functions(ast.parse(text)):
            if (function.end_lineno or 0) - function.lineno + 1 > 50:  # from `def` on, docstring included
                too_long.append(f"{path.relative_to(ROOT)}:{function.name}")
    assert too_long == []


def _functions(place: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield the functions in a module, a class, a function, or a branch of one; expressions hold none."""
    for statement in ast.iter_child_nodes(place):
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield statement
        if isinstance(statement, ast.stmt | ast.excepthandler | ast.match_case):
            yield from _functions(statement)
