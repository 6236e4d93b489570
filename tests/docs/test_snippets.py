"""The Python that README and the package's docstring show runs, on real photos."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from example_photos import EXAMPLES

import glocal

ROOT = Path(__file__).parents[2]
KAYAK = EXAMPLES / "stitch_kayak"


@pytest.mark.slow
@pytest.mark.parametrize("page", ["README.md", "docs/travel.md"])
def test_the_python_of_a_page_runs(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    if page == "README.md":
        assert blocks
    photos = tmp_path / "mine"
    photos.mkdir()
    for name in ("kayak_02.jpg", "kayak_03.jpg"):
        shutil.copy(KAYAK / name, photos)
    shutil.copy(KAYAK / "kayak_02.jpg", tmp_path / "query.jpg")
    monkeypatch.chdir(tmp_path)
    for block in blocks:
        exec(compile(block.replace('"/home/me/Pictures"', f'"{photos}"'), page, "exec"), {})
    printed = capsys.readouterr().out
    assert "kayak_02.jpg" in printed or not blocks


def test_the_docstring_of_the_package_names_what_there_is() -> None:
    names = set(re.findall(r"glocal\.(\w+)", glocal.__doc__ or ""))
    assert names
    assert names <= set(glocal.__all__)
