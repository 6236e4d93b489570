"""The page's files: nothing from elsewhere, nothing inline, nothing large."""

from __future__ import annotations

import gzip
import re
from importlib.resources import files
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from glocal.service.page_files import serve_page

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
    references = re.findall(r'(?:src|href)="\{static\}/([^"]+)"', page)
    assert len(references) > 5
    for reference in references:
        assert (STATIC / reference).is_file()


@pytest.fixture(scope="module")
def page_alone() -> TestClient:
    app = FastAPI()
    serve_page(app)
    return TestClient(app)


def test_scripts_and_styles_are_kept_for_good_and_come_compressed(page_alone: TestClient) -> None:
    html = page_alone.get("/")
    assert html.headers["cache-control"] == "no-cache"
    names = re.findall(r'(?:src|href)="(static/[^"]+)"', html.text)
    assert len({name.split("/")[1] for name in names}) == 1
    for name in names:
        with page_alone.stream("GET", f"/{name}", headers={"Accept-Encoding": "gzip"}) as raw:
            packed = b"".join(raw.iter_raw())
        plain = page_alone.get(f"/{name}", headers={"Accept-Encoding": "identity"})
        assert raw.headers["content-encoding"] == "gzip"
        assert gzip.decompress(packed) == plain.content == (STATIC / name.split("/", 2)[2]).read_bytes()
        assert len(packed) < len(plain.content) or len(plain.content) < 600
        assert "immutable" in plain.headers["cache-control"]
        assert "content-encoding" not in plain.headers
        assert plain.headers["content-type"].startswith("text/javascript") == name.endswith(".js")


def test_files_of_another_version_are_not_there(page_alone: TestClient) -> None:
    assert page_alone.get("/static/0123456789abcdef/js/main.js").status_code == 404
    version = re.search(r"static/(\w+)/", page_alone.get("/").text)[1]
    assert page_alone.get(f"/static/{version}/../settings.py").status_code == 404
    assert page_alone.get(f"/static/{version}/index.html").status_code == 404
