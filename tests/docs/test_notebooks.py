"""The notebooks run from top to bottom, by Jupyter's own kernel."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
NOTEBOOKS = sorted((EXAMPLES / "notebooks").glob("*.ipynb"))
NEEDED = {
    "adapt": pytest.mark.train,
    "colmap": pytest.mark.skipif(not importlib.util.find_spec("pycolmap"), reason="needs pycolmap"),
}


def test_no_notebook_keeps_what_it_showed() -> None:
    assert {path.stem for path in NOTEBOOKS} == {"adapt", "colmap", "evaluate", "proof", "search"}
    for path in NOTEBOOKS:
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            assert not cell.get("outputs"), path.name
            assert cell.get("execution_count") is None, path.name


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", [pytest.param(path, marks=NEEDED.get(path.stem, ()), id=path.stem) for path in NOTEBOOKS]
)
def test_a_notebook_runs(path: Path, tmp_path: Path) -> None:
    for package in ("ipykernel", "pandas"):
        pytest.importorskip(package)
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    (tmp_path / "notebooks").mkdir()
    shutil.copy(path, tmp_path / "notebooks")
    (tmp_path / "photos").symlink_to(EXAMPLES / "photos")
    notebook = nbformat.read(path, as_version=4)
    client = nbclient.NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": tmp_path / "notebooks"}}
    )
    client.execute()  # raises what a cell raises
    shown = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert any(output["output_type"] in ("execute_result", "stream") for output in shown)
