"""The page's files: nothing from elsewhere, nothing inline, nothing large."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

STATIC = Path(str(files("glocal.service"))) / "static"
SCRIPTS = sorted((STATIC / "js").glob("*.js"))


@pytest.mark.parametrize("path", [path for path in STATIC.rglob("*") if path.is_file()], ids=lambda path: path.name)
def test_nothing_is_loaded_from_elsewhere_and_files_stay_small(path: Path) -> None:
    text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|@import|//cdn", text)
    assert "innerHTML" not in text
    assert "eval(" not in text
    assert len(text.splitlines()) < 300


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_every_import_exists_and_is_exported_there(path: Path) -> None:
    for names, target in re.findall(r'import \{([^}]+)\} from "\./([\w-]+\.js)"', path.read_text("utf-8")):
        exported = (STATIC / "js" / target).read_text("utf-8")
        for name in (name.strip() for name in names.split(",")):
            assert re.search(rf"export (async )?(const|class|function\*?|function) {name}\b", exported), (target, name)
            assert re.search(rf"\b{name}\b", path.read_text("utf-8").split("\n\n", 1)[1]), f"{name} is not used"


def test_the_page_loads_only_files_that_exist() -> None:
    page = (STATIC / "index.html").read_text("utf-8")
    for reference in re.findall(r'(?:src|href)="/static/([^"]+)"', page):
        assert (STATIC / reference).is_file()
